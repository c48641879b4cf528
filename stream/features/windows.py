"""What an entity does in one window of 60 s of stream time, for rows, sentences and evidence.

All open windows belong to the same minute, so that they stand in one list in the order of first
touch and are closed together. One window is one row of three matrices, copied whole into the row
that is made of it.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from stream.events import DST_PORT, N_ADDRESS, N_CODE, N_REAL, N_TEXT, EventBatch

WINDOW_S = 60

# columns of Windows.count, int64
EVENTS, FAILED, PEERS, INTERNAL_PEERS, NOVEL_PEERS, PORTS = range(6)
PORT, PORT_VOTES = 6, 7  # majority vote of Boyer and Moore 1991 over destination ports
NEXT_MARK, LAST_MARK, SLOT, TAG = 8, 9, 10, 11
LAST_OFFSET, LAST_INDEX = 12, 13
LAST_CODE = 14  # and N_CODE - 1 more: the representative event's columns
N_WITNESSES = 9  # the first event and up to eight between; the last is the representative
WITNESS_OFFSET = LAST_CODE + N_CODE
WITNESS_INDEX = WITNESS_OFFSET + N_WITNESSES
N_COUNT = WITNESS_INDEX + N_WITNESSES

# columns of Windows.real, float64
SUM_OUT, SUM_IN = 0, 1
LAST_REAL = 2  # and N_REAL - 1 more
WITNESS_TS = LAST_REAL + N_REAL
N_WINDOW_REAL = WITNESS_TS + N_WITNESSES

# columns of Windows.word, uint64
ENTITY_HI, ENTITY_LO = 0, 1
LAST_ADDRESS = 2  # and N_ADDRESS - 1 more
LAST_TEXT = LAST_ADDRESS + N_ADDRESS
WITNESS_PEER = LAST_TEXT + N_TEXT  # hi and lo of each
N_WORD = WITNESS_PEER + 2 * N_WITNESSES

FIRST_MARK, MARK_GROWTH = 4, 4


class Windows(NamedTuple):
    """Windows by row; n of them may be open."""

    count: NDArray[np.int64]  # (n, N_COUNT)
    real: NDArray[np.float64]  # (n, N_WINDOW_REAL)
    word: NDArray[np.uint64]  # (n, N_WORD)

    @classmethod
    def of(cls, n: int) -> "Windows":
        """Room for n windows."""
        return cls(
            np.zeros((n, N_COUNT), np.int64),
            np.zeros((n, N_WINDOW_REAL)),
            np.zeros((n, N_WORD), np.uint64),
        )


@njit(cache=True, nogil=True, error_model="numpy")
def open_window(windows: Windows, at: int, slot: int, tag: int, hi: int, lo: int) -> None:
    """Start the window of the entity in ``slot``."""
    windows.count[at, : LAST_CODE + 1] = 0
    windows.count[at, NEXT_MARK] = FIRST_MARK
    windows.count[at, SLOT] = slot
    windows.count[at, TAG] = tag
    windows.real[at, SUM_OUT] = 0.0
    windows.real[at, SUM_IN] = 0.0
    windows.word[at, ENTITY_HI] = hi
    windows.word[at, ENTITY_LO] = lo


@njit(cache=True, nogil=True, error_model="numpy")
def witness(windows: Windows, at: int, batch: EventBatch, i: int, peer: int) -> None:
    """Take event i as the entity's last; keep it as evidence where it is the 1st, 2nd, 4th … 256th.

    ``peer`` is the column of ``batch.address`` where the other side's address begins.
    """
    count = windows.count[at]
    real = windows.real[at]
    word = windows.word[at]
    events = count[EVENTS]
    if events <= 256 and events & (events - 1) == 0:
        k = 0
        while (1 << k) < events:
            k += 1
        count[WITNESS_OFFSET + k] = batch.offset[i]
        count[WITNESS_INDEX + k] = batch.index[i]
        real[WITNESS_TS + k] = batch.real[i, 0]
        word[WITNESS_PEER + 2 * k] = batch.address[i, peer]
        word[WITNESS_PEER + 2 * k + 1] = batch.address[i, peer + 1]
    count[LAST_OFFSET] = batch.offset[i]
    count[LAST_INDEX] = batch.index[i]
    for c in range(N_CODE):
        count[LAST_CODE + c] = batch.code[i, c]
    for c in range(N_REAL):
        real[LAST_REAL + c] = batch.real[i, c]
    for c in range(N_ADDRESS):
        word[LAST_ADDRESS + c] = batch.address[i, c]
    for c in range(N_TEXT):
        word[LAST_TEXT + c] = batch.text[i, c]
    port = batch.code[i, DST_PORT]
    if count[PORT_VOTES] == 0:
        count[PORT] = port
        count[PORT_VOTES] = 1
    elif count[PORT] == port:
        count[PORT_VOTES] += 1
    else:
        count[PORT_VOTES] -= 1
