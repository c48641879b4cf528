"""A detector in plain numpy that keeps every rule, for broken ones to differ from in one thing."""

from collections.abc import Mapping

import numpy as np

from detectors import Contributions, Detector, ModelError
from detectors.base import Array, Features, Rows


class Plain(Detector):
    """Root mean square deviation from running means of logarithms."""

    def __init__(self, *, n_features: int, directions: tuple[int, ...]) -> None:
        self.directions = np.array(directions)
        self.mean, self.square = np.zeros((2, n_features))
        self.rows = np.zeros(1)

    def row_score(self, x: Features) -> float:
        if self.rows[0] < 20 or not np.isfinite(x).all():
            return float("nan")
        deviation = np.sqrt(np.maximum(self.square - self.mean**2, 0.01))
        apart = (logs(x) - self.mean) / deviation
        apart = np.where(apart * self.directions < 0.0, 0.0, apart)
        return float(np.sqrt(np.mean(apart**2)))

    def learn_row(self, x: Features, weight: float) -> None:
        if weight > 0.0 and np.isfinite(x).all():
            self.rows[0] += weight
            share = weight / self.rows[0]
            self.mean += share * (logs(x) - self.mean)
            self.square += share * (logs(x) ** 2 - self.square)

    def score(self, X: Features, t: Rows) -> Rows:
        del t
        return np.array([self.row_score(x) for x in X], dtype=np.float64)

    def learn(self, X: Features, t: Rows, weight: Rows) -> None:
        del t
        for x, w in zip(X, weight, strict=True):
            self.learn_row(x, float(w))

    def score_learn(
        self, X: Features, t: Rows, weight: Rows, why: Contributions | None = None
    ) -> Rows:
        scores = np.empty(len(X))
        for i in range(len(X)):
            row = slice(i, i + 1)
            scores[i] = self.score(X[row], t[row])[0]
            if why is not None and scores[i] > why.floor:
                why.values[i] = scores[i] / X.shape[1]
            self.learn(X[row], t[row], weight[row])
        return scores

    def state(self) -> Mapping[str, Array]:
        return {"mean": self.mean, "square": self.square, "rows": self.rows}

    def restore(self, state: Mapping[str, Array]) -> None:
        if set(state) != set(self.state()) or state["mean"].shape != self.mean.shape:
            raise ModelError("Plain: another state, expected its own; load that")
        for name, mine in self.state().items():
            mine[...] = state[name]


def logs(x: Features) -> Rows:
    return np.log1p(np.abs(x).astype(np.float64))
