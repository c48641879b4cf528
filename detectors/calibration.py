"""From scores to E: how many entities a day show a row at least this strange."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from .base import Array, Rows
from .errors import ModelError
from .kernels.calibration import calibrate
from .kernels.maxima import (
    DIRTY,
    N_BIN,
    N_BINS,
    N_BLOCKS,
    N_ENTITIES,
    N_ROWS,
    N_TAIL,
    PRIOR,
    CalibrationState,
    Counts,
    bin_of,
    put,
)

Whole = NDArray[np.int64]


class Calibration:
    """E of rows of several populations and detectors, from other entities' largest scores.

    Each entity keeps its largest score of the current and the previous half-day. E of a score is
    the share of other entities that reached it, times the entities a day; below the sixteen largest
    it is read off a peaks-over-threshold tail. It assumes that today is like the recent past.

    Parameters
    ----------
    capacity : int
        Slots of entities.
    populations, detectors : int
        P and D.

    Cost
    ----
    O(1) a row; a half-day's turn is O(capacity).

    References
    ----------
    .. [1] A. Siffer, P.-A. Fouque, A. Termier, C. Largouet. Anomaly Detection in Streams with
       Extreme Value Theory. KDD 2017. doi:10.1145/3097983.3098144
    .. [2] J. R. M. Hosking, J. R. Wallis. Parameter and quantile estimation for the generalized
       Pareto distribution. Technometrics 29(3), 1987. doi:10.1080/00401706.1987.10488243
    """

    def __init__(self, capacity: int, populations: int, detectors: int) -> None:
        self._state = CalibrationState(
            entity=np.full((capacity, detectors, N_BIN), -1, np.int16),
            share=np.ones((capacity, detectors), np.float32),
            population=np.full(capacity, -1, np.int8),
            days=np.zeros((capacity, detectors), np.int16),
            histogram=np.zeros((populations, detectors, N_ROWS, N_BINS)),
            block=np.zeros((populations, detectors, N_ROWS, N_BLOCKS)),
            tail=np.zeros((populations, detectors, N_TAIL)),
            entities=np.zeros((populations, detectors, N_ENTITIES)),
            first=np.full((populations, detectors), np.inf),
            since=np.array([0.0, -np.inf]),
        )
        self._state.tail[:, :, DIRTY] = 1.0

    def set_prior(self, population: int, detector: int, maxima: Rows) -> None:
        """Let the largest scores of pseudo-entities stand in until own entities come."""
        counts = Counts(self._state.histogram, self._state.block)
        for score in maxima:
            put(counts, population, detector, PRIOR, bin_of(float(score)), 1.0)
        self._state.entities[population, detector, PRIOR] = len(maxima)

    def take(
        self, population: Whole, slot: Whole, fresh: Whole, t: Rows, scores: Rows
    ) -> tuple[Rows, Rows]:
        """Return E (n, D) of rows in order, and the entities a day (n, D) that were scored.

        Each row is judged before it is taken into account. ``fresh`` is 1 where the slot has gone
        to an entity that had no row yet. NaN scores give NaN.
        """
        expected = np.empty(scores.shape)
        daily = np.empty(scores.shape)
        calibrate(self._state, population, slot, fresh, t, scores, expected, daily)
        return expected, daily

    def state(self) -> Mapping[str, Array]:
        """All that was learnt, as views."""
        return self._state._asdict()

    def restore(self, state: Mapping[str, Array]) -> None:
        """Take up a state of the same capacity, populations and detectors."""
        for name, array in self._state._asdict().items():
            if name not in state or state[name].shape != array.shape:
                raise ModelError(
                    f"calibration state {name}: not of shape {array.shape}, expected the same"
                    " max_entities, populations and detectors; restore with the settings it had"
                )
            array[...] = state[name]
