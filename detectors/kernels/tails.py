"""Streaming one-sided tail probabilities of each column, and their sum over a row.

Symbols
-------
F_j  forward-decayed histogram of column j over ``N_BINS`` bins, kept as a Fenwick tree (Fenwick
     1994), so that adding a value and asking for a tail cost O(log N_BINS)
u_j  the value above which about TAIL of the weight lies; b_j mean excess of ln x above it
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

N_BINS = 512
PER_OCTAVE = 8
OCTAVES_BELOW_1 = 10
GATED = 0.0625  # share of its weight that a row above the gate is learnt with
EXCESS_ROWS = 2.0  # rows that the mean excess assumed at first is worth
SCORE, LEARN, SCORE_LEARN = 1, 2, 3

# columns of TailsState.scalar
SINCE, SEEN, GATE, SPREAD, LEARNT = range(5)
N_SCALAR = 5
# columns of TailsState.tail: first bin, ln of its lower edge, share of the weight, excess of ln x
TAIL_BIN, TAIL_EDGE, TAIL_SHARE, TAIL_EXCESS = range(4)
N_TAIL = 4


class TailsState(NamedTuple):
    """All that is learnt; ``d`` columns."""

    tree: NDArray[np.float64]  # (d, N_BINS + 1)
    total: NDArray[np.float64]  # (1,) weight of each column's tree, in units at SINCE
    tail: NDArray[np.float64]  # (d, N_TAIL)
    scalar: NDArray[np.float64]  # SINCE, SEEN, GATE, SPREAD, LEARNT
    scratch: NDArray[np.float64]  # (2, d) surprises of a row, and those of them that are summed


class TailsSettings(NamedTuple):
    """What does not change. Times in seconds."""

    directions: NDArray[np.int64]  # (d,)
    rate: float  # ln 2 / half-life
    ready: float  # weight learnt before a score is given
    doubt: float  # weight of an unseen row above everything
    share: float  # share of the weight that is the tail
    excess: float  # mean excess of ln x before any is seen
    cap: float  # the most one column may say, in nats
    terms: int  # how many columns are summed
    refit: int  # rows learnt between two fits of the tails


@njit(cache=True, nogil=True, error_model="numpy")
def bin_of(x: float) -> int:
    """Bin of a value: 8 an octave from 2^-10 on, linear inside an octave; what is less is bin 0."""
    if not x > 0.0009765625:
        return 0
    mantissa, exponent = math.frexp(x)
    at = (exponent - 1 + OCTAVES_BELOW_1) * PER_OCTAVE + int((mantissa - 0.5) * 2 * PER_OCTAVE)
    return min(at, N_BINS - 1)


@njit(cache=True, nogil=True, error_model="numpy")
def edge_of(at: int) -> float:
    """Lower edge of a bin, the inverse of ``bin_of``."""
    if at <= 0:
        return 0.0009765625
    octave = at // PER_OCTAVE - OCTAVES_BELOW_1
    return math.ldexp(1.0 + (at % PER_OCTAVE) / PER_OCTAVE, octave)


@njit(cache=True, nogil=True, error_model="numpy")
def tree_add(tree: NDArray[np.float64], at: int, weight: float) -> None:
    """Add weight to a bin."""
    k = at + 1
    while k <= N_BINS:
        tree[k] += weight
        k += k & -k


@njit(cache=True, nogil=True, error_model="numpy")
def tree_below(tree: NDArray[np.float64], at: int) -> float:
    """Weight of all bins below ``at``."""
    total = 0.0
    k = at
    while k > 0:
        total += tree[k]
        k -= k & -k
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def fit_tail(j: int, state: TailsState, settings: TailsSettings, unit: float) -> None:
    """Find where column j's tail begins, its share and its mean excess of ln x (Hill 1975)."""
    tree = state.tree[j]
    tail = state.tail[j]
    total = state.total[0]
    low = 0
    high = N_BINS - 1
    while low < high:  # the first bin with at most ``share`` of the weight above its lower edge
        middle = (low + high) // 2
        if total - tree_below(tree, middle) <= settings.share * total:
            high = middle
        else:
            low = middle + 1
    edge = math.log(edge_of(low))
    above = 0.0
    excess = 0.0
    before = tree_below(tree, low)
    for at in range(low, N_BINS):
        after = tree_below(tree, at + 1)
        weight = after - before
        if weight > 0.0:
            above += weight
            excess += weight * (0.5 * (math.log(edge_of(at)) + math.log(edge_of(at + 1))) - edge)
        before = after
    tail[TAIL_BIN] = low
    tail[TAIL_EDGE] = edge
    tail[TAIL_SHARE] = above / total
    tail[TAIL_EXCESS] = (excess + EXCESS_ROWS * unit * settings.excess) / (above + EXCESS_ROWS * unit)


@njit(cache=True, nogil=True, error_model="numpy")
def value_of(x: float, direction: int) -> float:
    """What is large when x is strange."""
    return 1.0 / max(x, 1e-3) if direction < 0 else x


@njit(cache=True, nogil=True, error_model="numpy")
def surprise(x: float, j: int, state: TailsState, settings: TailsSettings, unit: float) -> float:
    """-ln of the chance that column j is at least x, 0 to ``cap``.

    Where x lies in the tail the share of rows there is averaged, in nats, with the fitted tail
    s (x / u)^(-1 / b); above everything seen the larger of the two counts.
    """
    value = value_of(x, settings.directions[j])
    at = bin_of(value)
    doubt = settings.doubt * unit
    total = state.total[0] + doubt
    above = state.total[0] - tree_below(state.tree[j], at)
    says = -math.log(min(1.0, (above + doubt) / total))
    start = int(state.tail[j, TAIL_BIN])
    if at > start:
        share = (state.tail[j, TAIL_SHARE] * state.total[0] + doubt) / total
        beyond = math.log(value) - state.tail[j, TAIL_EDGE]
        fitted = beyond / state.tail[j, TAIL_EXCESS] - math.log(share)
        says = 0.5 * (says + fitted) if above > 0.0 else max(says, fitted)
    return min(says, settings.cap)


@njit(cache=True, nogil=True, error_model="numpy")
def score_row(
    x: NDArray[np.float32],
    state: TailsState,
    settings: TailsSettings,
    unit: float,
    says: NDArray[np.float64],
) -> float:
    """Sum of the ``terms`` largest surprises; ``says`` is left with what was summed, else 0."""
    loud = state.scratch[0]
    for j in range(len(x)):
        says[j] = 0.0
        loud[j] = 0.0
        if not math.isfinite(x[j]):
            return math.nan
        if settings.directions[j] != 0:
            loud[j] = surprise(float(x[j]), j, state, settings, unit)
    total = 0.0
    for _ in range(settings.terms):
        loudest = np.argmax(loud)
        if loud[loudest] <= 0.0:
            break
        total += loud[loudest]
        says[loudest] = loud[loudest]
        loud[loudest] = 0.0
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def learn_row(
    x: NDArray[np.float32], state: TailsState, settings: TailsSettings, unit: float, weight: float
) -> None:
    """Add the row to every column's histogram; fit the tails again every ``refit`` rows."""
    for j in range(len(x)):
        value = value_of(float(x[j]), settings.directions[j])
        tree_add(state.tree[j], bin_of(value), unit * weight)
    state.total[0] += unit * weight
    state.scalar[LEARNT] += 1.0
    if state.scalar[LEARNT] % settings.refit == 0.0:
        for j in range(len(x)):
            fit_tail(j, state, settings, unit)


@njit(cache=True, nogil=True, error_model="numpy")
def unit_at(t: float, state: TailsState, settings: TailsSettings) -> float:
    """What a weight of 1 at stream time t is in units of the trees; rebased before it overflows.

    Forward decay (Cormode, Shkapenyuk, Srivastava, Xu 2009, section III): old weights stay, new
    ones grow.
    """
    if state.scalar[SEEN] == 0.0:
        state.scalar[SINCE] = t
        state.scalar[SEEN] = 1.0
    growth = (t - state.scalar[SINCE]) * settings.rate
    if growth > 30.0:
        shrink = math.exp(-growth)
        for j in range(state.tree.shape[0]):
            for k in range(N_BINS + 1):
                state.tree[j, k] *= shrink
        state.total[0] *= shrink
        state.scalar[SINCE] = t
        growth = 0.0
    return math.exp(growth)


@njit(cache=True, nogil=True, error_model="numpy")
def move_gate(state: TailsState, score: float) -> None:
    """Follow the 99th percentile of the scores by steps (Ma, Muthukrishnan, Sandler 2013)."""
    scalar = state.scalar
    scalar[SPREAD] += (abs(score - scalar[GATE]) - scalar[SPREAD]) * 0.01
    step = 0.05 * scalar[SPREAD]
    scalar[GATE] += step * 0.99 if score > scalar[GATE] else -step * 0.01


@njit(cache=True, nogil=True, error_model="numpy")
def tails_rows(
    X: NDArray[np.float32],
    t: NDArray[np.float64],
    weight: NDArray[np.float64],
    state: TailsState,
    settings: TailsSettings,
    mode: int,
    floor: float,
    scores: NDArray[np.float64],
    why: NDArray[np.float64],
) -> None:
    """SCORE, LEARN or SCORE_LEARN each row before the next.

    ``why`` (n, d), or (0, d) where nobody asks, takes the surprises of rows above ``floor``.
    Cost: O(d log N_BINS) a row.
    """
    says = state.scratch[1]
    for i in range(len(X)):
        unit = unit_at(t[i], state, settings)
        score = score_row(X[i], state, settings, unit, says)
        ready = state.total[0] >= settings.ready * unit * 0.999
        if mode != LEARN:
            scores[i] = score if ready else math.nan
            if ready and len(why) > 0 and score > floor:
                why[i, :] = says
        if mode != SCORE and weight[i] > 0.0 and math.isfinite(score):
            gated = ready and score > state.scalar[GATE]
            learn_row(X[i], state, settings, unit, weight[i] * (GATED if gated else 1.0))
        if mode != SCORE and ready and math.isfinite(score):
            move_gate(state, score)
