"""Columns brought to one scale: signed logarithm, then place and spread as they are learnt.

Counts, bytes and shares differ by orders of magnitude. One wild row must not ruin a scale, so what
is learnt from a row is cut at ``REACH`` deviations (winsorising, Huber 1981).
"""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

REACH = 4.0
"""Deviations from the place at which a value is cut before it is learnt."""


@njit(cache=True, nogil=True, error_model="numpy")
def log_row(x: NDArray[np.float32], t: float, y: NDArray[np.float64]) -> bool:
    """Write sign(x) ln(1 + |x|) into y (d,); say whether the row and its time are finite."""
    finite = math.isfinite(t)
    for j in range(len(x)):
        value = float(x[j])
        if not math.isfinite(value):
            finite = False
        elif value >= 0.0:
            y[j] = math.log(1.0 + value)
        else:
            y[j] = -math.log(1.0 - value)
    return finite


@njit(cache=True, nogil=True, error_model="numpy")
def learn_scale(
    y: NDArray[np.float64],
    place: NDArray[np.float64],
    variance: NDArray[np.float64],
    inverse: NDArray[np.float64],
    share: float,
    least: float,
) -> None:
    """Move place and variance (d,) by the share (0 to 1) that this row has of all weight.

    ``inverse`` (d,) is 1 / deviation afterwards, the deviation being at least ``least``.
    """
    for j in range(len(y)):
        reach = REACH / inverse[j]
        step = min(max(y[j] - place[j], -reach), reach)
        place[j] += share * step
        variance[j] = (1.0 - share) * (variance[j] + share * step * step)
        inverse[j] = 1.0 / max(math.sqrt(variance[j]), least)
