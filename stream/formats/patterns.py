"""Whether the keys of a scanned record are those of a dialect."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .slots import KIND_MASK, MISSING, UNSET, slot_length, slot_start
from .tables import (
    C_GROUP,
    C_SLOT,
    C_SPACE,
    NO_REASON,
    P_BEHIND,
    P_DIALECT,
    P_FIRST,
    P_REASON,
    P_SYNTAX,
)
from .words import find_word


@njit(cache=True, nogil=True, error_model="numpy")
def matches(
    pattern: NDArray[np.int64],
    p: int,
    condition: NDArray[np.int64],
    entry: NDArray[np.int64],
    buf: NDArray[np.uint8],
    slots: NDArray[np.int64],
    row: int,
) -> bool:
    """Whether pattern p holds for a row of the slots: of each group of conditions at least one."""
    group = -1
    held = True
    for c in range(pattern[p, P_FIRST], pattern[p, P_BEHIND]):
        if condition[c, C_GROUP] != group:
            if not held:
                break
            group = condition[c, C_GROUP]
            held = False
        slot = slots[row, condition[c, C_SLOT]]
        if held or slot == MISSING:
            continue
        space = condition[c, C_SPACE]
        if space < 0:
            held = True
        elif slot & KIND_MASK != UNSET:
            start = slot_start(slot)
            held = find_word(entry, space, buf, start, start + slot_length(slot)) >= 0
    return held


@njit(cache=True, nogil=True, error_model="numpy")
def find_pattern(
    pattern: NDArray[np.int64],
    condition: NDArray[np.int64],
    entry: NDArray[np.int64],
    syntax: int,
    last_hit: int,
    buf: NDArray[np.uint8],
    slots: NDArray[np.int64],
    row: int,
) -> int:
    """Find the first pattern that holds, those of the last hit first; -1 if none does."""
    count = pattern.shape[0]
    for k in range(2 * count):
        p = k % count
        is_first_round = k < count
        if is_first_round and pattern[p, P_REASON] != NO_REASON:
            continue
        if is_first_round and pattern[p, P_DIALECT] != last_hit:
            continue
        if pattern[p, P_SYNTAX] & syntax == 0:
            continue
        if matches(pattern, p, condition, entry, buf, slots, row):
            return int(p)
    return -1
