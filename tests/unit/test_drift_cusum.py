"""Cumulative sums of hourly series: Page's recursion, one signal a change, and what is learnt."""

from statistics import median

import numpy as np
import pytest
from numpy.typing import NDArray

from stream.drift_cusum import (
    DECISION,
    LEAST_SCATTER,
    MOST,
    TO_SIGMA,
    WEEK,
    Change,
    Hour,
    Weeks,
    take_hour,
)

SHIFT = 1.0
Values = NDArray[np.float64]


def hour(values: Values, known: NDArray[np.bool_] | None = None) -> Hour:
    n = len(values)
    is_known = np.ones(n, np.bool_) if known is None else known
    return Hour(is_known, values, np.full(n, 0.01), np.full(n, SHIFT), np.full(n, 10))


def run(values: Values, weeks: Weeks | None = None, first: int = 0) -> list[tuple[int, Change]]:
    """Give hours (n, S) to series; return the hour of each change with it."""
    state = Weeks.new(values.shape[1]) if weeks is None else weeks
    return [
        (first + k, change)
        for k, row in enumerate(values)
        for change in take_hour(state, first + k, hour(row))
    ]


def rhythm(hours: int, seed: int, series: int = 1) -> Values:
    """Days with a rhythm and weekends without, which scatter."""
    at = np.arange(hours)
    day = np.sin(np.pi * (at % 24) / 24.0) * (at // 24 % 7 < 5)
    scatter = np.random.default_rng(seed).normal(0.0, 0.2, (hours, series))
    return np.asarray(5.0 + 3.0 * day[:, None] + scatter)


@pytest.mark.parametrize("seed", range(3))
def test_sums_are_those_of_page_hour_by_hour(seed: int) -> None:
    """A plain Python twin of one series, up to its first change."""
    values = rhythm(5 * WEEK, seed)[:, 0]
    values[4 * WEEK + 30 :] += (-1.5, 0.7, 2.0)[seed]
    state = Weeks.new(1)
    past: dict[int, list[float]] = {}
    scatter = hours = up = down = 0.0
    for k, x in enumerate(values.tolist()):
        told = take_hour(state, k, hour(np.array([x])))
        seen = past.setdefault(k % WEEK, [])
        apart = None
        if seen:
            usual = median(seen[-3:]) if len(seen) > 2 else seen[0]
            s = max(LEAST_SCATTER, (0.01 + (TO_SIGMA * scatter) ** 2) ** 0.5)
            most = MOST * s if hours >= 24 else float("inf")
            apart = min(abs(x - usual), most)
            allowed = max(SHIFT / 2.0, s)
            up = max(0.0, up + min(MOST, max(-MOST, (x - usual - allowed) / s)))
            down = max(0.0, down + min(MOST, max(-MOST, (usual - x - allowed) / s)))
            assert [one.stage for one in told] == ["began"] * (max(up, down) > DECISION)
            if told:
                assert k > 4 * WEEK + 30
                return
            assert state.sums[0].tolist() == pytest.approx([up, down], abs=1e-9)
        elif (k - 24) % WEEK in past and past[(k - 24) % WEEK]:
            s = max(LEAST_SCATTER, (0.01 + (TO_SIGMA * scatter) ** 2) ** 0.5)
            most = MOST * s if hours >= 24 else float("inf")
            apart = min(abs(x - past[(k - 24) % WEEK][-1]) / 2**0.5, most)
        if apart is not None:
            hours = min(hours + 1.0, WEEK)
            scatter += (apart - scatter) / hours
        seen.append(float(np.float16(x)))
    raise AssertionError("nothing was told")


def test_rhythm_of_days_and_weekends_is_no_change() -> None:
    assert run(rhythm(8 * WEEK, 1, series=20)) == []


@pytest.mark.parametrize("shift", [2.0, -2.0])
def test_change_is_told_once_with_its_start_and_its_end(shift: float) -> None:
    values = rhythm(7 * WEEK, 2)
    start, stop = 4 * WEEK + 10, 4 * WEEK + 60
    values[start:stop] += shift
    (at, began), (then, ended) = run(values)
    assert start + 2 <= at <= start + 6
    assert abs(began.since - start) <= 1
    assert began.value - began.usual == pytest.approx(shift, abs=0.4)
    assert (began.stage, ended.stage) == ("began", "ended")
    assert stop + 2 <= then <= stop + 6
    assert ended.since == began.since
    assert ended.size == 10 * (then - began.since + 1)


def test_strange_week_leaves_no_trace_in_what_is_usual() -> None:
    """Neither the first week nor a later one: told at most while there are few to compare."""
    first, later = rhythm(9 * WEEK, 3), rhythm(9 * WEEK, 3)
    first[30:60] += 3.0
    assert {at // WEEK for at, _ in run(first)} <= {1, 2}
    later[5 * WEEK + 30 : 5 * WEEK + 60] += 3.0
    assert {at // WEEK for at, _ in run(later)} == {5}


def test_change_that_lasts_a_week_is_usual_from_then_on() -> None:
    values = rhythm(9 * WEEK, 4)
    values[4 * WEEK + 10 :] += 2.0
    (_, began), (at, adopted) = run(values)
    assert (began.stage, adopted.stage) == ("began", "adopted")
    assert 5 * WEEK + 10 <= at <= 5 * WEEK + 20


def test_fewer_than_three_hours_are_no_change_however_far_off() -> None:
    values = rhythm(5 * WEEK, 5)
    values[4 * WEEK + 10 : 4 * WEEK + 12] += 1_000.0
    assert run(values) == []


def test_nothing_is_told_in_the_first_week() -> None:
    values = rhythm(WEEK, 6)
    values[100:] += 50.0
    assert run(values) == []


def test_what_scatters_much_speaks_only_of_more_than_it_scatters() -> None:
    rng = np.random.default_rng(7)
    values = rhythm(8 * WEEK, 7, series=10) + rng.normal(0.0, 1.0, (8 * WEEK, 10))
    assert run(values) == []
    values[7 * WEEK :] += 4.0
    assert {change.series for _, change in run(values)} == set(range(10))


def test_unknown_hours_are_neither_judged_nor_learnt() -> None:
    state = Weeks.new(1)
    run(rhythm(4 * WEEK, 8), state)
    before = [np.array(part) for part in state]
    for k in range(50):
        took = take_hour(state, 4 * WEEK + k, hour(np.array([99.0]), np.array([False])))
        assert took == []
    assert all(
        np.array_equal(kept, np.array(part)) for kept, part in zip(before, state, strict=True)
    )


def test_state_of_a_hundred_series_takes_a_hundred_kilobytes_and_some() -> None:
    assert sum(part.nbytes for part in Weeks.new(100)) < 140_000
