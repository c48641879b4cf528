"""What an hour's counts measure: volume, shares and scores on scales on which changes add up.

Each measure is brought to a scale on which its scatter by counting alone is known, whatever its
size: the logarithm of a volume; of a share p, 2 arcsin(sqrt(p)) (differences of it are Cohen's h);
of scores, the mean of their doublings over the rows that are learnt from, of which no entity has
more than a few. Shifts that are looked for: a factor of 3 in volume, h = 0.5 in shares, and in
scores one standard deviation of the rows.
"""

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .drift_cusum import Hour
from .drift_hour import FIELDS, MAX_DIALECTS, OCTAVE, ROWS, SQUARES, SUM, HourCounts, score_of
from .events import EVENTS, REJECTED_RECORD, UNUSED

LEAST_EVENTS = 8  # looked at, of a share of fields
LEAST_RECORDS = 50
LEAST_ROWS = 10
VOLUME_SHIFT = float(np.log(3.0))
SHARE_SHIFT = 0.5
SCORE_SHIFT = 1.0  # standard deviations
LEAST_DEVIATION = 0.25  # doublings

Measured = Literal["volume", "record", "field", "score"]


class Series(NamedTuple):
    """What a series is about: the dialect by its place, the status, field or detector by number."""

    measured: Measured
    which: int
    dialect: int = -1


def all_series(scores: int) -> tuple[Series, ...]:
    """Return all series of a lane with so many series of scores, in their order."""
    places = range(MAX_DIALECTS)
    return (
        *(Series("volume", 0, place) for place in places),
        Series("record", REJECTED_RECORD),
        Series("record", UNUSED),
        *(Series("field", field, place) for place in places for field in range(len(FIELDS))),
        *(Series("score", number) for number in range(scores)),
    )


def measure(counts: HourCounts, usual: NDArray[np.float64], *, learns: bool) -> Hour:
    """Return the measures of an hour, where ``usual`` ones are known already.

    ``learns`` says that detectors still learn what is normal: scores mean nothing yet.
    """
    parts = (
        _volumes(counts, usual[:MAX_DIALECTS]),
        _records(counts),
        _fields(counts),
        _scores(counts, learns=learns),
    )
    return Hour(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def told_value(measured: Measured, value: float) -> float:
    """Return a value of the scale in the unit that people read."""
    if measured == "volume":
        return float(max(0.0, np.exp(value) - 0.5))
    if measured == "score":
        return score_of(value)
    return float(np.sin(min(max(value, 0.0), np.pi) / 2.0) ** 2)


def _volumes(counts: HourCounts, usual: NDArray[np.float64]) -> Hour:
    """Measure how many events came; an hour without any is silence, which is told elsewhere."""
    some = bool(counts.events.sum() > 0)
    known = (counts.dialect >= -1) & some
    value = np.log(counts.events + 0.5)
    return Hour(known, value, np.exp(-usual), np.full(len(value), VOLUME_SHIFT), counts.events)


def _records(counts: HourCounts) -> Hour:
    """Measure which records gave no event; header lines are none."""
    of_status = counts.status[[REJECTED_RECORD, UNUSED]]
    records = counts.status[[EVENTS, UNUSED, REJECTED_RECORD]].sum()
    return _shares(of_status, np.full(2, records), LEAST_RECORDS)


def _fields(counts: HourCounts) -> Hour:
    looked = np.broadcast_to(counts.filled[:, :1], (MAX_DIALECTS, len(FIELDS)))
    return _shares(counts.filled[:, 1:].ravel(), looked.ravel(), LEAST_EVENTS)


def _shares(some: NDArray[np.int64], of_all: NDArray[np.int64], least: int) -> Hour:
    """Measure shares by the arcsine, with Anscombe's correction for few."""
    value = 2.0 * np.arcsin(np.sqrt((some + 0.375) / (of_all + 0.75)))
    variance = (1.0 / (of_all + 0.5)).astype(np.float64)
    return Hour(of_all >= least, value, variance, np.full(len(some), SHARE_SHIFT), of_all)


def _scores(counts: HourCounts, *, learns: bool) -> Hour:
    rows = counts.scores[:, ROWS]
    n = np.maximum(rows, 1)
    mean = counts.scores[:, SUM] / n / OCTAVE
    squares = counts.scores[:, SQUARES] / n / OCTAVE**2
    variance = np.maximum(squares - mean**2, LEAST_DEVIATION**2)
    known = (rows >= LEAST_ROWS) & (not learns)
    return Hour(known, mean, variance / n, SCORE_SHIFT * np.sqrt(variance), rows)
