"""The plain text of the slots, and whether one means that nothing is known."""

import numpy as np
from numpy.typing import NDArray

from .borrowing import inner_njit
from .chunk import ROW
from .slots import (
    BAD,
    DOUBLED,
    ESCAPED,
    KIND_MASK,
    LIST,
    LISTED,
    PLAIN,
    SLASHED,
    mark_filled,
    slot_length,
    slot_of,
    slot_start,
)
from .tables import R_COLUMN, R_OTHER, R_SLOT, R_SPACE
from .unescape import undouble_quotes, unescape_json, unslash
from .words import find_word


@inner_njit
def write_plainly(
    buf: NDArray[np.uint8],
    slots: NDArray[np.int64],
    escaped: NDArray[np.int64],
    count: int,
    at: int,
) -> None:
    """Write the texts with escapes of the marked rows out plainly, one behind the other, from `at`.

    Their slots then are there; that of a bad escape says so.
    """
    for row in range(count):
        if escaped[row] == 0:
            continue
        for n in range(slots[0, LISTED]):
            k = slots[n, LIST]
            slot = slots[k, row]
            kind = slot & KIND_MASK
            if kind != ESCAPED and kind != DOUBLED and kind != SLASHED:
                continue
            start = slot_start(slot)
            end = start + slot_length(slot)
            if kind == ESCAPED:
                length = unescape_json(buf, start, end, at)
            elif kind == SLASHED:
                length = unslash(buf, start, end, at)
            else:
                length = undouble_quotes(buf, start, end, at)
            if length < 0:
                slots[k, row] = BAD
            else:
                slots[k, row] = slot_of(at, at + length, int(PLAIN))
                at += length


@inner_njit
def cut_part(
    buf: NDArray[np.uint8],
    slots: NDArray[np.int64],
    record: NDArray[np.int64],
    m: int,
    rule: NDArray[np.int64],
) -> None:
    """Put a part of a source, as its bytes of separation cut it, into a slot of its own.

    Parts are counted from 0, those below 0 from the end; what is not there stays missing.
    """
    separator, part = rule[R_SPACE], rule[R_COLUMN]
    for k in range(m):
        row = record[ROW, k]
        slot = slots[rule[R_SLOT], row]
        if slot & KIND_MASK != PLAIN:
            continue
        start = slot_start(slot)
        end = start + slot_length(slot)
        wanted = part
        if part < 0:
            for i in range(start, end):
                wanted += int(buf[i] == separator)
            wanted += 1
        while wanted > 0 and start < end:
            wanted -= int(buf[start] == separator)
            start += 1
        stop = start
        while stop < end and buf[stop] != separator:
            stop += 1
        if wanted == 0:
            slots[rule[R_OTHER], row] = slot_of(start, stop, int(PLAIN))
            mark_filled(slots, rule[R_OTHER])


@inner_njit
def is_unset(
    entry: NDArray[np.int64], space: int, buf: NDArray[np.uint8], start: int, end: int
) -> bool:
    """Whether a value is empty or one of the unset marks in that space."""
    return start == end or find_word(entry, space, buf, start, end) >= 0
