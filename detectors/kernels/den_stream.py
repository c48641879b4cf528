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


class Clusters(NamedTuple):
    """Micro-clusters; d columns, K places."""

    center: NDArray[np.float64]  # (d, K), so that one column of all lies together
    spread: NDArray[np.float64]  # (K, d)
    weight: NDArray[np.float64]  # (K,)


class DenState(NamedTuple):
    """The rest of what is learnt."""

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
    excess: NDArray[np.float64]  # (d,) squared, on the strange side of the nearest centre
    distance: NDArray[np.float64]  # (K,) squared, summed over columns


@njit(cache=True, nogil=True, error_model="numpy")
def measure(
    y: NDArray[np.float64],
    center: NDArray[np.float64],
    inverse: NDArray[np.float64],
    used: int,
    distance: NDArray[np.float64],
) -> None:
    """Write the squared distance from the row to each micro-cluster in use, in deviations."""
    for k in range(used):
        distance[k] = 0.0
    for j in range(len(y)):  # columns outside, so that the inner loop runs over memory
        value = y[j]
        unit = inverse[j]
        for k in range(used):
            apart = (value - center[j, k]) * unit
            distance[k] += apart * apart


@njit(cache=True, nogil=True, error_model="numpy")
def nearest(
    weight: NDArray[np.float64], distance: NDArray[np.float64], used: int, dense_from: float
) -> tuple[int, int]:
    """Return the nearest dense and the nearest light micro-cluster, -1 where there is none.

    Where none is dense the heaviest counts as dense: after a long silence all weights have faded.
    """
    dense = -1
    light = -1
    heaviest = -1
    for k in range(used):
        if heaviest < 0 or weight[k] > weight[heaviest]:
            heaviest = k
        if weight[k] >= dense_from:
            if dense < 0 or distance[k] < distance[dense]:
                dense = k
        elif light < 0 or distance[k] < distance[light]:
            light = k
    if dense < 0:
        dense = heaviest
    return dense, light


@njit(cache=True, nogil=True, error_model="numpy")
def measure_excess(
    work: DenWork,
    center: NDArray[np.float64],
    inverse: NDArray[np.float64],
    directions: NDArray[np.int64],
    k: int,
) -> float:
    """Write each column's squared distance from centre k, where it lies on the strange side.

    Return the sum, in squared deviations.
    """
    total = 0.0
    for j in range(len(work.y)):
        apart = (work.y[j] - center[j, k]) * inverse[j]
        if apart * directions[j] < 0.0:
            apart = 0.0
        work.excess[j] = apart * apart
        total += work.excess[j]
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def squares_with(
    clusters: Clusters, inverse: NDArray[np.float64], apart: float, weight: float, k: int
) -> float:
    """Return the squared radius, times d, of micro-cluster k with the row in it.

    ``apart`` is the squared distance from the row to its centre.
    """
    total: float = clusters.weight[k] + weight
    squares: float = apart * weight * clusters.weight[k] / total
    for j in range(len(inverse)):
        squares += clusters.spread[k, j] * inverse[j] * inverse[j]
    return squares / total


@njit(cache=True, nogil=True, error_model="numpy")
def join(clusters: Clusters, y: NDArray[np.float64], weight: float, k: int) -> None:
    """Move centre and spread of micro-cluster k by the row (West 1979)."""
    old = clusters.weight[k]
    clusters.weight[k] = old + weight
    share = weight / clusters.weight[k]
    for j in range(len(y)):
        apart = y[j] - clusters.center[j, k]
        clusters.center[j, k] += share * apart
        clusters.spread[k, j] += share * old * apart * apart


@njit(cache=True, nogil=True, error_model="numpy")
def found(
    clusters: Clusters, y: NDArray[np.float64], weight: float, counts: NDArray[np.int64]
) -> None:
    """Found a micro-cluster on the row; the lightest makes room where all are in use."""
    k = counts[USED]
    if k < len(clusters.weight):
        counts[USED] += 1
    else:
        k = 0
        for other in range(1, len(clusters.weight)):
            if clusters.weight[other] < clusters.weight[k]:
                k = other
    clusters.weight[k] = weight
    for j in range(len(y)):
        clusters.center[j, k] = y[j]
        clusters.spread[k, j] = 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def fade(clusters: Clusters, state: DenState, factor: float) -> None:
    """Bring all weights to a new landmark."""
    for k in range(state.counts[USED]):
        clusters.weight[k] *= factor
        for j in range(len(state.place)):
            clusters.spread[k, j] *= factor
    for b in range(len(state.gate_histogram)):
        state.gate_histogram[b] *= factor
    state.gate_level[GATE_TOTAL] *= factor
    state.total[0] *= factor


@njit(cache=True, nogil=True, error_model="numpy")
def settle(
    clusters: Clusters,
    work: DenWork,
    inverse: NDArray[np.float64],
    bound: float,
    near: tuple[int, int],
    weight: float,
) -> int:
    """Return which of the near micro-clusters may take the row, -1 if none.

    One may if the row is near, and its squared radius (times d) with it stays within ``bound``.
    """
    for k in near:
        if k < 0 or work.distance[k] > JOIN_REACH * JOIN_REACH * bound:
            continue
        if squares_with(clusters, inverse, work.distance[k], weight, k) <= bound:
            return k
    return -1


@njit(cache=True, nogil=True, error_model="numpy")
def den_stream_rows(
    batch: Batch,
    clusters: Clusters,
    state: DenState,
    settings: DenSettings,
    work: DenWork,
    answer: Answer,
) -> None:
    """Score each row, then learn it, before the next; a row of weight 0 changes nothing.

    Rows above the gate are learnt with their weight over ``batch.divisor``.
    Cost: O(K d) a row, no allocation.
    """
    d = len(work.y)
    bound = settings.radius * settings.radius * d
    for i in range(len(batch.X)):
        t = batch.t[i]
        answer.scores[i] = math.nan
        if not log_row(batch.X[i], t, work.y):
            continue
        used = state.counts[USED]
        measure(work.y, clusters.center, state.inverse, used, work.distance)
        unit = growth(state.clock, t, settings.rate)
        near = nearest(clusters.weight, work.distance, used, settings.min_weight * unit)
        ready = state.counts[LEARNT] >= settings.warm_up
        score = 0.0
        if ready:
            squares = measure_excess(
                work, clusters.center, state.inverse, settings.directions, near[0]
            )
            score = math.sqrt(squares / bound)
            answer.scores[i] = score
            if score > answer.floor and len(answer.why) > 0:
                for j in range(d):
                    answer.why[i, j] = score * work.excess[j] / squares if squares > 0.0 else 0.0
        if not batch.weight[i] > 0.0:
            continue
        factor = move_landmark(state.clock, t, settings.rate)
        if factor != 1.0:
            fade(clusters, state, factor)
        weight = batch.weight[i] * growth(state.clock, t, settings.rate)
        if ready:
            weight /= gate_divisor(state.gate_level, score, batch.divisor)
            move_gate(state.gate_histogram, state.gate_level, score, weight, t)
        k = settle(clusters, work, state.inverse, bound, near, weight)
        if k >= 0:
            join(clusters, work.y, weight, k)
        else:
            found(clusters, work.y, weight, state.counts)
        state.counts[LEARNT] = min(state.counts[LEARNT] + 1, settings.warm_up)
        state.total[0] += weight
        share = weight / state.total[0]
        learn_scale(work.y, state.place, state.variance, state.inverse, share, settings.least)
