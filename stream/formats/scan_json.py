"""The json scanner: one object a record, keys in any order, flat or nested.

The path of a nested key is joined with ``.``, so that ``"id.orig_h"`` and ``{"id":{"orig_h":…}}``
are one key. Of a key that comes twice the last one counts. What no dialect asks for is passed over:
strings to their closing quote, objects and arrays by counting brackets, numbers and words to the
next comma or closing brace; so a record that ``json.loads`` takes is read as it reads it, and some
that it refuses are read too. Values that are asked for are strings, numbers, ``true``, ``false``,
``null`` (unset), or objects and arrays (unset).

Records of one source have their keys in the same order, though some are left out. The scanner keeps
the keys it has met, compares the bytes of those that came behind the one before, and looks a key up
only where it has not met it: a guess that only saves time. So is it to compare an object that is
passed over with the last one under that key.
"""

import numpy as np
from numpy.typing import NDArray

from .borrowing import inner_njit
from .eight_bytes import NOTHING, find_either, same_text
from .json_keys import (
    ENTRY,
    GUESSES,
    HEAD,
    IS_OBJECT,
    MASK,
    NEXT,
    NO_GUESS,
    PASSED,
    PASSED_SIZE,
    QUICK_PARENT,
    SIZE,
    SLOT,
    TAIL,
    TAIL_AT,
    Guesses,
    find_key_guess,
)
from .lines import Lines
from .slots import CUT_OFF, ESCAPED, NOT_JSON, PLAIN, SCANNED, UNSET, mark_filled, slot_of
from .tables import JSON
from .wide_loads import WIDE, find_16, load, lowest_bit
from .words import Words

# what may come next: a key or the object's end; a key; a comma or the object's end
OPENED, KEY, AFTER = range(3)
ROOT, OUTERMOST = -1, 0
QUOTE, BACKSLASH, COMMA, BLANK = 34, 92, 44, 32
OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY = 123, 125, 91, 93
MINUS = 45
NONE_OF_16 = 1 << WIDE
TRUE, FOUR_BYTES = np.uint64(0x65757274), np.uint64(0xFFFFFFFF)
FALSE, FIVE_BYTES = np.uint64(0x65736C6166), np.uint64(0xFFFFFFFFFF)


@inner_njit
def skip_blanks(buf: NDArray[np.uint8], i: int, end: int) -> int:
    """First position from i on that holds no white space."""
    while i < end and (buf[i] == BLANK or 9 <= buf[i] <= 13):
        i += 1
    return i


@inner_njit
def skip_string(buf: NDArray[np.uint8], i: int, end: int) -> tuple[int, int]:
    """From behind the opening quote to the closing one (CUT_OFF: none), and the kind of string."""
    i = find_either(buf, i, end, QUOTE, BACKSLASH)
    if i < end and buf[i] == QUOTE:
        return i, PLAIN
    while i < end:
        if buf[i] == QUOTE:
            return i, ESCAPED
        if buf[i] == BACKSLASH:
            i += 1
        i += 1
    return CUT_OFF, ESCAPED


@inner_njit
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


@inner_njit
def number_end(buf: NDArray[np.uint8], i: int, end: int) -> int:
    """Where a number or word that begins at i ends; CUT_OFF if nothing follows it."""
    stop = find_either(buf, i, end, COMMA, CLOSE_OBJECT)
    if stop >= end:
        return CUT_OFF
    while stop > i and (buf[stop - 1] == BLANK or 9 <= buf[stop - 1] <= 13):
        stop -= 1
    return stop


@inner_njit
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


@inner_njit
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


@inner_njit
def forget_passed(key: NDArray[np.int64]) -> None:
    """Forget what was passed over: the buffer has been filled anew."""
    for g in range(GUESSES):
        key[g, PASSED_SIZE] = 0


@inner_njit
def pass_over(
    buf: NDArray[np.uint8], i: int, end: int, key: NDArray[np.int64], g: int
) -> tuple[int, int]:
    """Pass over an object or array under key g: often it is the same in every record."""
    size, at = key[g, PASSED_SIZE], key[g, PASSED]
    if size > 0 and i + size <= end and same_text(buf, i, buf, at, size):
        return i + size, UNSET
    stop, kind = skip_value(buf, i, end)
    key[g, PASSED] = i
    key[g, PASSED_SIZE] = max(stop - i, 0)
    return stop, kind


@inner_njit
def next_key(buf: NDArray[np.uint8], i: int, end: int, depth: int, state: int) -> tuple[int, int]:
    """Find where the next key's quote stands (or SCANNED, NOT_JSON, CUT_OFF), and at what depth."""
    while True:
        i = skip_blanks(buf, i, end)
        if i >= end:
            return CUT_OFF, depth
        c = buf[i]
        if c == QUOTE and state != AFTER:
            return i, depth
        i += 1
        if c == COMMA and state == AFTER:
            state = KEY
            continue
        if c != CLOSE_OBJECT or state == KEY:
            return NOT_JSON, depth
        depth -= 1
        state = AFTER
        if depth < 0:
            return (SCANNED if skip_blanks(buf, i, end) == end else NOT_JSON), depth


@inner_njit
def scan_json(
    buf: NDArray[np.uint8],
    lines: Lines,
    count: int,
    words: Words,
    guesses: Guesses,
    slots: NDArray[np.int64],
) -> None:
    """Fill the slots of all json rows; their outcome is SCANNED, NOT_JSON or CUT_OFF.

    Keys and values of the usual form are read in place: a call would cost as much as the work.
    """
    key, text, level = guesses.key, guesses.text, GUESSES + 1
    firsts, ends, syntaxes, outcomes = lines.first, lines.end, lines.syntax, lines.outcome
    forget_passed(key)
    for row in range(count):
        if syntaxes[row] != JSON:
            continue
        end = ends[row]
        before, parent, n = int(NO_GUESS), int(ROOT), key[NO_GUESS, NEXT]
        i, depth = next_key(buf, firsts[row] + 1, end, int(OUTERMOST), int(OPENED))
        while i > 0:
            g = np.uint64(n)
            if (
                (load(buf, i + 1) ^ text[g, HEAD])
                | (load(buf, i + 1 + key[g, TAIL_AT]) ^ text[g, TAIL])
            ) & text[g, MASK] != NOTHING or key[g, QUICK_PARENT] != parent:
                n = find_key_guess(buf, i + 1, end, parent, guesses, before, words)
                if n < 0:
                    i = n
                    break
                g = np.uint64(n)
            i += 1 + key[g, SIZE]
            if buf[i] <= BLANK:
                i = skip_blanks(buf, i, end)
            if i >= end:
                i = CUT_OFF
                break
            before = n
            n = key[g, NEXT]
            c = buf[i]
            kind, first, behind = PLAIN, i, 0
            if c == QUOTE:
                first, behind = i + 1, 1
                stop = first
                found = find_16(buf, stop, QUOTE, BACKSLASH)
                while found == 0 and stop + WIDE < end:
                    stop += WIDE
                    found = find_16(buf, stop, QUOTE, BACKSLASH)
                stop += lowest_bit(found | NONE_OF_16)
                if stop >= end:
                    stop = CUT_OFF
                elif buf[stop] == BACKSLASH:
                    stop, kind = skip_string(buf, first, end)
                    lines.escaped[row] = 1
            elif c == MINUS or 48 <= c <= 57:
                stop = first
                found = find_16(buf, stop, COMMA, CLOSE_OBJECT)
                while found == 0 and stop + WIDE < end:
                    stop += WIDE
                    found = find_16(buf, stop, COMMA, CLOSE_OBJECT)
                stop += lowest_bit(found | NONE_OF_16)
                if stop >= end or buf[stop - 1] <= BLANK:
                    stop = number_end(buf, first, end)
            elif c == OPEN_OBJECT and key[g, IS_OBJECT] == 1:
                key[level + depth + 1, 0] = key[g, ENTRY]
                i, depth = next_key(buf, i + 1, end, depth + 1, int(OPENED))
                parent = key[level + max(depth, 0), 0]
                continue
            elif c == OPEN_OBJECT or c == OPEN_ARRAY:
                stop, kind = pass_over(buf, i, end, key, before)
            else:
                word = load(buf, i)
                is_false = word & FIVE_BYTES == FALSE
                stop = i + 4 + int(is_false)
                is_word = is_false | (word & FOUR_BYTES == TRUE)
                if not is_word or stop >= end or buf[stop] != COMMA:
                    stop, kind = skip_value(buf, i, end)
            if stop < 0:
                i = stop
                break
            slot = key[g, SLOT]
            if slot >= 0:
                slots[np.uint64(slot), np.uint64(row)] = slot_of(first, stop, kind)
                mark_filled(slots, slot)
            i = stop + behind
            if buf[i] == COMMA and buf[i + 1] == QUOTE and i + 1 < end:
                i += 1
            else:
                i, depth = next_key(buf, i, end, depth, int(AFTER))
                parent = key[level + max(depth, 0), 0]
        outcomes[row] = i
