"""One call over a whole batch of records: recognise, scan, decode, count."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from stream.events import EVENTS, HEADER, REJECTED_RECORD, UNUSED

from .decode import Room, decode_event
from .header import DIALECT, N_COLUMNS, NO_DIRECTIVE, REASON, SEPARATOR, HeaderState, note_path
from .header import read_header
from .scan_delimited import scan_delimited
from .scan_json import GUESS_PARENT, OPEN_OBJECT, JsonState, scan_json
from .scan_key_value import scan_key_value
from .slots import CUT_OFF, PLAIN, PREFIX_SLOT, SCANNED, STAMP, fill_slot
from .syslog import peel_syslog
from .tables import (
    BAD_JSON,
    COMMENT,
    D_STOP,
    D_SYNTAX,
    DELIMITED,
    EMPTY,
    JSON,
    KEY_VALUE,
    NO_HEADER,
    NO_REASON,
    P_DIALECT,
    P_REASON,
    P_SYNTAX,
    TRUNCATED,
    UNKNOWN_FORMAT,
    Tables,
    matches,
)

HASH_SIGN = 35
TAB, COLON = 9, 58
# tabs from which a line without header looks like a delimited log
MANY_TABS = 7


class Result(NamedTuple):
    """What became of the records of a call, and running counts."""

    record: NDArray[np.int32]  # (n,) record of each event
    status: NDArray[np.int8]  # (n,)
    reason: NDArray[np.int16]  # (n,)
    dialect: NDArray[np.int16]  # (n,)
    count: NDArray[np.int64]  # (dialects + 1, 4) records by dialect (last row: none) and status
    why: NDArray[np.int64]  # (dialects + 1, reasons) records that gave no event, by reason
    last_hit: NDArray[np.int64]  # (1,) dialect of the last event, -1 before the first


class Scanners(NamedTuple):
    """State and working room of the scanners."""

    header: HeaderState
    json: JsonState


@njit(cache=True, nogil=True, error_model="numpy")
def trim_end(buf: NDArray[np.uint8], start: int, end: int) -> int:
    """Leave out line ends, blanks and zero bytes behind a record."""
    while end > start and buf[end - 1] in (0, 10, 13, 32):
        end -= 1
    return end


@njit(cache=True, nogil=True, error_model="numpy")
def text_start(buf: NDArray[np.uint8], start: int, end: int) -> int:
    """Pass over a byte order mark and blanks before a record."""
    if end - start >= 3 and buf[start] == 0xEF and buf[start + 1] == 0xBB:
        if buf[start + 2] == 0xBF:
            start += 3
    while start < end and buf[start] in (9, 32):
        start += 1
    return start


@njit(cache=True, nogil=True, error_model="numpy")
def pattern_at(tables: Tables, k: int, last_hit: int) -> int:
    """Order of the patterns: those of the last hit first, then all in their order; -1 skips one."""
    p = tables.pattern.shape[0]
    if k < p:
        return k if tables.pattern[k, P_DIALECT] == last_hit else -1
    return k - p if tables.pattern[k - p, P_DIALECT] != last_hit else -1


@njit(cache=True, nogil=True, error_model="numpy")
def find_event(
    tables: Tables,
    syntax: int,
    buf: NDArray[np.uint8],
    stamp: int,
    clock: tuple[int, float],
    room: Room,
    n: int,
    last_hit: int,
) -> tuple[int, int]:
    """Try the dialects of a syntax on the record in the slots.

    Gives dialect and reason: NO_REASON where event n was made; dialect -1 where none knows it.
    """
    first_dialect = -1
    first_reason = UNKNOWN_FORMAT
    for k in range(2 * tables.pattern.shape[0]):
        p = pattern_at(tables, k, last_hit)
        if p < 0 or tables.pattern[p, P_REASON] != NO_REASON:
            continue
        if tables.pattern[p, P_SYNTAX] & syntax == 0:
            continue
        if not matches(tables, p, buf, room.slots, stamp):
            continue
        dialect = tables.pattern[p, P_DIALECT]
        reason = decode_event(tables, dialect, buf, stamp, clock, room, n)
        if reason == NO_REASON:
            return dialect, NO_REASON
        if first_dialect < 0:
            first_dialect = dialect
            first_reason = reason
    return first_dialect, first_reason


@njit(cache=True, nogil=True, error_model="numpy")
def find_unused(
    tables: Tables, syntax: int, buf: NDArray[np.uint8], stamp: int, slots: NDArray[np.int64]
) -> tuple[int, int]:
    """Dialect and reason of a record that a dialect knows but does not use; (-1, …) if none."""
    for p in range(tables.pattern.shape[0]):
        reason = tables.pattern[p, P_REASON]
        if reason == NO_REASON or tables.pattern[p, P_SYNTAX] & syntax == 0:
            continue
        if matches(tables, p, buf, slots, stamp):
            return np.int64(tables.pattern[p, P_DIALECT]), np.int64(reason)
    return -1, UNKNOWN_FORMAT


@njit(cache=True, nogil=True, error_model="numpy")
def take_json(
    tables: Tables,
    buf: NDArray[np.uint8],
    span: tuple[int, int],
    stamp: int,
    clock: tuple[int, float],
    room: Room,
    state: JsonState,
    event: tuple[int, int],
) -> tuple[int, int, int]:
    """Status, reason and dialect of an object. `event` is the event's number and the last hit."""
    scanned = scan_json(buf, span, tables.words, state, room.slots, stamp)
    if scanned != SCANNED:
        return REJECTED_RECORD, (TRUNCATED if scanned == CUT_OFF else BAD_JSON), -1
    dialect, reason = find_event(tables, JSON, buf, stamp, clock, room, event[0], event[1])
    if reason == NO_REASON:
        return EVENTS, reason, dialect
    if dialect < 0:
        dialect, reason = find_unused(tables, JSON, buf, stamp, room.slots)
        if dialect >= 0:
            return UNUSED, reason, dialect
    return REJECTED_RECORD, reason, dialect


@njit(cache=True, nogil=True, error_model="numpy")
def take_key_value(
    tables: Tables,
    buf: NDArray[np.uint8],
    span: tuple[int, int],
    stamp: int,
    clock: tuple[int, float],
    room: Room,
    event: tuple[int, int],
) -> tuple[int, int, int]:
    """Status, reason and dialect of a line of pairs, with or without a syslog header."""
    body = peel_syslog(buf, span, tables.words, room.slots, stamp)
    pair = scan_key_value(
        buf, (body, span[1]), tables.words, room.slots, stamp, tables.dialect[0, D_STOP]
    )
    if pair < 0:
        return REJECTED_RECORD, UNKNOWN_FORMAT, -1
    behind = pair
    while behind > body and buf[behind - 1] in (TAB, 32, COLON):
        behind -= 1
    if behind > body:
        fill_slot(room.slots, PREFIX_SLOT, stamp, (body, behind), PLAIN)
    dialect, reason = find_event(tables, KEY_VALUE, buf, stamp, clock, room, event[0], event[1])
    if reason == NO_REASON:
        return EVENTS, reason, dialect
    if dialect < 0:
        dialect, reason = find_unused(tables, KEY_VALUE, buf, stamp, room.slots)
        if dialect >= 0:
            return UNUSED, reason, dialect
    return REJECTED_RECORD, reason, dialect


@njit(cache=True, nogil=True, error_model="numpy")
def count_tabs(buf: NDArray[np.uint8], span: tuple[int, int], separator: int) -> int:
    """How many separators a line holds, counted up to MANY_TABS."""
    n = 0
    for i in range(span[0], span[1]):
        if buf[i] == separator:
            n += 1
            if n == MANY_TABS:
                break
    return n


@njit(cache=True, nogil=True, error_model="numpy")
def take_delimited(
    tables: Tables,
    buf: NDArray[np.uint8],
    span: tuple[int, int],
    stamp: int,
    clock: tuple[int, float],
    room: Room,
    header: HeaderState,
    event: tuple[int, int],
) -> tuple[int, int, int]:
    """Status, reason and dialect of a line of columns."""
    separators = count_tabs(buf, span, header.number[SEPARATOR])
    if header.number[N_COLUMNS] == 0:
        return REJECTED_RECORD, (NO_HEADER if separators == MANY_TABS else UNKNOWN_FORMAT), -1
    if separators == 0:
        return REJECTED_RECORD, UNKNOWN_FORMAT, -1
    dialect = np.int64(header.number[DIALECT])
    if dialect < 0 or header.number[REASON] != NO_REASON:
        return UNUSED, np.int64(header.number[REASON]), dialect
    if scan_delimited(buf, span, header, room.slots, stamp) != SCANNED:
        return REJECTED_RECORD, TRUNCATED, dialect
    note_path(buf, header, room.slots, stamp)
    reason = decode_event(tables, dialect, buf, stamp, clock, room, event[0])
    return (EVENTS if reason == NO_REASON else REJECTED_RECORD), reason, dialect


@njit(cache=True, nogil=True, error_model="numpy")
def take_text(
    tables: Tables,
    buf: NDArray[np.uint8],
    span: tuple[int, int],
    stamp: int,
    clock: tuple[int, float],
    room: Room,
    header: HeaderState,
    event: tuple[int, int],
) -> tuple[int, int, int]:
    """Status, reason and dialect of a line that is no JSON and no comment.

    The syntax of the last hit is tried first, then the other; of two refusals the one that knows
    more is kept.
    """
    syntaxes = np.int64(tables.dialect[0, D_SYNTAX])
    for d in range(1, tables.dialect.shape[0]):
        syntaxes |= np.int64(tables.dialect[d, D_SYNTAX])
    pairs_first = event[1] >= 0 and tables.dialect[event[1], D_SYNTAX] & KEY_VALUE != 0
    found = (REJECTED_RECORD, UNKNOWN_FORMAT, -1)
    for attempt in range(2):
        if (attempt == 0) == pairs_first:
            if syntaxes & KEY_VALUE == 0:
                continue
            other = take_key_value(tables, buf, span, stamp, clock, room, event)
        else:
            if syntaxes & DELIMITED == 0:
                continue
            other = take_delimited(tables, buf, span, stamp, clock, room, header, event)
        if other[0] != REJECTED_RECORD:
            return other
        if found[1] == UNKNOWN_FORMAT:
            found = other
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def take_record(
    tables: Tables,
    buf: NDArray[np.uint8],
    span: tuple[int, int],
    stamp: int,
    clock: tuple[int, float],
    room: Room,
    scanners: Scanners,
    event: tuple[int, int],
) -> tuple[int, int, int]:
    """Status, reason and dialect of one record."""
    start, end = span
    if start == end:
        return UNUSED, EMPTY, -1
    first = text_start(buf, start, end)
    if first == end:
        return UNUSED, EMPTY, -1
    if buf[first] == OPEN_OBJECT:
        return take_json(
            tables, buf, (first, end), stamp, clock, room, scanners.json, event
        )
    if buf[first] == HASH_SIGN:
        directive = read_header(buf, (first, end), scanners.header, tables, room.slots, stamp)
        if directive == NO_DIRECTIVE:
            return UNUSED, COMMENT, -1
        return HEADER, NO_REASON, -1
    return take_text(
        tables, buf, (start, end), stamp, clock, room, scanners.header, event
    )


@njit(cache=True, nogil=True, error_model="numpy")
def scan_batch(
    tables: Tables,
    buf: NDArray[np.uint8],
    base: int,
    bounds: NDArray[np.int64],
    origin: tuple[NDArray[np.int64], NDArray[np.float64], int],
    room: Room,
    scanners: Scanners,
    result: Result,
) -> int:
    """Parse records; how many events they gave.

    `base` is where the records begin in `buf`; `bounds` (n + 1,) are counted from there. `origin`
    holds the records' offsets (n,), their times (n,) and the zone of times without one.
    """
    n = 0
    last_hit = np.int64(result.last_hit[0])
    scanners.json.guess[:, GUESS_PARENT] = -2
    room.slots[:, STAMP] = 0
    nobody = result.count.shape[0] - 1
    for i in range(bounds.shape[0] - 1):
        start = base + bounds[i]
        end = trim_end(buf, start, base + bounds[i + 1])
        clock = (origin[2], origin[1][i])
        status, reason, dialect = take_record(
            tables, buf, (start, end), i + 1, clock, room, scanners, (n, last_hit)
        )
        if status == EVENTS:
            room.out.offset[n] = origin[0][i]
            room.out.index[n] = 0
            result.record[n] = i
            last_hit = dialect
            n += 1
        result.status[i] = status
        result.reason[i] = reason
        result.dialect[i] = dialect
        row = dialect if dialect >= 0 else nobody
        result.count[row, status] += 1
        result.why[row, reason] += 1
    result.last_hit[0] = last_hit
    return n
