"""The DenStream kernel does what the obvious program does."""

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors import Contributions
from detectors.den_stream import DenStream
from naive_den_stream import NaiveDenStream
from rough_stream import rough_stream


@settings(max_examples=15)
@given(
    seed=st.integers(0, 2**32 - 1),
    d=st.integers(1, 4),
    radius=st.sampled_from([0.2, 0.5, 1.0]),
    half_life=st.sampled_from([100.0, 3_600.0, 86_400.0]),
    min_weight=st.sampled_from([3.0, 16.3]),
    capacity=st.sampled_from([2, 5, 64]),
)
def test_kernel_equals_naive_den_stream(
    seed: int, d: int, radius: float, half_life: float, min_weight: float, capacity: int
) -> None:
    rng = np.random.default_rng(seed)
    directions = tuple(int(v) for v in rng.integers(-1, 2, size=d))
    X, t, weight = rough_stream(seed, 220, d, gap_s=30.0)
    detector = DenStream(
        n_features=d,
        directions=directions,
        radius=radius,
        half_life=half_life,
        min_weight=min_weight,
        capacity=capacity,
    )
    why = Contributions(floor=0.0, values=np.zeros(X.shape))
    scores = detector.score_learn(X, t, weight, why)
    naive = NaiveDenStream(directions, radius, half_life, min_weight, capacity)
    told = [naive.score_learn([float(v) for v in X[i]], t[i], weight[i]) for i in range(len(X))]
    np.testing.assert_allclose(scores, [score for score, _ in told], rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(why.values, [parts for _, parts in told], rtol=1e-6, atol=1e-9)


@given(seed=st.integers(0, 2**32 - 1), cuts=st.lists(st.integers(0, 300), max_size=6))
def test_any_split_gives_the_same_scores(seed: int, cuts: list[int]) -> None:
    X, t, weight = rough_stream(seed, 300, 3, gap_s=200.0)
    whole, parts = (DenStream(n_features=3, directions=(1, 0, -1)) for _ in range(2))
    expected = whole.score_learn(X, t, weight)
    borders = [0, *sorted(cuts), 300]
    found = [parts.score_learn(X[a:b], t[a:b], weight[a:b]) for a, b in itertools.pairwise(borders)]
    np.testing.assert_array_equal(np.concatenate(found), expected)
