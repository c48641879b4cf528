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
from detectors.kernels.nearest import end_of_dense, measure, nearest_dense, nearest_light
from detectors.kernels.rows import Answer, Batch
from detectors.kernels.scaling import Scale, learn_scale, log_row

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
def measure_excess(
    work: DenWork,
    center: NDArray[np.float64],
    inverse: NDArray[np.float64],
    directions: NDArray[np.int64],
    place: int,
) -> float:
    """Write each column's squared distance from a centre, where it lies on the strange side.

    Return the sum, in squared deviations.
    """
    k = max(place, 0)
    total = 0.0
    for j in range(len(work.y)):
        apart = (work.y[j] - center[j, k]) * inverse[j]
        if apart * directions[j] < 0.0:
            apart = 0.0
        work.excess[j] = apart * apart
        total += work.excess[j]
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def may_join(
    clusters: Clusters,
    inverse: NDArray[np.float64],
    apart: float,
    bound: float,
    row: tuple[float, int],
) -> bool:
    """Return whether a row of some weight may join a micro-cluster, -1 for none.

    It may if it is near, and the squared radius (times d) with it in stays within ``bound``.
    ``apart`` is the squared distance from the row to the centre.
    """
    weight, place = row
    if place < 0 or apart > JOIN_REACH * JOIN_REACH * bound:
        return False
    k = max(place, 0)
    total: float = clusters.weight[k] + weight
    squares: float = apart * weight * clusters.weight[k] / total
    for j in range(len(inverse)):
        squares += clusters.spread[k, j] * inverse[j] * inverse[j]
    return squares / total <= bound


@njit(cache=True, nogil=True, error_model="numpy")
def join(clusters: Clusters, y: NDArray[np.float64], weight: float, place: int) -> None:
    """Move centre and spread of a micro-cluster by the row (West 1979)."""
    k = max(place, 0)
    old = clusters.weight[k]
    clusters.weight[k] = old + weight
    share = weight / clusters.weight[k]
    for j in range(len(y)):
        apart = y[j] - clusters.center[j, k]
        clusters.center[j, k] += share * apart
        clusters.spread[k, j] += share * old * apart * apart


@njit(cache=True, nogil=True, error_model="numpy")
def exchange(clusters: Clusters, a: int, b: int) -> None:
    """Let two micro-clusters change places."""
    clusters.weight[a], clusters.weight[b] = clusters.weight[b], clusters.weight[a]
    for j in range(len(clusters.center)):
        center, spread = clusters.center[j, a], clusters.spread[a, j]
        clusters.center[j, a], clusters.spread[a, j] = clusters.center[j, b], clusters.spread[b, j]
        clusters.center[j, b], clusters.spread[b, j] = center, spread


@njit(cache=True, nogil=True, error_model="numpy")
def move_forward(clusters: Clusters, k: int, dense_from: float) -> None:
    """Let a micro-cluster that has become dense change places with the first that is not.

    So the dense ones lie in front, and a row that is only scored looks no further.
    """
    for light in range(k):
        if clusters.weight[light] < dense_from:
            exchange(clusters, light, k)
            return


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
def learn_row(
    clusters: Clusters,
    counts: NDArray[np.int64],
    work: DenWork,
    inverse: NDArray[np.float64],
    known: tuple[int, int],
    weight: float,
    bounds: tuple[float, float],
) -> None:
    """Let the row join the nearest dense micro-cluster, else the nearest light, else found one.

    Known are the nearest dense one and the place before which ``work.distance`` is measured. Bounds
    are the squared radius times d, and the weight from which a micro-cluster is dense.
    """
    k, measured = known
    bound, dense_from = bounds
    if not may_join(clusters, inverse, work.distance[max(k, 0)], bound, (weight, k)):
        used = counts[USED]
        measure(work.y, clusters.center, inverse, (measured, used), work.distance)
        k = nearest_light(clusters.weight, work.distance, used, dense_from)
        if not may_join(clusters, inverse, work.distance[max(k, 0)], bound, (weight, k)):
            found(clusters, work.y, weight, counts)
            return
    was_light = clusters.weight[k] < dense_from
    join(clusters, work.y, weight, k)
    if was_light and clusters.weight[k] >= dense_from:
        move_forward(clusters, k, dense_from)


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
    X, times, weights, divisor = batch
    scores, why, floor = answer
    center, _, heavy = clusters
    scale = Scale(state.place, state.variance, state.inverse)
    inverse, clock, total, counts = state.inverse, state.clock, state.total, state.counts
    histogram, level = state.gate_histogram, state.gate_level
    y, excess, distance = work
    directions = settings.directions
    d = len(y)
    bound = settings.radius * settings.radius * d
    for i in range(len(X)):
        t = times[i]
        scores[i] = math.nan
        if not log_row(X, i, t, y):
            continue
        dense_from = settings.min_weight * growth(clock, t, settings.rate)
        stop = end_of_dense(heavy, counts[USED], dense_from)
        measure(y, center, inverse, (0, stop), distance)
        dense = nearest_dense(heavy, distance, stop, dense_from)
        ready = counts[LEARNT] >= settings.warm_up
        score = 0.0
        if ready:
            squares = measure_excess(work, center, inverse, directions, dense)
            score = math.sqrt(squares / bound)
            scores[i] = score
            if score > floor and len(why) > 0:
                for j in range(d):
                    why[i, j] = score * excess[j] / squares if squares > 0.0 else 0.0
        if not weights[i] > 0.0:
            continue
        factor = move_landmark(clock, t, settings.rate)
        if factor != 1.0:
            fade(clusters, state, factor)
        unit = growth(clock, t, settings.rate)
        weight = weights[i] * unit
        if ready:
            weight /= gate_divisor(level, score, divisor)
            move_gate(histogram, level, score, weight, t)
        bounds = bound, settings.min_weight * unit
        learn_row(clusters, counts, work, inverse, (dense, stop), weight, bounds)
        counts[LEARNT] = min(counts[LEARNT] + 1, settings.warm_up)
        total[0] += weight
        learn_scale(scale, y, d, weight / total[0], settings.least)
