"""The key_value scanner: ``KEY=value`` among other text, values plain or in double quotes.

A key is the run of letters, digits, ``_``, ``-`` and ``.`` before the sign; a plain value ends at a
blank, a quoted one at its closing quote. Before a quote a colon is a sign too. Of a key that comes
twice the first counts: kernel lines repeat LEN for the payload. After the first pair a word that
begins with the dialect's stop byte ends the record: kernel lines quote the packet that an ICMP
error answers in brackets. Structured data (RFC 5424) holds pairs as well, and so do texts with the
head of CEF or LEEF.
"""

import numpy as np
from numpy.typing import NDArray

from .borrowing import inner_njit
from .eight_bytes import find_blank, find_either
from .lines import TEXT_LINE, Lines
from .memo import SHORT_WORD, forget, memo_place, short_word
from .scan_heads import NO_HEAD, scan_head
from .slots import MISSING, PLAIN, PREFIX_SLOT, SLASHED, mark_filled, slot_of
from .tables import KEY_VALUE
from .wide_loads import WIDE, blank_16, key_16, lowest_bit
from .words import Words, find_key

NO_PAIR = -1
ALL_16 = (1 << WIDE) - 1
EQUALS, QUOTE, BACKSLASH, BLANK, TAB, COLON = 61, 34, 92, 32, 9, 58


@inner_njit
def value_span(buf: NDArray[np.uint8], i: int, end: int) -> tuple[int, int, int, int]:
    """From behind the sign: position behind the value, its span and kind."""
    if i < end and buf[i] == QUOTE:
        kind = PLAIN
        k = find_either(buf, i + 1, end, int(QUOTE), int(BACKSLASH))
        while k < end and buf[k] == BACKSLASH:
            kind = SLASHED
            k = find_either(buf, k + 2, end, int(QUOTE), int(BACKSLASH))
        if k < end:
            return k + 1, i + 1, k, kind
    k = find_blank(buf, i, end)
    return k, i, k, PLAIN


@inner_njit
def trim_prefix(buf: NDArray[np.uint8], start: int, end: int) -> int:
    """Leave out blanks and colons behind a log prefix."""
    while end > start and (buf[end - 1] == BLANK or buf[end - 1] == TAB or buf[end - 1] == COLON):
        end -= 1
    return end


@inner_njit
def scan_pairs(
    buf: NDArray[np.uint8],
    i: int,
    end: int,
    words: Words,
    slots: NDArray[np.int64],
    row: int,
    stop: int,
    memo: NDArray[np.uint64],
    slot_of_word: NDArray[np.int64],
    escaped: NDArray[np.int64],
) -> int:
    """Fill the slots of the pairs in a text; where the first stands, -1 if there is none."""
    pair = int(NO_PAIR)
    key = i  # where the run of key bytes before i began
    began = i  # where the word began
    while i < end:
        if pair >= 0 and i == began and buf[i] == stop:
            break
        keys = key_16(buf, i)
        if keys == ALL_16:
            i += WIDE
            continue
        i += lowest_bit(~keys)
        if i >= end:
            break
        c = int(buf[i])
        is_sign = c == EQUALS or (c == COLON and i + 1 < end and buf[i + 1] == QUOTE)
        if is_sign and i > key:
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
            first, kind = i + 1, int(PLAIN)
            blanks = blank_16(buf, first) if first < end and buf[first] != QUOTE else 0
            if blanks != 0:
                i = min(first + lowest_bit(blanks), end)
                behind = i
            else:
                i, first, behind, kind = value_span(buf, first, end)
            if slot >= 0 and slots[slot, row] == MISSING:
                slots[slot, row] = slot_of(first, behind, kind)
                mark_filled(slots, slot)
                if kind != PLAIN:
                    escaped[row] = 1
            key = i
            continue
        i += 1
        key = i
        if c <= BLANK:
            began = i
    return pair


@inner_njit
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
    ends, syntaxes, escaped = lines.end, lines.syntax, lines.escaped
    datas, texts, inners = lines.data, lines.text, lines.inner
    for row in range(count):
        if syntaxes[row] != TEXT_LINE:
            continue
        end = ends[row]
        text = texts[row]
        inner = inners[row]
        if scan_head(buf, inner, end, words, slots, row) != NO_HEAD:
            escaped[row] = int(find_either(buf, inner, end, int(BACKSLASH), int(BACKSLASH)) < end)
            syntaxes[row] = KEY_VALUE
            continue
        data = datas[row]
        if data >= 0:
            data = scan_pairs(
                buf, data, text, words, slots, row, int(NO_PAIR), memo, slot_of_word, escaped
            )
        pair = scan_pairs(buf, text, end, words, slots, row, stop, memo, slot_of_word, escaped)
        if pair < 0 and data < 0:
            continue
        syntaxes[row] = KEY_VALUE
        behind = trim_prefix(buf, text, pair) if pair >= 0 else end
        if behind > text:
            slots[PREFIX_SLOT, row] = slot_of(text, behind, int(PLAIN))
