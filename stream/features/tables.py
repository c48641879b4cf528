"""A table of fixed capacity that forgets the least recently seen key.

Open addressing with linear probing over an index of twice the capacity, backward-shift deletion
(Knuth, The Art of Computer Programming 3, 6.4, algorithm R), and a ring of slots in the order of
use. A key is 128 bits and a tag; a slot is a row in whatever arrays belong to the key.

The order of use is kept in turns: a key moves to the front once a turn. A turn ends with the round
of windows, and when a sixteenth of the capacity has gone to new keys, so that a key in use outlives
any flood of others. Hashes are made of 32-bit arithmetic inside 64 bits: compiled and plain runs
agree.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

# entries of Table.meta; NEW counts the new keys of the turn, ROUND is the first turn of the round
USED, EVICTED, TURN, ROUND, NEW = range(5)
N_META = 5
# columns of Table.node
NEWER, OLDER, TAG, HASH, SEEN = range(5)
N_NODE = 5
# columns of Stretch.whole that every look-up has: asked for are tag and hash (-1 asks for nothing),
# found are the slot and whether the key was seen for the first time in the round
ASK_TAG, ASK_HASH, SLOT, FIRST = range(4)
# columns of Stretch.real that every look-up has: stream time; the time since the key was last seen,
# infinite where it is new
NOW, AGE = range(2)

TURN_SHARE = 16
LEAST_TURN = 1_024  # new keys; so that 31 bits of turns last for years of flood


Whole = int | np.int64


class Table(NamedTuple):
    """Index, keys and order of use."""

    place: NDArray[np.int32]  # (2 * capacity,) the index: slot, or -1
    key: NDArray[np.uint64]  # (capacity, 2)
    node: NDArray[np.int32]  # (capacity + 1, N_NODE); the last one joins the ends of the ring
    last: NDArray[np.float64]  # (capacity,) stream time when the key was last seen
    meta: NDArray[np.int64]  # (N_META,)

    @classmethod
    def of(cls, capacity: int) -> "Table":
        """Make an empty table. All of its memory is taken now, so that a flood can take no more."""
        return cls(
            np.full(2 * capacity, -1, np.int32),
            np.full((capacity, 2), 0, np.uint64),
            np.full((capacity + 1, N_NODE), capacity, np.int32),
            np.full(capacity, 0.0),
            np.array([0, 0, 1, 1, 0], np.int64),
        )


class Stretch(NamedTuple):
    """Look-ups by row, with what else is known of what they are for: see ``stretch.py``."""

    key: NDArray[np.uint64]  # (n, 2)
    whole: NDArray[np.int64]  # (n, N_WHOLE)
    real: NDArray[np.float64]  # (n, N_STRETCH_REAL)
    base: NDArray[np.int64]  # (3,) first rows of pairs, sides and services


@njit(cache=True, nogil=True, error_model="numpy")
def mix(h: Whole, word: Whole) -> Whole:
    """Stir 32 bits of ``word`` into the 32-bit hash ``h`` (the finaliser of MurmurHash3)."""
    h = (h ^ word) & 0xFFFFFFFF
    h = ((h ^ (h >> 16)) * 0x45D9F3B) & 0xFFFFFFFF
    h = ((h ^ (h >> 16)) * 0x45D9F3B) & 0xFFFFFFFF
    return h ^ (h >> 16)


@njit(cache=True, nogil=True, error_model="numpy")
def hash_address(hi: np.uint64, lo: np.uint64, seed: Whole) -> Whole:
    """32-bit hash of an address; ``seed`` (32 bits) keeps outsiders from choosing equal ones."""
    shift = np.uint64(32)
    low = np.uint64(0xFFFFFFFF)
    h = mix(np.int64(seed), np.int64(lo & low))
    h = mix(h, np.int64(lo >> shift))
    h = mix(h, np.int64(hi & low))
    return mix(h, np.int64(hi >> shift))


@njit(cache=True, nogil=True, error_model="numpy")
def home_of(h: Whole, size: int) -> Whole:
    """Spread a hash of 31 bits over the places of an index of any size."""
    return (np.int64(h) * size) >> 31


@njit(cache=True, nogil=True, error_model="numpy")
def begin_round(meta: NDArray[np.int64]) -> None:
    """Begin a round of windows: every key is to be seen for the first time in it."""
    meta[TURN] += 1
    meta[ROUND] = meta[TURN]
    meta[NEW] = 0


@njit(cache=True, nogil=True, error_model="numpy")
def unlink(node: NDArray[np.int32], slot: Whole) -> None:
    """Take the slot out of the order of use."""
    newer, older = node[slot, NEWER], node[slot, OLDER]
    node[newer, OLDER] = older
    node[older, NEWER] = newer


@njit(cache=True, nogil=True, error_model="numpy")
def push(node: NDArray[np.int32], slot: Whole, turn: Whole) -> None:
    """Make the slot the most recently seen."""
    ends = len(node) - 1
    newest = node[ends, OLDER]
    node[slot, NEWER] = ends
    node[slot, OLDER] = newest
    node[slot, SEEN] = turn
    node[newest, NEWER] = slot
    node[ends, OLDER] = slot


@njit(cache=True, nogil=True, error_model="numpy")
def remove_key(place: NDArray[np.int32], node: NDArray[np.int32], slot: Whole) -> None:
    """Take the slot's key out of the index and move up what probed past it."""
    size = len(place)
    at = home_of(node[slot, HASH], size)
    while place[at] != slot:
        at = (at + 1) % size
    hole = at
    at = (at + 1) % size
    while place[at] >= 0:
        other = place[at]
        home = home_of(node[other, HASH], size)
        if (at - home) % size >= (at - hole) % size:
            place[hole] = other
            hole = at
        at = (at + 1) % size
    place[hole] = -1


@njit(cache=True, nogil=True, error_model="numpy")
def make_room(place: NDArray[np.int32], node: NDArray[np.int32], meta: NDArray[np.int64]) -> Whole:
    """Give a slot for a new key: one never used, else that of the key seen longest ago."""
    ends = len(node) - 1
    meta[NEW] += 1
    if meta[NEW] > max(ends // TURN_SHARE, LEAST_TURN):
        meta[TURN] += 1
        meta[NEW] = 0
    slot: Whole = meta[USED]
    if slot < ends:
        meta[USED] += 1
    else:
        slot = np.int64(node[ends, NEWER])
        meta[EVICTED] += 1
        unlink(node, slot)
        remove_key(place, node, slot)
    return slot


@njit(cache=True, nogil=True, error_model="numpy")
def insert(place: NDArray[np.int32], slot: Whole, h: Whole) -> None:
    """Write the slot behind what has the same home in the index."""
    size = len(place)
    at = home_of(h, size)
    while place[at] >= 0:
        at = at + 1 if at + 1 < size else 0
    place[at] = slot


@njit(cache=True, nogil=True, error_model="numpy")
def look_up(table: Table, stretch: Stretch, base: int, n: int) -> None:
    """See the keys of n rows from ``base`` on in order; write their slots, ages and first times.

    A new key may get the slot of another, which is forgotten then.
    """
    place, key, node, last, meta = table
    keys, whole, real, _ = stretch
    size = len(place)
    for j in range(base, base + n):
        whole[j, FIRST] = 0
        real[j, AGE] = 0.0
        h = whole[j, ASK_HASH] & 0x7FFFFFFF
        if whole[j, ASK_HASH] >= 0:
            hi, lo, tag = keys[j, 0], keys[j, 1], whole[j, ASK_TAG]
            at = home_of(h, size)
            slot: Whole = np.int64(place[at])
            while slot >= 0 and (
                key[slot, 1] != lo or key[slot, 0] != hi or node[slot, TAG] != tag
            ):
                at = at + 1 if at + 1 < size else 0
                slot = np.int64(place[at])
            if slot >= 0:
                real[j, AGE] = real[j, NOW] - last[slot]
                seen = node[slot, SEEN]
                whole[j, FIRST] = 1 if seen < meta[ROUND] else 0
                if seen != meta[TURN]:
                    unlink(node, slot)
                    push(node, slot, meta[TURN])
            else:
                slot = make_room(place, node, meta)
                insert(place, slot, h)
                key[slot, 0] = hi
                key[slot, 1] = lo
                node[slot, TAG] = tag
                node[slot, HASH] = h
                push(node, slot, meta[TURN])
                whole[j, FIRST] = 1
                real[j, AGE] = math.inf
            last[slot] = real[j, NOW]
            whole[j, SLOT] = slot
