"""Entities' largest scores of the last half-days, counted in bins."""

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

N_BINS = 2_048
PER_OCTAVE = 52
OCTAVES_BELOW_1 = 10
BLOCK = 32
N_BLOCKS = N_BINS // BLOCK
N_PRIOR = 300.0  # own entities, over all days, that outweigh the prior wholly
LN2 = 0.6931471805599453

# rows of the third axis of CalibrationState.histogram, and columns of its entities
# (ALL: own entities, with those that left)
ALL, LEFT_NOW, LEFT_BEFORE, PRIOR = range(4)
N_ROWS = 4
CAME = 4  # of entities only: own entities of past days, counted anew each day
N_ENTITIES = 5
# entries of CalibrationState.since
HALF, MINUTE = range(2)
# columns of CalibrationState.tail
U, N_U, XI, SIGMA, DIRTY, U_BIN = range(6)
N_TAIL = 6
# columns of CalibrationState.entity, bins, -1 for none
NOW_BIN, BEFORE_BIN, PAST_BIN = range(3)
N_BIN = 3


class CalibrationState(NamedTuple):
    """P populations, D detectors, entities by slot."""

    entity: NDArray[np.int16]  # (capacity, D, 3)
    share: NDArray[np.float32]  # (capacity, D) amount with which the entity's maximum counts
    population: NDArray[np.int8]  # (capacity,), -1 for none
    days: NDArray[np.int16]  # (capacity, D) half-days of own history
    histogram: NDArray[np.float64]  # (P, D, 4, N_BINS)
    block: NDArray[np.float64]  # (P, D, 4, N_BLOCKS) sums over BLOCK bins
    tail: NDArray[np.float64]  # (P, D, N_TAIL)
    entities: NDArray[np.float64]  # (P, D, N_ENTITIES) those with a score of the detector
    first: NDArray[np.float64]  # (P, D) since when the detector could have scored; inf before
    since: NDArray[np.float64]  # (2,): current half-day, current minute


@njit(cache=True, nogil=True, error_model="numpy")
def bin_of(score: float) -> int:
    """Return the bin of a score, 0 for everything below 2^-10."""
    if not score > 0.0009765625:
        return 0
    return min(int((math.log2(score) + OCTAVES_BELOW_1) * PER_OCTAVE), N_BINS - 1)


@njit(cache=True, nogil=True, error_model="numpy")
def score_of(at: float) -> float:
    """Return the score at the lower edge of a bin."""
    return math.exp((at / PER_OCTAVE - OCTAVES_BELOW_1) * LN2)


class Counts(NamedTuple):
    """Maxima by bin: two arrays of a CalibrationState, for functions that are called row by row.

    A call hands over seven words an array and may take and drop a reference to each.
    """

    histogram: NDArray[np.float64]  # (P, D, 4, N_BINS)
    block: NDArray[np.float64]  # (P, D, 4, N_BLOCKS) sums over BLOCK bins


@njit(cache=True, nogil=True, error_model="numpy")
def put(counts: Counts, p: int, d: int, row: int, at: int, amount: float) -> None:
    """Add an amount of entities to a bin."""
    counts.histogram[p, d, row, at] += amount
    counts.block[p, d, row, at // BLOCK] += amount


@njit(cache=True, nogil=True, error_model="numpy")
def at_least(counts: Counts, p: int, d: int, at: int, weight: float) -> float:
    """Return the entities in bin ``at`` or above, those of the prior at their weight."""
    first = max(at, 0)
    block = first // BLOCK
    total = 0.0
    for row in range(ALL, PRIOR + 1 if weight > 0.0 else ALL + 1, PRIOR):
        bins = 0.0
        blocks = 0.0  # side by side: an addition need not wait for the one before it
        for k in range(first, (block + 1) * BLOCK):
            bins += counts.histogram[p, d, row, k]
        for k in range(block + 1, N_BLOCKS):
            blocks += counts.block[p, d, row, k]
        total += (bins + blocks) * (1.0 if row == ALL else weight)
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def prior_weight(entities: NDArray[np.float64], p: int, d: int) -> float:
    """Return what an entity of the prior counts: 1 at first, 0 from N_PRIOR own ones on."""
    own = max(entities[p, d, ALL], entities[p, d, CAME])
    weight: float = max(0.0, N_PRIOR - own) / max(entities[p, d, PRIOR], 1.0)
    return weight if entities[p, d, PRIOR] > 0.0 else 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def count_at(state: CalibrationState, p: int, d: int, at: int, weight: float) -> float:
    """Return the maxima in one bin, the prior's at their weight."""
    h = state.histogram[p, d]
    found: float = h[ALL, at] + weight * h[PRIOR, at]
    return found
