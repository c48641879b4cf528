"""Rows: one entity in its window at one moment, with all that explains it later."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .features import connection as con
from .features import windows as win
from .features.connection_rows import fill_damped, fill_window, hour_of
from .features.stretch import new_stretch
from .features.tables import Stretch

DAY_S = 86_400

# columns of Rows.note, int64: population, slot of the entity, 1 where the entity had no row before,
# number of the window's minute, number of the window among the open ones
ROW_TAG, ROW_SLOT, ROW_FRESH, ROW_WINDOW, ROW_OPEN = range(5)
N_ROW_NOTE = 5
# entries of Rows.n
MADE, PULSES = range(2)


class Rows(NamedTuple):
    """Rows a kernel has made, and the pulses between them."""

    x: NDArray[np.float32]  # (capacity, N_FEATURES)
    t: NDArray[np.float64]
    weight: NDArray[np.float64]
    note: NDArray[np.int64]  # (capacity, N_ROW_NOTE)
    usual: NDArray[np.float32]  # (capacity, N_USUAL), as of the row
    windows: win.Windows
    # (capacity, 3): boundary in units of 10 s, rows made before it, event that moved time to it
    pulse: NDArray[np.int64]
    n: NDArray[np.int64]  # rows, pulses
    stretch: Stretch  # work of the kernels, no more than that


def new_rows(capacity: int) -> Rows:
    """Room for ``capacity`` rows, two at least."""
    return Rows(
        np.zeros((capacity, con.N_FEATURES), np.float32),
        np.zeros(capacity),
        np.zeros(capacity),
        np.zeros((capacity, N_ROW_NOTE), np.int64),
        np.zeros((capacity, con.N_USUAL), np.float32),
        win.Windows.of(capacity),
        np.zeros((capacity, 3), np.int64),
        np.zeros(2, np.int64),
        new_stretch(),
    )


@njit(cache=True, nogil=True, error_model="numpy")
def list_row(
    note: NDArray[np.int64], r: int, count: NDArray[np.int64], at: int, minute: int
) -> None:
    """Begin row r, of the open window ``at``."""
    count[at, win.LAST_MARK] = count[at, win.EVENTS]
    note[r, ROW_TAG] = count[at, win.TAG]
    note[r, ROW_SLOT] = count[at, win.SLOT]
    note[r, ROW_WINDOW] = minute
    note[r, ROW_OPEN] = at


@njit(cache=True, nogil=True, error_model="numpy")
def weigh_row(rows_note: NDArray[np.int64], r: int, note: NDArray[np.int32], t: float) -> float:
    """Return the weight of row r, made at t; note whether it is the first of its entity.

    Rows 1, 2, 3, 4, 8, 16 ... of an entity and stream day are learnt, the others only scored.
    """
    slot = rows_note[r, ROW_SLOT]
    day = int(t // DAY_S)
    if note[slot, con.DAY] != day:
        note[slot, con.DAY] = day
        note[slot, con.ROWS_TODAY] = 0
    today = note[slot, con.ROWS_TODAY] + 1
    note[slot, con.ROWS_TODAY] = today
    rows_note[r, ROW_FRESH] = 1 - note[slot, con.ROWS_EVER]
    note[slot, con.ROWS_EVER] = 1
    return 1.0 if today == 3 or today & (today - 1) == 0 else 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def copy_window(windows: win.Windows, at: int, out: win.Windows, r: int) -> None:
    """Copy what is used of the window ``at`` into row r."""
    witnesses = windows.whole[at, win.WITNESSES]
    for c in range(win.WITNESS_AT + 2 * witnesses):
        out.whole[r, c] = windows.whole[at, c]
    for c in range(win.WITNESS_TS + witnesses):
        out.real[r, c] = windows.real[at, c]
    for c in range(win.WITNESS_PEER + 2 * witnesses):
        out.word[r, c] = windows.word[at, c]


@njit(cache=True, nogil=True, error_model="numpy")
def fill_rows(
    rows: Rows,
    windows: win.Windows,
    entities: con.Entities,
    last: NDArray[np.float64],
    first: int,
    t: float,
) -> None:
    """Fill the rows from ``first`` on as of t; ``last`` says when entities were last seen."""
    sine, cosine = hour_of(t)
    for r in range(first, rows.n[MADE]):
        slot = rows.note[r, ROW_SLOT]
        at = rows.note[r, ROW_OPEN]
        rows.t[r] = t
        rows.weight[r] = weigh_row(rows.note, r, entities.note, t)
        fill_damped(rows.x, r, entities.damped, slot, max(0.0, t - last[slot]))
        fill_window(rows.x, r, windows.whole, at, entities.usual)
        rows.x[r, 30] = sine
        rows.x[r, 31] = cosine
        for k in range(con.N_USUAL):
            rows.usual[r, k] = entities.usual[slot, k]
        copy_window(windows, at, rows.windows, r)
