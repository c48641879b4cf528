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
    AT,
    ENTRY,
    GUESSES,
    HEAD,
    IS_OBJECT,
    MASK,
    PARENT,
    SIZE,
    SLOT,
    TAIL,
    Guesses,
    find_guess,
    read_key,
    same_middle,
)
from .lines import Lines
from .slots import CUT_OFF, ESCAPED, NOT_JSON, PLAIN, SCANNED, UNSET, slot_of
from .tables import JSON
from .words import Words

# what may come next: a key or the object's end; a key; a comma or the object's end; nothing
OPENED, KEY, AFTER, DONE = range(4)
LAST_GUESS = GUESSES - 1
QUOTE, BACKSLASH, COMMA, BLANK = 34, 92, 44, 32
OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY = 123, 125, 91, 93
MINUS = 45


@njit(cache=True, nogil=True, error_model="numpy")
def skip_string(buf: NDArray[np.uint8], i: int, end: int) -> tuple[int, int]:
    """From behind the opening quote to the closing one (CUT_OFF: none), and the kind of string."""
    while i < end:
        word = load(buf, i)
        quotes = zero_bytes(word ^ QUOTES)
        escapes = zero_bytes(word ^ BACKSLASHES)
        if quotes != NOTHING:
            lowest = quotes & (~quotes + ONE)
            if escapes & (lowest - ONE) == NOTHING:
                i += first_byte(quotes)
                return (i if i < end else CUT_OFF), PLAIN
        if escapes != NOTHING:
            break
        i += 8
    while i < end:
        if buf[i] == QUOTE:
            return i, ESCAPED
        if buf[i] == BACKSLASH:
            i += 1
        i += 1
    return CUT_OFF, ESCAPED


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
def scan_json(
    buf: NDArray[np.uint8],
    lines: Lines,
    count: int,
    words: Words,
    guesses: Guesses,
    slots: NDArray[np.int64],
) -> None:
    """Fill the slots of all json rows; their outcome is SCANNED, NOT_JSON or CUT_OFF."""
    key, text = guesses.key, guesses.text
    firsts, ends, syntaxes, outcomes = lines.first, lines.end, lines.syntax, lines.outcome
    # the rows behind the guesses hold the entries of the open objects
    level = GUESSES + 1
    for g in range(GUESSES):
        key[g, PARENT] = -2
    key[GUESSES, 0] = 0
    key[level, 0] = -1
    for row in range(count):
        if syntaxes[row] != JSON:
            continue
        i = firsts[row] + 1
        end = ends[row]
        depth = 0
        n = np.int64(0)
        parent = np.int64(-1)
        state = OPENED
        outcome = CUT_OFF
        while i < end:
            c = buf[i]
            if c != QUOTE or state > KEY:
                i += 1
                if c == COMMA and state == AFTER:
                    state = KEY
                elif c == CLOSE_OBJECT and (state == AFTER or state == OPENED):
                    depth -= 1
                    state = DONE if depth < 0 else AFTER
                    parent = key[level + max(depth, 0), 0]
                elif c != BLANK and (c < 9 or c > 13):
                    outcome = NOT_JSON
                    break
                continue
            head = load(buf, i + 1)
            size = key[n, SIZE]
            if (
                (head ^ text[n, HEAD]) & text[n, MASK] != NOTHING
                or key[n, PARENT] != parent
                or i + size >= end
                or (load(buf, i + 1 + max(size - 8, 0)) ^ text[n, TAIL]) & text[n, MASK] != NOTHING
                or (size > 16 and not same_middle(buf, i + 1, key[n, AT], size))
            ):
                guess = find_guess(buf, i + 1, end, parent, key, text, n)
                if guess >= 0:
                    n = guess
                else:
                    close, kind = skip_string(buf, i + 1, end)
                    outcome = read_key(buf, i + 1, close, end, parent, key, text, n, words)
                    if outcome != SCANNED:
                        break
                    outcome = CUT_OFF
                size = key[n, SIZE]
            i += 1 + size
            while i < end and (buf[i] == BLANK or 9 <= buf[i] <= 13):
                i += 1
            if i >= end:
                break
            slot = key[n, SLOT]
            is_object = key[n, IS_OBJECT] == 1
            entry = key[n, ENTRY]
            n = min(n + 1, LAST_GUESS)
            c = buf[i]
            first = i
            kind = PLAIN
            state = AFTER
            if c == QUOTE:
                first += 1
                stop = first
                word = load(buf, stop)
                quotes = zero_bytes(word ^ QUOTES)
                escapes = zero_bytes(word ^ BACKSLASHES)
                while quotes | escapes == NOTHING and stop < end:
                    stop += 8
                    word = load(buf, min(stop, end))
                    quotes = zero_bytes(word ^ QUOTES)
                    escapes = zero_bytes(word ^ BACKSLASHES)
                stop += first_byte(quotes)
                if escapes != NOTHING:
                    stop, kind = skip_string(buf, first, end)
                elif stop >= end:
                    break
                i = stop + 1
            elif 48 <= c <= 57 or c == MINUS:
                stop = first
                word = load(buf, stop)
                found = zero_bytes(word ^ COMMAS) | zero_bytes(word ^ CLOSING_BRACES)
                while found == NOTHING and stop < end:
                    stop += 8
                    word = load(buf, min(stop, end))
                    found = zero_bytes(word ^ COMMAS) | zero_bytes(word ^ CLOSING_BRACES)
                stop += first_byte(found)
                if stop >= end:
                    break
                while buf[stop - 1] == BLANK or 9 <= buf[stop - 1] <= 13:
                    stop -= 1
                i = stop
            elif c == OPEN_OBJECT and is_object:
                depth += 1
                parent = entry
                key[level + depth, 0] = parent
                state = OPENED
                i += 1
                continue
            else:
                stop, kind = skip_value(buf, i, end)
                i = stop
            if stop < 0:
                outcome = NOT_JSON if stop == NOT_JSON else CUT_OFF
                break
            if slot >= 0:
                slots[row, slot] = slot_of(first, stop, kind)
        outcomes[row] = SCANNED if state == DONE and outcome == CUT_OFF else outcome
