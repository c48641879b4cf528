"""The features of rows, in the order of CONNECTION: what sums and window say by then."""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from . import connection as con
from . import windows as win


@njit(cache=True, nogil=True, error_model="numpy")
def spread(total: float, square: float, weight: float) -> float:
    """Deviation of a damped sum."""
    mean = total / weight
    return math.sqrt(max(0.0, square / weight - mean * mean))


@njit(cache=True, nogil=True, error_model="numpy")
def fill_damped(
    x: NDArray[np.float32], r: int, damped: NDArray[np.float32], slot: int, age: float
) -> None:
    """Write the features of row r that are damped sums, ``age`` after the entity's last event."""
    f1, f15, f4h, f24 = con.fades(age)
    x[r, 1] = damped[slot, con.EVENTS_1M] * f1
    x[r, 2] = damped[slot, con.EVENTS_15M] * f15
    x[r, 3] = damped[slot, con.EVENTS_4H] * f4h
    x[r, 4] = damped[slot, con.EVENTS_24H] * f24
    x[r, 6] = damped[slot, con.PEERS_15M] * f15
    x[r, 7] = damped[slot, con.PEERS_4H] * f4h
    x[r, 9] = damped[slot, con.PORTS_15M] * f15
    x[r, 10] = damped[slot, con.PORTS_4H] * f4h
    x[r, 11] = damped[slot, con.FAILED_1M] * f1
    x[r, 12] = damped[slot, con.FAILED_15M] * f15
    failed = damped[slot, con.FAILED_4H] * f4h
    x[r, 13] = failed
    x[r, 14] = failed / (damped[slot, con.EVENTS_4H] * f4h + 1.0)
    weight = max(damped[slot, con.EVENTS_4H], np.float32(1e-6))
    x[r, 15] = damped[slot, con.RARITY_4H] / weight
    x[r, 16] = damped[slot, con.NOVEL_4H] * f4h
    x[r, 17] = damped[slot, con.NOVEL_FAILED_4H] * f4h
    x[r, 18] = damped[slot, con.NOVEL_INTERNAL_4H] * f4h
    x[r, 19] = damped[slot, con.NOVEL_PORTS_4H] * f4h
    x[r, 20] = damped[slot, con.OUT_15M] * f15
    x[r, 21] = damped[slot, con.OUT_24H] * f24
    x[r, 22] = damped[slot, con.IN_15M] * f15
    x[r, 23] = spread(damped[slot, con.SIZE_4H], damped[slot, con.SIZE_SQUARED_4H], weight)
    gap = damped[slot, con.GAP_4H] / weight
    uneven = spread(damped[slot, con.GAP_4H], damped[slot, con.GAP_SQUARED_4H], weight)
    x[r, 24] = uneven / gap if gap > 0.0 else 0.0
    x[r, 25] = damped[slot, con.PAIR_15M] * f15
    x[r, 26] = damped[slot, con.LOGONS_15M] * f15
    x[r, 27] = damped[slot, con.NOVEL_ADMIN_4H] * f4h


@njit(cache=True, nogil=True, error_model="numpy")
def fill_window(
    x: NDArray[np.float32], r: int, count: NDArray[np.int64], at: int, usual: NDArray[np.float32]
) -> None:
    """Write the features of row r that tell of the window ``at``, also beside the usual one."""
    slot = count[at, win.SLOT]
    x[r, 0] = count[at, win.EVENTS]
    x[r, 5] = count[at, win.PEERS]
    x[r, 8] = count[at, win.PORTS]
    windows = usual[slot, con.USUAL_WINDOWS] + 1.0
    x[r, 28] = count[at, win.EVENTS] * windows / (usual[slot, con.USUAL_EVENTS] + 1.0)
    x[r, 29] = count[at, win.PEERS] * windows / (usual[slot, con.USUAL_PEERS] + 1.0)


@njit(cache=True, nogil=True, error_model="numpy")
def hour_of(t: float) -> tuple[float, float]:
    """Sine and cosine of the time of day."""
    angle = (t % 86_400.0) * (2.0 * math.pi / 86_400.0)
    return math.sin(angle), math.cos(angle)
