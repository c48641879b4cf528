"""The key_value scanner: ``KEY=value`` among other text, values plain or in double quotes.

A key is the run of letters, digits, ``_``, ``-`` and ``.`` before the sign; a plain value ends at a
blank, a quoted one at its closing quote. Of a key that comes twice the first counts: kernel lines
repeat LEN for the payload. After the first pair a word that begins with the dialect's stop byte ends
the record: kernel lines quote the packet that an ICMP error answers in brackets.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .slots import ESCAPED, MISSING, PLAIN, slot_of
from .words import Words, find_key

EQUALS, QUOTE, BACKSLASH, BLANK = 61, 34, 92, 32


@njit(cache=True, nogil=True, error_model="numpy")
def is_key_byte(c: int) -> bool:
    """Whether a key may hold the byte."""
    return 97 <= c <= 122 or 65 <= c <= 90 or 48 <= c <= 57 or c == 95 or c == 45 or c == 46


@njit(cache=True, nogil=True, error_model="numpy")
def value_span(buf: NDArray[np.uint8], i: int, end: int) -> tuple[int, int, int, int]:
    """From behind the sign: position behind the value, its span and kind."""
    if i < end and buf[i] == QUOTE:
        kind = PLAIN
        k = i + 1
        while k < end and buf[k] != QUOTE:
            if buf[k] == BACKSLASH:
                kind = ESCAPED
                k += 1
            k += 1
        if k < end:
            return k + 1, i + 1, k, kind
    k = i
    while k < end and buf[k] > BLANK:
        k += 1
    return k, i, k, PLAIN


@njit(cache=True, nogil=True, error_model="numpy")
def scan_key_value(
    buf: NDArray[np.uint8],
    start: int,
    end: int,
    words: Words,
    slots: NDArray[np.int64],
    row: int,
    stop: int,
) -> int:
    """Fill row `row` of the slots; where the first pair begins, or -1 if there is none.

    `stop` is the byte that ends a record after the first pair, or -1.
    """
    i = start
    first_pair = -1
    key = i  # where the run of key bytes before i began
    word = i  # where the word began
    while i < end:
        c = np.int64(buf[i])
        if c == EQUALS and i > key:
            if first_pair < 0:
                first_pair = key
            slot = find_key(words, buf, key, i)
            i, first, behind, kind = value_span(buf, i + 1, end)
            if slot >= 0 and slots[row, slot] == MISSING:
                slots[row, slot] = slot_of(first, behind, kind)
            key = i
            continue
        if c <= BLANK:
            word = i + 1
        elif first_pair >= 0 and c == stop and i == word:
            return first_pair
        i += 1
        if not is_key_byte(c):
            key = i
    return first_pair
