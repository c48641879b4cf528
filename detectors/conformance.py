"""The single checks of the conformance kit: one claim each, named for it."""

import itertools
import random

import numpy as np

from .base import Contributions, Detector, Features, Rows
from .errors import ModelError
from .testing import START, chance_of_order, two_modes, with_anomalies
from .verdicts import Check, Factory, copy, fail, same, same_state, sizes

N_FEATURES = 4
DIRECTIONS = (1, 1, 0, -1)
UPWARDS = (1,) * N_FEATURES
ROWS = 1_000
MANY_ROWS = 10_000
CUTS = (0, 1, 2, 3, 7, 64, 64, 65, 400, 977, ROWS)
"""Batch borders: single rows, an empty batch, short and long ones."""

LEAST_CHANCE = 0.75
"""Half is chance."""


def has_shape_and_dtype(factory: Factory) -> None:
    """Scores are (n,) float64, for no rows, one row and many, of both methods."""
    X, t = two_modes(40, 1, N_FEATURES)
    for rows in (0, 1, 40):
        detector = _fresh(factory)
        both = _run(detector, X[:rows], t[:rows]), detector.score(X[:rows], t[:rows])
        for scores in both:
            shape, dtype = np.shape(scores), getattr(scores, "dtype", type(scores))
            if shape != (rows,) or dtype != np.float64:
                fail(has_shape_and_dtype, f"{dtype} of shape {shape}", f"float64 ({rows},)")


def scores_without_learning(factory: Factory) -> None:
    """``score`` changes nothing, and a row's score does not depend on the rows beside it."""
    X, t = two_modes(ROWS + 50, 2, N_FEATURES)
    detector = _fresh(factory)
    _run(detector, X[:ROWS], t[:ROWS])
    before = copy(detector.state())
    first = detector.score(X[ROWS:], t[ROWS:]).copy()
    same_state(scores_without_learning, before, detector.state())
    same(scores_without_learning, first, detector.score(X[ROWS:], t[ROWS:]), "scored again")
    alone = [detector.score(X[i : i + 1], t[i : i + 1])[0] for i in range(ROWS, ROWS + 50)]
    same(scores_without_learning, first, np.array(alone), "scored alone")


def leaves_inputs_alone(factory: Factory) -> None:
    """Neither writes to its inputs nor keeps them: the caller reuses its arrays."""
    X, t = two_modes(ROWS, 3, N_FEATURES)
    detector, half = _fresh(factory), ROWS // 2
    expected = _run(_fresh(factory), X, t)
    rows, times, weight = X[:half].copy(), t[:half].copy(), np.ones(half)
    first = detector.score_learn(rows, times, weight).copy()
    kept = np.array_equal(rows, X[:half]) and np.array_equal(times, t[:half])
    if not (kept and np.array_equal(weight, np.ones(half))):
        fail(leaves_inputs_alone, "an input array was changed", "inputs left alone")
    rows[:], times[:], weight[:] = 7, 7, 7
    second = _run(detector, X[half:], t[half:])
    same(leaves_inputs_alone, expected, np.concatenate((first, second)), "arrays reused")


def does_not_see_batches(factory: Factory) -> None:
    """Any split of the same rows gives the same scores and contributions, to the bit."""
    X, t, _ = with_anomalies(ROWS, 4, N_FEATURES)
    whole, reasons = _explained(_fresh(factory), X, t, (0, ROWS))
    split, parts = _explained(_fresh(factory), X, t, CUTS)
    same(does_not_see_batches, whole, split, "split into batches")
    same(does_not_see_batches, reasons, parts, "contributions split into batches")
    if not (reasons >= 0.0).all():
        fail(does_not_see_batches, "a contribution is negative or NaN", "at least 0")


def scores_before_it_learns(factory: Factory) -> None:
    """``score_learn`` is ``score``, then ``learn``, row by row.

    Where a row scores under the median so far it is under any gate, and then what was learnt is
    compared too; weights are 1 and 0.
    """
    X, t = two_modes(ROWS, 5, N_FEATURES)
    joint, apart = _fresh(factory), _fresh(factory)
    weight = np.ones(ROWS)
    weight[::7] = 0.0
    scores = np.full(ROWS, np.nan)
    for i in range(ROWS):
        row = slice(i, i + 1)
        apart.restore(copy(joint.state()))
        scores[i] = joint.score_learn(X[row], t[row], weight[row])[0]
        alone = apart.score(X[row], t[row])
        same(scores_before_it_learns, alone, scores[row], "score, then learn")
        apart.learn(X[row], t[row], weight[row])
        ready = scores[: i + 1][np.isfinite(scores[: i + 1])]
        if len(ready) and scores[i] > np.median(ready):
            continue
        probe = slice(ROWS - 20, ROWS)
        after = joint.score(X[probe], t[probe])
        same(scores_before_it_learns, apart.score(X[probe], t[probe]), after, "after learning")


def survives_a_restart(factory: Factory) -> None:
    """Continues identically in a fresh detector given its state; refuses what does not fit."""
    X, t = two_modes(ROWS, 6, N_FEATURES)
    half = ROWS // 2
    first = _fresh(factory)
    _run(first, X[:half], t[:half])
    kept = copy(first.state())
    for name, array in kept.items():
        if array.dtype.hasobject:
            fail(survives_a_restart, f"state {name!r} holds objects", "numbers")
    second, spare = _fresh(factory), copy(kept)
    second.restore(spare)
    same_state(survives_a_restart, kept, second.state())
    for array in spare.values():
        array[...] = 0
    same_state(survives_a_restart, kept, second.state())
    expected = _run(first, X[half:], t[half:])
    same(survives_a_restart, expected, _run(second, X[half:], t[half:]), "after a restart")
    wider = factory(n_features=N_FEATURES + 1, directions=(*DIRECTIONS, 1))
    for foreign in ({}, wider.state()):
        try:
            second.restore(foreign)
        except ModelError:
            continue
        fail(survives_a_restart, "a state that does not fit was taken", "ModelError")


def keeps_its_size(factory: Factory) -> None:
    """Names, shapes and dtypes of the state are the same fresh, after 100 rows and 10,000."""
    X, t = two_modes(MANY_ROWS, 7, N_FEATURES)
    detector = _fresh(factory)
    fresh = sizes(detector.state())
    for rows in (slice(0, 100), slice(100, MANY_ROWS)):
        _run(detector, X[rows], t[rows])
        if sizes(detector.state()) != fresh:
            fail(keeps_its_size, f"state changed its size by row {rows.stop}", "a fixed size")


def repeats_itself(factory: Factory) -> None:
    """Repeat the same scores for the same rows; neither use nor change global random state."""
    X, t = two_modes(ROWS, 8, N_FEATURES)
    first = _run(_fresh(factory), X, t)
    plain, legacy = random.getstate(), _global_numpy_state()
    second = _run(_fresh(factory), X, t)
    same(repeats_itself, first, second, "run again")
    if random.getstate() != plain or _global_numpy_state() != legacy:
        fail(repeats_itself, "global random state was changed", "it left alone")


def gets_ready(factory: Factory) -> None:
    """NaN before anything was learnt, finite for good within 1,000 rows."""
    X, t = two_modes(2 * ROWS, 9, N_FEATURES)
    detector = _fresh(factory)
    if not np.isnan(detector.score(X[:20], t[:20])).all():
        fail(gets_ready, "scores before the first row was learnt", "NaN")
    scores = _run(detector, X, t)
    if not np.isnan(scores[0]):
        fail(gets_ready, f"first row scored {scores[0]!r}", "NaN")
    if not np.isfinite(scores[ROWS:]).all():
        fail(gets_ready, f"a score is not finite after {ROWS} rows", "finite scores")
    first = int(np.argmax(np.isfinite(scores)))
    if not np.isfinite(scores[first:]).all():
        fail(gets_ready, "a score is not finite though one before it was", "finite for good")


def passes_over_bad_rows(factory: Factory) -> None:
    """Scores a row with a value that is not finite NaN, and does not learn it."""
    X, t = two_modes(ROWS, 10, N_FEATURES)
    bad = np.zeros(ROWS, dtype=np.bool_)
    bad[[0, 5, 700, 701, 950]] = True
    broken = X.copy()
    values = (np.nan, np.inf, -np.inf, np.nan, np.inf)
    for i, value in zip(np.flatnonzero(bad), values, strict=True):
        broken[i, i % N_FEATURES] = value
    scores = _run(_fresh(factory), broken, t)
    if not np.isnan(scores[bad]).all():
        fail(passes_over_bad_rows, "a row that is not finite has a score", "NaN")
    expected = _run(_fresh(factory), X[~bad], t[~bad])
    same(passes_over_bad_rows, expected, scores[~bad], "with bad rows between")


def survives_equal_times(factory: Factory) -> None:
    """Rows of one moment are scored like others."""
    X, _ = two_modes(ROWS + 1, 11, N_FEATURES)
    scores = _run(_fresh(factory), X, np.full(ROWS + 1, START))
    if not np.isfinite(scores[ROWS]):
        fail(survives_equal_times, f"score {scores[ROWS]!r} at equal times", "a finite score")


def skips_weightless_rows(factory: Factory) -> None:
    """Scores a row of weight 0, which leaves no trace."""
    X, t, _ = with_anomalies(ROWS, 12, N_FEATURES)
    weight = np.ones(ROWS)
    weight[::3] = 0.0
    scores = _fresh(factory).score_learn(X, t, weight)
    taken = weight > 0.0
    expected = _run(_fresh(factory), X[taken], t[taken])
    same(skips_weightless_rows, expected, scores[taken], "with weightless rows between")
    if not np.isfinite(scores[~taken][-1]):
        fail(skips_weightless_rows, "a row of weight 0 has no score", "a score")


def finds_what_is_strange(factory: Factory) -> None:
    """Rows lifted in every column rank well above chance."""
    X, t, strange = with_anomalies(2 * ROWS, 13, N_FEATURES)
    detector = factory(n_features=N_FEATURES, directions=UPWARDS)
    chance = chance_of_order(_run(detector, X, t), strange)
    if not chance >= LEAST_CHANCE:
        fail(finds_what_is_strange, f"area {chance:.2f} under the curve", f"≥ {LEAST_CHANCE}")


def ignores_column_order(factory: Factory) -> None:
    """Columns permuted together with their directions give the same scores."""
    X, t = two_modes(ROWS, 14, N_FEATURES)
    order = [2, 0, 3, 1]
    expected = _run(_fresh(factory), X, t)
    turned = factory(n_features=N_FEATURES, directions=tuple(DIRECTIONS[i] for i in order))
    scores = _run(turned, np.ascontiguousarray(X[:, order]), t)
    if not np.allclose(scores, expected, rtol=1e-9, atol=1e-12, equal_nan=True):
        fail(ignores_column_order, "scores changed with the order of columns", "the same scores")


CHECKS: tuple[Check, ...] = (
    has_shape_and_dtype,
    scores_without_learning,
    leaves_inputs_alone,
    does_not_see_batches,
    scores_before_it_learns,
    survives_a_restart,
    keeps_its_size,
    repeats_itself,
    gets_ready,
    passes_over_bad_rows,
    survives_equal_times,
    skips_weightless_rows,
    finds_what_is_strange,
    ignores_column_order,
)


def _fresh(factory: Factory) -> Detector:
    return factory(n_features=N_FEATURES, directions=DIRECTIONS)


def _run(detector: Detector, X: Features, t: Rows) -> Rows:
    return detector.score_learn(X, t, np.ones(len(t)))


def _explained(
    detector: Detector, X: Features, t: Rows, cuts: tuple[int, ...]
) -> tuple[Rows, Rows]:
    """Return scores and contributions of the rows, taken in batches between the cuts."""
    scores, reasons = [], []
    for start, stop in itertools.pairwise(cuts):
        why = Contributions(floor=0.0, values=np.zeros((stop - start, X.shape[1])))
        rows = slice(start, stop)
        scores.append(detector.score_learn(X[rows], t[rows], np.ones(stop - start), why))
        reasons.append(why.values)
    return np.concatenate(scores), np.concatenate(reasons)


def _global_numpy_state() -> str:
    return repr(np.random.get_state())  # noqa: NPY002 the legacy generator is what is watched
