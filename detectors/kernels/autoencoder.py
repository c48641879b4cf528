"""Small autoencoders with tied weights, side by side in flat arrays.

Views would be cleaner and cost more than the arithmetic: each takes and drops a reference.

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

STEEPEST = 30.0
"""Where the logistic function is nearly flat for float64; beyond, exp could overflow."""


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
def logistic(x: float) -> float:
    """Return 1 / (1 + e^-x)."""
    return 1.0 / (1.0 + math.exp(-min(max(x, -STEEPEST), STEEPEST)))


@njit(cache=True, nogil=True, error_model="numpy")
def rebuild(nets: Nets, g: int, work: Pass) -> float:
    """Pass the inputs of autoencoder g through it; return the mean of e. Cost: O(n h)."""
    start, stop = nets.start[g], nets.start[g + 1]
    first, last = nets.first_hidden[g], nets.first_hidden[g + 1]
    n = stop - start
    for s in range(start, stop):
        work.shown[s] = min(max(work.u[s], 0.0), 1.0)
    at = nets.first_weight[g]
    for b in range(first, last):
        total = nets.hidden[b]
        for s in range(start, stop):
            total += nets.weight[at] * work.shown[s]
            at += 1
        work.hidden[b] = logistic(total)
    squares = 0.0
    for s in range(start, stop):
        total = nets.visible[s]
        at = nets.first_weight[g] + s - start
        for b in range(first, last):
            total += nets.weight[at] * work.hidden[b]
            at += n
        work.rebuilt[s] = total
        apart = work.u[s] - total
        if apart * nets.direction[s] < 0.0:
            apart = 0.0
        work.excess[s] = apart * apart
        squares += work.excess[s]
    return float(squares / n)


@njit(cache=True, nogil=True, error_model="numpy")
def descend(nets: Nets, g: int, step: float, work: Pass) -> None:
    """Take one step down the Huber loss of the pass that ``rebuild`` left. Cost: O(n h).

    Afterwards ``work.rebuilt`` holds the residuals, cut, times the step.
    """
    start, stop = nets.start[g], nets.start[g + 1]
    n = stop - start
    at = nets.first_weight[g]
    for s in range(start, stop):
        error = work.shown[s] - work.rebuilt[s]
        work.rebuilt[s] = step * min(max(error, -HUBER), HUBER)
        nets.visible[s] += work.rebuilt[s]
    for b in range(nets.first_hidden[g], nets.first_hidden[g + 1]):
        unit = work.hidden[b]
        back = 0.0
        for a in range(n):
            back += nets.weight[at + a] * work.rebuilt[start + a]
        back *= unit * (1.0 - unit)
        nets.hidden[b] += back
        for a in range(n):
            nets.weight[at] += unit * work.rebuilt[start + a] + back * work.shown[start + a]
            at += 1
