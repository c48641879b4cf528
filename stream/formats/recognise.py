"""What are these records? Finds the dialect of each scanned row of a chunk.

The syntax follows from the record itself, and for columns from the header before it; the dialect
from the keys. The dialect of the record before is tried first, then all in their order, then what
dialects know of but do not use. The first that knows a record decides, also where a value in it turns
out to be bad.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from stream.events import EVENTS, HEADER, REJECTED_RECORD, UNUSED, EventBatch

from .header import DIALECT, N_COLUMNS, REASON, SEPARATOR, HeaderState
from .lines import COMMENT_LINE, HEADER_LINE, NO_SYNTAX, TEXT_LINE, Lines
from .patterns import find_pattern
from .slots import CUT_OFF, SCANNED
from .tables import (
    BAD_JSON,
    COMMENT,
    DELIMITED,
    EMPTY,
    JSON,
    NO_HEADER,
    NO_REASON,
    P_DIALECT,
    P_REASON,
    TRUNCATED,
    UNKNOWN_FORMAT,
    Tables,
)

# separators from which a line without header looks like a delimited log
MANY = 7


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


@njit(cache=True, nogil=True, error_model="numpy")
def count_separators(buf: NDArray[np.uint8], start: int, end: int, separator: int) -> int:
    """How many separators a line holds."""
    n = 0
    for i in range(start, end):
        if buf[i] == separator:
            n += 1
    return n


@njit(cache=True, nogil=True, error_model="numpy")
def pass_over_unused(
    buf: NDArray[np.uint8], lines: Lines, count: int, number: NDArray[np.int64]
) -> None:
    """Under the header of a log that is not used: text rows with columns become delimited."""
    for row in range(count):
        if lines.syntax[row] == TEXT_LINE:
            n = count_separators(buf, lines.first[row], lines.end[row], number[SEPARATOR])
            if n > 0 or number[N_COLUMNS] == 1:
                lines.syntax[row] = DELIMITED


@njit(cache=True, nogil=True, error_model="numpy")
def refusal(
    buf: NDArray[np.uint8], start: int, end: int, number: NDArray[np.int64]
) -> tuple[int, int]:
    """Reason and dialect of a text row in which no dialect was found."""
    n = count_separators(buf, start, end, number[SEPARATOR])
    if number[N_COLUMNS] == 0:
        return (NO_HEADER if n >= MANY else UNKNOWN_FORMAT), -1
    if n > 0 and number[REASON] == NO_REASON:
        return TRUNCATED, np.int64(number[DIALECT])
    return UNKNOWN_FORMAT, -1


@njit(cache=True, nogil=True, error_model="numpy")
def recognise(
    tables: Tables,
    buf: NDArray[np.uint8],
    lines: Lines,
    count: int,
    header: HeaderState,
    slots: NDArray[np.int64],
    start: int,
    result: Result,
) -> None:
    """Write status, reason and dialect of the rows to the records from start on."""
    number = header.number
    syntaxes, outcomes = lines.syntax, lines.outcome
    statuses, reasons, dialects = result.status, result.reason, result.dialect
    last_hit = np.int64(result.last_hit[0])
    for row in range(count):
        syntax = syntaxes[row]
        status = np.int64(REJECTED_RECORD)
        reason = np.int64(UNKNOWN_FORMAT)
        dialect = np.int64(-1)
        if syntax == NO_SYNTAX or syntax == COMMENT_LINE:
            status = np.int64(UNUSED)
            reason = np.int64(EMPTY if syntax == NO_SYNTAX else COMMENT)
        elif syntax == HEADER_LINE:
            status = np.int64(HEADER)
            reason = np.int64(NO_REASON)
        elif syntax == DELIMITED:
            reason = np.int64(number[REASON])
            dialect = np.int64(number[DIALECT])
            status = np.int64(EVENTS if reason == NO_REASON else UNUSED)
        elif syntax == JSON and outcomes[row] != SCANNED:
            reason = np.int64(TRUNCATED if outcomes[row] == CUT_OFF else BAD_JSON)
        else:
            found = -1
            if syntax != TEXT_LINE:
                found = find_pattern(tables, syntax, last_hit, buf, slots, row)
            if found >= 0:
                reason = np.int64(tables.pattern[found, P_REASON])
                dialect = np.int64(tables.pattern[found, P_DIALECT])
                status = np.int64(EVENTS if reason == NO_REASON else UNUSED)
            elif syntax != JSON:
                reason, dialect = refusal(buf, lines.first[row], lines.end[row], number)
        if status == EVENTS:
            last_hit = dialect
        start_row = start + row
        statuses[start_row] = status
        reasons[start_row] = reason
        dialects[start_row] = dialect
    result.last_hit[0] = last_hit
