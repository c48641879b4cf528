"""Which rows are too strange to be learnt in full.

The gate stands at the score that one in a hundred learnt rows passes, over a fading histogram of
half octaves. Rows above it count a sixteenth, there as well, so an attack of some hundred rows
cannot push it up; and it rises by half an octave an hour of stream time at most, so a burst cannot
either. A shift that many entities show lifts it within hours, for then most rows are above it.
"""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

N_BINS = 64
OCTAVES_BELOW_1 = 10
HALF_OCTAVE = 0.7071067811865476

GATE_SHARE = 16.0
"""A row above the gate is learnt with its weight divided by this."""

# entries of ``level``: the highest open bin (-1: none yet), since when, weight in all, rows
BIN, SINCE, TOTAL, ROWS = range(4)
N_LEVEL = 4

OPEN_UNTIL = 64
"""Scored rows before there is a gate."""

FREE_UNTIL = 256
"""Scored rows until which it moves freely."""

ABOVE = 0.01
STEP_S = 3600.0


@njit(cache=True, nogil=True, error_model="numpy")
def gate_bin(score: float) -> int:
    """Return the bin of a score: two an octave from 2^-10 to 2^21, what is less in bin 0."""
    if score < 0.0009765625:
        return 0
    mantissa, exponent = math.frexp(score)
    at = 2 * (exponent + OCTAVES_BELOW_1) - 1
    if mantissa >= HALF_OCTAVE:
        at += 1
    return min(at, N_BINS - 1)


@njit(cache=True, nogil=True, error_model="numpy")
def gate_divisor(level: NDArray[np.float64], score: float, divisor: float) -> float:
    """Return what to divide the row's weight by: ``divisor`` above the gate, else 1."""
    if level[BIN] < 0.0 or not gate_bin(score) > level[BIN]:
        return 1.0
    return divisor


@njit(cache=True, nogil=True, error_model="numpy")
def move_gate(
    histogram: NDArray[np.float64],
    level: NDArray[np.float64],
    score: float,
    weight: float,
    t: float,
) -> None:
    """Add a score with its weight in landmark units, and let the gate follow."""
    histogram[gate_bin(score)] += weight
    level[TOTAL] += weight
    level[ROWS] = min(level[ROWS] + 1.0, 1e15)
    if level[ROWS] < OPEN_UNTIL:
        return
    want = N_BINS - 1
    above = histogram[want]
    while above <= ABOVE * level[TOTAL] and want > 0:
        want -= 1
        above += histogram[want]
    if level[ROWS] <= FREE_UNTIL or want < level[BIN]:
        level[BIN] = want
        level[SINCE] = t
    elif want > level[BIN] and t - level[SINCE] >= STEP_S:
        level[BIN] += 1.0
        level[SINCE] = t
