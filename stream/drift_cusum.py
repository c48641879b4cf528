"""Changes of many hourly series against their own weeks, by two-sided cumulative sums.

A series is compared with what it was at that hour of the last three weeks: their median, so that
one strange week leaves no trace, and of two the older. Where x is its value, m what is usual and s
its scatter, two sums are kept, one for each side [1]_ (in the tabular form of [2]_, equations 16-30
and 16-31, in units of s)::

    S+ = max(0, S+ + (x - m - k) / s)        S- = max(0, S- + (m - x - k) / s)

A change is told where a sum passes ``DECISION``. k is half the shift that is looked for, and a
scatter at least, so that what scatters much speaks seldom. A single hour adds at most ``MOST`` to a
sum (winsorised, as in [3]_): three hours are needed. While a change lasts, a sum is kept of the way
back, and nothing is told until the series is as before, or has stayed for a week: then that is
usual.

References
----------
.. [1] E. S. Page. Continuous inspection schemes. Biometrika 41 (1954), 100-115.
.. [2] D. C. Montgomery, G. C. Runger. Applied Statistics and Probability for Engineers, 3rd ed.,
   section 16-10.
.. [3] D. M. Hawkins. Robustification of cumulative sum charts by winsorization. Journal of Quality
   Technology 25 (1993), 248-261.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .drift_signals import Stage

WEEK = 168  # hours
DAY = 24
DECISION = 8.0
MOST = 3.0
PAST = 3  # weeks
FEW_HOURS = 24  # of scatter, before it is trusted
TO_SIGMA = 1.2533  # from mean to root mean square of what is normal: sqrt(pi / 2)
LEAST_SCATTER = 1e-3

UP, DOWN = range(2)
HOURS, VALUE, USUAL, SIZE = range(4)

Reals = NDArray[np.float64]


class Weeks(NamedTuple):
    """What is known of S series."""

    past: NDArray[np.float16]  # (S, PAST, WEEK) values by hour of the week, the newest first
    known: NDArray[np.int8]  # (S, WEEK) how many of them are
    scatter: Reals  # (S, 2): mean distance from what was usual, and the hours it was made of
    sums: Reals  # (S, 2) S+ and S-
    since: NDArray[np.int64]  # (S, 2) hour at which each left 0
    run: Reals  # (S, 2, 4): HOURS since then, and sums of VALUE, USUAL and SIZE
    told: NDArray[np.int64]  # (S,) 1 where more was told, -1 where less, 0 where nothing
    level: Reals  # (S,) distance from what is usual, as told
    back: Reals  # (S,) sum of the way back
    lasted: NDArray[np.int64]  # (S,) hours since it was told

    @classmethod
    def new(cls, series: int) -> "Weeks":
        """Nothing known."""
        return cls(
            np.zeros((series, PAST, WEEK), np.float16),
            np.zeros((series, WEEK), np.int8),
            np.zeros((series, 2)),
            np.zeros((series, 2)),
            np.zeros((series, 2), np.int64),
            np.zeros((series, 2, 4)),
            np.zeros(series, np.int64),
            np.zeros(series),
            np.zeros(series),
            np.zeros(series, np.int64),
        )


class Hour(NamedTuple):
    """An hour of S series. What is not known is not judged, and not learnt."""

    known: NDArray[np.bool_]
    value: Reals
    variance: Reals  # of the value, by its counts alone
    shift: Reals  # that is looked for
    size: NDArray[np.int64]  # events or rows that it was made of


class Change(NamedTuple):
    """What is to be told of a series; means over the hours since ``since``, its first."""

    series: int
    stage: Stage
    value: float
    usual: float
    sum: float
    since: int
    size: int


def usual_at(weeks: Weeks, hour: int) -> Reals:
    """Return what is usual at an hour; 0 where that is not known."""
    past = weeks.past[:, :, hour % WEEK].astype(np.float64)
    known = weeks.known[:, hour % WEEK]
    few = np.where(known == PAST - 1, past[:, 1], past[:, 0])
    return np.where(known == PAST, np.median(past, axis=1), few)


class _Compared(NamedTuple):
    """An hour beside what is usual."""

    hour: int
    came: Hour
    judged: NDArray[np.bool_]
    distance: Reals  # from what is usual, 0 where it is not judged
    scatter: Reals


def take_hour(weeks: Weeks, hour: int, came: Hour) -> list[Change]:
    """Take an hour (number since the epoch) that has ended; return what has changed by it."""
    judged = came.known & (weeks.known[:, hour % WEEK] > 0)
    distance = np.where(judged, came.value - usual_at(weeks, hour), 0.0)
    scatter = np.sqrt(came.variance + (TO_SIGMA * weeks.scatter[:, 0]) ** 2)
    seen = _Compared(hour, came, judged, distance, np.maximum(scatter, LEAST_SCATTER))
    told = [*_ends(weeks, seen)]
    _sum_up(weeks, seen)
    told += _begins(weeks)
    _learn(weeks, seen)
    return told


def _sum_up(weeks: Weeks, seen: _Compared) -> None:
    """Add an hour to both sums of what is judged and not told of."""
    open_ = np.flatnonzero(seen.judged & (weeks.told == 0))
    value, distance = seen.came.value[open_], seen.distance[open_]
    allowed = np.maximum(seen.came.shift / 2.0, seen.scatter)[open_]
    for side, sign in ((UP, 1.0), (DOWN, -1.0)):
        step = np.clip((sign * distance - allowed) / seen.scatter[open_], -MOST, MOST)
        before = weeks.sums[open_, side]
        fresh = open_[before == 0.0]
        weeks.run[fresh, side] = 0.0
        weeks.since[fresh, side] = seen.hour
        weeks.sums[open_, side] = np.maximum(0.0, before + step)
        ones = np.ones(len(open_))
        hour = np.stack((ones, value, value - distance, seen.came.size[open_]), axis=1)
        weeks.run[open_, side] += hour


def _begins(weeks: Weeks) -> Iterator[Change]:
    """Tell of the sums that have passed the decision."""
    for series in np.flatnonzero(weeks.sums.max(axis=1) > DECISION).tolist():
        side = int(weeks.sums[series].argmax())
        change = _change(weeks, series, side, "began", float(weeks.sums[series, side]))
        weeks.told[series] = 1 if side == UP else -1
        weeks.level[series] = change.value - change.usual
        weeks.sums[series] = 0.0
        weeks.back[series] = weeks.lasted[series] = 0
        yield change


def _ends(weeks: Weeks, seen: _Compared) -> Iterator[Change]:
    """Tell of what is as before, and of what has lasted for a week."""
    value, size = seen.came.value, seen.came.size
    for series in np.flatnonzero(seen.judged & (weeks.told != 0)).tolist():
        side = UP if weeks.told[series] > 0 else DOWN
        usual = value[series] - seen.distance[series]
        weeks.run[series, side] += (1.0, value[series], usual, size[series])
        beyond = weeks.level[series] / 2.0 - seen.distance[series]
        step = float(weeks.told[series] * beyond / seen.scatter[series])
        weeks.back[series] = max(0.0, weeks.back[series] + min(max(step, -MOST), MOST))
        weeks.lasted[series] += 1
        if weeks.back[series] > DECISION:
            yield _change(weeks, series, side, "ended", float(weeks.back[series]))
        elif weeks.lasted[series] >= WEEK:
            yield _change(weeks, series, side, "adopted", 0.0)
            _adopt(weeks, series)
        else:
            continue
        weeks.told[series] = 0


def _adopt(weeks: Weeks, series: int) -> None:
    """Let the level of a change be usual: the newest week has it, so do the older from now on."""
    older = weeks.past[series, 1:]
    older += np.float16(weeks.level[series])


def _change(weeks: Weeks, series: int, side: int, stage: Stage, total: float) -> Change:
    hours, value, usual, size = weeks.run[series, side].tolist()
    since = int(weeks.since[series, side])
    return Change(series, stage, value / hours, usual / hours, total, since, int(size))


def _learn(weeks: Weeks, seen: _Compared) -> None:
    """Learn how far an hour is from what is usual, and then the hour.

    In the first week it is compared with the same hour of the day before.
    """
    at, came, judged = seen.hour % WEEK, seen.came, seen.judged
    yesterday = (at - DAY) % WEEK
    is_first = came.known & ~judged & (weeks.known[:, yesterday] > 0)
    apart = np.abs(came.value - weeks.past[:, 0, yesterday]) / np.sqrt(2.0)
    hours = weeks.scatter[:, 1]
    most = np.where(hours >= FEW_HOURS, MOST * seen.scatter, np.inf)
    apart = np.minimum(np.where(judged, np.abs(seen.distance), apart), most)
    taken = is_first | (judged & (weeks.told == 0))
    hours[taken] = np.minimum(hours[taken] + 1.0, WEEK)
    weeks.scatter[taken, 0] += (apart[taken] - weeks.scatter[taken, 0]) / hours[taken]
    known = came.known
    weeks.past[known, 1:, at] = weeks.past[known, :-1, at]
    weeks.past[known, 0, at] = came.value[known]
    weeks.known[known, at] = np.minimum(weeks.known[known, at] + 1, PAST)
