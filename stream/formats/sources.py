"""The plain text of the slots, and whether one means that nothing is known."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .slots import (
    BAD,
    DOUBLED,
    ESCAPED,
    KIND_MASK,
    PLAIN,
    SCRATCH,
    slot_length,
    slot_of,
    slot_start,
)
from .unescape import undouble_quotes, unescape_json
from .words import find_word


@njit(cache=True, nogil=True, error_model="numpy")
def write_plainly(buf: NDArray[np.uint8], slots: NDArray[np.int64], count: int) -> None:
    """Write the texts with escapes of the first rows out plainly, one behind the other.

    Their slots then are there; that of a bad escape says so.
    """
    at = int(SCRATCH)
    for row in range(count):
        for k in range(slots.shape[1]):
            slot = slots[row, k]
            kind = slot & KIND_MASK
            if kind != ESCAPED and kind != DOUBLED:
                continue
            start = slot_start(slot)
            end = start + slot_length(slot)
            if kind == ESCAPED:
                length = unescape_json(buf, start, end, at)
            else:
                length = undouble_quotes(buf, start, end, at)
            if length < 0:
                slots[row, k] = BAD
            else:
                slots[row, k] = slot_of(at, at + length, int(PLAIN))
                at += length


@njit(cache=True, nogil=True, error_model="numpy")
def is_unset(
    entry: NDArray[np.int64], space: int, buf: NDArray[np.uint8], start: int, end: int
) -> bool:
    """Whether a value is empty or one of the unset marks in that space."""
    return start == end or find_word(entry, space, buf, start, end) >= 0
