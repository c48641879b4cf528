"""What is counted of a lane in the open hour of its stream time, to tell later whether it changed.

Whole numbers alone, so that any split of the records gives the same sums. Cost: two counts of a
record and its events; fields are looked at in every eighth event.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .events import ACTION, COLUMNS, OUTCOME, PHASE, STATUSES, TS, Column, EventBatch
from .formats.parser import Parsed

MAX_DIALECTS = 4
SAMPLED = 8  # one event of so many
NO_DIALECT = -2  # a free place; -1 are events that came without a dialect
OCTAVE = 256  # parts of a doubling of a score
SMALLEST = 20  # scores under 2 ** -20 are 0
ROWS, SUM, SQUARES = range(3)


def _is_watched(column: Column) -> bool:
    return (column.group, column.index) not in {("real", TS), ("code", PHASE)}


FIELDS = tuple(column for column in COLUMNS if _is_watched(column))


class HourCounts(NamedTuple):
    """Counts since the hour began."""

    number: NDArray[np.int64]  # (1,) events so far, ever: which are sampled
    dialect: NDArray[np.int64]  # (MAX_DIALECTS,) in order of their first event
    status: NDArray[np.int64]  # (statuses,) records
    events: NDArray[np.int64]  # (MAX_DIALECTS,)
    filled: NDArray[np.int64]  # (MAX_DIALECTS, 1 + fields): events looked at, and of each field
    scores: NDArray[np.int64]  # (populations * detectors, 3): ROWS, SUM and SQUARES of octaves

    @classmethod
    def new(cls, series: int) -> "HourCounts":
        """Nothing counted, for so many populations by detectors."""
        return cls(
            np.zeros(1, np.int64),
            np.full(MAX_DIALECTS, NO_DIALECT, np.int64),
            np.zeros(len(STATUSES), np.int64),
            np.zeros(MAX_DIALECTS, np.int64),
            np.zeros((MAX_DIALECTS, 1 + len(FIELDS)), np.int64),
            np.zeros((series, 3), np.int64),
        )

    def begin(self) -> None:
        """Begin an hour."""
        for counts in self[2:]:
            counts[...] = 0


class Came(NamedTuple):
    """Events that came, the record of each, and what became of the records."""

    dialect: NDArray[Any]  # (n,) of the events
    record: NDArray[Any]  # (n,) of the events
    status: NDArray[Any]  # of the records
    first: int  # event that is looked at, with each eighth behind it
    has: NDArray[np.bool_]  # (looked at, fields) whether they are set

    @classmethod
    def of(cls, parsed: Parsed, first: int) -> "Came":
        """Take what a parser gave, looked at from event ``first`` on."""
        dialect = parsed.dialect[parsed.record]
        return cls(dialect, parsed.record, parsed.status, first, _filled(parsed.batch, first))

    @classmethod
    def plain(cls, batch: EventBatch, first: int) -> "Came":
        """Take events that were decoded before, each in a record of its own."""
        n = len(batch.offset)
        no_dialect, read = np.full(n, -1, np.int16), np.zeros(n, np.int8)
        return cls(no_dialect, np.arange(n), read, first, _filled(batch, first))

    def records_before(self, event: int) -> int:
        """Return how many records came before an event's own; all where there is no such event."""
        return int(self.record[event]) if event < len(self.record) else len(self.status)

    def looked_before(self, event: int) -> int:
        """Return how many events before this one are looked at."""
        return max(0, -(-(event - self.first) // SAMPLED))


def count_records(counts: HourCounts, came: Came, start: int, stop: int) -> None:
    """Count what became of the records from start to stop."""
    counts.status[:] += np.bincount(came.status[start:stop], minlength=len(STATUSES))


def count_events(counts: HourCounts, came: Came, start: int, stop: int) -> None:
    """Count the events from start to stop by dialect, and the fields of those looked at."""
    dialect = came.dialect[start:stop]
    looked = slice(came.looked_before(start), came.looked_before(stop))
    has, of_looked = came.has[looked], came.dialect[came.first :: SAMPLED][looked]
    for number in _in_order(dialect):
        place = _place(counts.dialect, number)
        if place is None:
            continue
        counts.events[place] += np.count_nonzero(dialect == number)
        mine = has[of_looked == number]
        counts.filled[place, 0] += len(mine)
        counts.filled[place, 1:] += mine.sum(axis=0, dtype=np.int64)
    counts.number[0] += stop - start


def count_scores(counts: HourCounts, tag: NDArray[np.int64], scores: NDArray[np.float64]) -> None:
    """Count scores (n, D) of rows of the populations ``tag``; what is not ready is left out."""
    columns = scores.shape[1]
    series = (tag[:, None] * columns + np.arange(columns)).ravel()
    flat = scores.ravel()
    known = np.isfinite(flat)
    octaves, series = octaves_of(flat[known]), series[known]
    for column, values in enumerate((np.ones_like(octaves), octaves, octaves * octaves)):
        np.add.at(counts.scores[:, column], series, values)


def octaves_of(scores: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return scores as whole parts of doublings, linear between two: exact on any machine."""
    mantissa, exponent = np.frexp(np.abs(scores))
    parts = np.floor((2.0 * mantissa - 1.0) * OCTAVE).astype(np.int64)
    size = np.maximum((exponent.astype(np.int64) - 1 + SMALLEST) * OCTAVE + parts, 0)
    size[scores == 0.0] = 0
    return np.asarray(np.where(scores < 0.0, -size, size), np.int64)


def score_of(octaves: float) -> float:
    """Return the score that lies so many doublings above the smallest."""
    whole, part = divmod(abs(octaves), 1.0)
    score = float(2.0 ** (whole - SMALLEST) * (1.0 + part)) if octaves else 0.0
    return -score if octaves < 0.0 else score


def _in_order(dialect: NDArray[Any]) -> list[int]:
    """Return the dialects in the order in which they come."""
    if not len(dialect) or (dialect == dialect[0]).all():
        return [int(dialect[0])] if len(dialect) else []
    found, first = np.unique(dialect, return_index=True)
    return [int(number) for number in found[np.argsort(first)]]


def _place(known: NDArray[np.int64], number: int) -> int | None:
    """Return the place of a dialect, taking a free one; None where there is none."""
    for wanted in (number, NO_DIALECT):
        places = np.flatnonzero(known == wanted)
        if len(places):
            known[places[0]] = number
            return int(places[0])
    return None


def _filled(batch: EventBatch, first: int) -> NDArray[np.bool_]:
    """Return (looked at, fields) whether each of the fields is set."""
    looked = slice(first, None, SAMPLED)
    columns = []
    for column in FIELDS:
        values = getattr(batch, column.group)[looked]
        if column.group == "real":
            columns.append(np.isfinite(values[:, column.index]))
        elif column.group == "address":
            columns.append((values[:, column.index] | values[:, column.index + 1]) != 0)
        elif column.group == "code":
            least = 1 if column.index in (ACTION, OUTCOME) else 0  # 0 says that it is unknown
            columns.append(values[:, column.index] >= least)
        else:
            columns.append(values[:, column.index] != 0)
    return np.stack(columns, axis=1)
