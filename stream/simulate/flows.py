"""Finished connections as columns, in the order in which a sensor writes them."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .contacts import Address, Real, Whole
from .services import TCP


class Flows(NamedTuple):
    """Connections. n rows; NaN where a sensor leaves a number unset."""

    ts: Real  # s since the epoch, whole microseconds: when it starts
    duration: Real  # s, whole microseconds
    src: Address
    dst: Address
    src_port: NDArray[np.int32]
    dst_port: NDArray[np.int32]
    transport: NDArray[np.int32]  # IANA protocol number
    state: NDArray[np.int32]  # of services.STATES
    word: NDArray[np.int32]  # of services.WORDS
    bytes_out: Real
    bytes_in: Real
    packets_out: Real
    packets_in: Real
    src_local: NDArray[np.bool_]
    dst_local: NDArray[np.bool_]
    attack: NDArray[np.int32]  # number of the planted attack, -1 for none
    written: Real  # s since the epoch: when the sensor writes it

    @property
    def rows(self) -> int:
        """Number of connections."""
        return len(self.ts)

    def take(self, rows: Whole | NDArray[np.bool_] | slice) -> "Flows":
        """Return the connections at some rows."""
        return Flows._make(column[rows] for column in self)

    @property
    def ends(self) -> Real:
        """When each ends, s since the epoch."""
        return self.ts + np.nan_to_num(self.duration)

    def whole_bytes(self, tcp_header: int, other_header: int) -> tuple[Real, Real]:
        """Bytes both ways with a header for each packet; unset payload counts as none."""
        header = np.where(self.transport == TCP, tcp_header, other_header)
        out = np.nan_to_num(self.bytes_out) + self.packets_out * header
        return out, np.nan_to_num(self.bytes_in) + self.packets_in * header


def join_flows(parts: Sequence[Flows]) -> Flows:
    """All connections of the parts, in their order."""
    return Flows._make(np.concatenate(column) for column in zip(*parts, strict=True))


def in_write_order(parts: Sequence[Flows]) -> Flows:
    """All connections of the parts, as one sensor writes them."""
    flows = join_flows(parts)
    return flows.take(np.argsort(flows.written, kind="stable"))
