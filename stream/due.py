"""What falls due as stream time passes: windows close, pulses are given."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .features.tables import begin_round
from .features.windows import EVENTS, LAST_MARK, MARK_GROWTH, NEXT_MARK, WINDOW_S
from .rows import MADE, PULSES, list_row
from .stream_time import (
    CLOSE_AT,
    CLOSING,
    CURSOR,
    DUE,
    MINUTE,
    N_EARLY,
    N_ROWS,
    NOW,
    OPEN,
    PULSE,
    PULSE_S,
)


@njit(cache=True, nogil=True, error_model="numpy")
def fall_due(time: NDArray[np.float64], counter: NDArray[np.int64], free: int) -> None:
    """Let the open windows close where their minute is over, or now where fewer than 2 are free."""
    if counter[CLOSING] == 0:
        if int(time[NOW] // WINDOW_S) > counter[MINUTE]:
            counter[CLOSING] = 1
            time[CLOSE_AT] = float((counter[MINUTE] + 1) * WINDOW_S)
        elif free < 2:
            counter[CLOSING] = 1
            counter[N_EARLY] += 1
            time[CLOSE_AT] = time[NOW]


@njit(cache=True, nogil=True, error_model="numpy")
def list_closing(
    counter: NDArray[np.int64],
    count: NDArray[np.int64],
    note: NDArray[np.int64],
    n: NDArray[np.int64],
) -> int:
    """List the rows of windows that close, in order of first touch; return the next to close.

    A window whose last mark had the same count makes no row. No entity with an open window has been
    forgotten: it was seen in this round, and the list of windows is no longer than the table.
    """
    made = n[MADE]
    at = counter[CURSOR]
    while at < counter[OPEN] and n[MADE] < len(note):
        if count[at, LAST_MARK] != count[at, EVENTS]:
            list_row(note, n[MADE], count, at, counter[MINUTE])
            n[MADE] += 1
        at += 1
    counter[N_ROWS] += n[MADE] - made
    return int(at)


@njit(cache=True, nogil=True, error_model="numpy")
def end_round(
    time: NDArray[np.float64],
    counter: NDArray[np.int64],
    entities: NDArray[np.int64],
    pairs: NDArray[np.int64],
    services: NDArray[np.int64],
) -> None:
    """Begin a round: whoever is seen now opens a window. The tables are given by their meta."""
    counter[CURSOR] = 0
    counter[OPEN] = 0
    counter[CLOSING] = 0
    counter[MINUTE] = int(time[NOW] // WINDOW_S)
    begin_round(entities)
    begin_round(pairs)
    begin_round(services)


@njit(cache=True, nogil=True, error_model="numpy")
def give_pulse(
    time: NDArray[np.float64],
    counter: NDArray[np.int64],
    pulse: NDArray[np.int64],
    n: NDArray[np.int64],
) -> None:
    """Give the pulse of the last boundary that stream time has passed, after the rows so far."""
    boundary = int(time[NOW] // PULSE_S)
    if boundary > counter[PULSE]:
        pulse[n[PULSES], 0] = boundary
        pulse[n[PULSES], 1] = n[MADE]
        n[PULSES] += 1
        counter[PULSE] = boundary
    time[DUE] = float((boundary + 1) * PULSE_S)


@njit(cache=True, nogil=True, error_model="numpy")
def list_marks(
    counter: NDArray[np.int64],
    count: NDArray[np.int64],
    note: NDArray[np.int64],
    n: NDArray[np.int64],
    windows: tuple[int, int],
) -> None:
    """List the rows of the windows of one event, its source's first, that have reached a mark."""
    for at in windows:
        if at >= 0 and count[at, EVENTS] == count[at, NEXT_MARK]:
            count[at, NEXT_MARK] *= MARK_GROWTH
            list_row(note, n[MADE], count, at, counter[MINUTE])
            n[MADE] += 1
            counter[N_ROWS] += 1
