"""An ensemble of small autoencoders over groups of columns, and one over their errors.

The groups' autoencoders have the slots 0 … d - 1, one a column; the output autoencoder comes after
them, with a slot for each group.

Symbols
-------
u_s  input of slot s, 0 … 1 over three deviations either side
q_g  error of group g, root mean square of its slots' residuals on their strange side
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from detectors.kernels.autoencoder import Nets, Pass, descend, input_of, rebuild
from detectors.kernels.fading import growth, move_landmark
from detectors.kernels.gate import TOTAL as GATE_TOTAL
from detectors.kernels.gate import gate_divisor, move_gate
from detectors.kernels.moments import Moments, learn_moments
from detectors.kernels.rows import Answer, Batch
from detectors.kernels.scaling import REACH, Scale, learn_scale, log_row

SETTLED = 1500.0
"""Rows learnt from which the step of the gradient is the usual one."""

MOST_HASTE = 5.0
"""How many times larger it is at most before that."""

COUNTED = 1_000_000
"""Rows learnt beyond which they are no longer counted."""

LEAST_DEVIATION = 1.0
"""Of a column, in signed logarithms.

A column that is nearly always 0 has next to none; cut as it is learnt it has less each day, and
what is as it ever was would score more each day.
"""

LEAST_ERROR = 0.01

# entries of ``counts``
LEARNT, GROUPS = 0, 1
N_COUNTS = 2


class KitState(NamedTuple):
    """Scales, clock, gate and counts; d columns, at most d groups."""

    member: NDArray[np.int64]  # (d,) column of each slot
    place: NDArray[np.float64]  # (d,) of columns
    variance: NDArray[np.float64]
    inverse: NDArray[np.float64]
    error_place: NDArray[np.float64]  # (d,) of groups' errors
    error_variance: NDArray[np.float64]
    error_inverse: NDArray[np.float64]
    total: NDArray[np.float64]  # (2,) weight learnt, for the scales of columns and of errors
    clock: NDArray[np.float64]  # see fading.py
    gate_histogram: NDArray[np.float64]  # see gate.py
    gate_level: NDArray[np.float64]
    counts: NDArray[np.int64]  # LEARNT, GROUPS


class KitSettings(NamedTuple):
    """What does not change."""

    rate: float  # 1 / half-life, per second
    step: float  # of the gradient, for a row of weight 1
    group_after: int  # rows learnt before groups are formed
    warm_up: int  # rows learnt before a score is given


class Bench(NamedTuple):
    """What a call works on and writes into."""

    y: NDArray[np.float64]  # (d,) the row in signed logarithms
    error: NDArray[np.float64]  # (d,) q
    run: Pass
    answer: Answer
    first: int  # row to begin with


@njit(cache=True, nogil=True, error_model="numpy")
def enter(y: NDArray[np.float64], member: NDArray[np.int64], scale: Scale, run: Pass) -> None:
    """Write the inputs of the groups' autoencoders."""
    for s in range(len(y)):
        j = max(member[s], 0)
        run.u[s] = input_of(y[j] - scale.place[j], scale.inverse[j])


@njit(cache=True, nogil=True, error_model="numpy")
def explain(
    nets: Nets,
    state: KitState,
    run: Pass,
    error: NDArray[np.float64],
    score: float,
    why: NDArray[np.float64],
) -> None:
    """Split the score over groups by their squared excess, and over columns inside a group."""
    d = len(why)
    groups = state.counts[GROUPS]
    all_squares = score * score * groups
    for g in range(groups):
        squares = error[g] * error[g] * (nets.start[g + 1] - nets.start[g])
        for s in range(nets.start[g], nets.start[g + 1]):
            part = 0.0
            if all_squares > 0.0 and squares > 0.0:
                part = score * (run.excess[d + g] / all_squares) * (run.excess[s] / squares)
            why[state.member[s]] = part


@njit(cache=True, nogil=True, error_model="numpy")
def learn_joint(moments: Moments, scale: Scale, y: NDArray[np.float64], run: Pass) -> None:
    """Add the row, in deviations and cut, to the moments of columns."""
    for j in range(len(y)):
        apart = (y[j] - scale.place[j]) * scale.inverse[j]
        run.u[j] = min(max(apart, -REACH), REACH)
    learn_moments(moments, run.u)


@njit(cache=True, nogil=True, error_model="numpy")
def fade(state: KitState, factor: float) -> None:
    """Bring all weights to a new landmark."""
    for b in range(len(state.gate_histogram)):
        state.gate_histogram[b] *= factor
    state.gate_level[GATE_TOTAL] *= factor
    state.total[0] *= factor
    state.total[1] *= factor


@njit(cache=True, nogil=True, error_model="numpy")
def haste(learnt: int) -> float:
    """Return how much larger than usual the step of the gradient is after so many rows."""
    return min(max(SETTLED / learnt, 1.0), MOST_HASTE)


@njit(cache=True, nogil=True, error_model="numpy")
def kit_net_rows(
    batch: Batch,
    nets: Nets,
    moments: Moments,
    state: KitState,
    settings: KitSettings,
    bench: Bench,
) -> int:
    """Score each row from ``bench.first`` on, then learn it, before the next.

    Stop after the row at which groups are due; return how many rows are done. A row of weight 0
    changes nothing. Rows above the gate are learnt with their weight over ``batch.divisor``.
    """
    X, times, weights, divisor = batch
    y, error, run, answer, first = bench
    scores, why, floor = answer
    columns = Scale(state.place, state.variance, state.inverse)
    errors = Scale(state.error_place, state.error_variance, state.error_inverse)
    member, total, counts = state.member, state.total, state.counts
    clock, histogram, level = state.clock, state.gate_histogram, state.gate_level
    for i in range(first, len(X)):
        t = times[i]
        scores[i] = math.nan
        if not log_row(X, i, t, y):
            continue
        groups = counts[GROUPS]
        score = 0.0
        if groups > 0:
            enter(y, member, columns, run)
            score = rebuild(nets, groups, run, error, errors)
        ready = counts[LEARNT] >= settings.warm_up
        if ready:
            scores[i] = score
            if score > floor and len(why) > 0:
                explain(nets, state, run, error, score, why[i])
        weight = weights[i]
        if not weight > 0.0:
            continue
        factor = move_landmark(clock, t, settings.rate)
        if factor != 1.0:
            fade(state, factor)
        unit = growth(clock, t, settings.rate)
        if ready:
            weight /= gate_divisor(level, score, divisor)
            move_gate(histogram, level, score, weight * unit, t)
        if groups > 0:
            descend(nets, groups, settings.step * weight * haste(counts[LEARNT]), run)
            total[1] += weight * unit
            share = weight * unit / total[1]
            learn_scale(errors, error, groups, share, LEAST_ERROR)
        else:
            learn_joint(moments, columns, y, run)
        total[0] += weight * unit
        share = weight * unit / total[0]
        learn_scale(columns, y, len(y), share, LEAST_DEVIATION)
        counts[LEARNT] = min(counts[LEARNT] + 1, COUNTED)
        if groups == 0 and counts[LEARNT] >= settings.group_after:
            return i + 1
    return len(X)
