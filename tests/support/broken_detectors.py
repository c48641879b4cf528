"""Detectors that break one rule each, by the check that must notice."""

import random
from collections.abc import Mapping

import numpy as np

from detectors import Contributions
from detectors.base import Array, Features, Rows
from plain_detector import Plain


class SinglePrecision(Plain):
    def score(self, X: Features, t: Rows) -> Rows:
        return super().score(X, t).astype(np.float32)


class Columns(Plain):
    def score_learn(
        self, X: Features, t: Rows, weight: Rows, why: Contributions | None = None
    ) -> Rows:
        return super().score_learn(X, t, weight, why)[:, None]


class LearnsWhenAsked(Plain):
    def score(self, X: Features, t: Rows) -> Rows:
        scores = super().score(X, t)
        self.learn(X, t, np.ones(len(X)))
        return scores


class LooksAround(Plain):
    def score(self, X: Features, t: Rows) -> Rows:
        scores = super().score(X, t)
        return scores + np.arange(len(X))


class LosesRows(Plain):
    def score(self, X: Features, t: Rows) -> Rows:
        return super().score(X, t)[:45]


class Overwrites(Plain):
    def learn(self, X: Features, t: Rows, weight: Rows) -> None:
        super().learn(X, t, weight)
        weight[:] = 0.0


class Keeps(Plain):
    """Learns each batch a batch late, from the caller's own array."""

    kept: Features | None = None

    def score_learn(
        self, X: Features, t: Rows, weight: Rows, why: Contributions | None = None
    ) -> Rows:
        del weight, why
        if self.kept is not None:
            self.learn(self.kept, t, np.ones(len(self.kept)))
        scores = np.array([self.score(X[i : i + 1], t[i : i + 1])[0] for i in range(len(X))])
        self.kept = X
        return scores


class BatchByBatch(Plain):
    def score_learn(
        self, X: Features, t: Rows, weight: Rows, why: Contributions | None = None
    ) -> Rows:
        del why
        scores = self.score(X, t)
        self.learn(X, t, weight)
        return scores


class ExplainsTheFirstOfABatch(Plain):
    def score_learn(
        self, X: Features, t: Rows, weight: Rows, why: Contributions | None = None
    ) -> Rows:
        scores = super().score_learn(X, t, weight, why)
        if why is not None:
            why.values[1:] = 0.0
        return scores


class ExplainsWithMinus(Plain):
    def score_learn(
        self, X: Features, t: Rows, weight: Rows, why: Contributions | None = None
    ) -> Rows:
        scores = super().score_learn(X, t, weight, why)
        if why is not None:
            why.values[...] *= -1.0
        return scores


class VouchesForItself(Plain):
    def score_learn(
        self, X: Features, t: Rows, weight: Rows, why: Contributions | None = None
    ) -> Rows:
        del why
        scores = np.empty(len(X))
        for i in range(len(X)):
            row = slice(i, i + 1)
            self.learn(X[row], t[row], weight[row])
            scores[i] = self.score(X[row], t[row])[0]
        return scores


class LearnsOtherwiseAlone(Plain):
    def learn(self, X: Features, t: Rows, weight: Rows) -> None:
        super().learn(X, t, 0.5 * weight)

    def score_learn(
        self, X: Features, t: Rows, weight: Rows, why: Contributions | None = None
    ) -> Rows:
        del why
        scores = np.empty(len(X))
        for i in range(len(X)):
            row = slice(i, i + 1)
            scores[i] = self.score(X[row], t[row])[0]
            Plain.learn(self, X[row], t[row], weight[row])
        return scores


class ForgetsAPart(Plain):
    def restore(self, state: Mapping[str, Array]) -> None:
        super().restore(state)
        self.rows[0] = 1.0


class TakesTheCallersArrays(Plain):
    def restore(self, state: Mapping[str, Array]) -> None:
        super().restore(state)
        self.mean = state["mean"]


class TakesAnyState(Plain):
    def restore(self, state: Mapping[str, Array]) -> None:
        for name in state:
            setattr(self, name, state[name].copy())


class KeepsObjects(Plain):
    def state(self) -> Mapping[str, Array]:
        return {**super().state(), "words": np.array(["a", None], dtype=object)}

    def restore(self, state: Mapping[str, Array]) -> None:
        super().restore({name: state[name] for name in ("mean", "square", "rows")})


class HidesWhatItLearnt(Plain):
    """Continues otherwise than it says in its state."""

    def __init__(self, *, n_features: int, directions: tuple[int, ...]) -> None:
        super().__init__(n_features=n_features, directions=directions)
        self.seen = 0

    def score(self, X: Features, t: Rows) -> Rows:
        return super().score(X, t) * (1.0 + self.seen)

    def learn(self, X: Features, t: Rows, weight: Rows) -> None:
        super().learn(X, t, weight)
        self.seen += len(X)


class Grows(Plain):
    def state(self) -> Mapping[str, Array]:
        return {**super().state(), "all": np.zeros(int(self.rows[0]))}


class ThrowsDice(Plain):
    def score(self, X: Features, t: Rows) -> Rows:
        return super().score(X, t) + np.random.default_rng().random(len(X))


class TurnsTheGlobalDice(Plain):
    def learn(self, X: Features, t: Rows, weight: Rows) -> None:
        super().learn(X, t, weight)
        random.random()


class SaysNormalAtFirst(Plain):
    def score(self, X: Features, t: Rows) -> Rows:
        return np.nan_to_num(super().score(X, t))


class ScoresTheFirstRow(Plain):
    def score_learn(
        self, X: Features, t: Rows, weight: Rows, why: Contributions | None = None
    ) -> Rows:
        scores = super().score_learn(X, t, weight, why)
        scores[0] = 1.0
        return scores


class NeverReady(Plain):
    def score(self, X: Features, t: Rows) -> Rows:
        del X
        return np.full_like(t, np.nan)


class FallsSilent(Plain):
    def row_score(self, x: Features) -> float:
        return float("nan") if self.rows[0] == 500 else super().row_score(x)


class SpeaksLate(Plain):
    def row_score(self, x: Features) -> float:
        return float("inf") if self.rows[0] == 1_500 else super().row_score(x)


class ScoresBadRows(Plain):
    def score(self, X: Features, t: Rows) -> Rows:
        return super().score(np.nan_to_num(X), t)


class CountsBadRows(Plain):
    def learn_row(self, x: Features, weight: float) -> None:
        super().learn_row(x, weight)
        if not np.isfinite(x).all():
            self.rows[0] += 1.0


class DividesByTime(Plain):
    """Score over the time since the first row."""

    first = 0.0

    def score(self, X: Features, t: Rows) -> Rows:
        with np.errstate(divide="ignore", invalid="ignore"):
            return super().score(X, t) / (t - self.first)

    def learn(self, X: Features, t: Rows, weight: Rows) -> None:
        super().learn(X, t, weight)
        self.first = self.first or float(t[0])


class LearnsAll(Plain):
    def learn_row(self, x: Features, weight: float) -> None:
        super().learn_row(x, max(weight, 0.1))


class ScoresWhatItLearns(Plain):
    def score_learn(
        self, X: Features, t: Rows, weight: Rows, why: Contributions | None = None
    ) -> Rows:
        scores = super().score_learn(X, t, weight, why)
        return np.where(weight > 0.0, scores, np.nan)


class UpsideDown(Plain):
    def score(self, X: Features, t: Rows) -> Rows:
        return -super().score(X, t)


class LooksAtOneColumn(Plain):
    def row_score(self, x: Features) -> float:
        return super().row_score(np.repeat(x[:1], len(x)))


class MixesUpDirections(Plain):
    def __init__(self, *, n_features: int, directions: tuple[int, ...]) -> None:
        super().__init__(n_features=n_features, directions=tuple(sorted(directions)))


BROKEN: dict[str, tuple[type[Plain], ...]] = {
    "has_shape_and_dtype": (SinglePrecision, Columns),
    "scores_without_learning": (LearnsWhenAsked, LooksAround, LosesRows),
    "leaves_inputs_alone": (Overwrites, Keeps),
    "does_not_see_batches": (BatchByBatch, ExplainsTheFirstOfABatch, ExplainsWithMinus),
    "scores_before_it_learns": (VouchesForItself, LearnsOtherwiseAlone),
    "survives_a_restart": (
        ForgetsAPart,
        TakesTheCallersArrays,
        TakesAnyState,
        KeepsObjects,
        HidesWhatItLearnt,
    ),
    "keeps_its_size": (Grows,),
    "repeats_itself": (ThrowsDice, TurnsTheGlobalDice),
    "gets_ready": (SaysNormalAtFirst, ScoresTheFirstRow, NeverReady, FallsSilent, SpeaksLate),
    "passes_over_bad_rows": (ScoresBadRows, CountsBadRows),
    "survives_equal_times": (DividesByTime,),
    "skips_weightless_rows": (LearnsAll, ScoresWhatItLearns),
    "finds_what_is_strange": (UpsideDown,),
    "ignores_column_order": (LooksAtOneColumn, MixesUpDirections),
}
