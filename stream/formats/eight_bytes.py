"""Look at eight bytes at once (Lamport 1975; Warren, Hacker's Delight, chapter 6).

The buffer is longer than its records by PADDING, so that a look near its end stays inside.
"""

import numpy as np
from numpy.typing import NDArray

from .borrowing import borrowing_njit, inner_njit
from .wide_loads import WIDE, WORD, blank_16, find_16, load, lowest_bit

PADDING = 16
LOW_BITS = np.uint64(0x7F7F7F7F7F7F7F7F)
HIGH_BITS = np.uint64(0x8080808080808080)
EACH_BYTE = 0x0101010101010101
ZEROS = np.uint64(48 * EACH_BYTE)
SIXES = np.uint64(6 * EACH_BYTE)
HIGH_HALVES = np.uint64(0xF0 * EACH_BYTE)
EVEN_BYTES = np.uint64(0x00FF00FF00FF00FF)
EVEN_PAIRS = np.uint64(0x0000FFFF0000FFFF)
TEN = np.uint64(10)
HUNDRED = np.uint64(100)
TEN_THOUSAND = np.uint64(10000)
FOUR_BYTES = np.uint64(0xFFFFFFFF)
NOTHING = np.uint64(0)
SHIFT_8 = np.uint64(8)
SHIFT_16 = np.uint64(16)
SHIFT_32 = np.uint64(32)


@borrowing_njit
def digits_value(buf: NDArray[np.uint8], start: int, length: int) -> int:
    """Read the one to eight digits at start; -1 if there is anything else."""
    # the digits move to the high bytes, as if zeros stood before them
    x = (load(buf, start) ^ ZEROS) << np.uint64(64 - 8 * length)
    if (x | ((x & LOW_BITS) + SIXES)) & HIGH_HALVES != NOTHING:
        return -1
    x = (x & EVEN_BYTES) * TEN + ((x >> SHIFT_8) & EVEN_BYTES)
    x = (x & EVEN_PAIRS) * HUNDRED + ((x >> SHIFT_16) & EVEN_PAIRS)
    return int(np.int64((x & FOUR_BYTES) * TEN_THOUSAND + (x >> SHIFT_32)))


@inner_njit
def find_either(buf: NDArray[np.uint8], i: int, end: int, one: int, other: int) -> int:
    """Where the first of two bytes stands from i on, else the end."""
    while i < end:
        found = find_16(buf, i, one, other)
        if found != 0:
            return min(i + lowest_bit(found), end)
        i += WIDE
    return end


@inner_njit
def find_blank(buf: NDArray[np.uint8], i: int, end: int) -> int:
    """Where the first blank, or byte below it, stands from i on, else the end."""
    while i < end:
        found = blank_16(buf, i)
        if found != 0:
            return min(i + lowest_bit(found), end)
        i += WIDE
    return end


@inner_njit
def same_text(
    buf: NDArray[np.uint8], i: int, text: NDArray[np.uint8], start: int, length: int
) -> bool:
    """Whether a text stands at i as it is written."""
    k = 0
    while k < length:
        differ = load(buf, i + k) ^ load(text, start + k)
        if length - k < WORD:
            differ = differ << np.uint64(8 * (WORD - length + k))
        if differ != NOTHING:
            return False
        k += WORD
    return True
