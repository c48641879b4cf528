"""Print what a row costs in each installed detector: CPU µs, one core, compiled, warm.

Run it as ``NUMBA_CPU_NAME=generic python tests/benchmarks/detector_cost.py``, for a generic CPU is
what the engine pins. Rows are like those of the connection family: 29 columns of very different
size, eight kinds of entity, one row in a thousand wild.
"""

import sys
import time

import numpy as np

from detectors import Contributions, Detector, load
from detectors.base import Features, Rows
from detectors.registry import installed

N_FEATURES = 29
ROWS = 20_000
BATCH = 512
RUNS = 5


def entity_rows(rows: int, seed: int) -> tuple[Features, Rows]:
    """Return rows of eight kinds of entity, six rows a second."""
    rng = np.random.default_rng(seed)
    kinds = rng.uniform(0.0, 8.0, size=(8, N_FEATURES))
    kinds[:, 20:] *= rng.integers(0, 2, size=(8, N_FEATURES - 20))
    logs = kinds[rng.integers(0, 8, size=rows)] + 0.4 * rng.standard_normal((rows, N_FEATURES))
    logs[rng.random(rows) < 0.001] += 5.0
    X = np.maximum(np.exp(logs) - 1.0, 0.0).astype(np.float32)
    return X, 1_700_000_000.0 + np.arange(rows) / 6.0


def micros_a_row(detector: Detector, X: Features, t: Rows, weight: Rows) -> float:
    """Return CPU time a row of ``score_learn`` with contributions, in batches."""
    start = time.process_time()
    for at in range(0, len(X), BATCH):
        rows = slice(at, at + BATCH)
        why = Contributions(5.0, np.zeros(X[rows].shape))
        detector.score_learn(X[rows], t[rows], weight[rows], why)
    return (time.process_time() - start) / len(X) * 1e6


def main() -> int:
    """Print a line for each detector; rows of weight 0 are scored and not learnt."""
    X, t = entity_rows(ROWS, 1)
    some = (np.arange(ROWS) % 8 == 0).astype(np.float64)
    lines = [f"{'detector':<20}{'first call s':>14}{'all learnt':>12}{'1/8 learnt':>12}  µs a row"]
    for name in installed():
        detector = load(name, n_features=N_FEATURES, directions=(1,) * N_FEATURES)
        start = time.perf_counter()
        detector.score_learn(X, t, np.ones(ROWS))
        first = time.perf_counter() - start
        later = [t + run * (t[-1] - t[0]) for run in range(1, 2 * RUNS + 1)]
        full = min(micros_a_row(detector, X, times, np.ones(ROWS)) for times in later[:RUNS])
        part = min(micros_a_row(detector, X, times, some) for times in later[RUNS:])
        lines.append(f"{name:<20}{first:>14.2f}{full:>12.2f}{part:>12.2f}")
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
