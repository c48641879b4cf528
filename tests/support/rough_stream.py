"""A stream with everything that can be wrong with one."""

import numpy as np

from detectors.base import Features, Rows

START = 1_700_000_000.0


def rough_stream(seed: int, rows: int, d: int, gap_s: float) -> tuple[Features, Rows, Rows]:
    """Return rows of three kinds, some wild, some not finite; times with jumps; weights 0 to 1."""
    rng = np.random.default_rng(seed)
    kinds = rng.uniform(-1.0, 5.0, size=(3, d))
    logs = kinds[rng.integers(0, 3, size=rows)] + 0.2 * rng.standard_normal((rows, d))
    logs[rng.random(rows) < 0.05] *= 2.0
    X = (np.sign(logs) * np.exp(np.abs(logs))).astype(np.float32)
    X[rng.random(rows) < 0.02, 0] = np.nan
    X[rng.random(rows) < 0.02, -1] = np.inf
    steps = rng.exponential(gap_s, size=rows) * (rng.random(rows) < 0.8)
    steps[rng.random(rows) < 0.01] += 40.0 * gap_s
    weight = rng.choice([0.0, 0.5, 1.0, 1.0], size=rows)
    return X, START + np.cumsum(steps), weight
