"""Running moments of columns, from which they are grouped."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray


class Moments(NamedTuple):
    """Of d columns."""

    mean: NDArray[np.float64]  # (d,)
    joint: NDArray[np.float64]  # (d, d) sums of joint deviations
    rows: NDArray[np.float64]  # (1,) how many were added


@njit(cache=True, nogil=True, error_model="numpy")
def learn_moments(moments: Moments, z: NDArray[np.float64]) -> None:
    """Add a row z (d,) to means and joint deviations (Welford 1962). Cost: O(d²)."""
    d = len(moments.mean)
    moments.rows[0] += 1.0
    share = 1.0 / moments.rows[0]
    for j in range(d):
        apart = z[j] - moments.mean[j]
        for k in range(d):
            other = z[k] - moments.mean[k]
            moments.joint[j, k] += (1.0 - share) * (apart * other)
    for j in range(d):
        moments.mean[j] += share * (z[j] - moments.mean[j])
