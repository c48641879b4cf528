"""Scores to E: entities a day of a population that would show a row at least this strange.

Symbols
-------
s        a score; its bin is the unit in which maxima are kept, 52 an octave
M_i      largest score of entity i in the current and the previous half-day of stream time
n        entities with one; T the days they cover, a quarter of a day at least
u, xi, sigma, N_u   peaks-over-threshold tail (Siffer et al. 2017, section 3): beyond u, which N_u
         maxima pass, the count at least s is N_u (1 + xi (s - u) / sigma)^(-1/xi)
"""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .maxima import (
    ALL,
    BEFORE_BIN,
    CAME,
    DIRTY,
    HALF,
    LEFT_BEFORE,
    LEFT_NOW,
    MINUTE,
    N_BIN,
    N_U,
    NOW_BIN,
    PAST_BIN,
    PER_OCTAVE,
    PRIOR,
    SIGMA,
    U_BIN,
    XI,
    CalibrationState,
    Counts,
    U,
    at_least,
    bin_of,
    prior_weight,
    put,
    score_of,
)
from .peaks import N_ANCHOR, fit_tail

HALF_DAY_S = 43_200.0
DAY_S = 86_400.0
LEAST_DAYS = 0.25
FORGOTTEN_BINS = PER_OCTAVE // 4  # what an entity was like before the window halves in two days
GATED_E = 0.3
GATED_SHARE = 0.4


@njit(cache=True, nogil=True, error_model="numpy")
def shift(rows: NDArray[np.float64]) -> None:
    """Let what left in the current half-day have left in the one before; keep only that of all."""
    for k in range(rows.shape[1]):
        rows[LEFT_BEFORE, k] = rows[LEFT_NOW, k]
        rows[LEFT_NOW, k] = 0.0
        rows[ALL, k] = rows[LEFT_BEFORE, k]


@njit(cache=True, nogil=True, error_model="numpy")
def begin_half_day(state: CalibrationState, p: int, d: int) -> None:
    """Let go of what left before the last half-day; entities that are there are counted anew."""
    n = state.entities[p, d]
    n[CAME] += 0.5 * n[LEFT_NOW]
    n[LEFT_BEFORE] = n[LEFT_NOW]
    n[LEFT_NOW] = 0.0
    n[ALL] = n[LEFT_BEFORE]
    shift(state.histogram[p, d])
    shift(state.block[p, d])
    state.tail[p, d, DIRTY] = 1.0


@njit(cache=True, nogil=True, error_model="numpy")
def rotate(state: CalibrationState, half: float) -> None:
    """Begin a half-day: what was current becomes previous, what was previous is forgotten."""
    steps = 2 if half > state.since[HALF] + 1.0 else 1
    state.since[HALF] = half
    n_populations, n_detectors = state.first.shape
    counts = Counts(state.histogram, state.block)
    for _ in range(steps):
        for p in range(n_populations):
            for d in range(n_detectors):
                begin_half_day(state, p, d)
        for slot in range(len(state.population)):
            p = state.population[slot]
            if p < 0:
                continue
            for d in range(n_detectors):
                bins = state.entity[slot, d]
                bins[PAST_BIN] = max(bins[PAST_BIN] - FORGOTTEN_BINS, bins[BEFORE_BIN], -1)
                bins[BEFORE_BIN] = bins[NOW_BIN]
                bins[NOW_BIN] = -1
                if bins[BEFORE_BIN] >= 0:
                    put(counts, p, d, ALL, bins[BEFORE_BIN], state.share[slot, d])
                    state.entities[p, d, ALL] += 1.0
                    state.entities[p, d, CAME] += 0.5
                    state.days[slot, d] += 1


@njit(cache=True, nogil=True, error_model="numpy")
def leave(state: CalibrationState, counts: Counts, slot: int) -> None:
    """Let go of a forgotten entity: its maxima stay until their half-days are over."""
    p = state.population[slot]
    for d in range(state.entity.shape[1]):
        best = max(state.entity[slot, d, NOW_BIN], state.entity[slot, d, BEFORE_BIN])
        if p >= 0 and best >= 0:
            put(counts, p, d, LEFT_NOW, best, state.share[slot, d])
            state.entities[p, d, LEFT_NOW] += 1.0
        for k in range(N_BIN):
            state.entity[slot, d, k] = -1
        state.days[slot, d] = 0
    state.population[slot] = -1


@njit(cache=True, nogil=True, error_model="numpy")
def own_share(beyond: float, sigma: float, days: float) -> float:
    """Return the chance a day that an entity gets so far beyond its largest of so many days before.

    The largest of n + 1 exponential days exceeds the others by x with chance
    exp(-x / sigma) / (n + 1): what an entity was like before is no news, even without peers.
    """
    chance: float = math.exp(min(-beyond / max(sigma, 1e-9), 20.0)) / (days + 1.0)
    return chance


@njit(cache=True, nogil=True, error_model="numpy")
def exposure(first: float, half: float, t: float) -> float:
    """Return the days at t that the maxima stand for, ``first`` being when they began.

    On the first day as many as were seen, a quarter at least. Later the window is half a day to a
    day; an entity that is there every day counts once in either, one that passes by twice as often
    in the longer one: the square root lies between.
    """
    age = (t - first) / DAY_S
    if age < 1.0:
        return max(age, LEAST_DAYS)
    return math.sqrt(min(1.0, t / DAY_S - (half - 1.0) * 0.5))


@njit(cache=True, nogil=True, error_model="numpy")
def by_tail(peaks: float, beyond: float, sigma: float, xi: float) -> float:
    """Return how many of so many peaks lie at least so far beyond the threshold."""
    sigmas = beyond / max(sigma, 1e-9)
    if abs(xi) > 1e-6:
        return float(peaks * max(1.0 + xi * sigmas, 0.02) ** (-1.0 / xi))
    return peaks * math.exp(-sigmas)


@njit(cache=True, nogil=True, error_model="numpy")
def rate(count: float, others: float, came: float, prior: float, peaks: float) -> float:
    """Return how many of all entities are as strange, where ``count`` of the others are.

    With too few maxima for a tail, no less is claimed than what so many entity-days can tell: the
    next of n alike exceeds them all with chance 1 / (n + 1). NaN where there is nobody.
    """
    seen = max(others, came) + prior
    if seen <= 0.0:
        return math.nan
    least = 1.0 / (seen + 1.0) if peaks < N_ANCHOR else 1e-12
    return max(count / max(others + prior, 1.0), least) * (others + 1.0)


@njit(cache=True, nogil=True, error_model="numpy")
def raise_maximum(
    state: CalibrationState,
    counts: Counts,
    place: tuple[int, int, int],
    bins: tuple[int, int],
    e: float,
) -> None:
    """Let a row enter its entity's maximum and the histogram; bins are the old one and its own.

    One whose E is under GATED_E counts less: an attack is no measure of what is normal.
    """
    p, d, slot = place
    best, at = bins
    if best >= 0:
        put(counts, p, d, ALL, best, -state.share[slot, d])
    state.share[slot, d] = GATED_SHARE if e < GATED_E else 1.0
    put(counts, p, d, ALL, at, state.share[slot, d])
    if at >= state.tail[p, d, U_BIN]:
        state.tail[p, d, DIRTY] = 1.0
    if best < 0:
        if prior_weight(state.entities, p, d) > 0.0:  # which falls with each that comes
            state.tail[p, d, DIRTY] = 1.0
        state.entities[p, d, ALL] += 1.0


@njit(cache=True, nogil=True, error_model="numpy")
def pass_time(state: CalibrationState, t: float) -> None:
    """Begin the half-day and the minute of t where they are new; tails are fitted then."""
    half = math.floor(t / HALF_DAY_S)
    minute = math.floor(t / 60.0)
    n_populations, n_detectors = state.first.shape
    if state.since[MINUTE] == -math.inf:
        state.since[HALF] = half
        for p in range(n_populations):
            for d in range(n_detectors):
                state.first[p, d] = t
    if half > state.since[HALF]:
        rotate(state, half)
    if minute > state.since[MINUTE]:
        state.since[MINUTE] = minute
        for p in range(n_populations):
            for d in range(n_detectors):
                if state.tail[p, d, DIRTY] == 1.0:
                    fit_tail(state, p, d)


@njit(cache=True, nogil=True, error_model="numpy")
def calibrate(
    state: CalibrationState,
    population: NDArray[np.int64],
    slot: NDArray[np.int64],
    fresh: NDArray[np.int64],
    t: NDArray[np.float64],
    scores: NDArray[np.float64],
    out: NDArray[np.float64],
    daily: NDArray[np.float64],
) -> None:
    """Write E of each row (n, D), NaN where the score is, and the entities a day (n, D).

    Each row is judged, then taken into account. Detectors know nothing of each other.
    """
    entity, share, owner, history, histogram, block, tail, entities, first, since = state
    counts = Counts(histogram, block)
    for i in range(len(t)):
        if math.floor(t[i] / 60.0) > since[MINUTE]:
            pass_time(state, t[i])
        s, p = slot[i], population[i]
        if fresh[i] == 1:
            leave(state, counts, s)
        owner[s] = p
        for d in range(scores.shape[1]):
            score = scores[i, d]
            n, came = entities[p, d, ALL], entities[p, d, CAME]
            days = exposure(first[p, d], since[HALF], t[i])
            daily[i, d] = (n + 1.0) / days
            out[i, d] = math.nan
            if not math.isfinite(score):
                if n + came == 0.0:
                    first[p, d] = t[i]  # not ready: what it does not score it has not seen
                continue
            at = bin_of(score)
            best = max(entity[s, d, NOW_BIN], entity[s, d, BEFORE_BIN])
            others = n - (1.0 if best >= 0 else 0.0)
            weight = prior_weight(entities, p, d)
            peaks, low, sigma = tail[p, d, N_U], tail[p, d, U_BIN], tail[p, d, SIGMA]
            if peaks > 0.0 and at > low:
                there = peaks - (share[s, d] if best >= low else 0.0)
                count = by_tail(there, score - tail[p, d, U], sigma, tail[p, d, XI])
            else:
                count = at_least(counts, p, d, at, weight)
                count -= share[s, d] if best >= at else 0.0
            e = rate(count, others, came, weight * entities[p, d, PRIOR], peaks) / days
            past = entity[s, d, PAST_BIN]
            if others < N_ANCHOR and past >= 0:  # too few to compare with: its own past counts too
                e += own_share(score - score_of(float(past)), sigma, 0.5 * history[s, d])
            out[i, d] = e
            entity[s, d, NOW_BIN] = max(entity[s, d, NOW_BIN], at)
            if at > best:
                raise_maximum(state, counts, (p, d, s), (best, at), e)
