"""Streaming one-sided tail probabilities of each column, and their sum over a row.

Symbols
-------
F_j  fading histogram of column j over ``N_BINS`` bins, kept as a Fenwick tree (Fenwick 1994), so
     that adding a value and asking for a tail cost O(log N_BINS)
u_j  lower edge of the first bin above which at most ``share`` of the weight lies
b_j  mean excess of ln x over ln u_j: the tail of column j is (x / u_j)^(-1 / b_j)

Columns are given by array and number, not as views: each view takes and drops a reference, which
costs as much as a look into the tree. So does each array that is given to a function which calls
another that is not small, or returns early: hence the loops over columns stand in ``tails_rows``.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .fading import growth, move_landmark
from .gate import TOTAL as GATE_TOTAL
from .gate import gate_divisor, move_gate
from .rows import Answer, Batch

N_BINS = 512
PER_OCTAVE = 8
OCTAVES_BELOW_1 = 10
EXCESS_ROWS = 2.0  # rows that the mean excess assumed at first is worth
REFIT = 64  # rows learnt between two fits of the tails
LN2 = 0.6931471805599453

# columns of TailsState.tail: first bin, ln of its lower edge, -ln of its share, excess of ln x
TAIL_BIN, TAIL_EDGE, TAIL_SAYS, TAIL_EXCESS = range(4)
N_TAIL = 4


class TailsState(NamedTuple):
    """All that is learnt; ``d`` columns."""

    tree: NDArray[np.float64]  # (d, N_BINS + 1)
    total: NDArray[np.float64]  # (1,) weight in each column's tree
    tail: NDArray[np.float64]  # (d, N_TAIL)
    clock: NDArray[np.float64]  # (2,) landmark of the weights
    gate_histogram: NDArray[np.float64]  # (64,)
    gate_level: NDArray[np.float64]  # (4,)
    learnt: NDArray[np.int64]  # (1,) rows


class TailsSettings(NamedTuple):
    """What does not change."""

    directions: NDArray[np.int64]  # (d,)
    judged: NDArray[np.int64]  # columns with a direction
    rate: float  # 1 / half-life, 1/s
    ready: float  # weight learnt before a score is given
    doubt: float  # weight of an unseen row above everything
    share: float  # share of the weight that is the tail
    excess: float  # mean excess of ln x before any is seen
    cap: float  # the most one column may say, in nats
    terms: int  # how many columns are summed


class TailsWork(NamedTuple):
    """Room for one row."""

    loud: NDArray[np.float64]  # (d,) surprises
    summed: NDArray[np.float64]  # (d,) those of them that are summed


@njit(cache=True, nogil=True, error_model="numpy")
def bin_of(x: float) -> int:
    """Return the bin of a value: 8 an octave from 2^-10, linear inside; what is less is bin 0."""
    if not x > 0.0009765625:
        return 0
    mantissa, exponent = math.frexp(x)
    at = (exponent - 1 + OCTAVES_BELOW_1) * PER_OCTAVE + int((mantissa - 0.5) * 2 * PER_OCTAVE)
    return min(at, N_BINS - 1)


@njit(cache=True, nogil=True, error_model="numpy")
def edge_of(at: int) -> float:
    """Return the lower edge of a bin, the inverse of ``bin_of``."""
    if at <= 0:
        return 0.0009765625
    octave = at // PER_OCTAVE - OCTAVES_BELOW_1
    return math.ldexp(1.0 + (at % PER_OCTAVE) / PER_OCTAVE, octave)


@njit(cache=True, nogil=True, error_model="numpy")
def tree_add(tree: NDArray[np.float64], j: int, at: int, weight: float) -> None:
    """Add weight to a bin of column j."""
    k = at + 1
    while k <= N_BINS:
        tree[j, k] += weight
        k += k & -k


@njit(cache=True, nogil=True, error_model="numpy")
def tree_below(tree: NDArray[np.float64], j: int, at: int) -> float:
    """Return the weight of all bins of column j below ``at``."""
    total = 0.0
    k = at
    while k > 0:
        total += tree[j, k]
        k -= k & -k
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def fit_tail(
    tree: NDArray[np.float64],
    j: int,
    total: float,
    unit: float,
    settings: TailsSettings,
    tail: NDArray[np.float64],
) -> None:
    """Find where the tail of column j begins, its share and its mean excess of ln x.

    The mean is the median over ln 2, as it is for a Pareto tail (Hill 1975): rows of one attack
    cannot stretch it before they are half of the tail.
    """
    low = 0
    high = N_BINS - 1
    while low < high:
        middle = (low + high) // 2
        if total - tree_below(tree, j, middle) <= settings.share * total:
            high = middle
        else:
            low = middle + 1
    edge = math.log(edge_of(low))
    below = tree_below(tree, j, low)
    above = max(total - below, 0.0)
    middle = low
    while middle < N_BINS - 1 and tree_below(tree, j, middle + 1) - below < 0.5 * above:
        middle += 1
    half = 0.5 * (math.log(edge_of(middle)) + math.log(edge_of(middle + 1))) - edge
    doubt = EXCESS_ROWS * unit
    tail[j, TAIL_BIN] = low
    tail[j, TAIL_EDGE] = edge
    tail[j, TAIL_SAYS] = -math.log(
        (above + settings.doubt * unit) / (total + settings.doubt * unit)
    )
    tail[j, TAIL_EXCESS] = (above * half / LN2 + doubt * settings.excess) / (above + doubt)


@njit(cache=True, nogil=True, error_model="numpy")
def value_of(x: float, direction: int) -> float:
    """Return what is large when x is strange."""
    return 1.0 / max(x, 1e-3) if direction < 0 else x


@njit(cache=True, nogil=True, error_model="numpy")
def surprise(
    value: float,
    tree: NDArray[np.float64],
    j: int,
    total: float,
    doubt: float,
    tail: NDArray[np.float64],
) -> float:
    """Return -ln of the chance that column j is at least ``value``.

    Where it lies in the tail the share of rows there is averaged, in nats, with the fitted tail
    s (x / u)^(-1 / b); above everything seen the larger of the two counts.
    """
    at = bin_of(value)
    above = max(total - tree_below(tree, j, at), 0.0)
    first, edge = tail[j, TAIL_BIN], tail[j, TAIL_EDGE]
    least, excess = tail[j, TAIL_SAYS], tail[j, TAIL_EXCESS]
    if at == 0:
        return 0.0
    says = -math.log(min(1.0, (above + doubt) / (total + doubt)))
    if at > first:
        fitted = least + (math.log(value) - edge) / excess
        says = 0.5 * (says + fitted) if above > 1e-9 * total else max(says, fitted)
    return says


@njit(cache=True, nogil=True, error_model="numpy")
def begin_row(X: NDArray[np.float32], i: int, work: TailsWork) -> bool:
    """Clear the work; say whether row i is finite."""
    is_finite = True
    for j in range(X.shape[1]):
        work.summed[j] = 0.0
        work.loud[j] = 0.0
        is_finite &= math.isfinite(X[i, j])
    return is_finite


@njit(cache=True, nogil=True, error_model="numpy")
def sum_loudest(judged: NDArray[np.int64], terms: int, work: TailsWork) -> float:
    """Return the sum of the ``terms`` largest surprises."""
    total = 0.0
    for _ in range(terms):
        loudest = 0
        for k in range(len(judged)):
            j = max(judged[k], 0)
            if work.loud[j] > work.loud[loudest]:
                loudest = j
        total += work.loud[loudest]
        work.summed[loudest] += work.loud[loudest]
        work.loud[loudest] = 0.0
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def learn_row(
    tree: NDArray[np.float64],
    X: NDArray[np.float32],
    i: int,
    judged: NDArray[np.int64],
    directions: NDArray[np.int64],
    weight: float,
) -> None:
    """Add row i to the histogram of every judged column."""
    for k in range(len(judged)):
        j = max(judged[k], 0)
        tree_add(tree, j, bin_of(value_of(float(X[i, j]), directions[j])), weight)


@njit(cache=True, nogil=True, error_model="numpy")
def fit_tails(state: TailsState, settings: TailsSettings, unit: float) -> None:
    """Fit the tail of every judged column."""
    for j in settings.judged:
        fit_tail(state.tree, j, state.total[0], unit, settings, state.tail)


@njit(cache=True, nogil=True, error_model="numpy")
def fade(state: TailsState, factor: float) -> None:
    """Bring all weights to a new landmark."""
    for j in range(state.tree.shape[0]):
        for k in range(N_BINS + 1):
            state.tree[j, k] *= factor
    for b in range(len(state.gate_histogram)):
        state.gate_histogram[b] *= factor
    state.gate_level[GATE_TOTAL] *= factor
    state.total[0] *= factor


@njit(cache=True, nogil=True, error_model="numpy")
def tails_rows(
    batch: Batch, state: TailsState, settings: TailsSettings, work: TailsWork, answer: Answer
) -> None:
    """Score each row, then learn it, before the next; a row of weight 0 changes nothing.

    Rows above the gate are learnt with their weight over ``batch.divisor``.
    Cost: O(d log N_BINS) a row, no allocation.
    """
    X, times, weights, divisor = batch
    scores, why, floor = answer
    tree, total, tail, clock, histogram, level, learnt = state
    judged, directions = settings.judged, settings.directions
    loud, summed = work
    for i in range(len(X)):
        t = times[i]
        unit = growth(clock, t, settings.rate)
        if not begin_row(X, i, work):
            scores[i] = math.nan
            continue
        for k in range(len(judged)):
            j = max(judged[k], 0)
            value = value_of(float(X[i, j]), directions[j])
            says = surprise(value, tree, j, total[0], settings.doubt * unit, tail)
            loud[j] = min(says, settings.cap)
        score = sum_loudest(judged, settings.terms, work)
        is_ready = total[0] >= settings.ready * unit * (1.0 - 1e-9)
        scores[i] = score if is_ready else math.nan
        if is_ready and len(why) > 0 and score > floor:
            for j in range(len(summed)):
                why[i, j] = summed[j]
        if not weights[i] > 0.0:
            continue
        factor = move_landmark(clock, t, settings.rate)
        if factor != 1.0:
            fade(state, factor)
        unit = growth(clock, t, settings.rate)
        weight = weights[i] * unit
        if is_ready:
            weight /= gate_divisor(level, score, divisor)
            move_gate(histogram, level, score, weight, t)
        total[0] += weight
        learnt[0] += 1
        learn_row(tree, X, i, judged, directions, weight)
        if learnt[0] % REFIT == 0:
            fit_tails(state, settings, unit)
