"""What are these records? Finds the dialect of each scanned row of a chunk.

The syntax follows from the record itself, and for columns from the header before it; the dialect
from the keys. The dialect of the record before is tried first, then all in their order, then what
dialects know of but do not use. The first that knows a record decides, also where a value in it
turns out to be bad.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from stream.events import EVENTS, HEADER, REJECTED_RECORD, UNUSED, EventBatch

from .header import DIALECT, N_COLUMNS, REASON, SEPARATOR
from .lines import COMMENT_LINE, HEADER_LINE, TEXT_LINE, Lines
from .patterns import find_pattern
from .slots import CUT_OFF, KIND_MASK, MISSING, SCANNED, UNSET, slot_length, slot_start
from .tables import (
    BAD_JSON,
    C_SLOT,
    C_SPACE,
    COMMENT,
    DELIMITED,
    EMPTY,
    JSON,
    KEY_VALUE,
    NO_HEADER,
    NO_REASON,
    P_BEHIND,
    P_DIALECT,
    P_FIRST,
    P_REASON,
    P_SYNTAX,
    TRUNCATED,
    UNKNOWN_FORMAT,
    Tables,
)
from .words import find_word

# separators from which a line without header looks like a delimited log
MANY = 7
NOBODY = -1


class Result(NamedTuple):
    """What comes out, and running counts."""

    out: EventBatch
    record: NDArray[np.int32]  # (n,) record of each event
    status: NDArray[np.int8]  # (n,)
    reason: NDArray[np.int16]  # (n,)
    dialect: NDArray[np.int16]  # (n,)
    tally: NDArray[np.int64]  # (dialects + 1, 4) records by dialect (last row: none) and status
    why: NDArray[np.int64]  # (dialects + 1, reasons) records by dialect and reason
    present: NDArray[np.int64]  # (dialects,) rows of the chunk at work that may give an event
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
        return TRUNCATED, int(number[DIALECT])
    return UNKNOWN_FORMAT, -1


@njit(cache=True, nogil=True, error_model="numpy")
def recognise(
    tables: Tables,
    buf: NDArray[np.uint8],
    lines: Lines,
    count: int,
    number: NDArray[np.int64],
    slots: NDArray[np.int64],
    start: int,
    result: Result,
) -> None:
    """Write status, reason and dialect of the rows to the records from start on.

    `number` is that of the header. `result.present` counts the rows of each dialect that may give
    an event.
    """
    pattern, condition, entry = tables.pattern, tables.condition, tables.words.entry
    syntaxes, outcomes = lines.syntax, lines.outcome
    statuses, reasons, dialects = result.status, result.reason, result.dialect
    present = result.present
    for d in range(present.shape[0]):
        present[d] = 0
    last_hit = int(result.last_hit[0])
    usual = NOBODY  # the pattern that held last
    for row in range(count):
        syntax = syntaxes[row]
        status = REJECTED_RECORD
        reason = int(UNKNOWN_FORMAT)
        dialect = NOBODY
        if syntax == DELIMITED:
            reason = number[REASON]
            dialect = number[DIALECT]
            status = EVENTS if reason == NO_REASON else UNUSED
        elif syntax == JSON and outcomes[row] != SCANNED:
            reason = int(TRUNCATED if outcomes[row] == CUT_OFF else BAD_JSON)
        elif syntax == JSON or syntax == KEY_VALUE:
            held = usual >= 0 and pattern[usual, P_SYNTAX] & syntax != 0
            if held:
                # most records are like the one before, and have all of the alternatives
                for c in range(pattern[usual, P_FIRST], pattern[usual, P_BEHIND]):
                    slot = slots[row, condition[c, C_SLOT]]
                    space = condition[c, C_SPACE]
                    if slot == MISSING:
                        held = False
                    elif space >= 0 and held:
                        first = slot_start(slot)
                        end = first + slot_length(slot)
                        held = slot & KIND_MASK != UNSET
                        held = held and find_word(entry, space, buf, first, end) >= 0
            if not held:
                usual = find_pattern(pattern, condition, entry, syntax, last_hit, buf, slots, row)
            if usual >= 0:
                reason = pattern[usual, P_REASON]
                dialect = pattern[usual, P_DIALECT]
                status = EVENTS if reason == NO_REASON else UNUSED
            elif syntax == KEY_VALUE:
                reason, dialect = refusal(buf, lines.first[row], lines.end[row], number)
            if status != EVENTS:
                usual = NOBODY
        elif syntax == TEXT_LINE:
            reason, dialect = refusal(buf, lines.first[row], lines.end[row], number)
        elif syntax == HEADER_LINE:
            status, reason = HEADER, int(NO_REASON)
        else:
            status, reason = UNUSED, int(COMMENT if syntax == COMMENT_LINE else EMPTY)
        if status == EVENTS:
            last_hit = dialect
            present[dialect] += 1
        statuses[start + row] = status
        reasons[start + row] = reason
        dialects[start + row] = dialect
    result.last_hit[0] = last_hit
