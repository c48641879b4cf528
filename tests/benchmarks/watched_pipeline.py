"""The pipeline as it is, with E of every row written down on the way."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stream.features import windows as win
from stream.features.feature_set import CONNECTION_SET, FeatureSet
from stream.judgement import Judged, Judgement
from stream.judges import JudgeSettings
from stream.pipeline import Pipeline, PipelineSettings
from stream.rows import ROW_TAG, Rows
from stream.witnesses import LaneNames


class Seen(NamedTuple):
    """Rows in order. ``expected`` and ``fused`` are E of one population, not corrected."""

    population: NDArray[np.int64]  # (n,) tag
    entity: NDArray[np.uint64]  # (n, 2)
    t: NDArray[np.float64]
    expected: NDArray[np.float64]  # (n, D)
    fused: NDArray[np.float64]  # (n,)


class WatchedJudgement(Judgement):
    """Judges as ever, and notes each batch of rows."""

    def __init__(
        self,
        judges: tuple[JudgeSettings, ...],
        features: FeatureSet,
        capacity: int,
        cut: float,
        names: LaneNames,
        text: Callable[[int], str],
    ) -> None:
        super().__init__(judges, features, capacity, cut, names, text)
        self.noted: list[Seen] = []

    def _judged(self, rows: Rows, n: int) -> Judged:
        judged = super()._judged(rows, n)
        self.noted.append(
            Seen(
                rows.note[:n, ROW_TAG].copy(),
                rows.windows.word[:n, [win.ENTITY_HI, win.ENTITY_LO]].copy(),
                rows.t[:n].copy(),
                judged.expected.copy(),
                judged.fused.copy(),
            )
        )
        return judged


class WatchedPipeline(Pipeline):
    """A pipeline that can be asked for E of the rows since it was last asked."""

    def __init__(self, settings: PipelineSettings) -> None:
        super().__init__(settings)
        self._watched = WatchedJudgement(
            settings.judges,
            CONNECTION_SET,
            settings.max_entities,
            settings.cut,
            self._names,
            self.parser.text,
        )
        self._judgement = self._watched

    def seen(self) -> Seen:
        """Return the rows judged since the last call."""
        noted = self._watched.noted
        if not noted:
            none = np.empty(0)
            return Seen(
                np.empty(0, np.int64),
                np.empty((0, 2), np.uint64),
                none,
                np.empty((0, len(self.settings.judges))),
                none,
            )
        rows = Seen(*(np.concatenate(columns) for columns in zip(*noted, strict=True)))
        noted.clear()
        return rows
