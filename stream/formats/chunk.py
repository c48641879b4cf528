"""The records of a chunk that belong to one dialect, while their columns are filled."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .slots import CHUNK


class Chunk(NamedTuple):
    """Lists of records. Arrays are (CHUNK,), filled up to m."""

    row: NDArray[np.int64]  # row in the slots
    event: NDArray[np.int64]  # row in the events
    time: NDArray[np.float64]  # the record's time
    why: NDArray[np.int64]  # reason why there will be no event, 0 so far none
    found: NDArray[np.int64]  # bits of the addresses that were read
    start: NDArray[np.int64]  # source text of the rule at work; its end is -1 where there is none
    end: NDArray[np.int64]
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
            np.zeros(CHUNK, np.int64),
            np.zeros(CHUNK, np.int64),
            np.zeros(8, np.int64),
        )
