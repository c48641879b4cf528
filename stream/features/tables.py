"""A table of fixed capacity that forgets the least recently seen key.

Open addressing with linear probing over an index of twice the capacity, backward-shift deletion
(Knuth, The Art of Computer Programming 3, 6.4, algorithm R), and a doubly linked list in the order
of use. A key is 128 bits and a tag; a slot is a row in whatever arrays belong to the key.
Hashes are made of 32-bit arithmetic inside 64 bits, so that compiled and plain runs agree.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

# entries of Table.meta
NEWEST, OLDEST, USED, EVICTED, SEED = range(5)
N_META = 5

M32 = 0xFFFFFFFF


class Table(NamedTuple):
    """Index, keys and order of use. ``capacity`` rows; the index has a power of two of entries."""

    index: NDArray[np.int32]  # slot, or -1
    key: NDArray[np.uint64]  # (capacity, 2)
    tag: NDArray[np.int64]  # (capacity,)
    link: NDArray[np.int32]  # (capacity, 2): newer, older; -1 at the ends
    meta: NDArray[np.int64]  # NEWEST, OLDEST, USED, EVICTED, SEED

    @classmethod
    def of(cls, capacity: int, seed: int) -> "Table":
        """An empty table; ``seed`` (32 bits) keeps outsiders from choosing colliding keys."""
        size = 1 << max(4, (2 * capacity - 1).bit_length())
        return cls(
            np.full(size, -1, np.int32),
            np.zeros((capacity, 2), np.uint64),
            np.zeros(capacity, np.int64),
            np.full((capacity, 2), -1, np.int32),
            np.array([-1, -1, 0, 0, seed & M32], np.int64),
        )


@njit(cache=True, nogil=True, error_model="numpy")
def mix(h: int, word: int) -> int:
    """Stir 32 bits of ``word`` into the 32-bit hash ``h`` (the finaliser of MurmurHash3)."""
    h = (h ^ word) & 0xFFFFFFFF
    h = ((h ^ (h >> 16)) * 0x45D9F3B) & 0xFFFFFFFF
    h = ((h ^ (h >> 16)) * 0x45D9F3B) & 0xFFFFFFFF
    return h ^ (h >> 16)


@njit(cache=True, nogil=True, error_model="numpy")
def hash_key(hi: int, lo: int, tag: int, seed: int) -> int:
    """32-bit hash of a key and its tag."""
    shift = np.uint64(32)
    low = np.uint64(0xFFFFFFFF)
    h = mix(np.int64(seed), np.int64(tag))
    h = mix(h, np.int64(lo & low))
    h = mix(h, np.int64(lo >> shift))
    h = mix(h, np.int64(hi & low))
    return mix(h, np.int64(hi >> shift))


@njit(cache=True, nogil=True, error_model="numpy")
def unlink(table: Table, slot: int) -> None:
    """Take the slot out of the order of use."""
    newer, older = table.link[slot, 0], table.link[slot, 1]
    if newer >= 0:
        table.link[newer, 1] = older
    else:
        table.meta[NEWEST] = older
    if older >= 0:
        table.link[older, 0] = newer
    else:
        table.meta[OLDEST] = newer


@njit(cache=True, nogil=True, error_model="numpy")
def push(table: Table, slot: int) -> None:
    """Make the slot the most recently seen."""
    newest = table.meta[NEWEST]
    table.link[slot, 0] = -1
    table.link[slot, 1] = newest
    if newest >= 0:
        table.link[newest, 0] = slot
    else:
        table.meta[OLDEST] = slot
    table.meta[NEWEST] = slot


@njit(cache=True, nogil=True, error_model="numpy")
def remove_key(table: Table, slot: int) -> None:
    """Take the slot's key out of the index and move up what probed past it."""
    mask = len(table.index) - 1
    seed = table.meta[SEED]
    at = hash_key(table.key[slot, 0], table.key[slot, 1], table.tag[slot], seed) & mask
    while table.index[at] != slot:
        at = (at + 1) & mask
    hole = at
    at = (at + 1) & mask
    while table.index[at] >= 0:
        other = table.index[at]
        home = hash_key(table.key[other, 0], table.key[other, 1], table.tag[other], seed) & mask
        if ((at - home) & mask) >= ((at - hole) & mask):
            table.index[hole] = other
            hole = at
        at = (at + 1) & mask
    table.index[hole] = -1


@njit(cache=True, nogil=True, error_model="numpy")
def claim(table: Table, hi: int, lo: int, tag: int) -> int:
    """The key's slot, now the most recently seen; ``-1 - slot`` where the key is new there.

    A new key in a full table takes the slot of the key that was seen longest ago.
    """
    mask = len(table.index) - 1
    at = hash_key(hi, lo, tag, table.meta[SEED]) & mask
    slot = table.index[at]
    while slot >= 0:
        if table.key[slot, 1] == lo and table.key[slot, 0] == hi and table.tag[slot] == tag:
            if table.meta[NEWEST] != slot:
                unlink(table, slot)
                push(table, slot)
            return slot
        at = (at + 1) & mask
        slot = table.index[at]
    if table.meta[USED] < len(table.key):
        slot = table.meta[USED]
        table.meta[USED] += 1
    else:
        slot = table.meta[OLDEST]
        table.meta[EVICTED] += 1
        unlink(table, slot)
        remove_key(table, slot)
        at = hash_key(hi, lo, tag, table.meta[SEED]) & mask
        while table.index[at] >= 0:
            at = (at + 1) & mask
    table.index[at] = slot
    table.key[slot, 0] = hi
    table.key[slot, 1] = lo
    table.tag[slot] = tag
    push(table, slot)
    return -1 - slot
