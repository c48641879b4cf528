"""DenStream and KitNET on inputs that break arithmetic, and on wrong arguments."""

from collections.abc import Callable

import numpy as np
import pytest

from detectors import ConfigError, Contributions, Detector, ModelError
from detectors.base import Array, Features, Rows
from detectors.den_stream import DenStream
from detectors.kernels.den_stream import den_stream_rows
from detectors.kernels.kit_net import kit_net_rows
from detectors.kit_net import KitNet
from detectors.testing import two_modes

Both = type[DenStream] | type[KitNet]
BOTH = pytest.mark.parametrize("kind", [DenStream, KitNet])
ROWS = 600


def ordinary(rows: int = ROWS) -> tuple[Features, Rows]:
    return two_modes(rows, 5, 3)


def make(kind: Both) -> Detector:
    return kind(n_features=3, directions=(1, 0, -1))


def learnt(kind: Both, rows: int = ROWS) -> Detector:
    detector = make(kind)
    X, t = ordinary(rows)
    detector.learn(X, t, np.ones(rows))
    return detector


@BOTH
@pytest.mark.parametrize(
    "value", [0.0, -1.0, 1e-38, -3.4e38, 3.4e38, 1e30], ids=lambda value: f"{value:g}"
)
def test_constant_columns_of_any_size_score_0_at_last(kind: Both, value: float) -> None:
    X = np.full((2 * ROWS, 3), value, dtype=np.float32)
    t = np.arange(2.0 * ROWS)
    scores = make(kind).score_learn(X, t, np.ones(2 * ROWS))
    assert scores[-1] < 0.2
    assert np.isfinite(scores[ROWS:]).all()


@BOTH
def test_greatest_numbers_between_ordinary_ones_give_finite_scores(kind: Both) -> None:
    X, t = ordinary()
    X[::50] = 3.4e38
    X[25::50] = -3.4e38
    scores = make(kind).score_learn(X, t, np.ones(ROWS))
    assert np.isfinite(scores[400:]).all()
    assert (scores[400:] >= 0.0).all()


@BOTH
@pytest.mark.parametrize("at", [0, 150, 599])
def test_one_wild_row_does_not_ruin_the_scale(kind: Both, at: int) -> None:
    X, t = ordinary()
    calm, shaken = learnt(kind), make(kind)
    X[at] = 1e30
    shaken.learn(X, t, np.ones(ROWS))
    ratio = shaken.state()["inverse"] / calm.state()["inverse"]
    assert (ratio > 0.8).all()
    assert (ratio < 1.25).all()


@BOTH
def test_silence_of_a_century_leaves_scores_finite(kind: Both) -> None:
    detector = learnt(kind)
    X, t = ordinary()
    for _ in range(3):
        t += 100 * 366 * 86_400.0
        assert np.isfinite(detector.score(X, t)).all()
        assert np.isfinite(detector.score_learn(X, t, np.ones(ROWS))).all()


@BOTH
def test_only_time_between_rows_matters(kind: Both) -> None:
    X, _ = ordinary()
    hours = 3_600.0 * np.arange(float(ROWS))
    now, later = make(kind), make(kind)
    first = now.score_learn(X, hours, np.ones(ROWS))
    np.testing.assert_array_equal(later.score_learn(X, hours + 2.0**32, np.ones(ROWS)), first)


@BOTH
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_row_at_no_time_is_neither_scored_nor_learnt(kind: Both, value: float) -> None:
    detector = learnt(kind)
    before = {name: array.copy() for name, array in detector.state().items()}
    X, _ = ordinary()
    assert np.isnan(detector.score_learn(X[:1], np.full(1, value), np.ones(1))[0])
    for name, array in detector.state().items():
        np.testing.assert_array_equal(array, before[name])


@BOTH
def test_row_of_no_weight_at_all_is_not_learnt(kind: Both) -> None:
    detector = learnt(kind)
    before = {name: array.copy() for name, array in detector.state().items()}
    X, t = ordinary()
    detector.learn(X[:2], t[-1:].repeat(2), np.array([np.nan, -1.0]))
    for name, array in detector.state().items():
        np.testing.assert_array_equal(array, before[name])


@BOTH
def test_layout_dtype_and_flags_of_inputs_do_not_matter(kind: Both) -> None:
    """One specialisation serves all: strided, read-only, of other dtypes."""
    X, t = ordinary()
    expected = make(kind).score_learn(X, t, np.ones(ROWS))
    frozen = X.copy()
    frozen.flags.writeable = False
    t.flags.writeable = False
    wide = np.repeat(X, 2, axis=1)[:, ::2]
    forms: list[Array] = [np.asfortranarray(X), X.astype(np.float64), frozen, wide]
    kernel = den_stream_rows if kind is DenStream else kit_net_rows
    for form in forms:
        scores = make(kind).score_learn(form, t, np.ones(ROWS, dtype=np.int8))
        np.testing.assert_array_equal(scores, expected)
    assert len(getattr(kernel, "signatures", [()])) == 1


@BOTH
def test_contributions_sum_to_the_score_where_it_is_above_the_floor(kind: Both) -> None:
    detector = learnt(kind)
    X, t = ordinary()
    X[::10, 0] *= 10_000.0
    weight = np.zeros(ROWS)
    floor = float(np.median(detector.score(X, t)))
    why = Contributions(floor, np.full((ROWS, 3), -1.0))
    scores = detector.score_learn(X, t, weight, why)
    high = scores > floor
    np.testing.assert_allclose(why.values[high].sum(axis=1), scores[high], rtol=1e-9)
    assert (why.values[~high] == -1.0).all()
    assert (why.values[::10].argmax(axis=1) == 0).mean() > 0.9


@BOTH
def test_only_the_strange_side_of_a_column_counts(kind: Both) -> None:
    detector = learnt(kind)
    X, t = ordinary()
    high, low = X[-1:].copy(), X[-1:].copy()
    high[:, 0] *= 50.0
    low[:, 2] *= 0.001
    both = Contributions(0.0, np.zeros((2, 3)))
    detector.score_learn(np.concatenate((high, low)), t[-2:], np.zeros(2), both)
    assert both.values[0].argmax() == 0
    assert both.values[1].argmax() == 2
    turned = [np.array([[1.0, 1.0, 50.0]]), np.array([[0.001, 1.0, 1.0]])]
    for harmless in turned:
        values = Contributions(-1.0, np.zeros((1, 3)))
        row = (X[-1:] * harmless).astype(np.float32)
        detector.score_learn(row, t[-1:], np.zeros(1), values)
        strange_column = int(np.abs(np.log(harmless[0])).argmax())
        assert values.values[0, strange_column] == 0.0


def test_score_of_0_has_contributions_of_0() -> None:
    X, t = np.full((ROWS, 3), 7.0, dtype=np.float32), np.arange(float(ROWS))
    detector = make(DenStream)
    detector.learn(X, t, np.ones(ROWS))
    detector.restore({**detector.state(), "center": np.full((3, 64), np.log(8.0))})
    why = Contributions(-1.0, np.full((1, 3), 9.0))
    assert detector.score_learn(X[:1], t[-1:], np.zeros(1), why)[0] == 0.0
    assert (why.values == 0.0).all()


def test_kit_net_knows_broken_joint_habits() -> None:
    """Two columns always move together; a row where they do not is strange, each value ordinary."""
    rng = np.random.default_rng(3)
    level = rng.uniform(0.0, 5.0, size=6_000)
    X = np.exp(np.stack([level, level + 0.1 * rng.standard_normal(6_000)], axis=1))
    X[5_500:, 1] = np.exp(rng.permutation(level)[:500])
    X = X.astype(np.float32)
    scores = KitNet(n_features=2, directions=(0, 0)).score_learn(
        X, np.arange(6_000.0), np.where(np.arange(6_000) < 5_500, 1.0, 0.0)
    )
    assert np.median(scores[5_500:]) > 2 * np.median(scores[4_500:5_500])


def test_den_stream_finds_a_row_between_two_modes() -> None:
    X, t = two_modes(2_000, 3, 3)
    detector = DenStream(n_features=3, directions=(0, 0, 0))
    scores = detector.score_learn(X, t, np.ones(2_000))
    between = np.full((1, 3), np.exp(2.5), dtype=np.float32)
    assert detector.score(between, t[-1:])[0] > np.quantile(scores[1_000:], 0.99)


@pytest.mark.parametrize(
    ("make_it", "said"),
    [
        (lambda: DenStream(n_features=0, directions=()), "DenStream: n_features is 0, expected at"),
        (lambda: DenStream(n_features=2, directions=(1,)), "DenStream: directions has 1 entries"),
        (
            lambda: KitNet(n_features=1, directions=(2,)),
            r"KitNet: directions is \(2,\), expected -1",
        ),
        (lambda: DenStream(n_features=1, directions=(1,), radius=0.0), "radius is 0.0, expected a"),
        (lambda: DenStream(n_features=1, directions=(1,), half_life=-1.0), "half_life is -1.0"),
        (lambda: DenStream(n_features=1, directions=(1,), min_weight=np.nan), "min_weight is nan"),
        (
            lambda: DenStream(n_features=1, directions=(1,), capacity=1),
            "capacity is 1, expected",
        ),
        (lambda: KitNet(n_features=1, directions=(1,), max_group=0), "max_group is 0, expected at"),
        (
            lambda: KitNet(n_features=1, directions=(1,), learning_rate=np.inf),
            "rate is inf",
        ),
        (lambda: KitNet(n_features=1, directions=(1,), half_life=0.0), "half_life is 0.0"),
        (lambda: KitNet(n_features=1, directions=(1,), seed=-1), "seed is -1, expected at least 0"),
    ],
)
def test_wrong_argument_is_refused(make_it: Callable[[], Detector], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        make_it()


@BOTH
def test_rows_of_another_width_are_refused(kind: Both) -> None:
    X, t = two_modes(5, 1, 4)
    with pytest.raises(ModelError, match=r"X has 4 columns, expected 3; retrain, or load"):
        make(kind).score(X, t)
    with pytest.raises(ModelError, match="X has 0 columns"):
        make(kind).score(X[0], t[:4])


@BOTH
def test_lengths_must_agree(kind: Both) -> None:
    X, t = ordinary()
    with pytest.raises(ModelError, match="X has 600 rows, t 600, weight 599, expected as many"):
        make(kind).learn(X, t, np.ones(ROWS - 1))


@BOTH
def test_state_of_another_dtype_is_refused_and_changes_nothing(kind: Both) -> None:
    detector = learnt(kind)
    before = {name: array.copy() for name, array in detector.state().items()}
    foreign = {**before, "counts": before["counts"].astype(np.float64), "place": np.zeros(3)}
    with pytest.raises(ModelError, match=r"'counts' is float64 \(2,\), expected int64 \(2,\)"):
        detector.restore(foreign)
    for name, array in detector.state().items():
        np.testing.assert_array_equal(array, before[name])


@BOTH
def test_state_with_other_names_is_refused(kind: Both) -> None:
    with pytest.raises(ModelError, match=r"state has \['x'\], expected \["):
        make(kind).restore({"x": np.zeros(1)})
