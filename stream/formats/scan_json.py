"""The json scanner: one object a record, keys in any order, flat or nested.

The path of a nested key is joined with ``.``, so that ``"id.orig_h"`` and ``{"id":{"orig_h":…}}``
are one key. Of a key that comes twice the last one counts. What no dialect asks for is passed over:
strings to their closing quote, objects and arrays by counting brackets, numbers and words to the
next comma or closing brace; so a record that ``json.loads`` takes is read as it reads it, and some that it
refuses are read too. Values that are asked for are strings, numbers, ``true``, ``false``, ``null``
(unset), or objects and arrays (unset).

Records of one source have their keys in the same order, though some are left out. The scanner keeps
the row of keys it has met, compares the bytes of the next few there first, and looks a key up only
where none is equal: a guess that only saves time.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .eight_bytes import (
    BACKSLASHES,
    CLOSING_BRACES,
    COMMAS,
    NOTHING,
    ONE,
    QUOTES,
    first_byte,
    load,
    zero_bytes,
)
from .json_keys import (
    ENTRY,
    GUESSES,
    IS_OBJECT,
    SIZE,
    SLOT,
    Guesses,
    find_guess,
    read_key,
)
from .slots import CUT_OFF, ESCAPED, NOT_JSON, PLAIN, SCANNED, UNSET, slot_of
from .words import Words

QUOTE, BACKSLASH, COMMA, BLANK = 34, 92, 44, 32
OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY = 123, 125, 91, 93


@njit(cache=True, nogil=True, error_model="numpy")
def skip_blanks(buf: NDArray[np.uint8], i: int, end: int) -> int:
    """First position from i on that holds no white space."""
    while i < end and (buf[i] == BLANK or 9 <= buf[i] <= 13):
        i += 1
    return i


@njit(cache=True, nogil=True, error_model="numpy")
def skip_string(buf: NDArray[np.uint8], i: int, end: int) -> tuple[int, int]:
    """From behind the opening quote to the closing one (-1: none), and the kind of string."""
    while i < end:
        word = load(buf, i)
        quotes = zero_bytes(word ^ QUOTES)
        escapes = zero_bytes(word ^ BACKSLASHES)
        if quotes != NOTHING:
            lowest = quotes & (~quotes + ONE)
            if escapes & (lowest - ONE) == NOTHING:
                i += first_byte(quotes)
                return (i, PLAIN) if i < end else (-1, PLAIN)
        if escapes != NOTHING:
            break
        i += 8
    while i < end:
        if buf[i] == QUOTE:
            return i, ESCAPED
        if buf[i] == BACKSLASH:
            i += 1
        i += 1
    return -1, ESCAPED


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
def scalar_end(buf: NDArray[np.uint8], i: int, end: int) -> int:
    """Where the next comma or closing brace stands; the end if there is none."""
    while i < end:
        word = load(buf, i)
        found = zero_bytes(word ^ COMMAS) | zero_bytes(word ^ CLOSING_BRACES)
        if found != NOTHING:
            return min(i + first_byte(found), end)
        i += 8
    return end


@njit(cache=True, nogil=True, error_model="numpy")
def word_kind(buf: NDArray[np.uint8], start: int, end: int) -> int:
    """Kind of the value buf[start:end], which is no string: -1 if it is no JSON."""
    c = buf[start]
    if 48 <= c <= 57 or c == 45:
        return PLAIN
    n = end - start
    if n == 4 and c == 116 and buf[start + 1] == 114 and buf[start + 2] == 117:
        return PLAIN if buf[start + 3] == 101 else -1
    if n == 5 and c == 102 and buf[start + 1] == 97 and buf[start + 2] == 108:
        return PLAIN if buf[start + 3] == 115 and buf[start + 4] == 101 else -1
    if n == 4 and c == 110 and buf[start + 1] == 117 and buf[start + 2] == 108:
        return UNSET if buf[start + 3] == 108 else -1
    return -1


@njit(cache=True, nogil=True, error_model="numpy")
def skip_value(buf: NDArray[np.uint8], i: int, end: int) -> tuple[int, int]:
    """Pass over an object, array, number or word: position behind it (or an error), its kind."""
    if buf[i] == OPEN_OBJECT or buf[i] == OPEN_ARRAY:
        behind = skip_container(buf, i, end)
        return (CUT_OFF if behind < 0 else behind), UNSET
    behind = scalar_end(buf, i, end)
    if behind == end:
        return CUT_OFF, UNSET
    while behind > i and (buf[behind - 1] == BLANK or 9 <= buf[behind - 1] <= 13):
        behind -= 1
    kind = word_kind(buf, i, behind)
    return (behind if kind >= 0 else NOT_JSON), kind


@njit(cache=True, nogil=True, error_model="numpy")
def close_objects(buf: NDArray[np.uint8], i: int, end: int, depth: int) -> tuple[int, int]:
    """Behind a value: position of the next key (or an error, or SCANNED), depth it is at."""
    while True:
        i = skip_blanks(buf, i, end)
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
    guesses: Guesses,
    slots: NDArray[np.int64],
    row: int,
) -> int:
    """Fill row `row` of the slots from the object at start: SCANNED, NOT_JSON or CUT_OFF."""
    depth = 0
    n = 0
    parent = -1
    # the rows behind the guesses hold the entries of the open objects
    level = GUESSES + 1
    key, text = guesses.key, guesses.text
    key[level, 0] = -1
    i = skip_blanks(buf, start + 1, end)
    if i < end and buf[i] == CLOSE_OBJECT:
        i, depth = close_objects(buf, i, end, 0)
        return i
    while True:
        if i >= end:
            return CUT_OFF
        if buf[i] != QUOTE:
            return NOT_JSON
        g = find_guess(buf, i + 1, end, parent, key, text, n)
        if g >= 0:
            n = g
        else:
            close, _ = skip_string(buf, i + 1, end)
            if close < 0:
                return CUT_OFF
            error = read_key(buf, i + 1, close, end, parent, key, text, n, words)
            if error < 0:
                return error
        i = skip_blanks(buf, i + 1 + key[n, SIZE], end)
        if i >= end:
            return CUT_OFF
        slot = key[n, SLOT]
        c = buf[i]
        first = i
        if c == QUOTE:
            first += 1
            stop, kind = skip_string(buf, first, end)
            if stop < 0:
                return CUT_OFF
            i = stop + 1
        elif c == OPEN_OBJECT and key[n, IS_OBJECT] == 1:
            depth += 1
            parent = key[n, ENTRY]
            key[level + depth, 0] = parent
            n = min(n + 1, GUESSES - 1)
            i = skip_blanks(buf, i + 1, end)
            if i >= end or buf[i] != CLOSE_OBJECT:
                continue
            slot, kind, stop = -1, UNSET, i
        else:
            i, kind = skip_value(buf, i, end)
            if i < 0:
                return i
            stop = i
        if slot >= 0:
            slots[row, slot] = slot_of(first, stop, kind)
        n = min(n + 1, GUESSES - 1)
        i, depth = close_objects(buf, i, end, depth)
        if i <= 0:
            return i
        parent = key[level + depth, 0]
