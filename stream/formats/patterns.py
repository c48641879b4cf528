"""Whether the keys of a scanned record are those of a dialect."""

import numpy as np
from numpy.typing import NDArray

from .borrowing import borrowing_njit
from .slots import ESCAPED, KIND_MASK, MISSING, PLAIN, UNSET, slot_length, slot_start
from .tables import (
    C_GROUP,
    C_SLOT,
    C_SPACE,
    E_KIND,
    E_SLOT,
    IN_PART,
    IN_TEXT,
    NO_REASON,
    P_BEHIND,
    P_DIALECT,
    P_FIRST,
    P_GENERIC,
    P_REASON,
    P_SYNTAX,
)
from .words import find_word

OPEN_ARRAY = 91
NOBODY = -1


@borrowing_njit
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


@borrowing_njit
def lacks_first(
    pattern: NDArray[np.int64],
    p: int,
    condition: NDArray[np.int64],
    slots: NDArray[np.int64],
    row: int,
) -> bool:
    """Whether a row has not the first key of pattern p, and no other may stand for it."""
    c = pattern[p, P_FIRST]
    if slots[row, condition[c, C_SLOT]] != MISSING:
        return False
    if c + 1 == pattern[p, P_BEHIND]:
        return True
    return bool(condition[c + 1, C_GROUP] != condition[c, C_GROUP])


@borrowing_njit
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
    """Find the first pattern of what is used that holds, those of the last hit first; else -1.

    Patterns of schemas that many products write come last.
    """
    count = pattern.shape[0]
    for turn in range(3):
        for p in range(count):
            if pattern[p, P_REASON] != NO_REASON or pattern[p, P_SYNTAX] & syntax == 0:
                continue
            if pattern[p, P_GENERIC] != int(turn == 2):
                continue
            if turn == 0 and pattern[p, P_DIALECT] != last_hit:
                continue
            if lacks_first(pattern, p, condition, slots, row):
                continue
            if matches(pattern, p, condition, entry, buf, slots, row):
                return p
    return -1


@borrowing_njit
def find_unused(
    pattern: NDArray[np.int64],
    condition: NDArray[np.int64],
    entry: NDArray[np.int64],
    syntax: int,
    buf: NDArray[np.uint8],
    slots: NDArray[np.int64],
    row: int,
) -> int:
    """Find the first pattern that holds of what dialects know of but do not use; -1 if none."""
    for p in range(pattern.shape[0]):
        if pattern[p, P_REASON] == NO_REASON or pattern[p, P_SYNTAX] & syntax == 0:
            continue
        if lacks_first(pattern, p, condition, slots, row):
            continue
        if matches(pattern, p, condition, entry, buf, slots, row):
            return p
    return -1


@borrowing_njit
def find_wrapped(
    envelope: NDArray[np.int64], buf: NDArray[np.uint8], slots: NDArray[np.int64], row: int
) -> int:
    """Which row of `envelope` names the text that a scanned object holds; -1 if it holds none."""
    for e in range(envelope.shape[0]):
        if envelope[e, E_KIND] != IN_TEXT and envelope[e, E_KIND] != IN_PART:
            continue
        slot = slots[row, envelope[e, E_SLOT]]
        kind = slot & KIND_MASK
        if kind == PLAIN or kind == ESCAPED:
            return e
        # journald writes a text that is no UTF-8 as an array of bytes
        if kind == UNSET and buf[slot_start(slot)] == OPEN_ARRAY:
            return e
    return NOBODY
