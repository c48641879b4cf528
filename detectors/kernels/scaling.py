"""Columns brought to one scale: signed logarithm, then place and spread as they are learnt.

Counts, bytes and shares differ by orders of magnitude. One wild row must not ruin a scale, so what
is learnt from a row is cut at ``REACH`` deviations (winsorising, Huber 1981).
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

REACH = 4.0
"""Deviations from the place at which a value is cut before it is learnt."""


class Scale(NamedTuple):
    """Where values lie and how far apart, a column each."""

    place: NDArray[np.float64]
    variance: NDArray[np.float64]
    inverse: NDArray[np.float64]  # 1 / deviation


@njit(cache=True, nogil=True, error_model="numpy")
def log_row(X: NDArray[np.float32], i: int, t: float, y: NDArray[np.float64]) -> bool:
    """Write sign(x) ln(1 + |x|) of row i into y (d,); say whether it and its time are finite."""
    finite = math.isfinite(t)
    for j in range(len(y)):
        value = float(X[i, j])
        if not math.isfinite(value):
            finite = False
        elif value >= 0.0:
            y[j] = math.log(1.0 + value)
        else:
            y[j] = -math.log(1.0 - value)
    return finite


@njit(cache=True, nogil=True, error_model="numpy")
def learn_scale(
    scale: Scale, y: NDArray[np.float64], columns: int, share: float, least: float
) -> None:
    """Move the scale of so many columns by the share (0 to 1) that row y has of all weight.

    A deviation is at least ``least``.
    """
    for j in range(columns):
        reach = REACH / scale.inverse[j]
        step = min(max(y[j] - scale.place[j], -reach), reach)
        scale.place[j] += share * step
        scale.variance[j] = (1.0 - share) * (scale.variance[j] + share * step * step)
        scale.inverse[j] = 1.0 / max(math.sqrt(scale.variance[j]), least)
