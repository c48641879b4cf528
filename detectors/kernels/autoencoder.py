"""Small autoencoders with tied weights, side by side in flat arrays.

Views would be cleaner and cost more than the arithmetic: each takes and drops a reference. So does
an array taken out of a nested tuple for each call; and a call pushes seven words for each array,
hence one call for all autoencoders. Indices are kept from 0 on where numba cannot see that they are
not negative: else each access asks.

Symbols
-------
u_s  input of slot s; v_s the same cut to 0 … 1; y_b hidden unit, logistic; z_s reconstruction,
     linear; W_bs weights, used both ways; n inputs and h hidden units of an autoencoder
e_s  squared residual of u_s over z_s, where it is on the strange side
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from detectors.kernels.scaling import Scale

STEEPEST = 30.0
"""Where the logistic function is nearly flat for float64; beyond, exp could overflow."""


PER_DEVIATION = 1.0 / 6.0
"""Part of the range 0 … 1 that a deviation is: one extreme row cannot ruin such a range."""


HUBER = 0.2
"""Residual from which the loss grows straight: what is far off pulls no harder (Huber 1964)."""


class Nets(NamedTuple):
    """Parameters; autoencoder g has the slots from start[g] to start[g + 1], and so on."""

    weight: NDArray[np.float64]  # (W,) hidden unit after hidden unit
    hidden: NDArray[np.float64]  # (S,) bias
    visible: NDArray[np.float64]  # (S,) bias
    direction: NDArray[np.int64]  # (S,) which side of the slot is strange
    start: NDArray[np.int64]  # (G + 1,) first slot
    first_hidden: NDArray[np.int64]  # (G + 1,)
    first_weight: NDArray[np.int64]  # (G + 1,)


class Pass(NamedTuple):
    """Scratch of one pass through all."""

    u: NDArray[np.float64]  # (S,)
    shown: NDArray[np.float64]  # (S,) v
    hidden: NDArray[np.float64]  # (S,) y
    rebuilt: NDArray[np.float64]  # (S,) z
    excess: NDArray[np.float64]  # (S,) e


@njit(cache=True, nogil=True, error_model="numpy")
def input_of(apart: float, inverse: float) -> float:
    """Return the input for what lies so far from its place, with 1 / deviation."""
    return 0.5 + apart * inverse * PER_DEVIATION


@njit(cache=True, nogil=True, error_model="numpy")
def logistic(x: float) -> float:
    """Return 1 / (1 + e^-x)."""
    return 1.0 / (1.0 + math.exp(-min(max(x, -STEEPEST), STEEPEST)))


@njit(cache=True, nogil=True, error_model="numpy")
def rebuild(nets: Nets, groups: int, work: Pass, error: NDArray[np.float64], scale: Scale) -> float:
    """Pass the inputs through the groups' autoencoders, and their errors through the last one.

    ``error`` takes the root mean square of e of each group, which has its place in ``scale``.
    Return that of the last. Cost: O(n h) each.
    """
    after = nets.start[groups]
    last = 0.0
    for g in range(groups + 1):
        start, first = max(nets.start[g], 0), max(nets.first_hidden[g], 0)
        at = max(nets.first_weight[g], 0)
        n, h = nets.start[g + 1] - start, nets.first_hidden[g + 1] - first
        for s in range(n):
            work.shown[start + s] = min(max(work.u[start + s], 0.0), 1.0)
        for b in range(h):
            total = nets.hidden[first + b]
            for s in range(n):
                total += nets.weight[at + b * n + s] * work.shown[start + s]
            work.hidden[first + b] = logistic(total)
        squares = 0.0
        for s in range(n):
            total = nets.visible[start + s]
            for b in range(h):
                total += nets.weight[at + b * n + s] * work.hidden[first + b]
            work.rebuilt[start + s] = total
            apart = work.u[start + s] - total
            if apart * nets.direction[start + s] < 0.0:
                apart = 0.0
            work.excess[start + s] = apart * apart
            squares += work.excess[start + s]
        last = math.sqrt(squares / n)
        if g < groups:
            error[g] = last
            work.u[after + g] = input_of(last - scale.place[g], scale.inverse[g])
    return last


@njit(cache=True, nogil=True, error_model="numpy")
def descend(nets: Nets, groups: int, step: float, work: Pass) -> None:
    """Take one step down the Huber loss of the pass that ``rebuild`` left. Cost: O(n h) each.

    Afterwards ``work.rebuilt`` holds the residuals, cut, times the step.
    """
    for g in range(groups + 1):
        start, first = max(nets.start[g], 0), max(nets.first_hidden[g], 0)
        at = max(nets.first_weight[g], 0)
        n = nets.start[g + 1] - start
        for s in range(start, start + n):
            error = work.shown[s] - work.rebuilt[s]
            work.rebuilt[s] = step * min(max(error, -HUBER), HUBER)
            nets.visible[s] += work.rebuilt[s]
        for b in range(nets.first_hidden[g + 1] - first):
            unit = work.hidden[first + b]
            back = 0.0
            for s in range(n):
                back += nets.weight[at + s] * work.rebuilt[start + s]
            back *= unit * (1.0 - unit)
            nets.hidden[first + b] += back
            for s in range(n):
                change = unit * work.rebuilt[start + s] + back * work.shown[start + s]
                nets.weight[at + s] += change
            at += n
