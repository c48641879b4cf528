"""The connection family: what every event adds to an entity, and the row made of it.

Damped sums fade by 2^(-age / half-life) of stream time (Mirsky et al. 2018, section IV-B, with the
half-life in place of lambda); ``ts`` never enters a decay.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from . import stretch as st
from . import windows as win
from .ports import Ports, is_admin, is_logon, port_rarity
from .tables import AGE, FIRST, NOW, SLOT, Stretch

# columns of Entities.damped, in blocks of one half-life
EVENTS_1M, FAILED_1M = 0, 1
EVENTS_15M, FAILED_15M, PEERS_15M, PORTS_15M, OUT_15M, IN_15M, LOGONS_15M = range(2, 9)
PAIR_15M = 9  # not a sum: the largest, faded, of what the entity's pairs had
EVENTS_4H, FAILED_4H, PEERS_4H, PORTS_4H, RARITY_4H = range(10, 15)
NOVEL_4H, NOVEL_FAILED_4H, NOVEL_INTERNAL_4H, NOVEL_ADMIN_4H, NOVEL_PORTS_4H = range(15, 20)
SIZE_4H, SIZE_SQUARED_4H, GAP_4H, GAP_SQUARED_4H = range(20, 24)
EVENTS_24H, OUT_24H = 24, 25
N_DAMPED = 26
END_1M, END_15M, END_4H = 2, 10, 24

# ln 2 / half-life of 24 h, in seconds
RATE_24H = math.log(2.0) / 86_400.0

# columns of Entities.usual: damped sums over the entity's closed windows, half-life 24 h
USUAL_WINDOWS, USUAL_EVENTS, USUAL_PEERS, USUAL_PORTS, USUAL_FAILED = range(5)
N_USUAL = 5

# columns of Entities.note, int32: its open window, if it has one; rows of the stream day
WINDOW, DAY, ROWS_TODAY, ROWS_EVER = range(4)
N_NOTE = 4

LEAST = np.float32(1e-20)

N_FEATURES = 32


class Entities(NamedTuple):
    """What is known of each entity, by its slot."""

    damped: NDArray[np.float32]  # (capacity, N_DAMPED) as of the entity's last event
    usual: NDArray[np.float32]  # (capacity, N_USUAL) as of ``usual_at``
    usual_at: NDArray[np.float64]  # (capacity,)
    note: NDArray[np.int32]  # (capacity, N_NOTE)

    @classmethod
    def of(cls, capacity: int) -> "Entities":
        """Room for ``capacity`` entities, all of its memory taken."""
        return cls(
            np.full((capacity, N_DAMPED), 0.0, np.float32),
            np.full((capacity, N_USUAL), 0.0, np.float32),
            np.full(capacity, 0.0),
            np.full((capacity, N_NOTE), 0, np.int32),
        )


@njit(cache=True, nogil=True, error_model="numpy")
def fades(age: float) -> tuple[float, float, float, float]:
    """Return what is left of 1 after ``age``, for half-lives of 1 min, 15 min, 4 h and 24 h.

    Each half-life is a whole multiple of the one before: one exponential and its powers.
    """
    day = math.exp(-age * RATE_24H)
    four = day * day * day
    four *= four
    quarter = four * four
    quarter *= quarter
    quarter *= quarter
    quarter *= quarter
    fifth = quarter * quarter * quarter * quarter * quarter
    return fifth * fifth * fifth, quarter, four, day


@njit(cache=True, nogil=True, error_model="numpy")
def weigh_events(
    whole: NDArray[np.int64],
    real: NDArray[np.float64],
    ports: Ports,
    pair_events: NDArray[np.float32],
    n: int,
) -> None:
    """Write of each of n events how rare its port is, and what its pair makes of it.

    That is how much of a new peer it is, and how many events the pair has had of late.
    """
    for k in range(n):
        real[k, st.RARITY] = port_rarity(ports, whole[k, st.PORT], real[k, NOW])
        _, quarter, four, _ = fades(real[k, AGE])
        real[k, st.PEER_15M] = 1.0 - quarter
        real[k, st.PEER_4H] = 1.0 - four
        slot = whole[k, SLOT]
        pair_events[slot] = pair_events[slot] * np.float32(quarter) + np.float32(1.0)
        real[k, st.PAIR_EVENTS] = pair_events[slot]


@njit(cache=True, nogil=True, error_model="numpy")
def reset_entity(entities: Entities, slot: int, now: float) -> None:
    """Make the slot that of an entity never seen."""
    for k in range(N_DAMPED):
        entities.damped[slot, k] = 0.0
    for k in range(N_USUAL):
        entities.usual[slot, k] = 0.0
    for k in range(N_NOTE):
        entities.note[slot, k] = 0
    entities.usual_at[slot] = now


@njit(cache=True, nogil=True, error_model="numpy")
def enter(stretch: Stretch, entities: Entities, windows: win.Windows, is_open: int, m: int) -> int:
    """Give each of m sides its entity's window; return how many windows are open.

    A new entity begins with nothing, and its look-up gets no time since the event before. One that
    is seen for the first time in the round opens a window.
    """
    for e in range(st.SIDES, st.SIDES + m):
        slot = stretch.whole[e, SLOT]
        if stretch.real[e, AGE] == math.inf:
            reset_entity(entities, slot, stretch.real[e, NOW])
            stretch.real[e, AGE] = 0.0
        if stretch.whole[e, FIRST] == 1:
            entities.note[slot, WINDOW] = is_open
            win.open_window(windows, is_open, stretch, e)
            is_open += 1
        stretch.whole[e, st.WINDOW] = entities.note[slot, WINDOW]
    return is_open


@njit(cache=True, nogil=True, error_model="numpy")
def fade(damped: NDArray[np.float32], slot: int, age: float) -> None:
    """Fade an entity's sums. What is below LEAST is gone: subnormal numbers are slow."""
    minute, quarter, four, day = fades(age)
    for k in range(N_DAMPED):
        left = minute
        if k >= END_1M:
            left = quarter
        if k >= END_15M:
            left = four
        if k >= END_4H:
            left = day
        value = damped[slot, k] * np.float32(left)
        damped[slot, k] = value if value > LEAST else np.float32(0.0)


@njit(cache=True, nogil=True, error_model="numpy")
def add_events(
    damped: NDArray[np.float32],
    whole: NDArray[np.int64],
    real: NDArray[np.float64],
    start: int,
    stop: int,
) -> None:
    """Fade the sums of the entities of sides ``start`` to ``stop`` and add the events."""
    for j in range(start, stop):
        k = whole[st.SIDES + j, st.OF]
        slot = whole[st.SIDES + j, SLOT]
        gap = real[st.SIDES + j, AGE]
        if gap > 0.0:
            fade(damped, slot, gap)
        failed = np.float32(whole[k, st.FAILED])
        damped[slot, EVENTS_1M] += 1.0
        damped[slot, EVENTS_15M] += 1.0
        damped[slot, EVENTS_4H] += 1.0
        damped[slot, EVENTS_24H] += 1.0
        damped[slot, FAILED_1M] += failed
        damped[slot, FAILED_15M] += failed
        damped[slot, FAILED_4H] += failed
        damped[slot, PEERS_15M] += real[k, st.PEER_15M]
        damped[slot, PEERS_4H] += real[k, st.PEER_4H]
        _, port_15m, port_4h, _ = fades(real[st.SERVICES + j, AGE])
        damped[slot, PORTS_15M] += 1.0 - port_15m
        damped[slot, PORTS_4H] += 1.0 - port_4h
        damped[slot, RARITY_4H] += real[k, st.RARITY]
        if real[st.SERVICES + j, AGE] == math.inf:
            damped[slot, NOVEL_PORTS_4H] += 1.0
        if real[k, AGE] == math.inf:
            damped[slot, NOVEL_4H] += 1.0
            damped[slot, NOVEL_FAILED_4H] += failed
            damped[slot, NOVEL_INTERNAL_4H] += whole[st.SIDES + j, st.PEER_INSIDE]
            if is_admin(whole[k, st.PORT]):
                damped[slot, NOVEL_ADMIN_4H] += whole[st.SIDES + j, st.PEER_INSIDE]
        damped[slot, OUT_15M] += real[k, st.OUT]
        damped[slot, OUT_24H] += real[k, st.OUT]
        damped[slot, IN_15M] += real[k, st.BACK]
        damped[slot, SIZE_4H] += real[k, st.SIZE]
        damped[slot, SIZE_SQUARED_4H] += real[k, st.SIZE] * real[k, st.SIZE]
        if is_logon(whole[k, st.PORT]):
            damped[slot, LOGONS_15M] += 1.0
        damped[slot, PAIR_15M] = max(damped[slot, PAIR_15M], np.float32(real[k, st.PAIR_EVENTS]))
        damped[slot, GAP_4H] += gap
        damped[slot, GAP_SQUARED_4H] += gap * gap


@njit(cache=True, nogil=True, error_model="numpy")
def add_usual(
    entities: Entities, count: NDArray[np.int64], start: int, stop: int, t: float
) -> None:
    """Let windows ``start`` to ``stop``, which close, enter what is usual for their entities."""
    usual = entities.usual
    for at in range(start, stop):
        slot = count[at, win.SLOT]
        left = np.float32(math.exp(-(t - entities.usual_at[slot]) * RATE_24H))
        entities.usual_at[slot] = t
        for k in range(N_USUAL):
            usual[slot, k] *= left
        usual[slot, USUAL_WINDOWS] += 1.0
        usual[slot, USUAL_EVENTS] += count[at, win.EVENTS]
        usual[slot, USUAL_PEERS] += count[at, win.PEERS]
        usual[slot, USUAL_PORTS] += count[at, win.PORTS]
        usual[slot, USUAL_FAILED] += count[at, win.FAILED]
