"""Fill ports, coded words and texts from the source texts of a chunk."""

import numpy as np
from numpy.typing import NDArray

from .borrowing import inner_njit
from .chunk import EVENT, ROW, WHY
from .eight_bytes import digits_value
from .lexicon import PLACES, Lexicon, note_word
from .memo import SHORT_WORD, forget, memo_place, short_word
from .numbers import parse_number
from .slots import KIND_MASK, PLAIN, slot_length, slot_start
from .sources import is_unset
from .tables import (
    BAD_ESCAPE,
    BAD_PORT,
    OP_CONSTANT,
    OP_NUMBER,
    OP_WORD,
    R_COLUMN,
    R_DEFAULT,
    R_OP,
    R_SLOT,
    R_SPACE,
    R_UNSET,
)
from .words import find_word, hash_text

LARGEST_NUMBER = 2147483647.0
LARGEST_PORT = 65535
AT_ONCE = 8  # digits
LAST_PLACE = PLACES - 1


@inner_njit
def parse_port(buf: NDArray[np.uint8], start: int, end: int, powers: NDArray[np.float64]) -> int:
    """Read a port that is not written in up to eight digits, like 443.0; -1 if it is none."""
    number = parse_number(buf, start, end, powers)
    if not 0 <= number <= LARGEST_PORT or number != np.floor(number):
        return -1
    return int(number)


@inner_njit
def fill_ports(
    buf: NDArray[np.uint8],
    slots: NDArray[np.int64],
    record: NDArray[np.int64],
    m: int,
    rule: NDArray[np.int64],
    powers: NDArray[np.float64],
    entry: NDArray[np.int64],
    code: NDArray[np.int32],
) -> None:
    """Fill ports."""
    number = rule[R_SLOT]
    column = rule[R_COLUMN]
    space = rule[R_UNSET]
    leave_bad = rule[R_DEFAULT] == 1
    for k in range(m):
        slot = slots[number, record[ROW, k]]
        event = record[EVENT, k]
        if slot & KIND_MASK < PLAIN or code[event, column] >= 0:
            continue
        if slot & KIND_MASK > PLAIN:
            record[WHY, k] = BAD_ESCAPE
            continue
        start = slot_start(slot)
        length = slot_length(slot)
        port = -1
        if 0 < length <= AT_ONCE:
            port = digits_value(buf, start, length)
        if port < 0:
            port = parse_port(buf, start, start + length, powers)
        if 0 <= port <= LARGEST_PORT:
            code[event, column] = port
        elif not leave_bad and not is_unset(entry, space, buf, start, start + length):
            record[WHY, k] = BAD_PORT


@inner_njit
def find_word_within(
    entry: NDArray[np.int64], space: int, buf: NDArray[np.uint8], start: int, end: int
) -> int:
    """Value of the first run of letters in buf[start:end] that is in the space, or -1."""
    i = start
    while i < end:
        stop = i
        while stop < end and 97 <= (buf[stop] | 32) <= 122:
            stop += 1
        if stop > i:
            value = find_word(entry, space, buf, i, stop)
            if value >= 0:
                return value
        i = stop + 1
    return -1


@inner_njit
def find_code(
    rule: NDArray[np.int64],
    entry: NDArray[np.int64],
    powers: NDArray[np.float64],
    buf: NDArray[np.uint8],
    start: int,
    end: int,
) -> int:
    """Value of a word by the list of the rule, of a small number or of any; -1 for no such word."""
    op = rule[R_OP]
    space = rule[R_SPACE]
    if op == OP_WORD:
        return find_word(entry, space, buf, start, end)
    if op == OP_CONSTANT:
        return int(rule[R_DEFAULT])
    if op != OP_NUMBER:
        return find_word_within(entry, space, buf, start, end)
    number = parse_number(buf, start, end, powers)
    if 0 <= number <= LARGEST_NUMBER and number == np.floor(number):
        return int(number)
    return -1


@inner_njit
def fill_words(
    buf: NDArray[np.uint8],
    slots: NDArray[np.int64],
    record: NDArray[np.int64],
    m: int,
    rule: NDArray[np.int64],
    powers: NDArray[np.float64],
    entry: NDArray[np.int64],
    memo: NDArray[np.uint64],
    value_of: NDArray[np.int64],
    code: NDArray[np.int32],
) -> None:
    """Fill words by their list, and small numbers. What is in no list stays unset."""
    number = rule[R_SLOT]
    column = rule[R_COLUMN]
    forget(memo)
    for k in range(m):
        slot = slots[number, record[ROW, k]]
        event = record[EVENT, k]
        if slot & KIND_MASK < PLAIN or code[event, column] >= 0:
            continue
        if slot & KIND_MASK > PLAIN:
            record[WHY, k] = BAD_ESCAPE
            continue
        start = slot_start(slot)
        length = slot_length(slot)
        if length > SHORT_WORD:
            code[event, column] = find_code(rule, entry, powers, buf, start, start + length)
            continue
        word = short_word(buf, start, length)
        place = memo_place(word)
        if memo[place] != word:
            memo[place] = word
            value_of[place] = find_code(rule, entry, powers, buf, start, start + length)
        code[event, column] = value_of[place]


@inner_njit
def hash_source(
    entry: NDArray[np.int64], space: int, buf: NDArray[np.uint8], start: int, end: int
) -> int:
    """Hash of a text, 0 for an unset one."""
    if is_unset(entry, space, buf, start, end):
        return 0
    return hash_text(buf, start, end)


@inner_njit
def fill_text(
    buf: NDArray[np.uint8],
    slots: NDArray[np.int64],
    record: NDArray[np.int64],
    m: int,
    rule: NDArray[np.int64],
    entry: NDArray[np.int64],
    memo: NDArray[np.uint64],
    value_of: NDArray[np.int64],
    lexicon: Lexicon,
    text: NDArray[np.uint64],
) -> None:
    """Fill hashes of texts; the lexicon keeps the words."""
    number = rule[R_SLOT]
    column = rule[R_COLUMN]
    space = rule[R_UNSET]
    hashes, lengths, words = lexicon.hash, lexicon.length, lexicon.word
    forget(memo)
    for k in range(m):
        slot = slots[number, record[ROW, k]]
        event = record[EVENT, k]
        if slot & KIND_MASK < PLAIN or text[event, column] != 0:
            continue
        if slot & KIND_MASK > PLAIN:
            record[WHY, k] = BAD_ESCAPE
            continue
        start = slot_start(slot)
        end = start + slot_length(slot)
        if end - start > SHORT_WORD:
            hashed = hash_source(entry, space, buf, start, end)
        else:
            word = short_word(buf, start, end - start)
            place = memo_place(word)
            if memo[place] != word:
                memo[place] = word
                value_of[place] = hash_source(entry, space, buf, start, end)
            hashed = value_of[place]
        if hashed == 0:
            continue
        text[event, column] = hashed
        if hashes[hashed & LAST_PLACE] != hashed:
            note_word(hashes, lengths, words, hashed, buf, start, end)
