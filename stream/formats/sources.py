"""The plain text of a slot, and whether it means that nothing is known."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .slots import BAD_SLOT, ESCAPED, KIND_MASK, PLAIN, SCRATCH, slot_length, slot_of, slot_start
from .unescape import undouble_quotes, unescape_json
from .words import find_word


@njit(cache=True, nogil=True, error_model="numpy")
def plain_slot(buf: NDArray[np.uint8], slot: int) -> int:
    """Write the text of an escaped slot out plainly: its new slot, or BAD_SLOT for a bad escape.

    The text stands in the head of the buffer until the next one is written there.
    """
    start = slot_start(slot)
    end = start + slot_length(slot)
    at = int(SCRATCH)
    if slot & KIND_MASK == ESCAPED:
        length = unescape_json(buf, start, end, at)
    else:
        length = undouble_quotes(buf, start, end, at)
    if length < 0:
        return BAD_SLOT
    return slot_of(at, at + length, int(PLAIN))


@njit(cache=True, nogil=True, error_model="numpy")
def is_unset(
    entry: NDArray[np.int64], space: int, buf: NDArray[np.uint8], start: int, end: int
) -> bool:
    """Whether a value is empty or one of the unset marks in that space."""
    return start == end or find_word(entry, space, buf, start, end) >= 0
