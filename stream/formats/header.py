"""What the header of a delimited log said: which columns follow, and how values are set off.

It is state: it holds until the next header, over records, calls and snapshots. Columns given in the
settings make the same state.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .borrowing import inner_njit
from .slots import HEAD, MISSING, PLAIN, slot_of

# HeaderState.number
SEPARATOR, QUOTED, N_COLUMNS, LAST_WANTED, DIALECT, REASON = range(6)
N_NUMBER = 6
# rows of HeaderState.mark: #path, #unset_field, #empty_field; the first byte is the length
PATH, UNSET_MARK, EMPTY_MARK = range(3)
N_MARKS = 3
MARK_SIZE = 64
MAX_COLUMNS = 1024
BLANK = 32
BLANKS = b"   "


class HeaderState(NamedTuple):
    """What header lines said. Part of the parser's snapshot."""

    number: NDArray[np.int64]  # (N_NUMBER,); N_COLUMNS is 0 before the first #fields
    column: NDArray[np.int64]  # (MAX_COLUMNS,) slot of each column, -1 not asked for
    mark: NDArray[np.uint8]  # (3, MARK_SIZE) length and bytes of path and marks

    @classmethod
    def first(cls) -> "HeaderState":
        """Say what holds before the first header line."""
        number = np.zeros(N_NUMBER, np.int64)
        number[[LAST_WANTED, DIALECT]] = -1
        number[SEPARATOR] = ord("\t")
        column = np.full(MAX_COLUMNS, -1, np.int64)
        return cls(number, column, np.zeros((N_MARKS, MARK_SIZE), np.uint8))


@inner_njit
def is_mark(
    buf: NDArray[np.uint8], start: int, end: int, mark: NDArray[np.uint8], row: int
) -> bool:
    """Whether a value is the mark of that row; an empty mark never is."""
    n = int(mark[row, 0])
    if n == 0 or n != end - start:
        return False
    for k in range(n):
        if mark[row, k + 1] != buf[start + k]:
            return False
    return True


@inner_njit
def count_separators(buf: NDArray[np.uint8], start: int, end: int, separator: int) -> int:
    """How many separators a line holds."""
    n = 0
    for i in range(start, end):
        if buf[i] == separator:
            n += 1
    return n


@inner_njit
def cut_at_blanks(buf: NDArray[np.uint8], start: int, end: int) -> int:
    """Where three blanks in a row begin, else the end."""
    for i in range(start, end - 2):
        if buf[i] == BLANK and buf[i + 1] == BLANK and buf[i + 2] == BLANK:
            return i
    return end


@inner_njit
def place_path(buf: NDArray[np.uint8], mark: NDArray[np.uint8]) -> int:
    """Write the #path to the head of the buffer; its slot, or MISSING."""
    n = int(mark[PATH, 0]) + 0
    if n == 0:
        return MISSING
    for k in range(n):
        buf[k] = mark[PATH, k + 1]
    return slot_of(int(HEAD), n, int(PLAIN))
