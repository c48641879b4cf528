"""Tables against a dictionary in the order of use."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from naive_rows import NaiveTable
from stream.features import tables as tab
from stream.features.stretch import new_stretch
from stream.features.tables import LEAST_TURN, Table, begin_round, hash_address, look_up, mix

KEYS = st.tuples(st.integers(0, 2), st.integers(0, 12), st.integers(0, 1))
ROUND = None


def ask(
    table: Table, keys: list[tuple[int, int, int]], times: list[float], crowd: int
) -> list[tuple[float, bool]]:
    """Look keys up at once; ``crowd`` is how many homes in the index they share."""
    stretch = new_stretch()
    for j, ((hi, lo, tag), now) in enumerate(zip(keys, times, strict=True)):
        stretch.key[j] = hi, lo
        h = mix(hash_address(np.uint64(hi), np.uint64(lo), 5), tag)
        stretch.whole[j, [tab.ASK_TAG, tab.ASK_HASH]] = tag, int(h) % crowd
        stretch.real[j, tab.NOW] = now
    look_up(table, stretch, 0, len(keys))
    ages, firsts = stretch.real[:, tab.AGE].tolist(), stretch.whole[:, tab.FIRST].tolist()
    return [(ages[j], firsts[j] == 1) for j in range(len(keys))]


@given(
    st.integers(1, 9),
    st.sampled_from([1, 3, 1 << 31]),
    st.lists(st.one_of(KEYS, st.just(ROUND)), max_size=60),
    st.integers(1, 5),
)
def test_table_equals_an_ordered_dictionary(
    capacity: int, crowd: int, steps: list[tuple[int, int, int] | None], at_once: int
) -> None:
    table, naive = Table.of(capacity), NaiveTable(capacity, LEAST_TURN)
    begin_round(table.meta)
    waiting: list[tuple[int, int, int]] = []
    times: list[float] = []
    for now, key in enumerate([*steps, ROUND]):
        if key is not ROUND:
            waiting.append(key)
            times.append(float(now))
        if key is ROUND or len(waiting) == at_once:
            wanted = [naive.touch(k, t) for k, t in zip(waiting, times, strict=True)]
            assert ask(table, waiting, times, crowd) == wanted
            waiting, times = [], []
        if key is ROUND:
            begin_round(table.meta)
            naive.begin_round()
    assert int(table.meta[tab.EVICTED]) == len(naive.evicted)
    assert int(table.meta[tab.USED]) == len(naive.last)
    assert order_of_use(table) == list(naive.last)
    assert sorted(table.place[table.place >= 0].tolist()) == list(range(len(naive.last)))


def order_of_use(table: Table) -> list[tuple[int, int, int]]:
    """Return the keys, the one seen longest ago first."""
    ends = len(table.node) - 1
    keys = []
    slot = int(table.node[ends, tab.NEWER])
    while slot != ends:
        hi, lo = table.key[slot].tolist()
        keys.append((hi, lo, int(table.node[slot, tab.TAG])))
        slot = int(table.node[slot, tab.NEWER])
    return keys


def test_key_in_use_outlives_a_flood_within_one_round() -> None:
    """Each turn of new keys lets a key that is still in use move to the front again."""
    capacity = 4 * LEAST_TURN
    table = Table.of(capacity)
    ask(table, [(9, 9, 0)], [0.0], 1 << 31)
    table.meta[tab.NEW] = LEAST_TURN
    ask(table, [(0, 1, 0), (9, 9, 0)], [1.0, 1.0], 1 << 31)
    assert order_of_use(table) == [(0, 1, 0), (9, 9, 0)]


def test_key_seen_again_within_a_turn_keeps_its_place() -> None:
    table = Table.of(3)
    ask(table, [(9, 9, 0), (0, 1, 0), (9, 9, 0)], [0.0, 1.0, 2.0], 1 << 31)
    assert order_of_use(table) == [(9, 9, 0), (0, 1, 0)]


def test_nothing_is_asked_with_a_hash_below_zero() -> None:
    table, stretch = Table.of(3), new_stretch()
    stretch.whole[0, tab.ASK_HASH] = -1
    stretch.real[0, tab.AGE] = math.inf
    look_up(table, stretch, 0, 1)
    assert (int(table.meta[tab.USED]), float(stretch.real[0, tab.AGE])) == (0, 0.0)


@given(st.integers(0, (1 << 64) - 1), st.integers(0, (1 << 64) - 1), st.integers(0, (1 << 32) - 1))
def test_hashes_depend_on_every_half_of_an_address_and_on_the_seed(
    hi: int, lo: int, seed: int
) -> None:
    """A change of one bit changes the hash: each step of it can be undone."""
    h = int(hash_address(np.uint64(hi), np.uint64(lo), seed))
    assert 0 <= h < 1 << 32
    for bit in (0, 31, 32, 63):
        assert int(hash_address(np.uint64(hi ^ 1 << bit), np.uint64(lo), seed)) != h
        assert int(hash_address(np.uint64(hi), np.uint64(lo ^ 1 << bit), seed)) != h
    assert int(hash_address(np.uint64(hi), np.uint64(lo), seed ^ 1)) != h
