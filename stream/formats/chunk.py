"""The records of a chunk that belong to one dialect, while their columns are filled."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .memo import MEMO
from .slots import CHUNK

# rows of Chunk.record: row in the slots; row in the events; reason why there will be no event, 0 so
# far none; bits of the addresses that were read
ROW, EVENT, WHY, FOUND = range(4)
N_ROWS = 4
ADDRESS_GROUPS = 8
MAX_CUT = 512


class Chunk(NamedTuple):
    """A list of records, and working room."""

    record: NDArray[np.int64]  # (N_ROWS, CHUNK)
    time: NDArray[np.float64]  # (CHUNK,) of the record
    memo: NDArray[np.uint64]  # (MEMO,) short words seen
    value: NDArray[np.int64]  # (MEMO,) what was found for them
    group: NDArray[np.int64]  # (ADDRESS_GROUPS,) of an IPv6 address
    address: NDArray[np.uint64]  # (1, 2) one that is only looked at
    cut: NDArray[np.int64]  # (MAX_CUT or more,) columns of a row; patterns that a row may have

    @classmethod
    def empty(cls, patterns: int) -> "Chunk":
        """Room for a chunk where there are so many patterns."""
        return cls(
            np.zeros((N_ROWS, CHUNK), np.int64),
            np.zeros(CHUNK),
            np.zeros(MEMO, np.uint64),
            np.zeros(MEMO, np.int64),
            np.zeros(ADDRESS_GROUPS, np.int64),
            np.zeros((1, 2), np.uint64),
            np.zeros(max(MAX_CUT, patterns), np.int64),
        )
