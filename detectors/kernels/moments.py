"""Running moments of columns, from which they are grouped.

Symbols: m_j mean of column j, C_jk sum of joint deviations.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray


class Grouping(NamedTuple):
    """Moments of d columns, and the groups formed from them."""

    mean: NDArray[np.float64]  # (d,)
    joint: NDArray[np.float64]  # (d, d)
    rows: NDArray[np.float64]  # (1,) how many were added
    member: NDArray[np.int64]  # (d,) columns, group after group
    start: NDArray[np.int64]  # (d + 1,) where each group starts in ``member``


@njit(cache=True, nogil=True, error_model="numpy")
def learn_moments(grouping: Grouping, z: NDArray[np.float64]) -> None:
    """Add a row z (d,) to means and joint deviations (Welford 1962). Cost: O(d²)."""
    d = len(z)
    grouping.rows[0] += 1.0
    share = 1.0 / grouping.rows[0]
    for j in range(d):
        apart = z[j] - grouping.mean[j]
        for k in range(d):
            other = z[k] - grouping.mean[k]
            grouping.joint[j, k] += (1.0 - share) * (apart * other)
    for j in range(d):
        grouping.mean[j] += share * (z[j] - grouping.mean[j])
