"""The detectors of every population, with their prior; one that raises abstains from then on."""

import hashlib
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detectors.base import Contributions, Detector, Features, Rows
from detectors.calibration import Calibration
from detectors.registry import load

from .arrays import Arrays, part_of
from .features.feature_set import FeatureSet
from .populations import POPULATIONS
from .prior import Prior

_log = logging.getLogger(__name__)

Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class JudgeSettings:
    """One detector: its plugin name, whether it votes, and its own arguments."""

    name: str
    votes: bool = False
    arguments: Mapping[str, Any] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """16 hexadecimal digits over name and arguments."""
        text = repr((self.name, sorted(self.arguments.items())))
        return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


DEFAULT_JUDGES = (
    JudgeSettings("tails", votes=True),
    JudgeSettings("den_stream"),
    JudgeSettings("kit_net"),
)


class Judges:
    """Scores of all detectors for the rows of all populations.

    ``abstained`` (populations, detectors) is 1 where a detector raised; ``restore`` keeps it so.
    """

    def __init__(self, judges: tuple[JudgeSettings, ...], features: FeatureSet) -> None:
        self.settings = judges
        self.votes = np.array([judge.votes for judge in judges], np.bool_)
        self.abstained = np.zeros((len(POPULATIONS), len(judges)), np.int8)
        self._n_features = len(features.features)
        self._detectors = [
            [
                load(
                    judge.name,
                    n_features=self._n_features,
                    directions=population.directions(features),
                    **judge.arguments,
                )
                for judge in judges
            ]
            for population in POPULATIONS
        ]

    def learn_prior(self, prior: Prior, t: float, calibration: Calibration) -> None:
        """Let every detector learn the pseudo-entities at stream time t, and give their maxima."""
        for population, row in zip(POPULATIONS, self._detectors, strict=True):
            rows = prior.rows[population.tag]
            times = np.full(len(rows.x), t)
            for d, detector in enumerate(row):
                detector.learn(rows.x, times, rows.weight)
                scores = detector.score(rows.x, times)
                maxima = np.full(int(rows.entity.max()) + 1, -np.inf)
                known = np.isfinite(scores)
                np.maximum.at(maxima, rows.entity[known], scores[known])
                calibration.set_prior(population.tag, d, maxima[np.isfinite(maxima)])

    def judge(self, tag: Whole, x: Features, t: Rows, weight: Rows) -> tuple[Rows, Rows]:
        """Score and learn rows in order.

        Returns (n, D) scores, NaN where a detector is not ready or abstains, and (n, V, d)
        contributions of the V voting detectors.
        """
        scores = np.full((len(t), len(self.settings)), np.nan)
        reasons = np.zeros((len(t), int(self.votes.sum()), self._n_features))
        for population in POPULATIONS:
            rows = np.flatnonzero(tag == population.tag)
            if not len(rows):
                continue
            part = x[rows], t[rows], weight[rows]
            voter = 0
            for d, vote in enumerate(self.votes):
                why = Contributions(-np.inf, np.zeros(part[0].shape)) if vote else None
                if not self.abstained[population.tag, d]:
                    scores[rows, d] = self._guarded(population.tag, d, part, why)
                if why is not None:
                    reasons[rows, voter] = why.values
                    voter += 1
        return scores, reasons

    def _guarded(
        self, tag: int, d: int, part: tuple[Features, Rows, Rows], why: Contributions | None
    ) -> Rows:
        detector = self._detectors[tag][d]
        before = {name: array.copy() for name, array in detector.state().items()}
        try:
            return detector.score_learn(*part, why)
        except Exception:  # noqa: BLE001 (a plugin may raise anything; the stream goes on)
            _log.exception("detector %s raised; it abstains", self.settings[d].name)
        if why is not None:
            why.values[...] = 0.0
        return self._row_by_row(detector, before, (tag, d), part, why)

    def _row_by_row(
        self,
        detector: Detector,
        before: Arrays,
        place: tuple[int, int],
        part: tuple[Features, Rows, Rows],
        why: Contributions | None,
    ) -> Rows:
        """Score up to the row that raised, from the state before the batch, then abstain."""
        x, t, weight = part
        scores = np.full(len(t), np.nan)
        detector.restore(before)
        for i in range(len(t)):
            kept = {name: array.copy() for name, array in detector.state().items()}
            one = slice(i, i + 1)
            reason = None if why is None else Contributions(why.floor, why.values[one])
            try:
                scores[one] = detector.score_learn(x[one], t[one], weight[one], reason)
            except Exception:  # noqa: BLE001 (logged with the batch)
                detector.restore(kept)
                self.abstained[place] = 1
                _log.warning("detector %s abstains from a row on", self.settings[place[1]].name)
                break
        return scores

    def abstaining(self) -> list[str]:
        """Detectors that raised, with their population."""
        return [
            f"{judge.name} ({population.name})"
            for population in POPULATIONS
            for d, judge in enumerate(self.settings)
            if self.abstained[population.tag, d]
        ]

    def arrays(self) -> Iterator[tuple[str, NDArray[Any]]]:
        """Yield the state of every detector by name."""
        yield "abstained", self.abstained
        for p, row in enumerate(self._detectors):
            for d, detector in enumerate(row):
                for name, array in detector.state().items():
                    yield f"{p}.{d}.{name}", array

    def restore(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Take up what ``arrays`` gave."""
        self.abstained[...] = arrays["abstained"]
        for p, row in enumerate(self._detectors):
            for d, detector in enumerate(row):
                detector.restore(part_of(f"{p}.{d}", arrays))
