"""The records of a chunk that belong to one dialect, while their columns are filled."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .memo import MEMO
from .slots import CHUNK


class Chunk(NamedTuple):
    """Lists of records. Arrays are (CHUNK,), filled up to m."""

    row: NDArray[np.int64]  # row in the slots
    event: NDArray[np.int64]  # row in the events
    time: NDArray[np.float64]  # the record's time
    why: NDArray[np.int64]  # reason why there will be no event, 0 so far none
    found: NDArray[np.int64]  # bits of the addresses that were read
    memo: NDArray[np.uint64]  # (MEMO,) short words seen
    value: NDArray[np.int64]  # (MEMO,) what was found for them
    group: NDArray[np.int64]  # (8,) room for the groups of an IPv6 address

    @classmethod
    def empty(cls) -> "Chunk":
        """Room for a chunk."""
        return cls(
            np.zeros(CHUNK, np.int64),
            np.zeros(CHUNK, np.int64),
            np.zeros(CHUNK),
            np.zeros(CHUNK, np.int64),
            np.zeros(CHUNK, np.int64),
            np.zeros(MEMO, np.uint64),
            np.zeros(MEMO, np.int64),
            np.zeros(8, np.int64),
        )
