"""Look at eight bytes at once (Lamport 1975; Warren, Hacker's Delight, chapter 6).

The buffer is longer than its records by PADDING, so that a look near its end stays inside.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

PADDING = 16
LOW_BITS = np.uint64(0x7F7F7F7F7F7F7F7F)
HIGH_BITS = np.uint64(0x8080808080808080)
EACH_BYTE = 0x0101010101010101
QUOTES = np.uint64(34 * EACH_BYTE)
BACKSLASHES = np.uint64(92 * EACH_BYTE)
COMMAS = np.uint64(44 * EACH_BYTE)
CLOSING_BRACES = np.uint64(125 * EACH_BYTE)
ZEROS = np.uint64(48 * EACH_BYTE)
SIXES = np.uint64(6 * EACH_BYTE)
HIGH_HALVES = np.uint64(0xF0 * EACH_BYTE)
EVEN_BYTES = np.uint64(0x00FF00FF00FF00FF)
EVEN_PAIRS = np.uint64(0x0000FFFF0000FFFF)
TEN = np.uint64(10)
HUNDRED = np.uint64(100)
TEN_THOUSAND = np.uint64(10000)
POINTS = np.uint64(46 * EACH_BYTE)
FOUR_BYTES = np.uint64(0xFFFFFFFF)
TWO_BYTES = np.uint64(0xFFFF)
ONE_BYTE = np.uint64(0xFF)
NOTHING = np.uint64(0)
ONE = np.uint64(1)
SHIFT_8 = np.uint64(8)
SHIFT_16 = np.uint64(16)
SHIFT_24 = np.uint64(24)
SHIFT_32 = np.uint64(32)
SHIFT_40 = np.uint64(40)
SHIFT_48 = np.uint64(48)
SHIFT_56 = np.uint64(56)


@njit(cache=True, nogil=True, error_model="numpy")
def load(buf: NDArray[np.uint8], i: int) -> np.uint64:
    """Eight bytes from i on, the first one lowest. Compiled it is one load."""
    low = (
        np.uint64(buf[np.uint64(i)])
        | np.uint64(buf[np.uint64(i + 1)]) << SHIFT_8
        | np.uint64(buf[np.uint64(i + 2)]) << SHIFT_16
        | np.uint64(buf[np.uint64(i + 3)]) << SHIFT_24
    )
    return (
        low
        | np.uint64(buf[np.uint64(i + 4)]) << SHIFT_32
        | np.uint64(buf[np.uint64(i + 5)]) << SHIFT_40
        | np.uint64(buf[np.uint64(i + 6)]) << SHIFT_48
        | np.uint64(buf[np.uint64(i + 7)]) << SHIFT_56
    )


@njit(cache=True, nogil=True, error_model="numpy")
def zero_bytes(x: np.uint64) -> np.uint64:
    """Set the high bit of each byte of x that is zero, and nothing else."""
    return ~(((x & LOW_BITS) + LOW_BITS) | x) & HIGH_BITS


@njit(cache=True, nogil=True, error_model="numpy")
def first_byte(bits: np.uint64) -> int:
    """Which byte is the first that has a bit set; 7 if none has. Without branches."""
    four = int(bits & FOUR_BYTES == NOTHING)
    bits = bits >> np.uint64(four << 5)
    two = int(bits & TWO_BYTES == NOTHING)
    bits = bits >> np.uint64(two << 4)
    return (four << 2) + (two << 1) + int(bits & ONE_BYTE == NOTHING)


@njit(cache=True, nogil=True, error_model="numpy")
def digits_value(buf: NDArray[np.uint8], start: int, length: int) -> int:
    """Read the one to eight digits at start; -1 if there is anything else."""
    # the digits move to the high bytes, as if zeros stood before them
    x = (load(buf, start) ^ ZEROS) << np.uint64(64 - 8 * length)
    if (x | ((x & LOW_BITS) + SIXES)) & HIGH_HALVES != NOTHING:
        return -1
    x = (x & EVEN_BYTES) * TEN + ((x >> SHIFT_8) & EVEN_BYTES)
    x = (x & EVEN_PAIRS) * HUNDRED + ((x >> SHIFT_16) & EVEN_PAIRS)
    return int(np.int64((x & FOUR_BYTES) * TEN_THOUSAND + (x >> SHIFT_32)))


@njit(cache=True, nogil=True, error_model="numpy")
def find_either(buf: NDArray[np.uint8], i: int, end: int, one: np.uint64, other: np.uint64) -> int:
    """Where the first of two bytes stands, each given eight times over; else the end."""
    while i < end:
        word = load(buf, i)
        found = zero_bytes(word ^ one) | zero_bytes(word ^ other)
        if found != NOTHING:
            return min(i + first_byte(found), end)
        i += 8
    return end
