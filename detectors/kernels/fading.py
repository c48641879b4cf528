"""Weights that halve with stream time, kept in units of a landmark.

Forward decay (Cormode, Shkapenyuk, Srivastava, Xu 2009, section III): instead of shrinking all old
weights at each row, a new row weighs 2^((t - L) / half-life) at the landmark L. Only ratios of
weights have a meaning, so nothing else changes. The landmark moves before numbers grow too large.

Symbols: L = ``clock[LANDMARK]``, stream time in seconds; rate = 1 / half-life.
"""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

LANDMARK = 0
STARTED = 1
N_CLOCK = 2

LN2 = 0.6931471805599453
MOST = 512.0
"""Half-lives after which all is as faded as it gets: a silence of years may not overflow."""

DUE = 32.0
"""Half-lives after which the landmark moves."""


@njit(cache=True, nogil=True, error_model="numpy")
def growth(clock: NDArray[np.float64], t: float, rate: float) -> float:
    """Return what a weight of 1 at time t is worth at the landmark; 1 before the first row."""
    if clock[STARTED] == 0.0:
        return 1.0
    return math.exp(LN2 * min(max((t - clock[LANDMARK]) * rate, 0.0), MOST))


@njit(cache=True, nogil=True, error_model="numpy")
def move_landmark(clock: NDArray[np.float64], t: float, rate: float) -> float:
    """Set or move the landmark where that is due; return what to multiply all weights by.

    The factor is a power of two, so that it rounds nothing.
    """
    if clock[STARTED] == 0.0:
        clock[STARTED] = 1.0
        clock[LANDMARK] = t
        return 1.0
    age = (t - clock[LANDMARK]) * rate
    if age <= DUE:
        return 1.0
    if age >= MOST:
        clock[LANDMARK] = t
        return math.ldexp(1.0, -int(MOST))
    whole = math.floor(age)
    clock[LANDMARK] += whole / rate
    return math.ldexp(1.0, -int(whole))
