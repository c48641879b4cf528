"""The header before a log line's own text: time, host and program, where they are there.

``<PRI>`` of RFC 3164 and 5424 is passed over. The time is the ``Mmm dd hh:mm:ss`` of RFC 3164 or an
ISO 8601 time; behind a time stands the host, unless the word ends with a colon. A program's name
is passed over where a dialect lists it (``kernel:``), and so is the kernel's own ``[ 12.345678]``.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .slots import HOST_SLOT, PLAIN, TIME_SLOT, slot_of
from .times import month_number, read_digits
from .words import TAG_SPACE, find_word

BLANK, COLON, EQUALS, MINUS = 32, 58, 61, 45
OPEN_BRACKET, CLOSE_BRACKET, LESS, GREATER = 91, 93, 60, 62


@njit(cache=True, nogil=True, error_model="numpy")
def word_end(buf: NDArray[np.uint8], i: int, end: int) -> int:
    """Where the word at i ends."""
    while i < end and buf[i] > BLANK:
        i += 1
    return i


@njit(cache=True, nogil=True, error_model="numpy")
def skip_spaces(buf: NDArray[np.uint8], i: int, end: int) -> int:
    """First position from i on that holds no blank."""
    while i < end and buf[i] <= BLANK:
        i += 1
    return i


@njit(cache=True, nogil=True, error_model="numpy")
def time_end(buf: NDArray[np.uint8], i: int, end: int) -> int:
    """Where the time at i ends; i itself if there is none."""
    if end - i >= 15 and buf[i + 3] == BLANK and buf[i + 9] == COLON and buf[i + 12] == COLON:
        return i + 15 if month_number(buf, i) > 0 else i
    if end - i >= 19 and buf[i + 4] == MINUS and read_digits(buf, i, i + 4) >= 0:
        if buf[i + 10] == BLANK:
            return word_end(buf, i + 11, end)
        return word_end(buf, i, end)
    return i


@njit(cache=True, nogil=True, error_model="numpy")
def skip_tag(buf: NDArray[np.uint8], i: int, end: int, entry: NDArray[np.int64]) -> int:
    """Pass over a known program's name, with its number in brackets and its colon."""
    stop = i
    while stop < end and buf[stop] > BLANK and buf[stop] != COLON and buf[stop] != OPEN_BRACKET:
        stop += 1
    if find_word(entry, int(TAG_SPACE), buf, i, stop) < 0:
        return i
    return skip_spaces(buf, word_end(buf, stop, end), end)


@njit(cache=True, nogil=True, error_model="numpy")
def skip_stamp(buf: NDArray[np.uint8], i: int, end: int) -> int:
    """Pass over the kernel's seconds since its start, in brackets."""
    if i >= end or buf[i] != OPEN_BRACKET:
        return i
    k = skip_spaces(buf, i + 1, end)
    digits = 0
    while k < end and (48 <= buf[k] <= 57 or buf[k] == 46):
        digits += 1
        k += 1
    if digits == 0 or k >= end or buf[k] != CLOSE_BRACKET:
        return i
    return skip_spaces(buf, k + 1, end)


@njit(cache=True, nogil=True, error_model="numpy")
def peel_syslog(
    buf: NDArray[np.uint8],
    start: int,
    end: int,
    entry: NDArray[np.int64],
    slots: NDArray[np.int64],
    row: int,
) -> int:
    """Fill the slots of time and host; where the text itself begins."""
    i = start
    if i < end and buf[i] == LESS:
        k = i + 1
        while k < end and 48 <= buf[k] <= 57:
            k += 1
        if i + 1 < k < end and buf[k] == GREATER:
            i = k + 1
    stop = time_end(buf, i, end)
    if stop > i:
        slots[row, TIME_SLOT] = slot_of(i, stop, int(PLAIN))
        i = skip_spaces(buf, stop, end)
        stop = word_end(buf, i, end)
        is_host = stop > i and buf[stop - 1] != COLON and buf[i] != OPEN_BRACKET
        if is_host and not has_sign(buf, i, stop):
            slots[row, HOST_SLOT] = slot_of(i, stop, int(PLAIN))
            i = skip_spaces(buf, stop, end)
    i = skip_tag(buf, i, end, entry)
    return skip_stamp(buf, i, end)


@njit(cache=True, nogil=True, error_model="numpy")
def has_sign(buf: NDArray[np.uint8], start: int, end: int) -> bool:
    """Whether the word holds a ``=``."""
    for i in range(start, end):
        if buf[i] == EQUALS:
            return True
    return False
