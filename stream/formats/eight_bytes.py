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
    four = np.int64(bits & FOUR_BYTES == NOTHING)
    bits = bits >> np.uint64(four << 5)
    two = np.int64(bits & TWO_BYTES == NOTHING)
    bits = bits >> np.uint64(two << 4)
    return (four << 2) + (two << 1) + np.int64(bits & ONE_BYTE == NOTHING)
