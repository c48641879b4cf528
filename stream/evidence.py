"""The events that show what a candidate says."""

from collections.abc import Sequence
from typing import NamedTuple, overload

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
    positions, peers : list of int
        Offset and index of each event, and both halves of the other side's address, one after the
        other.
    ts : list of float
        Time of each event, seconds since the epoch.
    """

    __slots__ = ("_peers", "_positions", "_ts", "_witnesses")

    def __init__(self, positions: list[int], ts: list[float], peers: list[int]) -> None:
        self._positions = positions
        self._ts = ts
        self._peers = peers
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
            made = {}  # the last may be the 256th too
            for k, ts in enumerate(self._ts):
                position = Position(*self._positions[2 * k : 2 * k + 2])
                made[position] = Witness(
                    position, ts, address_text(*self._peers[2 * k : 2 * k + 2])
                )
            self._witnesses = tuple(made.values())
        return self._witnesses
