"""Whether the keys of a scanned record are those of a dialect."""

import numpy as np
from numpy.typing import NDArray

from .borrowing import inner_njit
from .slots import ESCAPED, FILLED, KIND_MASK, MISSING, PLAIN, UNSET, slot_length, slot_start
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
    P_NEED,
    P_REASON,
    P_SYNTAX,
)
from .words import find_word

OPEN_ARRAY = 91
NOBODY = -1


@inner_njit
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
        slot = slots[condition[c, C_SLOT], row]
        if held or slot == MISSING:
            continue
        space = condition[c, C_SPACE]
        if space < 0:
            held = True
        elif slot & KIND_MASK != UNSET:
            start = slot_start(slot)
            held = find_word(entry, space, buf, start, start + slot_length(slot)) >= 0
    return held


@inner_njit
def list_patterns(
    pattern: NDArray[np.int64], slots: NDArray[np.int64], likely: NDArray[np.int64]
) -> int:
    """List the patterns whose needed key is in some row; how many they are."""
    n = 0
    for p in range(pattern.shape[0]):
        need = pattern[p, P_NEED]
        if need < 0 or slots[need, FILLED] != 0:
            likely[n] = p
            n += 1
    return n


@inner_njit
def find_pattern(
    likely: NDArray[np.int64],
    count: int,
    pattern: NDArray[np.int64],
    condition: NDArray[np.int64],
    entry: NDArray[np.int64],
    syntax: int,
    last_hit: int,
    buf: NDArray[np.uint8],
    slots: NDArray[np.int64],
    row: int,
) -> tuple[int, int]:
    """Find the first pattern of what is used that holds, else -1; and then of what is not used.

    `likely` are those looked at. Patterns of the last hit come first, those of schemas that many
    products write last.
    """
    used, generic, unused = int(NOBODY), int(NOBODY), int(NOBODY)
    for n in range(count):
        p = likely[n]
        # nearly all are ruled out by one key that they need
        need = pattern[p, P_NEED]
        if need >= 0 and slots[need, row] == MISSING:
            continue
        if pattern[p, P_SYNTAX] & syntax == 0:
            continue
        is_generic = pattern[p, P_GENERIC] == 1
        is_unused = pattern[p, P_REASON] != NO_REASON
        is_last = not is_unused and not is_generic and pattern[p, P_DIALECT] == last_hit
        if is_unused:
            is_wanted = unused < 0
        elif is_generic:
            is_wanted = generic < 0
        else:
            is_wanted = used < 0 or is_last
        if not is_wanted or not matches(pattern, p, condition, entry, buf, slots, row):
            continue
        if is_last:
            return p, int(NOBODY)
        if is_unused:
            unused = p
        elif is_generic:
            generic = p
        else:
            used = p
    return (used if used >= 0 else generic), unused


@inner_njit
def find_wrapped(
    envelope: NDArray[np.int64], buf: NDArray[np.uint8], slots: NDArray[np.int64], row: int
) -> int:
    """Which row of `envelope` names the text that a scanned object holds; -1 if it holds none."""
    for e in range(envelope.shape[0]):
        if envelope[e, E_KIND] != IN_TEXT and envelope[e, E_KIND] != IN_PART:
            continue
        slot = slots[envelope[e, E_SLOT], row]
        kind = slot & KIND_MASK
        if kind == PLAIN or kind == ESCAPED:
            return e
        # journald writes a text that is no UTF-8 as an array of bytes
        if kind == UNSET and buf[slot_start(slot)] == OPEN_ARRAY:
            return e
    return NOBODY
