"""Fill ports, coded words and texts from the source texts of a chunk."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .chunk import Chunk
from .lexicon import Lexicon, note_word
from .numbers import parse_number
from .tables import BAD_PORT, OP_NUMBER, OP_WORD, R_COLUMN, R_OP, R_SPACE, Tables
from .words import find_word, hash_text

LARGEST_NUMBER = 2147483647.0
LARGEST_PORT = 65535
SHORT = 5  # digits of a port


@njit(cache=True, nogil=True, error_model="numpy")
def parse_port(
    buf: NDArray[np.uint8], start: int, end: int, powers: NDArray[np.float64]
) -> int:
    """Read a port, also one written like 443.0; -1 if it is none."""
    value = 0
    i = start
    if end - start <= SHORT:
        while i < end and 48 <= buf[i] <= 57:
            value = value * 10 + np.int64(buf[i]) - 48
            i += 1
    if i != end or start == end:
        number = parse_number(buf, start, end, powers)
        if not 0 <= number <= LARGEST_PORT or number != np.floor(number):
            return -1
        return np.int64(number)
    return value if value <= LARGEST_PORT else -1


@njit(cache=True, nogil=True, error_model="numpy")
def fill_ports(
    tables: Tables, r: int, buf: NDArray[np.uint8], chunk: Chunk, m: int, code: NDArray[np.int32]
) -> None:
    """Port numbers."""
    column = tables.rule[r, R_COLUMN]
    powers = tables.powers
    events, starts, ends, why = chunk.event, chunk.start, chunk.end, chunk.why
    for k in range(m):
        if ends[k] < 0 or code[events[k], column] >= 0:
            continue
        port = parse_port(buf, starts[k], ends[k], powers)
        if port < 0:
            why[k] = BAD_PORT
        else:
            code[events[k], column] = port


@njit(cache=True, nogil=True, error_model="numpy")
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


@njit(cache=True, nogil=True, error_model="numpy")
def fill_words(
    tables: Tables, r: int, buf: NDArray[np.uint8], chunk: Chunk, m: int, code: NDArray[np.int32]
) -> None:
    """Words by their list, and small numbers. What is in no list stays unset."""
    op = tables.rule[r, R_OP]
    column = tables.rule[r, R_COLUMN]
    space = tables.rule[r, R_SPACE]
    entry = tables.words.entry
    events, starts, ends = chunk.event, chunk.start, chunk.end
    for k in range(m):
        if ends[k] < 0 or code[events[k], column] >= 0:
            continue
        value = -1
        if op == OP_WORD:
            value = find_word(entry, space, buf, starts[k], ends[k])
        elif op != OP_NUMBER:
            value = find_word_within(entry, space, buf, starts[k], ends[k])
        else:
            number = parse_number(buf, starts[k], ends[k], tables.powers)
            if 0 <= number <= LARGEST_NUMBER and number == np.floor(number):
                value = np.int64(number)
        if value >= 0:
            code[events[k], column] = value


@njit(cache=True, nogil=True, error_model="numpy")
def fill_text(
    tables: Tables,
    r: int,
    buf: NDArray[np.uint8],
    chunk: Chunk,
    m: int,
    lexicon: Lexicon,
    text: NDArray[np.uint64],
) -> None:
    """Hashes of texts; the lexicon keeps the words."""
    column = tables.rule[r, R_COLUMN]
    events, starts, ends = chunk.event, chunk.start, chunk.end
    for k in range(m):
        if ends[k] < 0 or text[events[k], column] != 0:
            continue
        hashed = hash_text(buf, starts[k], ends[k])
        text[events[k], column] = np.uint64(hashed)
        note_word(lexicon, hashed, buf, starts[k], ends[k])
