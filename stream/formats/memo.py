"""Short words seen a moment ago, and what was found for them.

Log fields repeat themselves; a word of up to seven bytes is compared as one number. The memo is
emptied for every rule and chunk, so it only saves time.
"""

import numpy as np
from numpy.typing import NDArray

from .borrowing import inner_njit
from .wide_loads import load

MEMO = 64  # places
SHORT_WORD = 7  # bytes
NO_WORD = np.uint64(0)
BLANK_WORD = np.uint64(0xFF00000000000000)
EVERYTHING = np.uint64(0xFFFFFFFFFFFFFFFF)
SHIFT_56 = np.uint64(56)
SHIFT_29 = np.uint64(29)
SHIFT_15 = np.uint64(15)
SHIFT_7 = np.uint64(7)
LAST_PLACE = np.uint64(MEMO - 1)


@inner_njit
def forget(memo: NDArray[np.uint64]) -> None:
    """Empty the memo."""
    for k in range(MEMO):
        memo[k] = NO_WORD


@inner_njit
def short_word(buf: NDArray[np.uint8], start: int, length: int) -> np.uint64:
    """Up to seven bytes and their number as one value, never NO_WORD."""
    mask = EVERYTHING >> np.uint64(64 - 8 * length) if length > 0 else NO_WORD
    return (load(buf, start) & mask) | (np.uint64(length + 1) << SHIFT_56)


@inner_njit
def memo_place(word: np.uint64) -> int:
    """Where a word stands in the memo."""
    mixed = word ^ (word >> SHIFT_29)
    mixed = mixed ^ (mixed >> SHIFT_15)
    return int(np.int64((mixed ^ (mixed >> SHIFT_7)) & LAST_PLACE))
