"""Who opened a connection, where a log does not say: the side whose port serves was addressed.

Firewalls of Cisco report a connection's end by its sides, the less trusted interface first, whoever
opened it. Ports are told apart as RFC 6335, section 6, does: those of the system, of users, and
those that a client is given, which begin at 32768 with Linux.
"""

import numpy as np
from numpy.typing import NDArray

from stream.events import (
    BYTES_IN,
    DST_HI,
    DST_LO,
    DST_LOCAL,
    DST_PORT,
    END,
    PHASE,
    SRC_HI,
    SRC_LO,
    SRC_LOCAL,
    SRC_PORT,
    EventBatch,
)

USERS, CLIENTS = 1_024, 32_768  # the first port of each

SIDES = (
    ("address", [SRC_HI, SRC_LO], [DST_HI, DST_LO]),
    ("code", [SRC_PORT, SRC_LOCAL], [DST_PORT, DST_LOCAL]),
)


def turn_round(batch: EventBatch, unsaid: NDArray[np.bool_]) -> None:
    """Turn those events round that were opened from what stands as their destination.

    ``unsaid`` (n,) are those whose dialect may leave it open. It does where an end is told with one
    number of bytes for both ways; that number stays where it is.
    """
    source, destination = batch.code[:, SRC_PORT], batch.code[:, DST_PORT]
    is_open = unsaid & (batch.code[:, PHASE] == END) & np.isnan(batch.real[:, BYTES_IN])
    are_known = (source >= 0) & (destination >= 0)
    rows = np.flatnonzero(is_open & are_known & (_kind(source) < _kind(destination)))
    for part, ours, theirs in SIDES:
        matrix = getattr(batch, part)
        matrix[rows[:, None], ours + theirs] = matrix[rows[:, None], theirs + ours]


def _kind(port: NDArray[np.int32]) -> NDArray[np.int64]:
    """0 of the system, 1 of users, 2 of clients."""
    return np.searchsorted(np.array([USERS, CLIENTS]), port, side="right")
