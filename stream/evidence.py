"""The events that show what a candidate says."""

from collections.abc import Sequence
from typing import NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

from .addresses import address_text
from .events import Position


class Witness(NamedTuple):
    """One event of the evidence: where it stands, when it was, and who was on the other side."""

    position: Position
    ts: float
    peer: str


class Evidence(Sequence[Witness]):
    """A window's 1st, 2nd, 4th … 256th event so far, and the last; decoded when first asked for.

    Parameters
    ----------
    n : int
        How many events were kept before the last.
    positions : (w, 2) int64
        Offset and index of each, the last one's in the last row.
    ts : (w,) float64
        Time of each event, seconds since the epoch.
    peers : (w, 2) uint64
        Both halves of the other side's address.
    """

    __slots__ = ("_parts", "_witnesses")

    def __init__(
        self,
        n: int,
        positions: NDArray[np.int64],
        ts: NDArray[np.float64],
        peers: NDArray[np.uint64],
    ) -> None:
        self._parts = n, positions, ts, peers
        self._witnesses: tuple[Witness, ...] | None = None

    def __len__(self) -> int:
        """Return the number of events."""
        return len(self._all())

    @overload
    def __getitem__(self, at: int) -> Witness: ...

    @overload
    def __getitem__(self, at: slice) -> tuple[Witness, ...]: ...

    def __getitem__(self, at: int | slice) -> Witness | tuple[Witness, ...]:
        """Return an event, or several, in their order."""
        return self._all()[at]

    def __eq__(self, other: object) -> bool:
        """Whether the other is the same events."""
        return isinstance(other, Evidence) and self[:] == other[:]

    def __hash__(self) -> int:
        """Return a hash of the events."""
        return hash(self[:])

    def __repr__(self) -> str:
        """Say all events."""
        return repr(self[:])

    def _all(self) -> tuple[Witness, ...]:
        if self._witnesses is None:
            n, *columns = self._parts
            positions, ts, peers = (column.tolist() for column in columns)
            made = {}  # the last may be the 256th too
            for k in (*range(n), -1):
                position = Position(*positions[k])
                made[position] = Witness(position, ts[k], address_text(*peers[k]))
            self._witnesses = tuple(made.values())
        return self._witnesses
