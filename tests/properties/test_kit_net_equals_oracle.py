"""The KitNET kernel does what the obvious program does."""

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors import Contributions
from detectors.kit_net import KitNet
from naive_kit_net import NaiveKitNet
from rough_stream import rough_stream


@settings(max_examples=15)
@given(
    seed=st.integers(0, 2**32 - 1),
    d=st.integers(1, 6),
    max_group=st.integers(1, 8),
    learning_rate=st.sampled_from([0.04, 0.3]),
    half_life=st.sampled_from([300.0, 3_600.0, 86_400.0]),
)
def test_kernel_equals_naive_kit_net(
    seed: int, d: int, max_group: int, learning_rate: float, half_life: float
) -> None:
    rng = np.random.default_rng(seed)
    directions = tuple(int(v) for v in rng.integers(-1, 2, size=d))
    X, t, weight = rough_stream(seed, 700, d, gap_s=30.0)
    detector = KitNet(
        n_features=d,
        directions=directions,
        max_group=max_group,
        learning_rate=learning_rate,
        half_life=half_life,
        seed=seed,
    )
    why = Contributions(floor=0.0, values=np.zeros(X.shape))
    scores = detector.score_learn(X, t, weight, why)
    naive = NaiveKitNet(directions, max_group, learning_rate, half_life, seed)
    told = [naive.score_learn([float(v) for v in X[i]], t[i], weight[i]) for i in range(len(X))]
    assert naive.learnt > 300
    np.testing.assert_allclose(scores, [score for score, _ in told], rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(why.values, [parts for _, parts in told], rtol=1e-6, atol=1e-9)


@given(seed=st.integers(0, 2**32 - 1), cuts=st.lists(st.integers(0, 600), max_size=6))
def test_any_split_gives_the_same_scores(seed: int, cuts: list[int]) -> None:
    X, t, weight = rough_stream(seed, 600, 3, gap_s=200.0)
    whole, parts = (KitNet(n_features=3, directions=(1, 0, -1)) for _ in range(2))
    expected = whole.score_learn(X, t, weight)
    borders = [0, *sorted(cuts), 600]
    found = [parts.score_learn(X[a:b], t[a:b], weight[a:b]) for a, b in itertools.pairwise(borders)]
    np.testing.assert_array_equal(np.concatenate(found), expected)
