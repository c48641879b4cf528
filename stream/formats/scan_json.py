"""The json scanner: one object a record, keys in any order, flat or nested.

The path of a nested key is joined with ``.``, so that ``"id.orig_h"`` and ``{"id":{"orig_h":…}}``
are one key. Of a key that comes twice the last one counts. What no dialect asks for is passed over:
strings to their closing quote, objects and arrays by counting brackets, numbers and words to the
next delimiter; so a record that ``json.loads`` takes is read as it reads it, and some that it
refuses are read too. Values that are asked for are strings, numbers, ``true``, ``false``, ``null``
(unset), or objects and arrays (unset).

Records of one source have the same keys in the same order. The scanner notes where it saw the
n-th key last, and compares bytes there before it looks a key up: a guess that only saves time.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .slots import CUT_OFF, ESCAPED, NOT_JSON, PLAIN, SCANNED, SCRATCH, UNSET, fill_slot
from .unescape import unescape_json
from .words import (
    FNV_BASIS,
    INTERIOR,
    KEY_SPACE,
    LENGTH,
    SECOND_BASIS,
    START,
    VALUE,
    Words,
    find_entry,
    finish_hash,
    hash_from,
)

# columns of JsonState.guess
GUESS_START, GUESS_LENGTH, GUESS_ENTRY, GUESS_PARENT = range(4)
N_GUESS = 4
GUESSES = 256
MAX_DEPTH = 8
QUOTE, BACKSLASH, COLON, COMMA = 34, 92, 58, 44
OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY = 123, 125, 91, 93


class JsonState(NamedTuple):
    """Working room of the scanner; nothing in it outlives a call."""

    guess: NDArray[np.int64]  # (GUESSES, N_GUESS): the n-th key of the record before
    level: NDArray[np.int64]  # (MAX_DEPTH, 3): entry and unfinished hash of the open objects


@njit(cache=True, nogil=True, error_model="numpy")
def skip_blanks(buf: NDArray[np.uint8], i: int, end: int) -> int:
    """First position from i on that holds no white space."""
    while i < end and (buf[i] == 32 or 9 <= buf[i] <= 13):
        i += 1
    return i


@njit(cache=True, nogil=True, error_model="numpy")
def skip_string(buf: NDArray[np.uint8], i: int, end: int) -> tuple[int, int]:
    """From behind the opening quote to the closing one (-1: none), and the kind of string."""
    kind = PLAIN
    while i < end:
        c = buf[i]
        if c == QUOTE:
            return i, kind
        if c == BACKSLASH:
            kind = ESCAPED
            i += 1
        i += 1
    return -1, kind


@njit(cache=True, nogil=True, error_model="numpy")
def skip_container(buf: NDArray[np.uint8], i: int, end: int) -> int:
    """From an opening bracket to behind its closing one; -1 if there is none."""
    depth = 0
    while i < end:
        c = buf[i]
        if c == QUOTE:
            i, _ = skip_string(buf, i + 1, end)
            if i < 0:
                return -1
        elif c == OPEN_OBJECT or c == OPEN_ARRAY:
            depth += 1
        elif c == CLOSE_OBJECT or c == CLOSE_ARRAY:
            depth -= 1
            if depth == 0:
                return i + 1
        i += 1
    return -1


@njit(cache=True, nogil=True, error_model="numpy")
def skip_scalar(buf: NDArray[np.uint8], start: int, end: int) -> tuple[int, int]:
    """From the first byte of a number or word to behind it (-1: it is none), and its kind."""
    i = start
    while i < end and buf[i] > 32 and buf[i] not in (COMMA, CLOSE_OBJECT, CLOSE_ARRAY):
        i += 1
    c = buf[start]
    if 48 <= c <= 57 or c == 45:
        return i, PLAIN
    n = i - start
    if n == 4 and c == 116 and buf[start + 1] == 114 and buf[start + 2] == 117:
        return (i, PLAIN) if buf[start + 3] == 101 else (-1, PLAIN)
    if n == 5 and c == 102 and buf[start + 1] == 97 and buf[start + 2] == 108:
        return (i, PLAIN) if buf[start + 3] == 115 and buf[start + 4] == 101 else (-1, PLAIN)
    if n == 4 and c == 110 and buf[start + 1] == 117 and buf[start + 2] == 108:
        return (i, UNSET) if buf[start + 3] == 108 else (-1, PLAIN)
    return -1, PLAIN


@njit(cache=True, nogil=True, error_model="numpy")
def look_up_key(
    buf: NDArray[np.uint8], span: tuple[int, int], kind: int, level: NDArray[np.int64], words: Words
) -> int:
    """Entry of the key buf[span] in the open object; -1 unknown, -2 bad escape."""
    start, end = span
    if kind == ESCAPED:
        n = unescape_json(buf, start, end, SCRATCH)
        if n < 0:
            return -2
        start, end = SCRATCH, SCRATCH + n
    first, second = hash_from(buf, start, end, level[1], level[2])
    length = end - start
    if level[0] >= 0:
        length += words.entry[level[0], LENGTH] + 1
    return find_entry(words, finish_hash(first, second), KEY_SPACE, length, buf, (start, end))


@njit(cache=True, nogil=True, error_model="numpy")
def read_key(
    buf: NDArray[np.uint8],
    span: tuple[int, int],
    level: NDArray[np.int64],
    guess: NDArray[np.int64],
    words: Words,
) -> tuple[int, int]:
    """From behind a key's opening quote to its value: position (or an error), entry of the key.

    `guess` is the row for this key: taken if its bytes stand here, else filled in.
    """
    i, end = span
    length = guess[GUESS_LENGTH]
    if guess[GUESS_PARENT] == level[0] and i + length <= end:
        at = guess[GUESS_START]
        k = 0
        while k < length and buf[i + k] == buf[at + k]:
            k += 1
        if k == length:
            return skip_blanks(buf, i + k, end), guess[GUESS_ENTRY]
    close, kind = skip_string(buf, i, end)
    if close < 0:
        return CUT_OFF, -1
    entry = look_up_key(buf, (i, close), kind, level, words)
    if entry == -2:
        return NOT_JSON, -1
    colon = skip_blanks(buf, close + 1, end)
    if colon >= end:
        return CUT_OFF, -1
    if buf[colon] != COLON:
        return NOT_JSON, -1
    guess[GUESS_START] = i
    guess[GUESS_LENGTH] = colon + 1 - i
    guess[GUESS_ENTRY] = entry
    guess[GUESS_PARENT] = level[0]
    return skip_blanks(buf, colon + 1, end), entry


@njit(cache=True, nogil=True, error_model="numpy")
def open_level(level: NDArray[np.int64], depth: int, entry: int, words: Words) -> None:
    """Enter the object of a key: keys in it go on from the hash of its path and a dot."""
    level[depth, 0] = entry
    level[depth, 1] = FNV_BASIS ^ KEY_SPACE
    level[depth, 2] = SECOND_BASIS
    if entry >= 0:
        at = words.entry[entry, START]
        first, second = hash_from(
            words.blob, at, at + words.entry[entry, LENGTH] + 1, level[depth, 1], level[depth, 2]
        )
        level[depth, 1] = first
        level[depth, 2] = second


@njit(cache=True, nogil=True, error_model="numpy")
def read_value(
    buf: NDArray[np.uint8], i: int, end: int
) -> tuple[int, int, int, int]:
    """Pass over the value at i: position behind it (or an error), its span and kind."""
    c = buf[i]
    if c == QUOTE:
        close, kind = skip_string(buf, i + 1, end)
        if close < 0:
            return CUT_OFF, i, i, UNSET
        return close + 1, i + 1, close, kind
    if c == OPEN_OBJECT or c == OPEN_ARRAY:
        behind = skip_container(buf, i, end)
        return (CUT_OFF if behind < 0 else behind), i, i, UNSET
    behind, kind = skip_scalar(buf, i, end)
    if behind < 0 or behind == end:
        return (CUT_OFF if behind == end else NOT_JSON), i, i, UNSET
    return behind, i, behind, kind


@njit(cache=True, nogil=True, error_model="numpy")
def scan_json(
    buf: NDArray[np.uint8],
    span: tuple[int, int],
    words: Words,
    state: JsonState,
    slots: NDArray[np.int64],
    stamp: int,
) -> int:
    """Fill the slots of one object, from its opening brace on: SCANNED, NOT_JSON or CUT_OFF."""
    i, end = span
    depth = 0
    n = 0
    open_level(state.level, 0, -1, words)
    i = skip_blanks(buf, i + 1, end)
    closing = i < end and buf[i] == CLOSE_OBJECT
    while True:
        if not closing:
            if i >= end:
                return CUT_OFF
            if buf[i] != QUOTE:
                return NOT_JSON
            i, entry = read_key(
                buf, (i + 1, end), state.level[depth], state.guess[min(n, GUESSES - 1)], words
            )
            n += 1
            if i < 0:
                return i
            if i >= end:
                return CUT_OFF
            if entry >= 0 and buf[i] == OPEN_OBJECT and words.entry[entry, INTERIOR] == 1:
                depth += 1
                open_level(state.level, depth, entry, words)
                i = skip_blanks(buf, i + 1, end)
                closing = i < end and buf[i] == CLOSE_OBJECT
                continue
            i, start, stop, kind = read_value(buf, i, end)
            if i < 0:
                return i
            if entry >= 0 and words.entry[entry, VALUE] >= 0:
                fill_slot(slots, words.entry[entry, VALUE], stamp, (start, stop), kind)
        closing = False
        i = skip_blanks(buf, i, end)
        if i >= end:
            return CUT_OFF
        if buf[i] == COMMA:
            i = skip_blanks(buf, i + 1, end)
        elif buf[i] == CLOSE_OBJECT:
            i += 1
            depth -= 1
            if depth < 0:
                return SCANNED if skip_blanks(buf, i, end) == end else NOT_JSON
            # the object that holds this one goes on
            i = skip_blanks(buf, i, end)
            if i < end and buf[i] == CLOSE_OBJECT:
                closing = True
            elif i < end and buf[i] == COMMA:
                i = skip_blanks(buf, i + 1, end)
            else:
                return CUT_OFF if i >= end else NOT_JSON
        else:
            return NOT_JSON
