"""The json scanner: one object a record, keys in any order, flat or nested.

The path of a nested key is joined with ``.``, so that ``"id.orig_h"`` and ``{"id":{"orig_h":…}}``
are one key. Of a key that comes twice the last one counts. What no dialect asks for is passed over:
strings to their closing quote, objects and arrays by counting brackets, numbers and words to the
next delimiter; so a record that ``json.loads`` takes is read as it reads it, and some that it
refuses are read too. Values that are asked for are strings, numbers, ``true``, ``false``, ``null``
(unset), or objects and arrays (unset).

Records of one source have their keys in the same order, though some are left out. The scanner keeps
the row of keys it has met, compares the bytes of the next few there first, and looks a key up only
where none is equal: a guess that only saves time.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .slots import CUT_OFF, ESCAPED, NOT_JSON, PLAIN, SCANNED, SCRATCH, UNSET, Slots
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

# columns of JsonRoom.guess: where the key stood, how long to its colon, the object it is in,
# its entry (-1 unknown), its slot (-1 none), whether other keys lie below it. The row behind the
# last holds how many guesses there are.
AT, SIZE, PARENT, ENTRY, SLOT, IS_OBJECT = range(6)
N_GUESS = 6
GUESSES = 256
AHEAD = 8  # how many guesses are tried
MAX_DEPTH = 8
QUOTE, BACKSLASH, COLON, COMMA = 34, 92, 58, 44
OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY = 123, 125, 91, 93


class JsonRoom(NamedTuple):
    """Working room of the scanner; nothing in it outlives a call."""

    guess: NDArray[np.int64]  # (GUESSES + 1, N_GUESS)
    level: NDArray[np.int64]  # (MAX_DEPTH,): entries of the open objects

    @classmethod
    def empty(cls) -> "JsonRoom":
        """Room without guesses."""
        return cls(np.zeros((GUESSES + 1, N_GUESS), np.int64), np.zeros(MAX_DEPTH, np.int64))


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
    buf: NDArray[np.uint8], start: int, end: int, kind: int, parent: int, words: Words
) -> int:
    """Entry of the key buf[start:end] in the object of an entry; -1 unknown, -2 bad escape.

    The hash of a nested key goes on from the path of its object and a dot.
    """
    if kind == ESCAPED:
        n = unescape_json(buf, start, end, SCRATCH)
        if n < 0:
            return -2
        start, end = SCRATCH, SCRATCH + n
    first, second = FNV_BASIS ^ KEY_SPACE, SECOND_BASIS
    length = end - start
    if parent >= 0:
        at = words.entry[parent, START]
        size = words.entry[parent, LENGTH] + 1
        first, second = hash_from(words.blob, at, at + size, first, second)
        length += size
    first, second = hash_from(buf, start, end, first, second)
    return find_entry(words, finish_hash(first, second), length, buf, start, end)


@njit(cache=True, nogil=True, error_model="numpy")
def find_guess(
    buf: NDArray[np.uint8], start: int, end: int, parent: int, guess: NDArray[np.int64], n: int
) -> int:
    """Which guess from n on is the key that begins at start; -1 none of the next few."""
    for g in range(n, min(n + AHEAD, guess[GUESSES, 0])):
        size = guess[g, SIZE]
        if guess[g, PARENT] == parent and start + size <= end:
            at = guess[g, AT]
            k = 0
            while k < size and buf[start + k] == buf[at + k]:
                k += 1
            if k == size:
                return g
    return -1


@njit(cache=True, nogil=True, error_model="numpy")
def read_key(
    buf: NDArray[np.uint8],
    start: int,
    end: int,
    parent: int,
    guess: NDArray[np.int64],
    n: int,
    words: Words,
) -> int:
    """Read the key from behind its opening quote and put it in as guess n: 0, or an error."""
    close, kind = skip_string(buf, start, end)
    if close < 0:
        return CUT_OFF
    entry = look_up_key(buf, start, close, kind, parent, words)
    if entry == -2:
        return NOT_JSON
    colon = skip_blanks(buf, close + 1, end)
    if colon >= end:
        return CUT_OFF
    if buf[colon] != COLON:
        return NOT_JSON
    count = guess[GUESSES, 0]
    if count < GUESSES:
        for g in range(count, n, -1):
            for k in range(N_GUESS):
                guess[g, k] = guess[g - 1, k]
        guess[GUESSES, 0] = count + 1
    guess[n, AT] = start
    guess[n, SIZE] = colon + 1 - start
    guess[n, PARENT] = parent
    guess[n, ENTRY] = entry
    guess[n, SLOT] = words.entry[entry, VALUE] if entry >= 0 else -1
    guess[n, IS_OBJECT] = words.entry[entry, INTERIOR] if entry >= 0 else 0
    return 0


@njit(cache=True, nogil=True, error_model="numpy")
def skip_value(buf: NDArray[np.uint8], i: int, end: int) -> tuple[int, int]:
    """Pass over an object, array, number or word: position behind it (or an error), its kind."""
    if buf[i] == OPEN_OBJECT or buf[i] == OPEN_ARRAY:
        behind = skip_container(buf, i, end)
        return (CUT_OFF if behind < 0 else behind), UNSET
    behind, kind = skip_scalar(buf, i, end)
    if behind < 0:
        return NOT_JSON, UNSET
    return (CUT_OFF if behind == end else behind), kind


@njit(cache=True, nogil=True, error_model="numpy")
def close_objects(
    buf: NDArray[np.uint8], i: int, end: int, depth: int
) -> tuple[int, int]:
    """Behind a value: position of the next key (or an error, or SCANNED), depth it is at."""
    while True:
        while i < end and (buf[i] == 32 or 9 <= buf[i] <= 13):
            i += 1
        if i >= end:
            return CUT_OFF, depth
        if buf[i] == COMMA:
            return skip_blanks(buf, i + 1, end), depth
        if buf[i] != CLOSE_OBJECT:
            return NOT_JSON, depth
        i += 1
        depth -= 1
        if depth < 0:
            return (SCANNED if skip_blanks(buf, i, end) == end else NOT_JSON), depth


@njit(cache=True, nogil=True, error_model="numpy")
def scan_json(
    buf: NDArray[np.uint8],
    start: int,
    end: int,
    words: Words,
    room: JsonRoom,
    slots: Slots,
    row: int,
) -> int:
    """Fill row `row` of the slots from the object at start: SCANNED, NOT_JSON or CUT_OFF."""
    guess, level = room.guess, room.level
    span, kinds = slots.span, slots.kind
    depth = 0
    n = 0
    parent = -1
    level[0] = -1
    i = skip_blanks(buf, start + 1, end)
    if i < end and buf[i] == CLOSE_OBJECT:
        i, depth = close_objects(buf, i, end, 0)
        return i
    while True:
        if i >= end:
            return CUT_OFF
        if buf[i] != QUOTE:
            return NOT_JSON
        i += 1
        g = find_guess(buf, i, end, parent, guess, n)
        if g >= 0:
            n = g
        else:
            error = read_key(buf, i, end, parent, guess, n, words)
            if error < 0:
                return error
        i += guess[n, SIZE]
        while i < end and (buf[i] == 32 or 9 <= buf[i] <= 13):
            i += 1
        if i >= end:
            return CUT_OFF
        slot = guess[n, SLOT]
        c = buf[i]
        first = i + 1
        if c == QUOTE:
            stop, kind = skip_string(buf, first, end)
            if stop < 0:
                return CUT_OFF
            i = stop + 1
        elif c == OPEN_OBJECT and guess[n, IS_OBJECT] == 1:
            depth += 1
            parent = guess[n, ENTRY]
            level[depth] = parent
            n = min(n + 1, GUESSES - 1)
            i = skip_blanks(buf, i + 1, end)
            if i >= end or buf[i] != CLOSE_OBJECT:
                continue
            slot, kind, stop = -1, UNSET, i
        else:
            first = i
            i, kind = skip_value(buf, i, end)
            if i < 0:
                return i
            stop = i
        n = min(n + 1, GUESSES - 1)
        if slot >= 0:
            span[row, slot, 0] = first
            span[row, slot, 1] = stop
            kinds[row, slot] = kind
        i, depth = close_objects(buf, i, end, depth)
        if i <= 0:
            return i
        parent = level[depth]
