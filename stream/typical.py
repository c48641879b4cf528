"""What is typical of a population: a fading mean of each feature on a log scale."""

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

SHARE = 1.0 / 512.0  # weight of a new row once many are seen
LEAST_ROWS = 20.0


class TypicalState(NamedTuple):
    """P populations, d features."""

    log_mean: NDArray[np.float64]  # (P, d) of ln(1 + |x|)
    rows: NDArray[np.float64]  # (P,) weight seen, 1 / SHARE at most

    @classmethod
    def of(cls, populations: int, n_features: int) -> "TypicalState":
        """Nothing seen yet."""
        return cls(np.zeros((populations, n_features)), np.zeros(populations))


@njit(cache=True, nogil=True, error_model="numpy")
def follow(
    state: TypicalState,
    population: NDArray[np.int64],
    X: NDArray[np.float32],
    weight: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None:
    """Write the ``log_mean`` before each row (n, d), NaN at first; then let the row enter.

    ``typical_of`` tells what that means in the feature's own unit.
    """
    for i in range(len(X)):
        p = population[i]
        mean = state.log_mean[p]
        known = state.rows[p] >= LEAST_ROWS
        for j in range(X.shape[1]):
            out[i, j] = mean[j] if known else math.nan
        if weight[i] > 0.0:
            state.rows[p] = min(state.rows[p] + weight[i], 1.0 / SHARE)
            share = weight[i] / state.rows[p]
            for j in range(X.shape[1]):
                mean[j] += (math.log(1.0 + abs(X[i, j])) - mean[j]) * share


def typical_of(log_mean: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return what is typical where the mean on the log scale is this."""
    return np.expm1(log_mean).astype(np.float32)
