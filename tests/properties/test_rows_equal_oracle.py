"""The kernels from events to rows against an oracle in dictionaries."""

import dataclasses
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from lane_runs import assert_same, expected, run, run_on, started
from naive_rows import NaiveLane, Output
from plain_events import V4, PlainEvent
from stream.stream_time import N_AHEAD, N_EARLY, N_LATE, NOW

START = 1_700_000_015.0
YEAR_2099 = 4_080_000_000.0
# the low halves of the first two are equal, and so are the high halves of the last two
ADDRESSES = [
    *(V4 | n for n in range(1, 9)),
    0x20010DB8 << 96 | 1,
    0x20010DB9 << 96 | 1,
    0x20010DB9 << 96 | 2,
]
STEPS = [0.0, 0.0, 0.0, 0.5, 1.0, 9.0, 15.0, 59.0, 61.0, 130.0, 700.0, 3_600.0, 90_000.0]
NOISE = [*[0.0] * 12, -30.0, -61.0, -7_000.0, 3_700.0, 3_900.0, 20_000.0, YEAR_2099 - START]
NAN = float("nan")


def stream(seed: int, length: int, addresses: list[int]) -> list[PlainEvent]:
    """Make events whose clock goes on by steps, some of which are far off it."""
    random = Random(seed)
    pick = random.choice
    clock = START
    made = []
    for _ in range(length):
        clock += pick(STEPS) * random.random()
        made.append(
            PlainEvent(
                ts=clock + pick(NOISE),
                source=pick(addresses),
                destination=pick(addresses),
                port=pick([-1, 0, 22, 80, 445, 65_535]),
                duration=pick([NAN, NAN, 0.0, 100.0 * random.random()]),
                outcome=random.randint(-1, 4),
                action=random.randint(-1, 4),
                phase=random.randint(-1, 3),
                source_inside=random.randint(-1, 1),
                destination_inside=random.randint(-1, 1),
                bytes_out=pick([NAN, 0.0, 1e9 * random.random()]),
                bytes_in=pick([NAN, 0.0, 1e9 * random.random()]),
            )
        )
    return made


def streams(addresses: list[int]) -> st.SearchStrategy[list[PlainEvent]]:
    """Draw a seed and a length: a shorter stream is the beginning of a longer one."""
    return st.builds(stream, st.integers(0, 1 << 32), st.integers(0, 90), st.just(addresses))


@given(streams(ADDRESSES), st.sampled_from([3, 5, 64]))
def test_kernels_equal_oracle(plain: list[PlainEvent], max_entities: int) -> None:
    lane, naive = started(max_entities, START), NaiveLane(max_entities, START)
    assert_same(run(lane, plain), expected(naive, plain))
    end = naive.now + 100.0
    assert_same(run_on(lane, end), list(naive.advance(end)))
    counted = lane.counter[[N_LATE, N_AHEAD, N_EARLY]].tolist()
    assert (float(lane.time[NOW]), counted) == (naive.now, [naive.late, naive.ahead, naive.early])


@given(streams(ADDRESSES), st.lists(st.integers(0, 70)), st.integers(2, 9))
def test_any_split_and_any_room_for_rows_give_the_same(
    plain: list[PlainEvent], cuts: list[int], room: int
) -> None:
    whole = run(started(4, START), plain)
    parts = run(started(4, START), plain, cuts, room)
    assert parts == whole


@given(streams([V4 | n for n in range(1, 60)]))
def test_a_table_too_small_for_its_stream_forgets_as_the_oracle_does(
    plain: list[PlainEvent],
) -> None:
    busy = [dataclasses.replace(event, phase=0, destination_inside=1) for event in plain]
    lane, naive = started(6, START), NaiveLane(6, START)
    assert_same(run(lane, busy), expected(naive, busy))


@given(streams(ADDRESSES), st.integers(0, 1 << 32))
def test_the_seed_of_the_hashes_changes_nothing(plain: list[PlainEvent], seed: int) -> None:
    assert run(started(4, START, seed), plain) == run(started(4, START), plain)


def test_rarity_goes_on_over_the_40_days_after_which_its_landmark_moves() -> None:
    lane, naive = started(64, START), NaiveLane(64, START)
    later = START + 41.0 * 86_400.0
    first = [PlainEvent(START + k, port=80) for k in range(30)]
    then = [PlainEvent(later + k, source=V4 | 7, port=80 + k % 2) for k in range(8)]
    assert_same(run(lane, first), expected(naive, first))
    assert_same(run_on(lane, later), list(naive.advance(later)))
    assert_same(run(lane, then), expected(naive, then))


@given(streams(ADDRESSES), st.integers(0, 70))
def test_one_row_of_2099_changes_no_other_entity(plain: list[PlainEvent], at: int) -> None:
    """It is ahead, and so is nothing else here; its own entity is a stranger."""
    calm = [dataclasses.replace(event, ts=min(event.ts, START + 50.0)) for event in plain]
    stranger = PlainEvent(YEAR_2099, V4 | 99, V4 | 98, port=-1, source_inside=0)
    lane, other = started(64, START), started(64, START)
    rows = [*run(lane, calm), *run_on(lane, START + 100.0)]
    disturbed = [*run(other, [*calm[:at], stranger, *calm[at:]]), *run_on(other, START + 100.0)]
    assert other.time[NOW] == lane.time[NOW]
    assert int(other.counter[N_AHEAD]) == 1
    assert [told(out) for out in disturbed if is_of_others(out)] == [told(out) for out in rows]


def is_of_others(out: Output) -> bool:
    return isinstance(out, int) or out.address != V4 | 99


def told(out: Output) -> object:
    """Return a row without its positions, which a line more does shift."""
    return out if isinstance(out, int) else dataclasses.replace(out, evidence=())
