"""Rules 2 and 3: what moves stream time."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from stream.stream_time import LATEST, N_AHEAD, N_COUNTERS, N_LATE, N_TIME, NOW, move_time

START = 1_000_000.0
HOUR = 3_600.0


def moved(ends: list[float]) -> tuple[float, int, int]:
    """Return stream time relative to the start, and how many were late and ahead."""
    time: NDArray[np.float64] = np.full(N_TIME, START)
    counter: NDArray[np.int64] = np.zeros(N_COUNTERS, np.int64)
    for end in ends:
        move_time(time, counter, START + end)
    return float(time[NOW]) - START, int(counter[N_LATE]), int(counter[N_AHEAD])


def test_largest_end_so_far_is_stream_time() -> None:
    assert moved([5.0, 3.0, 9.0, 9.0, 8.5]) == (9.0, 0, 0)


@pytest.mark.parametrize(("behind", "late"), [(60.0, 0), (60.5, 1), (10 * HOUR, 1)])
def test_end_more_than_a_minute_behind_is_late_and_counted(behind: float, late: int) -> None:
    assert moved([-behind]) == (0.0, late, 0)


@pytest.mark.parametrize(("before", "now", "ahead"), [(HOUR, HOUR, 0), (HOUR + 0.5, 0.0, 1)])
def test_end_more_than_an_hour_ahead_does_not_move_it(
    before: float, now: float, ahead: int
) -> None:
    assert moved([before]) == (now, 0, ahead)


def test_third_end_in_a_row_that_agrees_moves_it_to_the_largest() -> None:
    assert moved([2 * HOUR, 2 * HOUR + 50.0]) == (0.0, 0, 2)
    assert moved([2 * HOUR, 2 * HOUR + 50.0, 2 * HOUR + 20.0]) == (2 * HOUR + 50.0, 0, 3)


def test_ends_ahead_agree_within_an_hour_of_each_other() -> None:
    assert moved([2 * HOUR, 2.5 * HOUR, 3 * HOUR]) == (3 * HOUR, 0, 3)
    assert moved([2 * HOUR, 2.5 * HOUR, 3 * HOUR + 0.5]) == (0.0, 0, 3)


def test_first_of_four_ends_ahead_may_disagree() -> None:
    """The last three are within an hour, though the first two of the four were not."""
    assert moved([10 * HOUR, 10.9 * HOUR, 11.5 * HOUR, 11.2 * HOUR])[0] == 11.5 * HOUR
    assert moved([90 * HOUR, 5 * HOUR, 5 * HOUR, 5 * HOUR])[0] == 5 * HOUR


def test_an_end_that_is_not_ahead_breaks_the_row() -> None:
    assert moved([2 * HOUR, 2 * HOUR, 1.0, 2 * HOUR, 2 * HOUR]) == (1.0, 0, 4)


def test_a_moved_clock_begins_a_new_row() -> None:
    far = [5 * HOUR] * 3
    assert moved([*far, 7 * HOUR, 7 * HOUR]) == (5 * HOUR, 0, 5)


@pytest.mark.parametrize("end", [math.nan, math.inf, LATEST])
def test_what_is_no_time_moves_nothing(end: float) -> None:
    assert moved([end] * 5) == (0.0, 0, 5)
    assert moved([2 * HOUR, 2 * HOUR, end, 2 * HOUR]) == (0.0, 0, 4)


def test_what_is_infinitely_long_ago_is_late() -> None:
    assert moved([-math.inf]) == (0.0, 1, 0)
