"""An ensemble of small autoencoders over groups of columns, and one over their errors.

Symbols
-------
u_s  input of slot s, 0 … 1 over three deviations either side; e_s its squared excess over z_s
q_g  error of group g, root mean square of its slots; v_g the same brought to 0 … 1
o_g  squared excess of v_g over the output autoencoder's answer
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from detectors.kernels.autoencoder import Net, Pass, descend, rebuild
from detectors.kernels.fading import growth, move_landmark
from detectors.kernels.gate import TOTAL as GATE_TOTAL
from detectors.kernels.gate import gate_divisor, move_gate
from detectors.kernels.moments import Grouping, learn_moments
from detectors.kernels.rows import Answer, Batch
from detectors.kernels.scaling import REACH, learn_scale, log_row

SPAN = 6.0
"""Deviations that make up the range 0 … 1: the range cannot be ruined by one extreme row."""

LEAST_DEVIATION = 0.25
LEAST_ERROR = 0.01

# entries of ``counts``
LEARNT, GROUPS = 0, 1
N_COUNTS = 2


class Nets(NamedTuple):
    """Parameters; at most d groups of at most m columns."""

    weight: NDArray[np.float64]  # (d, m, hidden of m)
    hidden: NDArray[np.float64]  # (d, hidden of m)
    visible: NDArray[np.float64]  # (d, m)
    output_weight: NDArray[np.float64]  # (d, hidden of d)
    output_hidden: NDArray[np.float64]  # (hidden of d,)
    output_visible: NDArray[np.float64]  # (d,)


class KitState(NamedTuple):
    """Scales, clock, gate and counts."""

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

    directions: NDArray[np.int64]  # (d,)
    rate: float  # 1 / half-life, per second
    step: float  # of the gradient, for a row of weight 1
    group_after: int  # rows learnt before groups are formed
    warm_up: int  # rows learnt before a score is given


class KitWork(NamedTuple):
    """Scratch of a call."""

    y: NDArray[np.float64]  # (d,) the row in signed logarithms; then its deviations
    u: NDArray[np.float64]  # (d,) inputs by slot
    excess: NDArray[np.float64]  # (d,) e by slot
    error: NDArray[np.float64]  # (d,) q by group
    v: NDArray[np.float64]  # (d,) by group
    over: NDArray[np.float64]  # (d,) o by group
    hidden: NDArray[np.float64]  # (d, hidden of m) of each group's pass
    rebuilt: NDArray[np.float64]  # (d, m)
    output_hidden: NDArray[np.float64]  # (hidden of d,)
    output_rebuilt: NDArray[np.float64]  # (d,)
    back: NDArray[np.float64]  # (max hidden,)


class Bench(NamedTuple):
    """What a call writes into."""

    work: KitWork
    answer: Answer
    first: int  # row to begin with


@njit(cache=True, nogil=True, error_model="numpy")
def group_pass(work: KitWork, g: int) -> Pass:
    """Return the scratch of a group's pass, kept until the row is learnt."""
    return Pass(work.hidden[g], work.back, work.rebuilt[g])


@njit(cache=True, nogil=True, error_model="numpy")
def output_pass(work: KitWork) -> Pass:
    """Return the scratch of the output's pass."""
    return Pass(work.output_hidden, work.back, work.output_rebuilt)


@njit(cache=True, nogil=True, error_model="numpy")
def squares_above(
    u: NDArray[np.float64],
    rebuilt: NDArray[np.float64],
    member: NDArray[np.int64],
    directions: NDArray[np.int64],
    excess: NDArray[np.float64],
) -> float:
    """Write the squared residual of each slot of a group on its strange side; return the sum."""
    total = 0.0
    for a in range(len(u)):
        apart = u[a] - rebuilt[a]
        if apart * directions[member[a]] < 0.0:
            apart = 0.0
        excess[a] = apart * apart
        total += excess[a]
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def score_row(
    nets: Nets, grouping: Grouping, state: KitState, directions: NDArray[np.int64], work: KitWork
) -> float:
    """Pass the row through all autoencoders; return the root mean square of the last excess.

    Cost: O(d m) for the ensemble, O(groups²) for the output.
    """
    groups = state.counts[GROUPS]
    for s in range(len(work.y)):
        j = grouping.member[s]
        work.u[s] = 0.5 + (work.y[j] - state.place[j]) * state.inverse[j] / SPAN
    for g in range(groups):
        first = grouping.start[g]
        last = grouping.start[g + 1]
        net = Net(nets.weight[g], nets.hidden[g], nets.visible[g])
        rebuild(net, work.u[first:last], last - first, group_pass(work, g))
        squares = squares_above(
            work.u[first:last],
            work.rebuilt[g],
            grouping.member[first:last],
            directions,
            work.excess[first:last],
        )
        work.error[g] = math.sqrt(squares / (last - first))
        apart = work.error[g] - state.error_place[g]
        work.v[g] = 0.5 + apart * state.error_inverse[g] / SPAN
    output = Net(nets.output_weight, nets.output_hidden, nets.output_visible)
    rebuild(output, work.v, groups, output_pass(work))
    total = 0.0
    for g in range(groups):
        over = max(work.v[g] - work.output_rebuilt[g], 0.0)
        work.over[g] = over * over
        total += work.over[g]
    return math.sqrt(total / groups)


@njit(cache=True, nogil=True, error_model="numpy")
def explain(
    grouping: Grouping, groups: int, work: KitWork, score: float, why: NDArray[np.float64]
) -> None:
    """Split the score over groups by their squared excess, and over columns inside a group."""
    total = 0.0
    for g in range(groups):
        total += work.over[g]
    for g in range(groups):
        squares = 0.0
        for s in range(grouping.start[g], grouping.start[g + 1]):
            squares += work.excess[s]
        for s in range(grouping.start[g], grouping.start[g + 1]):
            part = 0.0
            if total > 0.0 and squares > 0.0:
                part = score * (work.over[g] / total) * (work.excess[s] / squares)
            why[grouping.member[s]] = part


@njit(cache=True, nogil=True, error_model="numpy")
def learn_nets(nets: Nets, grouping: Grouping, groups: int, work: KitWork, step: float) -> None:
    """Take a step in every autoencoder, from the pass that ``score_row`` left."""
    for g in range(groups):
        first = grouping.start[g]
        last = grouping.start[g + 1]
        net = Net(nets.weight[g], nets.hidden[g], nets.visible[g])
        descend(net, work.u[first:last], last - first, step, group_pass(work, g))
    output = Net(nets.output_weight, nets.output_hidden, nets.output_visible)
    descend(output, work.v, groups, step, output_pass(work))


@njit(cache=True, nogil=True, error_model="numpy")
def learn_grouping(grouping: Grouping, state: KitState, work: KitWork) -> None:
    """Add the row, in deviations and cut, to the moments of columns."""
    for j in range(len(work.y)):
        apart = (work.y[j] - state.place[j]) * state.inverse[j]
        work.u[j] = min(max(apart, -REACH), REACH)
    learn_moments(grouping, work.u)


@njit(cache=True, nogil=True, error_model="numpy")
def fade(state: KitState, factor: float) -> None:
    """Bring all weights to a new landmark."""
    for b in range(len(state.gate_histogram)):
        state.gate_histogram[b] *= factor
    state.gate_level[GATE_TOTAL] *= factor
    state.total[0] *= factor
    state.total[1] *= factor


@njit(cache=True, nogil=True, error_model="numpy")
def learn_scales(state: KitState, work: KitWork, weight: float) -> None:
    """Let the ranges of columns and of groups' errors follow; ``weight`` in landmark units."""
    state.total[0] += weight
    share = weight / state.total[0]
    learn_scale(work.y, state.place, state.variance, state.inverse, share, LEAST_DEVIATION)
    groups = state.counts[GROUPS]
    if groups > 0:
        state.total[1] += weight
        share = weight / state.total[1]
        learn_scale(
            work.error[:groups],
            state.error_place,
            state.error_variance,
            state.error_inverse,
            share,
            LEAST_ERROR,
        )


@njit(cache=True, nogil=True, error_model="numpy")
def kit_net_rows(
    batch: Batch,
    nets: Nets,
    grouping: Grouping,
    state: KitState,
    settings: KitSettings,
    bench: Bench,
) -> int:
    """Score each row from ``bench.first`` on, then learn it, before the next.

    Stop after the row at which groups are due; return how many rows are done. A row of weight 0
    changes nothing. Rows above the gate are learnt with their weight over ``batch.divisor``.
    """
    answer, work = bench.answer, bench.work
    for i in range(bench.first, len(batch.X)):
        t = batch.t[i]
        answer.scores[i] = math.nan
        if not log_row(batch.X[i], t, work.y):
            continue
        groups = state.counts[GROUPS]
        score = 0.0
        if groups > 0:
            score = score_row(nets, grouping, state, settings.directions, work)
        ready = state.counts[LEARNT] >= settings.warm_up
        if ready:
            answer.scores[i] = score
            if score > answer.floor and len(answer.why) > 0:
                explain(grouping, groups, work, score, answer.why[i])
        weight = batch.weight[i]
        if not weight > 0.0:
            continue
        factor = move_landmark(state.clock, t, settings.rate)
        if factor != 1.0:
            fade(state, factor)
        unit = growth(state.clock, t, settings.rate)
        if ready:
            weight /= gate_divisor(state.gate_level, score, batch.divisor)
            move_gate(state.gate_histogram, state.gate_level, score, weight * unit, t)
        if groups > 0:
            learn_nets(nets, grouping, groups, work, settings.step * weight)
        else:
            learn_grouping(grouping, state, work)
        learn_scales(state, work, weight * unit)
        state.counts[LEARNT] = min(state.counts[LEARNT] + 1, settings.warm_up)
        if groups == 0 and state.counts[LEARNT] >= settings.group_after:
            return i + 1
    return len(batch.X)
