"""What is this record? Scans one record and finds its dialect.

The choice is made record by record: the syntax follows from the record (and the header before it),
the dialect from the keys; the dialect of the last recognised record is tried first. The first that
knows the record decides, also where a value in it turns out to be bad.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from stream.events import EVENTS, HEADER, REJECTED_RECORD, UNUSED

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
from .scan_json import OPEN_OBJECT, JsonRoom, scan_json
from .scan_key_value import scan_key_value
from .slots import CUT_OFF, PREFIX_SLOT, SCANNED, Slots
from .syslog import note_span, peel_syslog
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


class Scanners(NamedTuple):
    """State and working room of the scanners."""

    header: HeaderState
    json: JsonRoom
    slots: Slots


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
    tables: Tables, syntax: int, buf: NDArray[np.uint8], slots: Slots, row: int, last_hit: int
) -> tuple[int, int, int]:
    """Status, reason and dialect of a scanned record: patterns in their order, last hit first."""
    pattern = tables.pattern
    if last_hit >= 0:
        for p in range(pattern.shape[0]):
            if pattern[p, P_DIALECT] == last_hit and pattern[p, P_REASON] == NO_REASON:
                if pattern[p, P_SYNTAX] & syntax and matches(tables, p, buf, slots, row):
                    return EVENTS, NO_REASON, last_hit
    for p in range(pattern.shape[0]):
        if pattern[p, P_SYNTAX] & syntax and matches(tables, p, buf, slots, row):
            reason = np.int64(pattern[p, P_REASON])
            status = EVENTS if reason == NO_REASON else UNUSED
            return status, reason, np.int64(pattern[p, P_DIALECT])
    return REJECTED_RECORD, UNKNOWN_FORMAT, -1


@njit(cache=True, nogil=True, error_model="numpy")
def take_key_value(
    tables: Tables,
    buf: NDArray[np.uint8],
    start: int,
    end: int,
    slots: Slots,
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
        note_span(slots, row, PREFIX_SLOT, body, behind)
    return find_dialect(tables, KEY_VALUE, buf, slots, row, last_hit)


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
    slots: Slots,
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
    """Status, reason and dialect of a line that is no JSON and no comment.

    The syntax of the last hit is tried first, then the other; of two refusals the first that says
    more than an unknown format is kept.
    """
    syntaxes = np.int64(0)
    for d in range(tables.dialect.shape[0]):
        syntaxes |= np.int64(tables.dialect[d, D_SYNTAX])
    pairs_first = last_hit >= 0 and tables.dialect[last_hit, D_SYNTAX] & KEY_VALUE != 0
    found = (np.int64(REJECTED_RECORD), np.int64(UNKNOWN_FORMAT), np.int64(-1))
    for attempt in range(2):
        if (attempt == 0) == pairs_first:
            if syntaxes & KEY_VALUE == 0:
                continue
            other = take_key_value(tables, buf, start, end, scanners.slots, row, last_hit)
        else:
            if syntaxes & DELIMITED == 0:
                continue
            other = take_delimited(
                tables, buf, start, end, scanners.header, scanners.slots, row
            )
        if other[0] != REJECTED_RECORD:
            return other
        if found[1] == UNKNOWN_FORMAT:
            found = other
        scanners.slots.kind[row, :] = 0
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def take_record(
    tables: Tables,
    buf: NDArray[np.uint8],
    start: int,
    end: int,
    scanners: Scanners,
    row: int,
    last_hit: int,
) -> tuple[int, int, int]:
    """Status, reason and dialect of one record, with its values in row `row` of the slots."""
    first = text_start(buf, start, end)
    if first >= end:
        return UNUSED, EMPTY, -1
    if buf[first] == OPEN_OBJECT:
        scanned = scan_json(buf, first, end, tables.words, scanners.json, scanners.slots, row)
        if scanned == SCANNED:
            return find_dialect(tables, JSON, buf, scanners.slots, row, last_hit)
        return REJECTED_RECORD, (TRUNCATED if scanned == CUT_OFF else BAD_JSON), -1
    if buf[first] == HASH_SIGN:
        directive = read_header(buf, first, end, scanners.header, tables, scanners.slots, row)
        if directive == NO_DIRECTIVE:
            return UNUSED, COMMENT, -1
        return HEADER, NO_REASON, -1
    return take_text(tables, buf, start, end, scanners, row, last_hit)
