"""What an entity does in one window of 60 s of stream time, for rows, sentences and evidence.

All open windows belong to the same minute, so that they stand in one list in the order of first
touch and are closed together. One window is one row of three matrices, copied into the row that is
made of it. What grows with the witnesses stands last, so that only what is used is copied.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from stream.events import N_ADDRESS, N_CODE, N_REAL, N_TEXT, TS, EventBatch

from . import stretch as st
from .stretch import BACK, EVENT, OF, OUT, PEER_INSIDE, SERVICES, SIDE, SIDES, WINDOW
from .tables import AGE, ASK_TAG, FIRST, Stretch
from .tables import SLOT as FOUND

WINDOW_S = 60

# columns of Windows.whole, int64
EVENTS, FAILED, PEERS, INTERNAL_PEERS, NOVEL_PEERS, PORTS = range(6)
PORT, PORT_VOTES = 6, 7  # majority vote of Boyer and Moore 1991 over destination ports
NEXT_MARK, LAST_MARK, SLOT, TAG = 8, 9, 10, 11
WITNESSES, NUMBERED = 12, 13  # kept so far, of so many events
LAST_EVENT = 14  # number of the last event in its batch
LAST_OFFSET, LAST_INDEX = 15, 16
LAST_CODE = 17  # and N_CODE - 1 more: the representative event's columns
N_WITNESSES = 9  # events 1, 2, 4, 8 ... 256; the last is the representative
LAST_WITNESS = 1 << (N_WITNESSES - 1)
WITNESS_AT = LAST_CODE + N_CODE  # offset and index of each
N_COUNT = WITNESS_AT + 2 * N_WITNESSES

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

    whole: NDArray[np.int64]  # (n, N_COUNT)
    real: NDArray[np.float64]  # (n, N_WINDOW_REAL)
    word: NDArray[np.uint64]  # (n, N_WORD)

    @classmethod
    def of(cls, n: int) -> "Windows":
        """Room for n windows, all of its memory taken."""
        return cls(
            np.full((n, N_COUNT), 0, np.int64),
            np.full((n, N_WINDOW_REAL), 0.0),
            np.full((n, N_WORD), 0, np.uint64),
        )


@njit(cache=True, nogil=True, error_model="numpy")
def open_window(windows: Windows, at: int, stretch: Stretch, e: int) -> None:
    """Start the window of the entity that row e of the stretch found."""
    for c in range(LAST_OFFSET):
        windows.whole[at, c] = 0
    windows.whole[at, NEXT_MARK] = FIRST_MARK
    windows.whole[at, SLOT] = stretch.whole[e, FOUND]
    windows.whole[at, TAG] = stretch.whole[e, ASK_TAG]
    windows.real[at, SUM_OUT] = 0.0
    windows.real[at, SUM_IN] = 0.0
    windows.word[at, ENTITY_HI] = stretch.key[e, 0]
    windows.word[at, ENTITY_LO] = stretch.key[e, 1]


@njit(cache=True, nogil=True, error_model="numpy")
def count_events(
    count: NDArray[np.int64],
    sums: NDArray[np.float64],
    whole: NDArray[np.int64],
    real: NDArray[np.float64],
    start: int,
    stop: int,
) -> int:
    """Count sides ``start`` to ``stop`` until an event reaches a mark; return the next one."""
    is_mark = False
    j = start
    while j < stop and not (is_mark and whole[SIDES + j, SIDE] == 0):
        k = whole[SIDES + j, OF]
        at = whole[SIDES + j, WINDOW]
        count[at, EVENTS] += 1
        count[at, FAILED] += whole[k, st.FAILED]
        if whole[k, FIRST] == 1:
            count[at, PEERS] += 1
            count[at, INTERNAL_PEERS] += whole[SIDES + j, PEER_INSIDE]
            count[at, NOVEL_PEERS] += 1 if real[k, AGE] == math.inf else 0
        count[at, PORTS] += whole[SERVICES + j, FIRST]
        count[at, LAST_EVENT] = whole[k, EVENT]
        sums[at, SUM_OUT] += real[k, OUT]
        sums[at, SUM_IN] += real[k, BACK]
        is_mark = is_mark or count[at, EVENTS] == count[at, NEXT_MARK]
        port = whole[k, st.PORT]
        if count[at, PORT_VOTES] == 0:
            count[at, PORT] = port
            count[at, PORT_VOTES] = 1
        elif count[at, PORT] == port:
            count[at, PORT_VOTES] += 1
        else:
            count[at, PORT_VOTES] -= 1
        j += 1
    return j


@njit(cache=True, nogil=True, error_model="numpy")
def keep_events(
    windows: Windows, batch: EventBatch, whole: NDArray[np.int64], start: int, stop: int
) -> None:
    """Keep the last event of each window among sides ``start`` to ``stop``, and the witnesses.

    Witnesses are events 1, 2, 4, 8 ... 256 of a window.
    """
    count, real, word = windows
    for j in range(start, stop):
        i = whole[whole[SIDES + j, OF], EVENT]
        at = whole[SIDES + j, WINDOW]
        events = count[at, NUMBERED] + 1
        count[at, NUMBERED] = events
        if events <= LAST_WITNESS and events & (events - 1) == 0:
            peer = 2 - 2 * whole[SIDES + j, SIDE]
            w = count[at, WITNESSES]
            count[at, WITNESSES] = w + 1
            count[at, WITNESS_AT + 2 * w] = batch.offset[i]
            count[at, WITNESS_AT + 2 * w + 1] = batch.nth[i]
            real[at, WITNESS_TS + w] = batch.real[i, TS]
            word[at, WITNESS_PEER + 2 * w] = batch.address[i, peer]
            word[at, WITNESS_PEER + 2 * w + 1] = batch.address[i, peer + 1]
        if count[at, LAST_EVENT] == i:
            count[at, LAST_OFFSET] = batch.offset[i]
            count[at, LAST_INDEX] = batch.nth[i]
            for c in range(N_CODE):
                count[at, LAST_CODE + c] = batch.code[i, c]
            for c in range(N_REAL):
                real[at, LAST_REAL + c] = batch.real[i, c]
            for c in range(N_ADDRESS):
                word[at, LAST_ADDRESS + c] = batch.address[i, c]
            for c in range(N_TEXT):
                word[at, LAST_TEXT + c] = batch.text[i, c]
