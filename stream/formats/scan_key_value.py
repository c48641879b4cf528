"""The key_value scanner: ``KEY=value`` among other text, values plain or in double quotes.

A key is the run of letters, digits, ``_``, ``-`` and ``.`` before the sign; a plain value ends at a
blank, a quoted one at its closing quote. Of a key that comes twice the first counts: kernel lines
repeat LEN for the payload. After the first pair a word that begins with the dialect's stop byte
ends the record: kernel lines quote the packet that an ICMP error answers in brackets.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .lines import TEXT_LINE, Lines
from .memo import SHORT_WORD, forget, memo_place, short_word
from .slots import ESCAPED, MISSING, PLAIN, PREFIX_SLOT, slot_of
from .syslog import peel_syslog
from .tables import KEY_VALUE
from .words import Words, find_key

NO_PAIR = -1
EQUALS, QUOTE, BACKSLASH, BLANK, TAB, COLON = 61, 34, 92, 32, 9, 58


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
def trim_prefix(buf: NDArray[np.uint8], start: int, end: int) -> int:
    """Leave out blanks and colons behind a log prefix."""
    while end > start and (buf[end - 1] == BLANK or buf[end - 1] == TAB or buf[end - 1] == COLON):
        end -= 1
    return end


@njit(cache=True, nogil=True, error_model="numpy")
def scan_key_value(
    buf: NDArray[np.uint8],
    lines: Lines,
    count: int,
    words: Words,
    slots: NDArray[np.int64],
    stop: int,
    memo: NDArray[np.uint64],
    slot_of_word: NDArray[np.int64],
) -> None:
    """Fill the slots of the text rows that hold a pair; they become key_value.

    `stop` is the byte that ends a record after the first pair, or -1. `memo` and `slot_of_word`
    keep the short keys of the call.
    """
    forget(memo)
    firsts, ends, syntaxes = lines.first, lines.end, lines.syntax
    for row in range(count):
        if syntaxes[row] != TEXT_LINE:
            continue
        for k in range(slots.shape[1]):
            slots[row, k] = MISSING
        end = ends[row]
        body = peel_syslog(buf, firsts[row], end, words.entry, slots, row)
        i = body
        pair = int(NO_PAIR)
        key = i  # where the run of key bytes before i began
        began = i  # where the word began
        while i < end:
            c = int(buf[i])
            if c == EQUALS and i > key:
                if pair < 0:
                    pair = key
                if i - key <= SHORT_WORD:
                    word = short_word(buf, key, i - key)
                    place = memo_place(word)
                    if memo[place] != word:
                        memo[place] = word
                        slot_of_word[place] = find_key(words, buf, key, i)
                    slot = slot_of_word[place]
                else:
                    slot = find_key(words, buf, key, i)
                i, first, behind, kind = value_span(buf, i + 1, end)
                if slot >= 0 and slots[row, slot] == MISSING:
                    slots[row, slot] = slot_of(first, behind, kind)
                    if kind != PLAIN:
                        lines.escapes[0] = 1
                key = i
                continue
            if c <= BLANK:
                began = i + 1
            elif pair >= 0 and c == stop and i == began:
                break
            i += 1
            if not is_key_byte(c):
                key = i
        if pair < 0:
            continue
        syntaxes[row] = KEY_VALUE
        behind = trim_prefix(buf, body, pair)
        if behind > body:
            slots[row, PREFIX_SLOT] = slot_of(body, behind, int(PLAIN))
