"""What a lane notices of change in itself, told each hour of its stream time (rule 25).

Signals come with the first pulse of a new hour and before it, so that any split of the records
gives the same. The hour in which a lane begins is no whole one and is left out.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .arrays import named_arrays, put_back
from .drift_cusum import DAY, WEEK, Change, Weeks, take_hour, usual_at
from .drift_hour import (
    FIELDS,
    MAX_DIALECTS,
    NO_DIALECT,
    SAMPLED,
    Came,
    HourCounts,
    count_events,
    count_records,
    count_scores,
)
from .drift_measures import Series, all_series, measure, told_value
from .drift_signals import DriftKind, DriftSignal
from .events import STATUSES, EventBatch
from .formats.parser import Parsed
from .populations import POPULATIONS

HOUR_S = 3_600.0
METHOD = "cumulative sums"
FEW = 10  # events of a dialect, before it is told as new

# entries of DriftState.clock: number of the open hour since the epoch, the first whole hour
OPEN, FIRST = range(2)


class DriftState(NamedTuple):
    """Every part is an array, so that a snapshot is a copy."""

    clock: NDArray[np.int64]
    met: NDArray[np.int64]  # (MAX_DIALECTS,) 1 for dialects that are no news
    counts: HourCounts
    weeks: Weeks


class LaneDrift:
    """Watches one lane.

    Parameters
    ----------
    lane : (str, int)
        Topic and partition.
    dialects : sequence of str
        Names, by the number that a parser gives.
    detectors : sequence of str
        Names, in the order of the columns of scores.
    """

    def __init__(
        self, lane: tuple[str, int], dialects: Sequence[str], detectors: Sequence[str]
    ) -> None:
        self._lane = lane
        self._dialects, self._detectors = tuple(dialects), tuple(detectors)
        scores = len(POPULATIONS) * len(detectors)
        self._series = all_series(scores)
        self._state = DriftState(
            np.zeros(2, np.int64),
            np.zeros(MAX_DIALECTS, np.int64),
            HourCounts.new(scores),
            Weeks.new(len(self._series)),
        )
        self._came: Came | None = None
        self._shift = self._taken = self._read = 0

    def start(self, t: float) -> None:
        """Begin at stream time t."""
        hour = int(t // HOUR_S)
        self._state.clock[:] = hour, hour + 1

    def begin(self, came: Parsed | EventBatch, held: int, started_by: int) -> None:
        """Take events before they are observed behind ``held`` others.

        ``started_by`` of them, and the records up to there, start stream time and are not counted.
        """
        first = started_by + -int(self._state.counts.number[0]) % SAMPLED
        seen = Came.of(came, first) if isinstance(came, Parsed) else Came.plain(came, first)
        self._came = seen
        self._shift, self._taken = held, started_by
        self._read = seen.records_before(started_by - 1) + 1 if started_by else 0

    def end(self) -> None:
        """Count what is left of the events that were begun."""
        if self._came is not None:
            self._count(self._came, len(self._came.record), len(self._came.status))
        self._came = None

    def read_with(self, dialects: Sequence[str]) -> None:
        """Know dialects by other numbers from now on; forget those that are gone."""
        numbers = {name: number for number, name in enumerate(dialects)}
        known = self._state.counts.dialect
        for place in np.flatnonzero(known >= 0).tolist():
            known[place] = numbers.get(self._dialects[known[place]], NO_DIALECT)
            if known[place] == NO_DIALECT:
                self._forget(place)
        self._dialects = tuple(dialects)

    def _forget(self, place: int) -> None:
        """Make room for another dialect."""
        gone = [k for k, one in enumerate(self._series) if one.dialect == place]
        for part in self._state.weeks:
            part[gone] = 0
        for counts in (self._state.met, self._state.counts.events, self._state.counts.filled):
            counts[place] = 0

    def scored(
        self, tag: NDArray[np.int64], weight: NDArray[np.float64], scores: NDArray[np.float64]
    ) -> None:
        """Count scores (n, D) of rows of the populations ``tag`` that are learnt from."""
        learnt = weight > 0.0
        if learnt.any():
            count_scores(self._state.counts, tag[learnt], scores[learnt])

    def is_due(self, t: float) -> bool:
        """Whether an hour has ended at the pulse of t."""
        return bool(int(t // HOUR_S) > self._state.clock[OPEN])

    def turn(self, t: float, event: int) -> list[DriftSignal]:
        """End the open hour at the pulse of t, to which event number ``event`` has moved time."""
        came = self._came
        if came is not None:
            event = min(max(event - self._shift, self._taken), len(came.record))
            self._count(came, event, max(self._read, came.records_before(event)))
        clock, counts = self._state.clock, self._state.counts
        hour = int(clock[OPEN])
        told = [*self._ended(t, hour)] if hour >= clock[FIRST] else []
        clock[OPEN] = int(t // HOUR_S)
        counts.begin()
        return told

    def _count(self, came: Came, events: int, records: int) -> None:
        count_events(self._state.counts, came, self._taken, events)
        count_records(self._state.counts, came, self._read, records)
        self._taken, self._read = events, records

    def _ended(self, t: float, hour: int) -> Iterator[DriftSignal]:
        age = hour - int(self._state.clock[FIRST])
        yield from self._new_dialects(t, hour, age)
        counts, weeks = self._state.counts, self._state.weeks
        came = measure(counts, usual_at(weeks, hour), learns=age < WEEK)
        for change in take_hour(weeks, hour, came):
            yield self._signal(t, self._series[change.series], change)

    def _new_dialects(self, t: float, hour: int, age: int) -> Iterator[DriftSignal]:
        """Tell of dialects that came for the first time, after a day."""
        counts, met = self._state.counts, self._state.met
        is_news = (counts.dialect != NO_DIALECT) & (met == 0) & (counts.events >= FEW)
        for place in np.flatnonzero(is_news).tolist():
            met[place] = 1
            events = int(counts.events[place])
            if age >= DAY:
                yield DriftSignal(
                    *self._lane,
                    at=t,
                    kind="schema",
                    subject=self._dialect(place) + "first events",
                    population="",
                    method="dialects met",
                    value=float(events),
                    reference=0.0,
                    distance=0.0,
                    unit="events an hour",
                    since=hour * HOUR_S,
                    events=events,
                )

    def _signal(self, t: float, series: Series, change: Change) -> DriftSignal:
        kind, subject, population, unit = self._about(series)
        return DriftSignal(
            *self._lane,
            at=t,
            kind=kind,
            subject=subject,
            population=population,
            method=METHOD,
            value=told_value(series.measured, change.value),
            reference=told_value(series.measured, change.usual),
            distance=change.sum,
            unit=unit,
            since=change.since * HOUR_S,
            events=change.size,
            stage=change.stage,
        )

    def _about(self, series: Series) -> tuple[DriftKind, str, str, str]:
        """Return kind, subject, population and unit of what is told of a series."""
        if series.measured == "volume":
            return "volume", self._dialect(series.dialect) + "events", "", "events an hour"
        if series.measured == "record":
            return "schema", f"{STATUSES[series.which]} records", "", "of all records"
        if series.measured == "field":
            name = FIELDS[series.which].name
            return "schema", self._dialect(series.dialect) + name, "", "of events have it"
        population, detector = divmod(series.which, len(self._detectors))
        return "score", self._detectors[detector], POPULATIONS[population].name, "typical score"

    def _dialect(self, place: int) -> str:
        number = int(self._state.counts.dialect[place])
        return f"{self._dialects[number]} " if number >= 0 else ""

    def arrays(self) -> Iterator[tuple[str, NDArray[Any]]]:
        """Yield all state by name, as views."""
        return named_arrays("drift", self._state)

    def restore(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Take up what ``arrays`` gave."""
        put_back("drift", self._state, arrays)
