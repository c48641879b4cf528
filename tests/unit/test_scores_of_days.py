"""Scores of one day can be held against those of another, or their maxima would say nothing."""

import numpy as np

from detectors.base import Features
from detectors.kit_net import KitNet

DAY = 86_400.0
ROWS_A_DAY = 1_500
COLUMNS = 8


def mixed_rows(rows: int, often: float, seed: int) -> Features:
    """Rows of three usual columns and five that are 0 but for a share of rows."""
    rng = np.random.default_rng(seed)
    logs = 3.0 + 0.5 * rng.standard_normal((rows, COLUMNS))
    shown = rng.random((rows, COLUMNS)) < often
    shown[:, :3] = True
    return np.where(shown, np.exp(logs), 0.0).astype(np.float32)


def test_the_same_rows_score_alike_a_week_later() -> None:
    """The past of many sites was wide, as a prior is; the days of this one are all alike."""
    detector = KitNet(n_features=COLUMNS, directions=(1,) * COLUMNS)
    detector.learn(mixed_rows(3_000, 1 / 3, 4), np.zeros(3_000), np.ones(3_000))
    probe = mixed_rows(5_000, 1 / 40, 6)
    strange = []
    for day in range(9):
        t = day * DAY + np.linspace(0.0, DAY, ROWS_A_DAY, endpoint=False, dtype=np.float64)
        detector.score_learn(mixed_rows(ROWS_A_DAY, 1 / 40, 10 + day), t, np.ones(ROWS_A_DAY))
        scores = detector.score(probe, np.full(len(probe), t[-1]))
        strange.append(np.quantile(scores, 0.998))
    # 87 times with deviations of a quarter at least that halve each day, 7 times in three days
    assert max(strange) < 3.0 * strange[0]
