"""One small autoencoder with tied weights, its answer and its step down the gradient.

Symbols
-------
v_a  input, cut to 0 … 1; y_b hidden unit; z_a reconstruction
W_ab weights, used both ways; n inputs, h hidden units in use
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

STEEPEST = 30.0
"""Where the logistic function is flat for float64, nearly; beyond, exp could overflow."""


class Net(NamedTuple):
    """Parameters of one autoencoder, of at least n inputs and h hidden units."""

    weight: NDArray[np.float64]  # (≥ n, ≥ h)
    hidden: NDArray[np.float64]  # (≥ h,) bias
    visible: NDArray[np.float64]  # (≥ n,) bias


class Pass(NamedTuple):
    """Scratch of one pass through one autoencoder."""

    hidden: NDArray[np.float64]  # (≥ h,) y
    back: NDArray[np.float64]  # (≥ h,) error of y
    rebuilt: NDArray[np.float64]  # (≥ n,) z


@njit(cache=True, nogil=True, error_model="numpy")
def logistic(x: float) -> float:
    """Return 1 / (1 + e^-x)."""
    return 1.0 / (1.0 + math.exp(-min(max(x, -STEEPEST), STEEPEST)))


@njit(cache=True, nogil=True, error_model="numpy")
def hidden_units(n: int) -> int:
    """Return three quarters of the inputs, rounded up."""
    return (3 * n + 3) // 4


@njit(cache=True, nogil=True, error_model="numpy")
def rebuild(net: Net, v: NDArray[np.float64], n: int, work: Pass) -> None:
    """Write hidden units and reconstruction of the first n inputs. Cost: O(n h)."""
    h = hidden_units(n)
    for b in range(h):
        work.hidden[b] = net.hidden[b]
    for a in range(n):
        value = min(max(v[a], 0.0), 1.0)
        for b in range(h):
            work.hidden[b] += net.weight[a, b] * value
    for b in range(h):
        work.hidden[b] = logistic(work.hidden[b])
    for a in range(n):
        total = net.visible[a]
        for b in range(h):
            total += net.weight[a, b] * work.hidden[b]
        work.rebuilt[a] = logistic(total)


@njit(cache=True, nogil=True, error_model="numpy")
def descend(net: Net, v: NDArray[np.float64], n: int, rate: float, work: Pass) -> None:
    """Take one step down the cross-entropy of the pass that ``rebuild`` left. Cost: O(n h)."""
    h = hidden_units(n)
    for b in range(h):
        work.back[b] = 0.0
    for a in range(n):
        error = min(max(v[a], 0.0), 1.0) - work.rebuilt[a]
        for b in range(h):
            work.back[b] += net.weight[a, b] * error
    for b in range(h):
        work.back[b] *= work.hidden[b] * (1.0 - work.hidden[b])
        net.hidden[b] += rate * work.back[b]
    for a in range(n):
        value = min(max(v[a], 0.0), 1.0)
        error = value - work.rebuilt[a]
        net.visible[a] += rate * error
        for b in range(h):
            net.weight[a, b] += rate * (error * work.hidden[b] + value * work.back[b])
