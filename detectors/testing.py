"""Small streams to test detectors on: seeded, made of numpy alone."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .base import Features, Rows

START = 1_700_000_000.0
"""Stream time of the first row, in seconds since the epoch."""

MODES = (1.0, 4.0)
"""Where the two modes lie, in natural logarithms of a count."""

LIFT = 4.0
"""How far an anomaly lies above its mode, in the same unit."""


def two_modes(rows: int, seed: int, n_features: int = 2) -> tuple[Features, Rows]:
    """Return rows of two kinds of entity, each with counts of its own size.

    Returns
    -------
    X : (rows, n_features) float32
        Positive; log-normal around either mode, columns a little apart from one another.
    t : (rows,) float64
        Stream times, one row a second on average.
    """
    rng = np.random.default_rng(seed)
    return _rows(rng, rows, n_features), _times(rng, rows)


def with_anomalies(
    rows: int, seed: int, n_features: int = 2, share: float = 0.02
) -> tuple[Features, Rows, NDArray[np.bool_]]:
    """Return ``two_modes`` with a share of the rows of the second half lifted in every column.

    Returns
    -------
    X : (rows, n_features) float32
    t : (rows,) float64
    strange : (rows,) bool
        Which rows were lifted; at least one, none of the first half.
    """
    rng = np.random.default_rng(seed)
    X, t = _rows(rng, rows, n_features), _times(rng, rows)
    half = rows // 2
    lifted = half + rng.choice(rows - half, size=max(1, int(share * rows)), replace=False)
    X[lifted] *= np.float32(np.exp(LIFT))
    strange = np.zeros(rows, dtype=np.bool_)
    strange[lifted] = True
    return X, t, strange


def chance_of_order(scores: Rows, strange: NDArray[np.bool_]) -> float:
    """Return the chance that a strange row scores above an ordinary one (area under the ROC curve).

    Rows without a finite score are left out; ties count one half.
    """
    ready = np.isfinite(scores)
    high, low = scores[ready & strange], np.sort(scores[ready & ~strange])
    below: NDArray[Any] = np.searchsorted(low, high, "left") + np.searchsorted(low, high, "right")
    return float(below.mean() / (2 * len(low)))


def _rows(rng: np.random.Generator, rows: int, n_features: int) -> Features:
    modes = np.asarray(MODES)[rng.integers(0, len(MODES), size=rows)]
    columns = 0.1 * np.arange(n_features)
    logs = modes[:, None] + columns[None, :] + 0.2 * rng.standard_normal((rows, n_features))
    counts: Features = np.exp(logs).astype(np.float32)
    return counts


def _times(rng: np.random.Generator, rows: int) -> Rows:
    return START + np.cumsum(rng.exponential(1.0, size=rows))
