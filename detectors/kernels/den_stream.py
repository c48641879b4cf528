"""Micro-clusters of a fading stream, in arrays of a fixed size.

Symbols
-------
w_k  faded weight of micro-cluster k, in landmark units; c_k its centre, in signed logarithms
S_k  its faded sum of squared deviations, a column each (from CF1 and CF2 without cancellation)
r_k  its radius, sqrt(sum_j S_kj / s_j^2 / (w_k d)), with s_j the deviation of column j
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from detectors.kernels.fading import growth, move_landmark
from detectors.kernels.gate import TOTAL as GATE_TOTAL
from detectors.kernels.gate import gate_divisor, move_gate
from detectors.kernels.rows import Answer, Batch
from detectors.kernels.scaling import learn_scale, log_row

JOIN_REACH = 2.0
"""Radii from a centre beyond which a row does not join, however heavy the micro-cluster."""

# entries of ``counts``
USED, LEARNT = 0, 1
N_COUNTS = 2


class DenState(NamedTuple):
    """All that is learnt; d columns, K micro-clusters."""

    center: NDArray[np.float64]  # (d, K), so that one column of all lies together
    spread: NDArray[np.float64]  # (K, d)
    weight: NDArray[np.float64]  # (K,)
    place: NDArray[np.float64]  # (d,)
    variance: NDArray[np.float64]  # (d,)
    inverse: NDArray[np.float64]  # (d,)
    total: NDArray[np.float64]  # (1,) weight of all rows learnt, for the scale
    clock: NDArray[np.float64]  # see fading.py
    gate_histogram: NDArray[np.float64]  # see gate.py
    gate_level: NDArray[np.float64]
    counts: NDArray[np.int64]  # USED, LEARNT


class DenSettings(NamedTuple):
    """What does not change."""

    directions: NDArray[np.int64]  # (d,)
    rate: float  # 1 / half-life, per second
    radius: float  # in deviations, root mean square over columns
    min_weight: float  # from which a micro-cluster is dense
    warm_up: int  # rows learnt before a score is given
    least: float  # smallest deviation of a column, in signed logarithms


class DenWork(NamedTuple):
    """Scratch of a call."""

    y: NDArray[np.float64]  # (d,) the row in signed logarithms
    distance: NDArray[np.float64]  # (K,) squared, summed over columns


@njit(cache=True, nogil=True, error_model="numpy")
def measure(state: DenState, work: DenWork) -> None:
    """Write the squared distance from the row to each micro-cluster, in deviations."""
    used = state.counts[USED]
    for k in range(used):
        work.distance[k] = 0.0
    for j in range(len(work.y)):  # columns outside, so that the inner loop runs over memory
        value = work.y[j]
        inverse = state.inverse[j]
        for k in range(used):
            apart = (value - state.center[j, k]) * inverse
            work.distance[k] += apart * apart


@njit(cache=True, nogil=True, error_model="numpy")
def nearest(state: DenState, work: DenWork, dense_from: float) -> tuple[int, int]:
    """Return the nearest dense and the nearest light micro-cluster, -1 where there is none.

    Where none is dense the heaviest counts as dense: after a long silence all weights have faded.
    """
    dense = -1
    light = -1
    heaviest = -1
    for k in range(state.counts[USED]):
        if heaviest < 0 or state.weight[k] > state.weight[heaviest]:
            heaviest = k
        if state.weight[k] >= dense_from:
            if dense < 0 or work.distance[k] < work.distance[dense]:
                dense = k
        elif light < 0 or work.distance[k] < work.distance[light]:
            light = k
    if dense < 0:
        dense = heaviest
    return dense, light


@njit(cache=True, nogil=True, error_model="numpy")
def excess(state: DenState, settings: DenSettings, work: DenWork, k: int, j: int) -> float:
    """How far column j lies from centre k on its strange side, in deviations."""
    apart: float = (work.y[j] - state.center[j, k]) * state.inverse[j]
    if settings.directions[j] > 0:
        return max(apart, 0.0)
    if settings.directions[j] < 0:
        return min(apart, 0.0)
    return apart


@njit(cache=True, nogil=True, error_model="numpy")
def score_at(state: DenState, settings: DenSettings, work: DenWork, k: int) -> float:
    """One-sided distance from the row to centre k, in radii."""
    d = len(work.y)
    total = 0.0
    for j in range(d):
        apart = excess(state, settings, work, k, j)
        total += apart * apart
    return math.sqrt(total / d) / settings.radius


@njit(cache=True, nogil=True, error_model="numpy")
def explain(
    state: DenState,
    settings: DenSettings,
    work: DenWork,
    k: int,
    score: float,
    why: NDArray[np.float64],
) -> None:
    """Split the score over the columns by their squared excess; ``why`` (d,) sums to it."""
    d = len(work.y)
    scale = settings.radius * settings.radius * d * score
    for j in range(d):
        apart = excess(state, settings, work, k, j)
        why[j] = apart * apart / scale if score > 0.0 else 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def stays_tight(
    state: DenState, settings: DenSettings, work: DenWork, k: int, weight: float
) -> bool:
    """Whether micro-cluster k may take the row: near, and its radius with it at most epsilon."""
    d = len(work.y)
    bound = settings.radius * settings.radius * d
    if work.distance[k] > JOIN_REACH * JOIN_REACH * bound:
        return False
    total: float = state.weight[k] + weight
    squares: float = work.distance[k] * weight * state.weight[k] / total
    for j in range(d):
        squares += state.spread[k, j] * state.inverse[j] * state.inverse[j]
    return squares <= bound * total


@njit(cache=True, nogil=True, error_model="numpy")
def join(state: DenState, work: DenWork, k: int, weight: float) -> None:
    """Move centre and spread of micro-cluster k by the row (West 1979)."""
    total = state.weight[k] + weight
    share = weight / total
    for j in range(len(work.y)):
        apart = work.y[j] - state.center[j, k]
        state.center[j, k] += share * apart
        state.spread[k, j] += share * state.weight[k] * apart * apart
    state.weight[k] = total


@njit(cache=True, nogil=True, error_model="numpy")
def found(state: DenState, work: DenWork, weight: float) -> None:
    """Found a micro-cluster on the row; the lightest makes room where all are in use."""
    k = state.counts[USED]
    if k < len(state.weight):
        state.counts[USED] += 1
    else:
        k = 0
        for other in range(1, len(state.weight)):
            if state.weight[other] < state.weight[k]:
                k = other
    for j in range(len(work.y)):
        state.center[j, k] = work.y[j]
        state.spread[k, j] = 0.0
    state.weight[k] = weight


@njit(cache=True, nogil=True, error_model="numpy")
def fade(state: DenState, factor: float) -> None:
    """Bring all weights to a new landmark."""
    for k in range(state.counts[USED]):
        state.weight[k] *= factor
        for j in range(len(state.place)):
            state.spread[k, j] *= factor
    for b in range(len(state.gate_histogram)):
        state.gate_histogram[b] *= factor
    state.gate_level[GATE_TOTAL] *= factor
    state.total[0] *= factor


@njit(cache=True, nogil=True, error_model="numpy")
def settle(
    state: DenState, settings: DenSettings, work: DenWork, near: tuple[int, int], weight: float
) -> None:
    """Join the nearest dense micro-cluster, else the nearest light one, else found one."""
    for k in near:
        if k >= 0 and stays_tight(state, settings, work, k, weight):
            join(state, work, k, weight)
            return
    found(state, work, weight)


@njit(cache=True, nogil=True, error_model="numpy")
def learn_row(
    state: DenState, settings: DenSettings, work: DenWork, near: tuple[int, int], weight: float
) -> None:
    """Settle the row, then let the scale follow; ``weight`` is in landmark units."""
    settle(state, settings, work, near, weight)
    state.counts[LEARNT] = min(state.counts[LEARNT] + 1, settings.warm_up)
    state.total[0] += weight
    share = weight / state.total[0]
    learn_scale(work.y, state.place, state.variance, state.inverse, share, settings.least)


@njit(cache=True, nogil=True, error_model="numpy")
def den_stream_rows(
    batch: Batch,
    state: DenState,
    settings: DenSettings,
    work: DenWork,
    divisor: float,
    answer: Answer,
) -> None:
    """Score each row, then learn it, before the next; a row of weight 0 changes nothing.

    Rows above the gate are learnt with their weight over ``divisor``.
    Cost: O(K d) a row, no allocation.
    """
    for i in range(len(batch.X)):
        t = batch.t[i]
        answer.scores[i] = math.nan
        if not log_row(batch.X[i], t, work.y):
            continue
        measure(state, work)
        unit = growth(state.clock, t, settings.rate)
        near = nearest(state, work, settings.min_weight * unit)
        ready = state.counts[LEARNT] >= settings.warm_up
        score = score_at(state, settings, work, near[0]) if ready else math.nan
        answer.scores[i] = score
        if score > answer.floor and len(answer.why) > 0:
            explain(state, settings, work, near[0], score, answer.why[i])
        if not batch.weight[i] > 0.0:
            continue
        factor = move_landmark(state.clock, t, settings.rate)
        if factor != 1.0:
            fade(state, factor)
        learnt = batch.weight[i] * growth(state.clock, t, settings.rate)
        if ready:
            learnt /= gate_divisor(state.gate_level, score, divisor)
            move_gate(state.gate_histogram, state.gate_level, score, learnt, t)
        learn_row(state, settings, work, near, learnt)
