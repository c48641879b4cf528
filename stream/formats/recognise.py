"""What is this record? Scans one record and finds its dialect.

The choice is made record by record: the syntax follows from the record (and the header before it),
the dialect from the keys; the dialect of the last recognised record is tried first. The first that
knows the record decides, also where a value in it turns out to be bad.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from stream.events import EVENTS, HEADER, REJECTED_RECORD, UNUSED, EventBatch

from .header import (
    DIALECT,
    N_COLUMNS,
    NO_DIRECTIVE,
    REASON,
    SEPARATOR,
    HeaderState,
    note_path,
    read_header,
)
from .scan_delimited import scan_delimited
from .json_keys import GUESSES, Guesses
from .scan_json import OPEN_OBJECT, scan_json
from .scan_key_value import scan_key_value
from .slots import CUT_OFF, MISSING, PLAIN, PREFIX_SLOT, SCANNED, slot_of
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
TAB, BLANK, COLON = 9, 32, 58
# separators from which a line without header looks like a delimited log
MANY = 7


class Records(NamedTuple):
    """What comes in. Record i is buf[bounds[i]:bounds[i + 1]]; n records."""

    buf: NDArray[np.uint8]
    bounds: NDArray[np.int64]  # (n + 1,)
    offset: NDArray[np.int64]  # (n,)
    time: NDArray[np.float64]  # (n,)


class Result(NamedTuple):
    """What comes out, and running counts."""

    out: EventBatch
    record: NDArray[np.int32]  # (n,) record of each event
    status: NDArray[np.int8]  # (n,)
    reason: NDArray[np.int16]  # (n,)
    dialect: NDArray[np.int16]  # (n,)
    count: NDArray[np.int64]  # (dialects + 1, 4) records by dialect (last row: none) and status
    why: NDArray[np.int64]  # (dialects + 1, reasons) records by dialect and reason
    last_hit: NDArray[np.int64]  # (1,) dialect of the last record recognised, -1 before the first


class Scanners(NamedTuple):
    """State and working room of the scanners."""

    header: HeaderState
    guesses: Guesses
    slots: NDArray[np.int64]  # (CHUNK, slots)


@njit(cache=True, nogil=True, error_model="numpy")
def trim_end(buf: NDArray[np.uint8], start: int, end: int) -> int:
    """Leave out line ends, blanks and zero bytes behind a record."""
    while end > start:
        c = buf[end - 1]
        if c != 10 and c != 13 and c != 32 and c != 0:
            break
        end -= 1
    return end


@njit(cache=True, nogil=True, error_model="numpy")
def text_start(buf: NDArray[np.uint8], start: int, end: int) -> int:
    """Pass over a byte order mark and blanks before a record."""
    if end - start >= 3 and buf[start] == 0xEF and buf[start + 1] == 0xBB:
        if buf[start + 2] == 0xBF:
            start += 3
    while start < end and (buf[start] == BLANK or buf[start] == TAB):
        start += 1
    return start


@njit(cache=True, nogil=True, error_model="numpy")
def find_dialect(
    pattern: NDArray[np.int64],
    condition: NDArray[np.int64],
    entry: NDArray[np.int64],
    syntax: int,
    buf: NDArray[np.uint8],
    slots: NDArray[np.int64],
    row: int,
    last_hit: int,
) -> tuple[int, int, int]:
    """Status, reason and dialect of a scanned record: patterns in their order, last hit first."""
    for attempt in range(2):
        for p in range(pattern.shape[0]):
            if pattern[p, P_SYNTAX] & syntax == 0:
                continue
            reason = np.int64(pattern[p, P_REASON])
            dialect = np.int64(pattern[p, P_DIALECT])
            if attempt == 0 and (reason != NO_REASON or dialect != last_hit):
                continue
            if matches(pattern, p, condition, entry, buf, slots, row):
                return (EVENTS if reason == NO_REASON else UNUSED), reason, dialect
    return REJECTED_RECORD, UNKNOWN_FORMAT, -1


@njit(cache=True, nogil=True, error_model="numpy")
def take_key_value(
    tables: Tables,
    buf: NDArray[np.uint8],
    start: int,
    end: int,
    slots: NDArray[np.int64],
    row: int,
    last_hit: int,
) -> tuple[int, int, int]:
    """Status, reason and dialect of a line of pairs, with or without a syslog header."""
    body = peel_syslog(buf, start, end, tables.words, slots, row)
    pair = scan_key_value(buf, body, end, tables.words, slots, row, tables.dialect[0, D_STOP])
    if pair < 0:
        return REJECTED_RECORD, UNKNOWN_FORMAT, -1
    behind = pair
    while behind > body and buf[behind - 1] in (TAB, BLANK, COLON):
        behind -= 1
    if behind > body:
        slots[row, PREFIX_SLOT] = slot_of(body, behind, PLAIN)
    return find_dialect(
        tables.pattern,
        tables.condition,
        tables.words.entry,
        KEY_VALUE,
        buf,
        slots,
        row,
        last_hit,
    )


@njit(cache=True, nogil=True, error_model="numpy")
def count_separators(buf: NDArray[np.uint8], start: int, end: int, separator: int) -> int:
    """How many separators a line holds, counted up to MANY."""
    n = 0
    for i in range(start, end):
        if buf[i] == separator:
            n += 1
            if n == MANY:
                break
    return n


@njit(cache=True, nogil=True, error_model="numpy")
def take_delimited(
    tables: Tables,
    buf: NDArray[np.uint8],
    start: int,
    end: int,
    header: HeaderState,
    slots: NDArray[np.int64],
    row: int,
) -> tuple[int, int, int]:
    """Status, reason and dialect of a line of columns."""
    number = header.number
    if number[N_COLUMNS] == 0:
        separators = count_separators(buf, start, end, number[SEPARATOR])
        return REJECTED_RECORD, (NO_HEADER if separators == MANY else UNKNOWN_FORMAT), -1
    dialect = np.int64(number[DIALECT])
    if dialect < 0 or number[REASON] != NO_REASON:
        if number[N_COLUMNS] > 1 and count_separators(buf, start, end, number[SEPARATOR]) == 0:
            return REJECTED_RECORD, UNKNOWN_FORMAT, -1
        return UNUSED, np.int64(number[REASON]), dialect
    if scan_delimited(buf, start, end, header, slots, row) == SCANNED:
        note_path(buf, header, slots, row)
        return EVENTS, NO_REASON, dialect
    if count_separators(buf, start, end, number[SEPARATOR]) == 0:
        return REJECTED_RECORD, UNKNOWN_FORMAT, -1
    return REJECTED_RECORD, TRUNCATED, dialect


@njit(cache=True, nogil=True, error_model="numpy")
def take_text(
    tables: Tables,
    buf: NDArray[np.uint8],
    start: int,
    end: int,
    scanners: Scanners,
    row: int,
    last_hit: int,
) -> tuple[int, int, int]:
    """Status, reason and dialect of a line that is no JSON.

    The syntax of the last hit is tried first, then the other; of two refusals the first that says
    more than an unknown format is kept.
    """
    slots = scanners.slots
    first = text_start(buf, start, end)
    if buf[first] == HASH_SIGN:
        directive = read_header(buf, first, end, scanners.header, tables, slots, row)
        if directive == NO_DIRECTIVE:
            return UNUSED, COMMENT, -1
        return HEADER, NO_REASON, -1
    syntaxes = np.int64(0)
    for d in range(tables.dialect.shape[0]):
        syntaxes |= np.int64(tables.dialect[d, D_SYNTAX])
    turn = KEY_VALUE if last_hit >= 0 and tables.dialect[last_hit, D_SYNTAX] & KEY_VALUE else 0
    reason = np.int64(UNKNOWN_FORMAT)
    dialect = np.int64(-1)
    for attempt in range(2):
        pairs = (turn == KEY_VALUE) == (attempt == 0)
        if syntaxes & (KEY_VALUE if pairs else DELIMITED) == 0:
            continue
        if pairs:
            found = take_key_value(tables, buf, start, end, slots, row, last_hit)
        else:
            found = take_delimited(tables, buf, start, end, scanners.header, slots, row)
        if found[0] != REJECTED_RECORD:
            return found
        if reason == UNKNOWN_FORMAT:
            reason, dialect = found[1], found[2]
        for k in range(slots.shape[1]):
            slots[row, k] = MISSING
    return REJECTED_RECORD, reason, dialect


@njit(cache=True, nogil=True, error_model="numpy")
def recognise_chunk(
    tables: Tables,
    records: Records,
    start: int,
    stop: int,
    scanners: Scanners,
    result: Result,
) -> int:
    """Scan records start to stop; behind the last one done: a header line ends a chunk."""
    buf, bounds = records.buf, records.bounds
    statuses, reasons, dialects = result.status, result.reason, result.dialect
    pattern, condition, entry = tables.pattern, tables.condition, tables.words.entry
    slots = scanners.slots
    last_hit = np.int64(result.last_hit[0])
    if start == 0:
        scanners.guesses.key[GUESSES, 0] = 0
    for i in range(start, stop):
        row = i - start
        for k in range(slots.shape[1]):
            slots[row, k] = MISSING
        first = bounds[i]
        end = trim_end(buf, first, bounds[i + 1])
        if first < end and buf[first] != OPEN_OBJECT:
            blank = text_start(buf, first, end)
            if blank == end or buf[blank] == OPEN_OBJECT:
                first = blank
        if first >= end:
            status, reason, dialect = UNUSED, EMPTY, -1
        elif buf[first] == OPEN_OBJECT:
            scanned = scan_json(buf, first, end, tables.words, scanners.guesses, slots, row)
            if scanned == SCANNED:
                status, reason, dialect = find_dialect(
                    pattern, condition, entry, JSON, buf, slots, row, last_hit
                )
            else:
                status, dialect = REJECTED_RECORD, -1
                reason = TRUNCATED if scanned == CUT_OFF else BAD_JSON
        else:
            status, reason, dialect = take_text(
                tables, buf, first, end, scanners, row, last_hit
            )
        statuses[i] = status
        reasons[i] = reason
        dialects[i] = dialect
        if status == EVENTS:
            last_hit = dialect
        elif status == HEADER:
            stop = i + 1
            break
    result.last_hit[0] = last_hit
    return stop
