"""Rows to candidates: scores, E, the cut, and what explains a flagged row."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from itertools import repeat
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detectors.base import Rows as Reals
from detectors.calibration import Calibration
from detectors.fusion import fuse

from .arrays import named_arrays, part_of, put_back
from .candidates import LaneRecord, Pulse, Suppressed, Verdict
from .cut import CURRENT, SUPPRESSED, CutState, cut_rows
from .features.connection import N_FEATURES
from .features.feature_set import FeatureSet
from .judges import Judges, JudgeSettings
from .lane_drift import LaneDrift
from .populations import POPULATIONS
from .prior import Prior
from .rows import ROW_FRESH, ROW_SLOT, ROW_TAG, Rows
from .stream_time import PULSE_S
from .typical import TypicalState, follow, typical_of
from .witnesses import Flagged, LaneNames, decode

WARM_S = 3_600.0
WARM_ROWS = 300
OWN_DAY_S = 86_400.0
FIRST_RESOLUTION = 0.3  # corrected E below which nothing is claimed on day one
LEAST_RESOLUTION = 0.01
# what a tenth of a population does in a day is no candidate, unless rarer than the usual floor
CUT_SHARE = 0.1
LEAST_CUT = 1.0 / 3.0

Whole = NDArray[np.int64]


class Judged(NamedTuple):
    """What is known of n rows."""

    scores: Reals  # (n, D)
    expected: Reals  # (n, D)
    fused: Reals  # (n,)
    reasons: Reals  # (n, V, d)
    log_mean: Reals  # (n, d) of the population before each row
    step: NDArray[np.int64]  # (n,) growth step of a candidate, else -1
    ended: NDArray[np.int64]  # (n, 2) minute and count of candidates over the limit
    seen: NDArray[np.int64]  # (n,) rows of the population up to each


class Judgement:
    """Judges the rows of one lane, in order.

    Parameters
    ----------
    judges : tuple of JudgeSettings
    features : FeatureSet
    capacity : int
        Slots of entities.
    cut : float, entities a day
        Largest fused E of a candidate.
    names : LaneNames
    text : callable
        Gives the word behind a hash.
    """

    def __init__(
        self,
        judges: tuple[JudgeSettings, ...],
        features: FeatureSet,
        capacity: int,
        cut: float,
        names: LaneNames,
        text: Callable[[int], str],
    ) -> None:
        self._judges = Judges(judges, features)
        self._calibration = Calibration(capacity, len(POPULATIONS), len(judges))
        self._cut = CutState.of(capacity)
        self._typical = TypicalState.of(len(POPULATIONS), N_FEATURES)
        self._largest = cut
        self._votes = self._judges.votes
        self._features = features
        self._names = names
        self._text = text
        self._rows_seen = np.zeros(len(POPULATIONS), np.int64)
        self._started = np.full(1, np.nan)
        self._own_prior = np.zeros(1, np.int64)
        self.candidates = np.zeros(1, np.int64)

    def start(self, t: float, prior: Prior | None) -> None:
        """Begin at stream time t, from a prior if there is one."""
        self._started[0] = t
        if prior is None:
            return
        self._own_prior[0] = prior.is_own
        self._judges.learn_prior(prior, t, self._calibration)
        for population in POPULATIONS:
            rows = prior.rows[population.tag]
            tags = np.full(len(rows.x), population.tag, np.int64)
            follow(self._typical, tags, rows.x, rows.weight, np.empty(rows.x.shape))
            self._rows_seen[population.tag] = len(rows.x)

    def judge(self, rows: Rows, out: list[LaneRecord], drift: LaneDrift) -> None:
        """Judge the rows that were made and empty them; candidates and pulses go behind ``out``.

        ``drift`` is told of the scores, and what it tells when an hour ends comes before the pulse.
        """
        n, pulses = (int(k) for k in rows.n)
        rows.n[:] = 0
        judged = self._judged(rows, n) if n else None
        made = deque(self._records(rows, judged) if judged else ())
        topic, partition = self._names.topic, self._names.partition
        suppressed = int(self._cut.minute[SUPPRESSED])
        counted = 0
        for boundary, before, event in rows.pulse[:pulses].tolist():
            t = float(boundary * PULSE_S)
            while made and (made[0][0] < before or _is_count_of_before(made[0][1], t)):
                out.append(made.popleft()[1])
            if suppressed:
                out.extend(self.suppressed_before(t))
                suppressed = int(self._cut.minute[SUPPRESSED])
            if drift.is_due(t):
                _tell_scores(drift, rows, judged, counted, before)
                counted = before
                out.extend(drift.turn(t, event))
            out.append(Pulse(topic, partition, t))
        _tell_scores(drift, rows, judged, counted, n)
        out.extend(record for _, record in made)

    def suppressed_before(self, t: float) -> Iterator[LaneRecord]:
        """Give the count of what was over the limit in the last minute of rows, once t is past it.

        Else it comes with the first row of a later minute.
        """
        minute, count = self._cut.minute[CURRENT], self._cut.minute[SUPPRESSED]
        if count and (minute + 1) * 60.0 < t:
            yield self._suppressed(int(minute), int(count))
            self._cut.minute[SUPPRESSED] = 0

    @property
    def started(self) -> float:
        """Stream time at which the lane began."""
        return float(self._started[0])

    @property
    def abstained(self) -> list[str]:
        """Detectors that raised, with the population in which they abstain."""
        return self._judges.abstaining()

    def _judged(self, rows: Rows, n: int) -> Judged:
        note, x, t, weight = rows.note[:n], rows.x[:n], rows.t[:n], rows.weight[:n]
        tag = np.ascontiguousarray(note[:, ROW_TAG])
        scores, reasons = self._judges.judge(tag, x, t, weight)
        slot = np.ascontiguousarray(note[:, ROW_SLOT])
        fresh = np.ascontiguousarray(note[:, ROW_FRESH])
        expected, daily = self._calibration.take(tag, slot, fresh, t, scores)
        fused = fuse(expected, self._judges.votes)
        log_mean = np.empty(x.shape)
        follow(self._typical, tag, x, weight, log_mean)
        step = np.empty(n, np.int64)
        ended = np.empty((n, 2), np.int64)
        most = daily[:, self._votes].max(axis=1)
        limit = np.minimum(self._largest, np.maximum(LEAST_CUT, most * CUT_SHARE))
        cut_rows(self._cut, note, t, fused, limit, step, ended)
        seen = self._count_rows(tag)
        return Judged(scores, expected, fused, reasons, log_mean, step, ended, seen)

    def _count_rows(self, tag: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return how many rows of its population had come with each row."""
        seen = np.empty(len(tag), np.int64)
        for population in POPULATIONS:
            rows = np.flatnonzero(tag == population.tag)
            seen[rows] = self._rows_seen[population.tag] + np.arange(1, len(rows) + 1)
            self._rows_seen[population.tag] += len(rows)
        return seen

    def _records(self, rows: Rows, judged: Judged) -> Iterator[tuple[int, LaneRecord]]:
        flagged = np.flatnonzero(judged.step >= 0)
        self.candidates[0] += len(flagged)
        verdicts = self._flagged(rows, judged, flagged)
        candidates = decode(rows, verdicts, self._names, self._features, self._text)
        told = np.flatnonzero((judged.step >= 0) | (judged.ended[:, 1] > 0))
        steps, ended = judged.step[told].tolist(), judged.ended[told].tolist()
        for r, step, (minute, count) in zip(told.tolist(), steps, ended, strict=True):
            if count:
                yield r, self._suppressed(minute, count)
            if step >= 0:
                yield r, next(candidates)

    def _flagged(self, rows: Rows, judged: Judged, at: NDArray[np.int64]) -> Flagged:
        """Return what is known of the rows ``at``, with the voting detector's reasons."""
        expected = judged.expected[at]
        voting = expected[:, self._votes]
        strictest = np.where(np.isfinite(voting), voting, np.inf).argmin(axis=1)
        reasons = judged.reasons[at, strictest]
        total = reasons.sum(axis=1, keepdims=True)
        times = rows.t[at]
        return Flagged(
            at=at,
            step=judged.step[at].tolist(),
            expected=judged.fused[at].tolist(),
            resolution=self._resolution(times).tolist(),
            verdicts=self._verdicts(judged.scores[at], expected),
            reasons=np.divide(reasons, total, out=reasons, where=total > 0.0),
            typical=typical_of(judged.log_mean[at]),
            warming_up=self._all_warming_up(rows.note[at, ROW_TAG], times, judged.seen[at]),
        )

    def _verdicts(self, scores: Reals, expected: Reals) -> list[tuple[Verdict, ...]]:
        columns = [
            map(Verdict, repeat(judge.name), said.tolist(), e.tolist(), repeat(judge.votes))
            for judge, said, e in zip(self._judges.settings, scores.T, expected.T, strict=True)
        ]
        return list(zip(*columns, strict=True))

    def _resolution(self, t: Reals) -> Reals:
        """Smallest E of one population that the data can tell: it falls as days are seen."""
        days = np.maximum(1.0, (t - self.started) / OWN_DAY_S)
        return np.maximum(FIRST_RESOLUTION / days, LEAST_RESOLUTION) / len(POPULATIONS)

    def _all_warming_up(self, tags: Whole, t: Reals, rows: Whole) -> list[str]:
        """Say of each candidate why it may not become an alert yet; most have no reason."""
        said = [""] * len(t)
        for k in np.flatnonzero((t - self.started < OWN_DAY_S) | (rows < WARM_ROWS)).tolist():
            said[k] = self._warming_up(int(tags[k]), float(t[k]), int(rows[k]))
        return said

    def _warming_up(self, tag: int, t: float, rows: int) -> str:
        """Return why a candidate may not become an alert yet, "" where it may."""
        age = t - self.started
        population = POPULATIONS[tag]
        if age < WARM_S:
            return f"{age / 60:.0f} minutes of stream seen, an hour is needed"
        if rows < WARM_ROWS:
            return f"{rows} rows of {population.name}s seen, {WARM_ROWS} are needed"
        if population.is_internal and age < OWN_DAY_S and not self._own_prior[0]:
            return f"{age / 3600:.0f} hours of own hosts seen, a day is needed"
        return ""

    def _suppressed(self, minute: int, count: int) -> Suppressed:
        end = (minute + 1) * 60.0
        return Suppressed(self._names.topic, self._names.partition, end, count)

    def arrays(self) -> Iterator[tuple[str, NDArray[Any]]]:
        """Yield all state by name, as views."""
        yield "rows_seen", self._rows_seen
        yield "started", self._started
        yield "own_prior", self._own_prior
        yield "candidates", self.candidates
        yield from named_arrays("cut", self._cut)
        yield from named_arrays("typical", self._typical)
        yield from ((f"judges.{name}", array) for name, array in self._judges.arrays())
        yield from ((f"calibration.{k}", v) for k, v in self._calibration.state().items())

    def restore(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Take up what ``arrays`` gave."""
        self._rows_seen[:] = arrays["rows_seen"]
        self._started[:] = arrays["started"]
        self._own_prior[:] = arrays["own_prior"]
        self.candidates[:] = arrays["candidates"]
        put_back("cut", self._cut, arrays)
        put_back("typical", self._typical, arrays)
        self._judges.restore(part_of("judges", arrays))
        self._calibration.restore(part_of("calibration", arrays))


def _tell_scores(
    drift: LaneDrift, rows: Rows, judged: Judged | None, start: int, stop: int
) -> None:
    if judged is not None and stop > start:
        some = slice(start, stop)
        drift.scored(rows.note[some, ROW_TAG], rows.weight[some], judged.scores[some])


def _is_count_of_before(record: LaneRecord, t: float) -> bool:
    return isinstance(record, Suppressed) and record.decided_at < t
