"""The json scanner: one object a record, keys in any order, flat or nested.

The path of a nested key is joined with ``.``, so that ``"id.orig_h"`` and ``{"id":{"orig_h":…}}``
are one key. Of a key that comes twice the last one counts. What no dialect asks for is passed over:
strings to their closing quote, objects and arrays by counting brackets, numbers and words to the
next comma or closing brace; so a record that ``json.loads`` takes is read as it reads it, and some
that it refuses are read too. Values that are asked for are strings, numbers, ``true``, ``false``,
``null`` (unset), or objects and arrays (unset).

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
    QUOTES,
    find_either,
    first_byte,
    load,
    zero_bytes,
)
from .json_keys import (
    ENTRY,
    GUESSES,
    HEAD,
    IS_OBJECT,
    MASK,
    MEDIUM,
    PARENT,
    SIZE,
    SLOT,
    TAIL,
    Guesses,
    find_guess,
    forget_guesses,
    is_guess,
    read_key,
)
from .lines import Lines
from .slots import CUT_OFF, ESCAPED, NOT_JSON, PLAIN, SCANNED, UNSET, slot_of
from .tables import JSON
from .words import Words

# what may come next: a key or the object's end; a key; a comma or the object's end; nothing
OPENED, KEY, AFTER, DONE = range(4)
LAST_GUESS = GUESSES - 1
NO_GUESS, ROOT = 0, -1
QUOTE, BACKSLASH, COMMA, BLANK = 34, 92, 44, 32
OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY = 123, 125, 91, 93
MINUS = 45


@njit(cache=True, nogil=True, error_model="numpy")
def skip_string(buf: NDArray[np.uint8], i: int, end: int) -> tuple[int, int]:
    """From behind the opening quote to the closing one (CUT_OFF: none), and the kind of string."""
    i = find_either(buf, i, end, QUOTES, BACKSLASHES)
    if i < end and buf[i] == QUOTE:
        return i, PLAIN
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
def number_end(buf: NDArray[np.uint8], i: int, end: int) -> int:
    """Where a number or word that begins at i ends; CUT_OFF if nothing follows it."""
    stop = find_either(buf, i, end, COMMAS, CLOSING_BRACES)
    if stop >= end:
        return CUT_OFF
    while stop > i and (buf[stop - 1] == BLANK or 9 <= buf[stop - 1] <= 13):
        stop -= 1
    return stop


@njit(cache=True, nogil=True, error_model="numpy")
def word_kind(buf: NDArray[np.uint8], start: int, end: int) -> int:
    """Kind of the word buf[start:end]: true, false or null; -1 if it is none of them."""
    c = buf[start]
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
    """Pass over an object, array or word: position behind it (or an error), its kind."""
    if buf[i] == OPEN_OBJECT or buf[i] == OPEN_ARRAY:
        behind = skip_container(buf, i, end)
        return (CUT_OFF if behind < 0 else behind), UNSET
    behind = number_end(buf, i, end)
    if behind < 0:
        return behind, UNSET
    kind = word_kind(buf, i, behind)
    return (behind if kind >= 0 else NOT_JSON), kind


@njit(cache=True, nogil=True, error_model="numpy")
def scan_object(
    buf: NDArray[np.uint8],
    start: int,
    end: int,
    words: Words,
    guesses: Guesses,
    slots: NDArray[np.int64],
    row: int,
) -> int:
    """Fill a row of the slots from any object: SCANNED, NOT_JSON or CUT_OFF."""
    key, text = guesses.key, guesses.text
    level = GUESSES + 1
    i = start + 1
    depth = 0
    n = int(NO_GUESS)
    parent = int(ROOT)
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
        if not is_guess(buf, i + 1, end, parent, key, text, n):
            guess = find_guess(buf, i + 1, end, parent, key, text, n)
            if guess >= 0:
                n = guess
            else:
                close, kind = skip_string(buf, i + 1, end)
                outcome = read_key(buf, i + 1, close, end, parent, key, text, n, words)
                if outcome != SCANNED:
                    break
                outcome = CUT_OFF
        i += 1 + key[n, SIZE]
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
            stop = find_either(buf, first, end, QUOTES, BACKSLASHES)
            if stop < end and buf[stop] == BACKSLASH:
                stop, kind = skip_string(buf, first, end)
            elif stop >= end:
                break
            i = stop + 1
        elif 48 <= c <= 57 or c == MINUS:
            stop = number_end(buf, i, end)
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
    return SCANNED if state == DONE and outcome == CUT_OFF else outcome


@njit(cache=True, nogil=True, error_model="numpy")
def scan_json(
    buf: NDArray[np.uint8],
    lines: Lines,
    count: int,
    words: Words,
    guesses: Guesses,
    slots: NDArray[np.int64],
) -> None:
    """Fill the slots of all json rows; their outcome is SCANNED, NOT_JSON or CUT_OFF.

    A flat object of known keys with nothing unusual in it is read here, without a call for a key or
    value (it would cost as much as the work); any other one by `scan_object`, from its start.
    """
    key, text = guesses.key, guesses.text
    firsts, ends, syntaxes, outcomes = lines.first, lines.end, lines.syntax, lines.outcome
    forget_guesses(key)
    for row in range(count):
        if syntaxes[row] != JSON:
            continue
        end = ends[row]
        i = firsts[row] + 1
        n = int(NO_GUESS)
        is_plain = True
        while is_plain and i < end:
            is_plain = buf[i] == QUOTE
            size = key[n, SIZE]
            tail = load(buf, i + 1 + max(size - 8, 0)) ^ text[n, TAIL]
            differs = ((load(buf, i + 1) ^ text[n, HEAD]) | tail) & text[n, MASK]
            if differs != NOTHING or key[n, PARENT] != ROOT or size > MEDIUM:
                n = find_guess(buf, i + 1, end, int(ROOT), key, text, n)
                if n < 0:
                    break
                size = key[n, SIZE]
            i += 1 + size
            i += buf[i] == BLANK
            first = i
            slot = key[n, SLOT]
            n = min(n + 1, LAST_GUESS)
            kind = PLAIN
            if buf[i] == QUOTE:
                first = i + 1
                i = first
                found = NOTHING
                while found == NOTHING and i < end:
                    word = load(buf, i)
                    found = zero_bytes(word ^ QUOTES) | zero_bytes(word ^ BACKSLASHES)
                    i += 8
                i += first_byte(found) - 8
                is_plain = is_plain and buf[min(i, end)] == QUOTE
                stop = i
                i += 1
            else:
                found = NOTHING
                while found == NOTHING and i < end:
                    word = load(buf, i)
                    found = zero_bytes(word ^ COMMAS) | zero_bytes(word ^ CLOSING_BRACES)
                    i += 8
                i = min(i + first_byte(found) - 8, end)
                stop = i
                if not (48 <= buf[first] <= 57 or buf[first] == MINUS):
                    kind = word_kind(buf, first, stop)
                is_plain = is_plain and kind > 0 and buf[stop - 1] > BLANK
            if slot >= 0:
                slots[row, slot] = slot_of(first, stop, kind)
            if i + 1 == end and buf[i] == CLOSE_OBJECT:
                break
            is_plain = is_plain and buf[i] == COMMA
            i += 1 + (buf[i + 1] == BLANK)
        if is_plain and n >= 0 and i + 1 == end:
            outcomes[row] = SCANNED
        else:
            outcomes[row] = scan_object(buf, firsts[row], end, words, guesses, slots, row)
