"""One hash table for all the words that dialects know, and the hash of a text column.

A word lives in a *space*: space 0 holds the source keys, 1 the header directives, 2 the tags of a
syslog header, 3 the facilities of messages (``%ASA``), 4 the names of columns with which a header
may begin, the others one list of source words each. The hash has 63 bits and is made of two
32-bit lanes (the first is FNV-1a), so that no product passes 2^63 and the compiled and the plain
run agree.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .borrowing import borrowing_njit, inner_njit

KEY_SPACE, DIRECTIVE_SPACE, TAG_SPACE, FACILITY_SPACE, HEADER_SPACE, FIRST_FREE_SPACE = range(6)
# columns of Words.entry
HASH, SPACE, START, LENGTH, VALUE, INTERIOR = range(6)
N_ENTRY = 6

LANE_MASK = 0xFFFFFFFF
FNV_BASIS = 0x811C9DC5
FNV_PRIME = 0x01000193
SECOND_BASIS = 0x1B873593
SECOND_PRIME = 0x5BD1E995


class Words(NamedTuple):
    """An open-addressing table. Rows of `entry` whose hash is -1 are free."""

    entry: NDArray[np.int64]  # (size, N_ENTRY), size a power of two
    blob: NDArray[np.uint8]  # the words themselves, each with a dot behind it


@inner_njit
def hash_from(
    buf: NDArray[np.uint8], start: int, end: int, first: int, second: int
) -> tuple[int, int]:
    """Carry the two lanes on over buf[start:end]."""
    for i in range(start, end):
        c = int(buf[i])
        first = ((first ^ c) * FNV_PRIME) & LANE_MASK
        second = ((second ^ c) * SECOND_PRIME) & LANE_MASK
    return first, second


@inner_njit
def finish_hash(first: int, second: int) -> int:
    """Join the lanes to 63 bits; never 0, which means unset."""
    second = second ^ (second >> 15)
    first = first ^ (first >> 13)
    return max((first << 31) | (second & 0x7FFFFFFF), 1)


@borrowing_njit
def hash_text(buf: NDArray[np.uint8], start: int, end: int) -> int:
    """Hash of a text column, 1 to 2^63 - 1."""
    basis, other = int(FNV_BASIS), int(SECOND_BASIS)
    first, second = hash_from(buf, start, end, basis, other)
    return finish_hash(first, second)


@inner_njit
def find_entry(
    words: Words, hashed: int, length: int, buf: NDArray[np.uint8], start: int, end: int
) -> int:
    """Row of the source key with this hash whose last bytes are buf[start:end], or -1.

    `length` is that of the whole key: for a nested one the span holds its last part only.
    """
    entry = words.entry
    blob = words.blob
    mask = entry.shape[0] - 1
    k = (hashed ^ (hashed >> 31)) & mask
    while entry[k, HASH] != -1:
        same = (
            entry[k, HASH] == hashed and entry[k, SPACE] == KEY_SPACE and entry[k, LENGTH] == length
        )
        tail = entry[k, START] + length - (end - start)
        i = start
        while same and i < end:
            same = blob[tail + i - start] == buf[i]
            i += 1
        if same:
            return int(k)
        k = (k + 1) & mask
    return -1


@inner_njit
def find_word(
    entry: NDArray[np.int64], space: int, buf: NDArray[np.uint8], start: int, end: int
) -> int:
    """Value of the word buf[start:end] in its space, upper and lower case alike, or -1."""
    first = int(FNV_BASIS ^ space)
    second = int(SECOND_BASIS)
    for i in range(start, end):
        c = int(buf[i])
        if 65 <= c <= 90:
            c += 32
        first = ((first ^ c) * FNV_PRIME) & LANE_MASK
        second = ((second ^ c) * SECOND_PRIME) & LANE_MASK
    hashed = finish_hash(first, second)
    mask = entry.shape[0] - 1
    k = (hashed ^ (hashed >> 31)) & mask
    while entry[k, HASH] != -1:
        if (
            entry[k, HASH] == hashed
            and entry[k, SPACE] == space
            and entry[k, LENGTH] == end - start
        ):
            return int(entry[k, VALUE])
        k = (k + 1) & mask
    return -1


@inner_njit
def find_key(words: Words, buf: NDArray[np.uint8], start: int, end: int) -> int:
    """Slot of the top-level key buf[start:end], or -1."""
    first = int(FNV_BASIS ^ KEY_SPACE)
    second = int(SECOND_BASIS)
    first, second = hash_from(buf, start, end, first, second)
    k = find_entry(words, finish_hash(first, second), end - start, buf, start, end)
    if k < 0:
        return -1
    return int(words.entry[k, VALUE])


class WordList:
    """Collects words and makes the table."""

    def __init__(self) -> None:
        self._value: dict[tuple[int, bytes], int] = {}
        self._interior: set[bytes] = set()

    def add(self, space: int, word: str, value: int) -> None:
        """Add a word. Words of all spaces but the keys are kept in lower case."""
        raw = word.encode()
        self._value[space, raw if space == KEY_SPACE else _lower(raw)] = value

    def add_key(self, key: str, slot: int) -> None:
        """Add a source key, and the objects above it."""
        self._value[KEY_SPACE, key.encode()] = slot
        parts = key.split(".")
        for n in range(1, len(parts)):
            self._interior.add(".".join(parts[:n]).encode())

    def table(self) -> Words:
        """Make the table, at most half full."""
        words = dict(self._value)
        for key in self._interior:
            words.setdefault((KEY_SPACE, key), -1)
        size = 16
        while size < 2 * len(words) + 1:
            size *= 2
        entry = np.full((size, N_ENTRY), -1, np.int64)
        blob = bytearray()
        for (space, raw), value in words.items():
            hashed = int(hash_word(space, raw))
            k = (hashed ^ (hashed >> 31)) & (size - 1)
            while entry[k, HASH] != -1:
                k = (k + 1) & (size - 1)
            interior = int(space == KEY_SPACE and raw in self._interior)
            entry[k] = (hashed, space, len(blob), len(raw), value, interior)
            # a dot behind each, with which the hash of a nested key goes on
            blob += raw + b"."
        return Words(entry, np.frombuffer(bytes(blob) or b"\0", np.uint8).copy())


def hash_word(space: int, raw: bytes) -> int:
    """Hash of a word in its space: the plain twin of the kernels, used once a start."""
    first, second = FNV_BASIS ^ space, SECOND_BASIS
    for c in raw:
        first = ((first ^ c) * FNV_PRIME) & LANE_MASK
        second = ((second ^ c) * SECOND_PRIME) & LANE_MASK
    second ^= second >> 15
    first ^= first >> 13
    return max((first << 31) | (second & 0x7FFFFFFF), 1)


def _lower(raw: bytes) -> bytes:
    return bytes(c + 32 if 65 <= c <= 90 else c for c in raw)
