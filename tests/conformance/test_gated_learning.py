"""An attack that repeats does not become normal; a shift that many entities show does."""

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from detectors import Detector, load
from detectors.base import Features, Rows
from detectors.registry import installed

NAMES = list(installed())
N_FEATURES = 6
HOUR = 3_600.0
DAY = 24 * HOUR
ENTITIES = 80
ROWS_A_DAY = 40
START = 1_700_000_000.0
ATTACK = np.array([8.0, 8.0, 8.0, 1.0, 1.0, 1.0])
SHIFTED = np.array([30.0, 30.0, 30.0, 1.0, 1.0, 1.0])


@dataclass(frozen=True)
class Stream:
    X: Features
    t: Rows
    weight: Rows


def days_of(n_days: int, first_day: int, seed: int, share: float = 0.0) -> Stream:
    """Rows of entities of two kinds, weighted as the pipeline does: 1, 2, 3, 4, 8, 16 … a day.

    A share of the entities has three features thirty times as high.
    """
    rng = np.random.default_rng(seed)
    n = ENTITIES * ROWS_A_DAY * n_days
    entity = entities_of(n_days, seed)
    turn = np.repeat(np.arange(ROWS_A_DAY * n_days) % ROWS_A_DAY + 1, ENTITIES)
    kind = np.where(entity % 2 == 0, 1.0, 4.0)
    X = np.exp(kind[:, None] + 0.3 * rng.standard_normal((n, N_FEATURES)))
    shifted = entity < share * ENTITIES
    X[shifted] *= SHIFTED
    t = (
        START
        + first_day * DAY
        + np.linspace(0.0, n_days * DAY, n, endpoint=False, dtype=np.float64)
    )
    return Stream(X.astype(np.float32), t, counted(turn))


def counted(turn: NDArray[np.int64]) -> Rows:
    """Return the pipeline's weight of an entity's first, second, third … row of a day."""
    return np.where((turn <= 4) | ((turn & (turn - 1)) == 0), 1.0, 0.0)


def entities_of(n_days: int, seed: int) -> NDArray[np.int64]:
    """Return the entity of each row: all entities in turn, each turn in an order of its own."""
    rng = np.random.default_rng(seed)
    return np.concatenate([rng.permutation(ENTITIES) for _ in range(ROWS_A_DAY * n_days)])


def run(detector: Detector, stream: Stream) -> Rows:
    return detector.score_learn(stream.X, stream.t, stream.weight)


def experienced(name: str) -> tuple[Detector, float]:
    """Return a detector after three ordinary days, and the score that 1 in 100 rows passes."""
    detector = load(name, n_features=N_FEATURES, directions=(1,) * N_FEATURES)
    scores = run(detector, days_of(3, 0, seed=1))
    return detector, float(np.quantile(scores[-2 * ENTITIES * ROWS_A_DAY :], 0.99))


def attack(weight: Rows) -> Stream:
    """Two hundred rows within an hour, three features far above all that is known."""
    rng = np.random.default_rng(2)
    X = np.exp(ATTACK + 0.1 * rng.standard_normal((200, N_FEATURES))).astype(np.float32)
    return Stream(X, START + 3 * DAY + np.linspace(0.0, HOUR, 200, dtype=np.float64), weight)


@pytest.mark.parametrize("name", NAMES)
def test_two_hundred_rows_of_an_attack_do_not_make_it_normal(name: str) -> None:
    detector, strange = experienced(name)
    scores = run(detector, attack(counted(np.arange(200) + 1)))
    assert scores[:10].min() > strange
    assert scores[-10:].min() > strange


@pytest.mark.parametrize("name", ["den_stream", "kit_net"])
def test_gate_alone_holds_two_hundred_rows_of_an_attack_off(name: str) -> None:
    detector, strange = experienced(name)
    scores = run(detector, attack(np.ones(200)))
    assert scores[-10:].min() > strange


@pytest.mark.parametrize("name", NAMES)
def test_shift_of_many_entities_is_normal_within_48_hours(name: str) -> None:
    detector, strange = experienced(name)
    scores = run(detector, days_of(3, 3, seed=3, share=0.5))
    shifted = entities_of(3, seed=3) < ENTITIES // 2
    day = np.repeat(np.arange(3), ENTITIES * ROWS_A_DAY)
    assert np.median(scores[shifted][:100]) > strange
    assert np.median(scores[shifted & (day == 2)]) < strange
