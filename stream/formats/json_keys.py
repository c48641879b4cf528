"""The keys of JSON objects: guessed from the record before, else looked up.

A guess is one row: the first eight bytes of a key with quote and colon, a mask for shorter ones,
its last eight bytes, all of them for long ones, and what it means. A guess knows the two keys that
came behind it; a key that is neither is found by its bytes where it was met before. So records of
several kinds may alternate. Guesses only save time: what a key means follows from its bytes and the
object it is in.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .borrowing import inner_njit
from .eight_bytes import NOTHING, find_either
from .slots import CUT_OFF, ESCAPED, NOT_JSON, PLAIN, SCANNED, SCRATCH
from .unescape import unescape_json
from .wide_loads import load
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

# columns of Guesses.key: size to the colon, the object it is in, its entry (-1 unknown), its slot
# (-1 none), whether other keys lie below it; the object and the place of the last bytes once more
# for keys that are seen at once to be the same, else no object and 0; the guesses that came behind
# it, the first to be tried first; where in this call an object or array stood that was passed over,
# and its size
(
    SIZE,
    PARENT,
    ENTRY,
    SLOT,
    IS_OBJECT,
    QUICK_PARENT,
    TAIL_AT,
    NEXT,
    OTHER,
    PASSED,
    PASSED_SIZE,
) = range(11)
N_KEY = 11
# columns of Guesses.text: first bytes, their mask, last bytes
HEAD, MASK, TAIL = range(3)
N_TEXT = 3
GUESSES = 256
PLACES = 1024
KEPT = 128  # bytes of a key; longer ones are not known again
MAX_DEPTH = 8
# the row behind the last guess is none: it stands before the first key of a record, and holds how
# many guesses there are; open objects stand in the rows after it
NO_GUESS = GUESSES
GUESS_ROWS = GUESSES + 1 + MAX_DEPTH
COLON, BLANK, BACKSLASH, QUOTE = 58, 32, 92, 34
NOWHERE = -2
EVERYTHING = np.uint64(0xFFFFFFFFFFFFFFFF)
SHORT, MEDIUM = 8, 16


class Guesses(NamedTuple):
    """The keys met so far."""

    key: NDArray[np.int64]  # (GUESS_ROWS, N_KEY)
    text: NDArray[np.uint64]  # (GUESSES + 1, N_TEXT)
    place: NDArray[np.int64]  # (PLACES,) which guess a key of these bytes may be
    kept: NDArray[np.uint8]  # (GUESSES, KEPT) the bytes of long keys

    @classmethod
    def empty(cls) -> "Guesses":
        """Room without guesses; the outermost object has no entry."""
        key = np.zeros((GUESS_ROWS, N_KEY), np.int64)
        key[: GUESSES + 1, [PARENT, QUICK_PARENT]] = NOWHERE
        key[: GUESSES + 1, [NEXT, OTHER]] = NO_GUESS
        key[GUESSES + 1, 0] = -1
        return cls(
            key,
            np.zeros((GUESSES + 1, N_TEXT), np.uint64),
            np.zeros(PLACES, np.int64),
            np.zeros((GUESSES, KEPT), np.uint8),
        )


@inner_njit
def same_middle(
    buf: NDArray[np.uint8], start: int, kept: NDArray[np.uint8], g: int, size: int
) -> bool:
    """Whether a key is that of guess g between their first and last eight bytes."""
    k = 8
    while k < size - 8 and buf[start + k] == kept[g, k]:
        k += 1
    return k >= size - 8


@inner_njit
def is_guess(
    buf: NDArray[np.uint8],
    start: int,
    end: int,
    parent: int,
    key: NDArray[np.int64],
    text: NDArray[np.uint64],
    kept: NDArray[np.uint8],
    g: int,
) -> bool:
    """Whether guess g is the key that begins at start."""
    size = key[g, SIZE]
    if (load(buf, start) ^ text[g, HEAD]) & text[g, MASK] != NOTHING:
        return False
    if key[g, PARENT] != parent or start + size > end:
        return False
    if (load(buf, start + max(size - 8, 0)) ^ text[g, TAIL]) & text[g, MASK] != NOTHING:
        return False
    return size <= MEDIUM or same_middle(buf, start, kept, g, size)


@inner_njit
def look_up_key(
    buf: NDArray[np.uint8], start: int, end: int, kind: int, parent: int, words: Words
) -> int:
    """Entry of the key buf[start:end] in the object of an entry; -1 unknown, -2 bad escape.

    The hash of a nested key goes on from the path of its object and a dot.
    """
    if kind == ESCAPED:
        n = unescape_json(buf, start, end, int(SCRATCH))
        if n < 0:
            return -2
        start = int(SCRATCH)
        end = start + n
    first, second = int(FNV_BASIS ^ KEY_SPACE), int(SECOND_BASIS)
    length = end - start
    if parent >= 0:
        at = words.entry[parent, START]
        size = words.entry[parent, LENGTH] + 1
        first, second = hash_from(words.blob, at, at + size, first, second)
        length += size
    first, second = hash_from(buf, start, end, first, second)
    return find_entry(words, finish_hash(first, second), length, buf, start, end)


@inner_njit
def read_key(
    buf: NDArray[np.uint8],
    start: int,
    close: int,
    end: int,
    parent: int,
    key: NDArray[np.int64],
    text: NDArray[np.uint64],
    kept: NDArray[np.uint8],
    n: int,
    words: Words,
) -> int:
    """Make the key buf[start:close] guess n: SCANNED, or an error."""
    kind = int(PLAIN)
    for i in range(start, close):
        if buf[i] == BACKSLASH:
            kind = int(ESCAPED)
    entry = look_up_key(buf, start, close, kind, parent, words)
    if entry == -2:
        return NOT_JSON
    colon = close + 1
    while colon < end and (buf[colon] == BLANK or 9 <= buf[colon] <= 13):
        colon += 1
    if colon >= end:
        return CUT_OFF
    if buf[colon] != COLON:
        return NOT_JSON
    size = colon + 1 - start
    key[n, SIZE] = size
    key[n, PARENT] = parent if size <= KEPT else NOWHERE
    key[n, ENTRY] = entry
    key[n, SLOT] = words.entry[entry, VALUE] if entry >= 0 else -1
    key[n, IS_OBJECT] = words.entry[entry, INTERIOR] if entry >= 0 else 0
    key[n, QUICK_PARENT] = parent if size <= MEDIUM else NOWHERE
    key[n, TAIL_AT] = max(size - SHORT, 0) if size <= MEDIUM else 0
    key[n, PASSED_SIZE] = 0
    for k in range(min(size, KEPT) if size > MEDIUM else 0):
        kept[n, k] = buf[start + k]
    text[n, HEAD] = load(buf, start)
    text[n, MASK] = EVERYTHING >> np.uint64(64 - 8 * min(size, SHORT))
    text[n, TAIL] = load(buf, start + max(size - 8, 0))
    return SCANNED


@inner_njit
def is_escaped(buf: NDArray[np.uint8], start: int, i: int) -> bool:
    """Whether an odd number of backslashes stands before a quote."""
    count = 0
    while i - 1 - count >= start and buf[i - 1 - count] == BACKSLASH:
        count += 1
    return count % 2 == 1


@inner_njit
def key_place(buf: NDArray[np.uint8], start: int, size: int, parent: int) -> int:
    """Where the guess of a key is noted; its size is that with quote and colon."""
    mask = EVERYTHING >> np.uint64(64 - 8 * min(size, SHORT))
    head = load(buf, start) & mask
    tail = load(buf, start + max(size - SHORT, 0)) & mask
    mixed = head ^ (tail >> np.uint64(1)) ^ np.uint64(size * 37 + (parent + 1) * 101)
    mixed = mixed ^ (mixed >> np.uint64(32))
    mixed = mixed ^ (mixed >> np.uint64(15)) ^ (mixed >> np.uint64(7))
    return int(np.int64(mixed & np.uint64(PLACES - 1)))


@inner_njit
def find_key_guess(
    buf: NDArray[np.uint8],
    start: int,
    end: int,
    parent: int,
    guesses: Guesses,
    before: int,
    words: Words,
) -> int:
    """Find or make the guess for the key that begins at start; its number, or an error.

    `before` is the guess of the key before it.
    """
    key, text, place, kept = guesses.key, guesses.text, guesses.place, guesses.kept
    first, second = key[before, NEXT], key[before, OTHER]
    if is_guess(buf, start, end, parent, key, text, kept, first):
        return int(first)
    if is_guess(buf, start, end, parent, key, text, kept, second):
        return int(second)
    close = find_either(buf, start, end, QUOTE, QUOTE)
    while close < end and is_escaped(buf, start, close):
        close = find_either(buf, close + 1, end, QUOTE, QUOTE)
    if close >= end:
        return CUT_OFF
    at = key_place(buf, start, close + 2 - start, parent)
    n = place[at]
    if not is_guess(buf, start, end, parent, key, text, kept, n):
        count = key[GUESSES, 0]
        # where there is no room a key takes the place of another
        n = count if count < GUESSES else at & (GUESSES - 1)
        outcome = read_key(buf, start, close, end, parent, key, text, kept, n, words)
        if outcome != SCANNED:
            return outcome
        key[GUESSES, 0] = min(count + 1, GUESSES)
        key[n, NEXT] = NO_GUESS
        key[n, OTHER] = NO_GUESS
        place[at] = n
    key[before, NEXT if first == NO_GUESS else OTHER] = n
    return int(n)
