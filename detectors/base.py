"""The one class a detector author writes."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Rows = NDArray[np.float64]
Features = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Contributions:
    """Where a detector writes why a row is strange.

    Attributes
    ----------
    floor : float
        Contributions are wanted for rows that score above this.
    values : (n, d) float64
        Filled in place for those rows, in score units, each at least 0; other rows are left alone.
    """

    floor: float
    values: Rows


class Detector(ABC):
    """Scores rows of features and learns from them. Higher is more anomalous, NaN is not ready.

    Constructor arguments are the configuration: keyword-only, checked there and nowhere else. The
    pipeline always passes ``n_features`` (int) and ``directions`` (tuple of int, one a feature: +1
    high is strange, -1 low is strange, 0 neither).
    A detector has no clock, no global random state, does no I/O and holds a fixed amount of memory.
    """

    @abstractmethod
    def score(self, X: Features, t: Rows) -> Rows:
        """Return (n,) float64 scores of the (n, d) rows seen at stream times t. Changes nothing."""

    @abstractmethod
    def learn(self, X: Features, t: Rows, weight: Rows) -> None:
        """Absorb the n rows in order, each as much as its weight (0 to 1) says."""

    @abstractmethod
    def state(self) -> Mapping[str, Array]:
        """All that was learnt, as arrays of a fixed size. They may be views: the caller copies."""

    @abstractmethod
    def restore(self, state: Mapping[str, Array]) -> None:
        """Take up a state that ``state`` returned; ModelError where it does not fit."""

    def score_learn(
        self,
        X: Features,
        t: Rows,
        weight: Rows,
        why: Contributions | None = None,  # noqa: ARG002 (for detectors that can tell)
    ) -> Rows:
        """Score each row, then learn it, before the next is scored.

        A row above the detector's own gate is learnt with a sixteenth of its weight. Where ``why``
        is given and the detector can tell, contributions are filled in from the state before the
        row is learnt. This form goes row by row; kernel-backed detectors do all in one call.
        """
        scores = np.empty(len(X))
        for i in range(len(X)):
            row = slice(i, i + 1)
            scores[i] = self.score(X[row], t[row])[0]
            self.learn(X[row], t[row], weight[row])
        return scores
