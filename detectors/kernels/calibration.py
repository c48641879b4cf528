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
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

HALF_DAY_S = 43_200.0
DAY_S = 86_400.0
N_BINS = 2_048
PER_OCTAVE = 52
OCTAVES_BELOW_1 = 10
BLOCK = 32
N_BLOCKS = N_BINS // BLOCK
N_PEAKS = 64.0  # largest maxima that the tail is fitted to
GATED_E = 0.3
GATED_SHARE = 0.4
N_ANCHOR = 16.0  # the tail stands in for counts below this
LEAST_PEAKS = 4.0
MOST_XI = 0.5
LEAST_XI = -0.15  # so that the tail ends no sooner than 6.7 sigma beyond u
N_PRIOR = 300.0  # own entities, over all days, that outweigh the prior wholly
LEAST_DAYS = 0.25

# rows of the second axis of CalibrationState.histogram
OWN, LEFT_NOW, LEFT_BEFORE, PRIOR = range(4)
CAME = 4  # in CalibrationState.entities only: own entities of past days, one counted each day anew
# columns of CalibrationState.tail
U, N_U, XI, SIGMA, DIRTY, U_BIN = range(6)
N_TAIL = 6
# columns of CalibrationState.entity, int16 bins, -1 for none
NOW_BIN, BEFORE_BIN, PAST_BIN = range(3)


class CalibrationState(NamedTuple):
    """P populations, D detectors, entities by slot."""

    entity: NDArray[np.int16]  # (capacity, D, 3)
    share: NDArray[np.float32]  # (capacity, D) amount with which the entity's maximum counts
    population: NDArray[np.int8]  # (capacity,), -1 for none
    days: NDArray[np.int16]  # (capacity,) half-days of own history
    histogram: NDArray[np.float64]  # (P, D, 4, N_BINS)
    block: NDArray[np.float64]  # (P, D, 4, N_BLOCKS) sums over BLOCK bins
    tail: NDArray[np.float64]  # (P, D, N_TAIL)
    entities: NDArray[np.float64]  # (P, 5): OWN to CAME
    since: NDArray[np.float64]  # (3,): first time, current half-day, current minute


@njit(cache=True, nogil=True, error_model="numpy")
def bin_of(score: float) -> int:
    """Bin of a score, 0 for everything below 2^-10."""
    if not score > 0.0009765625:
        return 0
    return min(int((math.log2(score) + OCTAVES_BELOW_1) * PER_OCTAVE), N_BINS - 1)


@njit(cache=True, nogil=True, error_model="numpy")
def score_of(at: float) -> float:
    """Score at the lower edge of a bin."""
    return 2.0 ** (at / PER_OCTAVE - OCTAVES_BELOW_1)


@njit(cache=True, nogil=True, error_model="numpy")
def put(state: CalibrationState, p: int, d: int, row: int, at: int, amount: float) -> None:
    """Add an amount of entities to a bin."""
    state.histogram[p, d, row, at] += amount
    state.block[p, d, row, at // BLOCK] += amount


@njit(cache=True, nogil=True, error_model="numpy")
def at_least(state: CalibrationState, p: int, d: int, row: int, at: int) -> float:
    """Entities in bin ``at`` or above."""
    total = 0.0
    block = at // BLOCK
    for k in range(at, (block + 1) * BLOCK):
        total += state.histogram[p, d, row, k]
    for k in range(block + 1, N_BLOCKS):
        total += state.block[p, d, row, k]
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def own_entities(state: CalibrationState, p: int) -> float:
    """Own entities of the window."""
    n = state.entities[p]
    return n[OWN] + n[LEFT_NOW] + n[LEFT_BEFORE]


@njit(cache=True, nogil=True, error_model="numpy")
def prior_weight(state: CalibrationState, p: int) -> float:
    """Own entities that each entity of the prior stands for: 1 at first, 0 from N_PRIOR on."""
    if state.entities[p, PRIOR] == 0.0:
        return 0.0
    own = max(own_entities(state, p), state.entities[p, CAME])
    return max(0.0, N_PRIOR - own) / state.entities[p, PRIOR]


@njit(cache=True, nogil=True, error_model="numpy")
def count_at(state: CalibrationState, p: int, d: int, at: int, weight: float) -> float:
    """Maxima in one bin, the prior's at their weight."""
    h = state.histogram[p, d]
    return h[OWN, at] + h[LEFT_NOW, at] + h[LEFT_BEFORE, at] + weight * h[PRIOR, at]


@njit(cache=True, nogil=True, error_model="numpy")
def threshold(state: CalibrationState, p: int, d: int, weight: float, peaks: float) -> int:
    """Highest bin at or above which at least so many maxima lie; 0 where there are fewer."""
    above = 0.0
    low = N_BINS
    while low > 0 and above < peaks:
        low -= 1
        above += count_at(state, p, d, low, weight)
    return low


@njit(cache=True, nogil=True, error_model="numpy")
def moments(
    state: CalibrationState, p: int, d: int, weight: float, low: int
) -> tuple[float, float, float]:
    """Maxima at or above a bin, and b0 = E[Y], b1 = E[Y (1 - F)] of their excesses Y."""
    b0 = 0.0
    b1 = 0.0
    above = 0.0
    edge = score_of(float(low))
    for at in range(N_BINS - 1, low - 1, -1):
        mass = count_at(state, p, d, at, weight)
        if mass > 0.0:
            excess = score_of(at + 0.5) - edge
            b0 += mass * excess
            b1 += mass * excess * (above + 0.5 * mass)
            above += mass
    if above == 0.0:
        return 0.0, 0.0, 0.0
    return above, b0 / above, b1 / (above * above)


@njit(cache=True, nogil=True, error_model="numpy")
def fit_tail(state: CalibrationState, p: int, d: int) -> None:
    """Fit the tail to the largest maxima by probability-weighted moments.

    Hosking and Wallis 1987, section 3: xi = 2 - b0 / (b0 - 2 b1), sigma = b0 (1 - xi). The shape
    comes from the N_PEAKS largest and is kept in [LEAST_XI, MOST_XI], for what lies beyond the data
    is not to vanish; the scale from the N_ANCHOR largest, where the tail begins: below, the
    counts themselves speak.
    """
    tail = state.tail[p, d]
    tail[DIRTY] = 0.0
    weight = prior_weight(state, p)
    above, b0, b1 = moments(state, p, d, weight, threshold(state, p, d, weight, N_PEAKS))
    xi = 2.0 - b0 / (b0 - 2.0 * b1) if b0 > 2.0 * b1 else MOST_XI
    tail[XI] = min(max(xi, LEAST_XI), MOST_XI)
    low = threshold(state, p, d, weight, N_ANCHOR)
    above, b0, b1 = moments(state, p, d, weight, low)
    tail[N_U] = above if above >= LEAST_PEAKS else 0.0
    tail[U_BIN] = low
    tail[U] = score_of(float(low))
    tail[SIGMA] = b0 * (1.0 - tail[XI])


@njit(cache=True, nogil=True, error_model="numpy")
def rotate(state: CalibrationState, half: float) -> None:
    """Begin a half-day: what was current becomes previous, what was previous is forgotten."""
    steps = 2 if half > state.since[1] + 1.0 else 1
    state.since[1] = half
    n_detectors = state.entity.shape[1]
    for _ in range(steps):
        state.histogram[:, :, LEFT_BEFORE] = state.histogram[:, :, LEFT_NOW]
        state.block[:, :, LEFT_BEFORE] = state.block[:, :, LEFT_NOW]
        state.entities[:, LEFT_BEFORE] = state.entities[:, LEFT_NOW]
        state.entities[:, CAME] += 0.5 * state.entities[:, LEFT_NOW]
        state.histogram[:, :, LEFT_NOW] = 0.0
        state.block[:, :, LEFT_NOW] = 0.0
        state.entities[:, LEFT_NOW] = 0.0
        state.histogram[:, :, OWN] = 0.0
        state.block[:, :, OWN] = 0.0
        state.entities[:, OWN] = 0.0
        for slot in range(len(state.population)):
            p = state.population[slot]
            if p < 0:
                continue
            here = False
            for d in range(n_detectors):
                bins = state.entity[slot, d]
                bins[PAST_BIN] = max(bins[PAST_BIN], bins[BEFORE_BIN])
                bins[BEFORE_BIN] = bins[NOW_BIN]
                bins[NOW_BIN] = -1
                if bins[BEFORE_BIN] >= 0:
                    put(state, p, d, OWN, bins[BEFORE_BIN], state.share[slot, d])
                    here = True
            if here:
                state.entities[p, OWN] += 1.0
                state.entities[p, CAME] += 0.5
                state.days[slot] += 1
    state.tail[:, :, DIRTY] = 1.0


@njit(cache=True, nogil=True, error_model="numpy")
def leave(state: CalibrationState, slot: int) -> None:
    """The slot's entity was forgotten: its maxima stay until their half-days are over."""
    p = state.population[slot]
    if p >= 0:
        here = False
        for d in range(state.entity.shape[1]):
            bins = state.entity[slot, d]
            best = max(bins[NOW_BIN], bins[BEFORE_BIN])
            if best >= 0:
                put(state, p, d, OWN, best, -state.share[slot, d])
                put(state, p, d, LEFT_NOW, best, state.share[slot, d])
                here = True
        if here:
            state.entities[p, OWN] -= 1.0
            state.entities[p, LEFT_NOW] += 1.0
    state.population[slot] = -1
    state.entity[slot] = -1
    state.days[slot] = 0


@njit(cache=True, nogil=True, error_model="numpy")
def own_share(state: CalibrationState, p: int, d: int, slot: int, score: float) -> float:
    """Chance a day that the entity itself gets so far beyond what it showed on n days before.

    The largest of n + 1 exponential days exceeds the others by x with chance exp(-x / sigma) / (n + 1):
    what an entity was like before is no news, even where it has no peers.
    """
    past = state.entity[slot, d, PAST_BIN]
    if past < 0:
        return 0.0
    beyond = (score - score_of(float(past))) / max(state.tail[p, d, SIGMA], 1e-9)
    return math.exp(min(-beyond, 20.0)) / (0.5 * state.days[slot] + 1.0)


@njit(cache=True, nogil=True, error_model="numpy")
def exposure(state: CalibrationState, t: float) -> float:
    """Days that the maxima stand for.

    On the first day as many as were seen, a quarter at least. Later the window is half a day to a
    day; an entity that is there every day counts once in either, one that passes by twice as often
    in the longer one: the square root lies between.
    """
    age = (t - state.since[0]) / DAY_S
    if age < 1.0:
        return max(age, LEAST_DAYS)
    return math.sqrt(min(1.0, t / DAY_S - (state.since[1] - 1.0) * 0.5))


@njit(cache=True, nogil=True, error_model="numpy")
def expected(
    state: CalibrationState, p: int, d: int, slot: int, at: int, score: float, t: float
) -> float:
    """E of a score before it is taken into account itself."""
    own_bins = state.entity[slot, d]
    best = max(own_bins[NOW_BIN], own_bins[BEFORE_BIN])
    weight = prior_weight(state, p)
    days = exposure(state, t)
    others = own_entities(state, p) - (1.0 if best >= 0 else 0.0)
    mass = others + weight * state.entities[p, PRIOR]
    tail = state.tail[p, d]
    if tail[N_U] > 0.0 and at > tail[U_BIN]:
        peaks = tail[N_U] - (state.share[slot, d] if best >= tail[U_BIN] else 0.0)
        beyond = (score - tail[U]) / max(tail[SIGMA], 1e-9)
        if abs(tail[XI]) > 1e-6:
            count = peaks * max(1.0 + tail[XI] * beyond, 0.02) ** (-1.0 / tail[XI])
        else:
            count = peaks * math.exp(-beyond)
    else:
        count = -state.share[slot, d] if best >= at else 0.0
        count += at_least(state, p, d, OWN, at) + at_least(state, p, d, LEFT_NOW, at)
        count += at_least(state, p, d, LEFT_BEFORE, at) + weight * at_least(state, p, d, PRIOR, at)
    if mass <= 0.0:
        return math.nan
    return max(count, 1e-12) / mass * (others + 1.0) / days + own_share(state, p, d, slot, score)


@njit(cache=True, nogil=True, error_model="numpy")
def take(state: CalibrationState, p: int, d: int, slot: int, at: int, e: float) -> None:
    """Let a row enter its entity's maximum and the histogram.

    One whose E is under GATED_E counts less: an attack is no measure of what is normal.
    """
    bins = state.entity[slot, d]
    best = max(bins[NOW_BIN], bins[BEFORE_BIN])
    if at > bins[NOW_BIN]:
        bins[NOW_BIN] = at
    if at > best:
        if best >= 0:
            put(state, p, d, OWN, best, -state.share[slot, d])
        state.share[slot, d] = GATED_SHARE if e < GATED_E else 1.0
        put(state, p, d, OWN, at, state.share[slot, d])
        if at >= state.tail[p, d, U_BIN]:
            state.tail[p, d, DIRTY] = 1.0


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
    """Write E of each row (n, D), NaN where the score is, and its population's entities a day (n,).

    Each row is judged, then taken into account.
    """
    n_detectors = scores.shape[1]
    for i in range(len(t)):
        half = math.floor(t[i] / HALF_DAY_S)
        minute = math.floor(t[i] / 60.0)
        if state.since[0] == math.inf:
            state.since[0] = t[i]
            state.since[1] = half
        if half > state.since[1]:
            rotate(state, half)
        if minute > state.since[2]:
            state.since[2] = minute
            for p in range(state.tail.shape[0]):
                for d in range(n_detectors):
                    if state.tail[p, d, DIRTY] == 1.0:
                        fit_tail(state, p, d)
        if fresh[i] == 1:
            leave(state, slot[i])
        p = population[i]
        daily[i] = (own_entities(state, p) + 1.0) / exposure(state, t[i])
        known = state.population[slot[i]] >= 0
        here = False
        for d in range(n_detectors):
            bins = state.entity[slot[i], d]
            here = here or max(bins[NOW_BIN], bins[BEFORE_BIN]) >= 0
        state.population[slot[i]] = p
        news = False
        for d in range(n_detectors):
            score = scores[i, d]
            out[i, d] = math.nan
            if math.isfinite(score):
                at = bin_of(score)
                out[i, d] = expected(state, p, d, slot[i], at, score, t[i])
                take(state, p, d, slot[i], at, out[i, d])
                news = True
        if news and not here:
            state.entities[p, OWN] += 1.0
        if not known and state.days[slot[i]] < 0:
            state.days[slot[i]] = 0
