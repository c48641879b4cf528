"""The features of a flagged row, with what would have been usual."""

from collections.abc import Sequence
from typing import Any, NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]


class Reading(NamedTuple):
    """One feature of a flagged row, with what would have been usual."""

    feature: str
    value: float
    typical: float  # NaN where nothing is known yet
    typical_of: str  # "entity" or "peers"
    contribution: float  # share of the row's score, 0 to 1


class ReadingColumns(NamedTuple):
    """Readings, column by column, in the order of the row."""

    names: tuple[str, ...]
    values: list[float]
    typical: list[float]
    contributions: list[float]
    of_entity: frozenset[int]


class Readings(Sequence[Reading]):
    """Every feature of a row, strongest contribution first; decoded when first asked for.

    Parameters
    ----------
    names : tuple of str
        Features, in the order of the row.
    values, typical, contributions : (d,) arrays of floats
    of_entity : set of int
        Features whose ``typical`` is the entity's own; that of others is its peers'.
    """

    __slots__ = ("_columns", "_order", "_parts")

    def __init__(
        self,
        names: tuple[str, ...],
        values: Floats,
        typical: Floats,
        contributions: Floats,
        of_entity: frozenset[int],
    ) -> None:
        self._parts = names, values, typical, contributions, of_entity
        self._columns: ReadingColumns | None = None
        self._order: list[int] | None = None

    @property
    def columns(self) -> ReadingColumns:
        """All that it holds, in plain lists."""
        if self._columns is None:
            names, values, typical, contributions, of_entity = self._parts
            self._columns = ReadingColumns(
                names, values.tolist(), typical.tolist(), contributions.tolist(), of_entity
            )
        return self._columns

    def of(self, feature: str) -> Reading | None:
        """Return the reading of a feature by name, None where the row has no such."""
        names = self.columns.names
        return self._reading(names.index(feature)) if feature in names else None

    def __len__(self) -> int:
        """Return the number of features."""
        return len(self._parts[0])

    @overload
    def __getitem__(self, at: int) -> Reading: ...

    @overload
    def __getitem__(self, at: slice) -> tuple[Reading, ...]: ...

    def __getitem__(self, at: int | slice) -> Reading | tuple[Reading, ...]:
        """Return the reading at a place in the order of strength, or several."""
        if self._order is None:
            strength = self.columns.contributions.__getitem__
            self._order = sorted(range(len(self)), key=strength, reverse=True)
        if isinstance(at, slice):
            return tuple(self._reading(j) for j in self._order[at])
        return self._reading(self._order[at])

    def __eq__(self, other: object) -> bool:
        """Whether the other says the same."""
        return isinstance(other, Readings) and self[:] == other[:]

    def __hash__(self) -> int:
        """Return a hash of what it says."""
        return hash(self[:])

    def __repr__(self) -> str:
        """Say all, strongest first."""
        return repr(self[:])

    def _reading(self, j: int) -> Reading:
        names, values, typical, contributions, of_entity = self.columns
        whose = "entity" if j in of_entity else "peers"
        return Reading(names[j], values[j], typical[j], whose, contributions[j])
