"""The heads of CEF and LEEF, and the pairs behind them.

CEF (ArcSight): ``CEF:0|vendor|product|version|id|name|severity|key=value key=value``; a bar in the
head, a sign or backslash in a value has a backslash before it, and a value goes on over blanks
until the next key. LEEF (QRadar): ``LEEF:2.0|vendor|product|version|id|delimiter|key=value``; pairs
are set off by tabs, or from 2.0 on by the delimiter, a character or its hexadecimal number. Some
write bars in 1.0: they count where there is no tab.
"""

import numpy as np
from numpy.typing import NDArray

from .addresses import hex_digit
from .borrowing import inner_njit
from .eight_bytes import find_either
from .slots import (
    ID_SLOT,
    MISSING,
    NAME_SLOT,
    PLAIN,
    PRODUCT_SLOT,
    SEVERITY_SLOT,
    SLASHED,
    VENDOR_SLOT,
    VERSION_SLOT,
    mark_filled,
    slot_of,
)
from .words import Words, find_key

BAR, BACKSLASH, EQUALS, BLANK, TAB, COLON = 124, 92, 61, 32, 9, 58
LETTER_C, LETTER_E, LETTER_F, LETTER_L, TWO, LETTER_X, ZERO = 67, 69, 70, 76, 50, 120, 48
NO_HEAD, CEF, LEEF, LEEF_2 = 0, 1, 2, 3
CEF_FIELDS, LEEF_FIELDS = 6, 4
LEEF_MARK = 4  # bytes of its mark
LONGEST_DELIMITER = 4  # 0x09, as x09
NOWHERE = -1


@inner_njit
def head_kind(buf: NDArray[np.uint8], i: int, end: int) -> tuple[int, int]:
    """Which head begins at i, and where its first field does."""
    start = i
    is_leef = i + 5 < end and buf[i] == LETTER_L and buf[i + 1] == LETTER_E
    if is_leef:
        i += 1
    if i + 4 >= end or buf[i + 1] != LETTER_E or buf[i + 2] != LETTER_F or buf[i + 3] != COLON:
        return NO_HEAD, start
    if not is_leef and buf[i] != LETTER_C:
        return NO_HEAD, start
    i += 4
    kind = CEF
    if is_leef:
        kind = LEEF_2 if i < end and buf[i] == TWO else LEEF
    i = find_either(buf, i, end, int(BAR), int(BAR))
    return (kind, i + 1) if i < end else (NO_HEAD, start)


@inner_njit
def is_slashed(buf: NDArray[np.uint8], start: int, i: int) -> bool:
    """Whether an odd number of backslashes stands before i."""
    k = i
    while k > start and buf[k - 1] == BACKSLASH:
        k -= 1
    return (i - k) % 2 == 1


@inner_njit
def value_slot(buf: NDArray[np.uint8], start: int, end: int) -> int:
    """Slot of a value, which may hold backslashes."""
    at = find_either(buf, start, end, int(BACKSLASH), int(BACKSLASH))
    return slot_of(start, end, int(SLASHED) if at < end else int(PLAIN))


@inner_njit
def read_head(
    buf: NDArray[np.uint8], i: int, end: int, kind: int, slots: NDArray[np.int64], row: int
) -> int:
    """Fill the slots of the head's fields; where the pairs begin, -1 if the head is cut off."""
    fields = CEF_FIELDS if kind == CEF else LEEF_FIELDS
    for field in range(fields):
        start = i
        i = find_either(buf, i, end, int(BAR), int(BAR))
        while i < end and kind == CEF and is_slashed(buf, start, i):
            i = find_either(buf, i + 1, end, int(BAR), int(BAR))
        if i >= end:
            return NOWHERE
        slot = VENDOR_SLOT
        if field == 1:
            slot = PRODUCT_SLOT
        elif field == 2:
            slot = VERSION_SLOT
        elif field == 3:
            slot = ID_SLOT
        elif field == 4:
            slot = NAME_SLOT
        elif field == 5:
            slot = SEVERITY_SLOT
        slots[slot, row] = value_slot(buf, start, i)
        i += 1
    return i


@inner_njit
def leef_delimiter(buf: NDArray[np.uint8], i: int, end: int) -> tuple[int, int]:
    """Delimiter of LEEF 2.0 and where the pairs begin; a tab where the field is missing."""
    stop = find_either(buf, i, min(end, i + LONGEST_DELIMITER + 1), int(BAR), int(BAR))
    if stop >= end or buf[stop] != BAR:
        return TAB, i
    n = stop - i
    if n == 0:
        return TAB, stop + 1
    if n == 1:
        return int(buf[i]), stop + 1
    first = i + 1 if buf[i] == ZERO else i
    if (buf[first] | 32) != LETTER_X:
        return TAB, i
    value = 0
    for k in range(first + 1, stop):
        digit = hex_digit(int(buf[k]))
        if digit < 0:
            return TAB, i
        value = value * 16 + digit
    return value & 255, stop + 1


@inner_njit
def is_cef_key_byte(c: int) -> bool:
    """Whether a key of CEF may hold the byte."""
    return 97 <= (c | 32) <= 122 or 45 <= c <= 57 or c == 95 or c == 91 or c == 93


@inner_njit
def next_sign(buf: NDArray[np.uint8], i: int, end: int) -> tuple[int, int]:
    """Where the next key of CEF begins and its sign stands; both the end if there is none."""
    start = i
    while i < end:
        i = find_either(buf, i, end, int(EQUALS), int(EQUALS))
        key = i
        while key > start and is_cef_key_byte(int(buf[key - 1])):
            key -= 1
        # the first pair stands behind the bar that ends the head
        is_first = key == start and buf[key - 1] == BAR
        if i < end and key < i and (is_first or buf[key - 1] <= BLANK):
            return key, i
        i += 1
    return end, end


@inner_njit
def read_cef(
    buf: NDArray[np.uint8], i: int, end: int, words: Words, slots: NDArray[np.int64], row: int
) -> None:
    """Fill the slots of the pairs of CEF; of a key that comes twice the first counts."""
    key, sign = next_sign(buf, i, end)
    while sign < end:
        start = sign + 1
        next_key, next_at = next_sign(buf, start, end)
        stop = next_key
        while stop > start and buf[stop - 1] <= BLANK:
            stop -= 1
        slot = find_key(words, buf, key, sign)
        if slot >= 0 and slots[slot, row] == MISSING:
            slots[slot, row] = value_slot(buf, start, stop)
            mark_filled(slots, slot)
        key, sign = next_key, next_at


@inner_njit
def read_leef(
    buf: NDArray[np.uint8],
    i: int,
    end: int,
    delimiter: int,
    words: Words,
    slots: NDArray[np.int64],
    row: int,
) -> None:
    """Fill the slots of the pairs of LEEF; of a key that comes twice the first counts."""
    while i < end:
        stop = find_either(buf, i, end, delimiter, delimiter)
        while i < stop and buf[i] <= BLANK:
            i += 1
        sign = find_either(buf, i, stop, int(EQUALS), int(EQUALS))
        if sign < stop:
            slot = find_key(words, buf, i, sign)
            if slot >= 0 and slots[slot, row] == MISSING:
                slots[slot, row] = slot_of(sign + 1, stop, int(PLAIN))
                mark_filled(slots, slot)
        i = stop + 1


@inner_njit
def scan_head(
    buf: NDArray[np.uint8], i: int, end: int, words: Words, slots: NDArray[np.int64], row: int
) -> int:
    """Read a text that begins with a head: its kind, NO_HEAD if it has none."""
    kind, at = head_kind(buf, i, end)
    if kind == NO_HEAD:
        return NO_HEAD
    at = read_head(buf, at, end, kind, slots, row)
    if at < 0:
        return NO_HEAD
    if kind == CEF:
        read_cef(buf, at, end, words, slots, row)
        return kind
    # which has no name: so the two are told apart
    slots[NAME_SLOT, row] = slot_of(i, i + LEEF_MARK, int(PLAIN))
    delimiter = int(TAB)
    if kind == LEEF_2:
        delimiter, at = leef_delimiter(buf, at, end)
    elif find_either(buf, at, end, delimiter, delimiter) >= end:
        delimiter = int(BAR)
    read_leef(buf, at, end, delimiter, words, slots, row)
    return kind
