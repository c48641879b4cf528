"""The connection family: what every event adds to an entity, and the row made of it.

Damped sums fade by 2^(-age / half-life) of stream time (Mirsky et al. 2018, section IV-B, with the
half-life in place of lambda); ``ts`` never enters a decay.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .windows import EVENTS, FAILED, PEERS, PORTS, Windows

# columns of Entities.damped, in blocks of one half-life
EVENTS_1M, FAILED_1M = 0, 1
EVENTS_15M, FAILED_15M, PEERS_15M, PORTS_15M, OUT_15M, IN_15M = range(2, 8)
EVENTS_4H, FAILED_4H, PEERS_4H, PORTS_4H, RARITY_4H = range(8, 13)
NOVEL_4H, NOVEL_FAILED_4H, NOVEL_INTERNAL_4H, NOVEL_PORTS_4H = range(13, 17)
SIZE_4H, SIZE_SQUARED_4H, GAP_4H, GAP_SQUARED_4H = range(17, 21)
EVENTS_24H, OUT_24H = 21, 22
N_DAMPED = 23
END_1M, END_15M, END_4H = 2, 8, 21

# ln 2 / half-life in seconds
RATE_1M = math.log(2.0) / 60.0
RATE_15M = math.log(2.0) / 900.0
RATE_4H = math.log(2.0) / 14_400.0
RATE_24H = math.log(2.0) / 86_400.0

# columns of Entities.usual: damped sums over the entity's closed windows, half-life 24 h
USUAL_WINDOWS, USUAL_EVENTS, USUAL_PEERS, USUAL_PORTS, USUAL_FAILED = range(5)
N_USUAL = 5

# columns of Entities.note, int32
WINDOW, MINUTE, DAY, ROWS_TODAY, ROWS_EVER = range(5)
N_NOTE = 5

N_FEATURES = 29


class Entities(NamedTuple):
    """What is known of each entity, by its slot."""

    last: NDArray[np.float64]  # (capacity,) stream time of the last event
    damped: NDArray[np.float32]  # (capacity, N_DAMPED) as of ``last``
    usual: NDArray[np.float32]  # (capacity, N_USUAL) as of ``usual_at``
    usual_at: NDArray[np.float64]  # (capacity,)
    note: NDArray[np.int32]  # (capacity, N_NOTE)

    @classmethod
    def of(cls, capacity: int) -> "Entities":
        """Room for ``capacity`` entities."""
        return cls(
            np.zeros(capacity),
            np.zeros((capacity, N_DAMPED), np.float32),
            np.zeros((capacity, N_USUAL), np.float32),
            np.zeros(capacity),
            np.zeros((capacity, N_NOTE), np.int32),
        )


class Gain(NamedTuple):
    """What an event adds to one entity, besides one event."""

    failed: float  # 1 or 0
    peers_15m: float  # 1 - 2^(-age / half-life) of the pair; 1 for a new one
    peers_4h: float
    ports_15m: float
    ports_4h: float
    rarity: float
    novel_peer: float  # 1 or 0
    novel_port: float
    peer_internal: float
    bytes_out: float
    bytes_in: float


@njit(cache=True, nogil=True, error_model="numpy")
def reset_entity(entities: Entities, slot: int, now: float) -> None:
    """Make the slot that of an entity never seen."""
    entities.last[slot] = now
    entities.usual_at[slot] = now
    entities.damped[slot, :] = 0.0
    entities.usual[slot, :] = 0.0
    entities.note[slot, :] = 0
    entities.note[slot, MINUTE] = -1


@njit(cache=True, nogil=True, error_model="numpy")
def add_event(entities: Entities, slot: int, now: float, gain: Gain) -> None:
    """Fade the entity's sums to ``now`` and add the event."""
    damped = entities.damped[slot]
    gap = now - entities.last[slot]
    if gap > 0.0:
        fade = np.float32(math.exp(-gap * RATE_1M))
        for k in range(END_1M):
            damped[k] *= fade
        fade = np.float32(math.exp(-gap * RATE_15M))
        for k in range(END_1M, END_15M):
            damped[k] *= fade
        fade = np.float32(math.exp(-gap * RATE_4H))
        for k in range(END_15M, END_4H):
            damped[k] *= fade
        fade = np.float32(math.exp(-gap * RATE_24H))
        for k in range(END_4H, N_DAMPED):
            damped[k] *= fade
        entities.last[slot] = now
    size = math.log10(1.0 + gain.bytes_out + gain.bytes_in)
    damped[EVENTS_1M] += 1.0
    damped[EVENTS_15M] += 1.0
    damped[EVENTS_4H] += 1.0
    damped[EVENTS_24H] += 1.0
    damped[FAILED_1M] += gain.failed
    damped[FAILED_15M] += gain.failed
    damped[FAILED_4H] += gain.failed
    damped[PEERS_15M] += gain.peers_15m
    damped[PEERS_4H] += gain.peers_4h
    damped[PORTS_15M] += gain.ports_15m
    damped[PORTS_4H] += gain.ports_4h
    damped[RARITY_4H] += gain.rarity
    damped[NOVEL_4H] += gain.novel_peer
    damped[NOVEL_FAILED_4H] += gain.novel_peer * gain.failed
    damped[NOVEL_INTERNAL_4H] += gain.novel_peer * gain.peer_internal
    damped[NOVEL_PORTS_4H] += gain.novel_port
    damped[OUT_15M] += gain.bytes_out
    damped[OUT_24H] += gain.bytes_out
    damped[IN_15M] += gain.bytes_in
    damped[SIZE_4H] += size
    damped[SIZE_SQUARED_4H] += size * size
    damped[GAP_4H] += gap
    damped[GAP_SQUARED_4H] += gap * gap


@njit(cache=True, nogil=True, error_model="numpy")
def add_usual(entities: Entities, slot: int, count: NDArray[np.int64], t: float) -> None:
    """Let a closed window enter what is usual for its entity."""
    usual = entities.usual[slot]
    fade = np.float32(math.exp(-(t - entities.usual_at[slot]) * RATE_24H))
    entities.usual_at[slot] = t
    for k in range(N_USUAL):
        usual[k] *= fade
    usual[USUAL_WINDOWS] += 1.0
    usual[USUAL_EVENTS] += count[EVENTS]
    usual[USUAL_PEERS] += count[PEERS]
    usual[USUAL_PORTS] += count[PORTS]
    usual[USUAL_FAILED] += count[FAILED]


@njit(cache=True, nogil=True, error_model="numpy")
def spread(total: float, square: float, weight: float) -> float:
    """Deviation of a damped sum, 0 where nothing is known."""
    if weight <= 0.0:
        return 0.0
    mean = total / weight
    return math.sqrt(max(0.0, square / weight - mean * mean))


@njit(cache=True, nogil=True, error_model="numpy")
def fill_row(
    x: NDArray[np.float32], entities: Entities, slot: int, count: NDArray[np.int64], t: float
) -> None:
    """Write the features of the entity's window at stream time t, in the order of CONNECTION."""
    d = entities.damped[slot]
    usual = entities.usual[slot]
    age = t - entities.last[slot]
    f1 = math.exp(-age * RATE_1M)
    f15 = math.exp(-age * RATE_15M)
    f4h = math.exp(-age * RATE_4H)
    f24 = math.exp(-age * RATE_24H)
    weight = max(d[EVENTS_4H], np.float32(1e-6))
    x[0] = count[EVENTS]
    x[1] = d[EVENTS_1M] * f1
    x[2] = d[EVENTS_15M] * f15
    x[3] = d[EVENTS_4H] * f4h
    x[4] = d[EVENTS_24H] * f24
    x[5] = count[PEERS]
    x[6] = d[PEERS_15M] * f15
    x[7] = d[PEERS_4H] * f4h
    x[8] = count[PORTS]
    x[9] = d[PORTS_15M] * f15
    x[10] = d[PORTS_4H] * f4h
    x[11] = d[FAILED_1M] * f1
    x[12] = d[FAILED_15M] * f15
    x[13] = d[FAILED_4H] * f4h
    x[14] = d[FAILED_4H] * f4h / (d[EVENTS_4H] * f4h + 1.0)
    x[15] = d[RARITY_4H] / weight
    x[16] = d[NOVEL_4H] * f4h
    x[17] = d[NOVEL_FAILED_4H] * f4h
    x[18] = d[NOVEL_INTERNAL_4H] * f4h
    x[19] = d[NOVEL_PORTS_4H] * f4h
    x[20] = d[OUT_15M] * f15
    x[21] = d[OUT_24H] * f24
    x[22] = d[IN_15M] * f15
    x[23] = spread(d[SIZE_4H], d[SIZE_SQUARED_4H], weight)
    gap = d[GAP_4H] / weight
    x[24] = spread(d[GAP_4H], d[GAP_SQUARED_4H], weight) / gap if gap > 0.0 else 0.0
    usual_windows = usual[USUAL_WINDOWS] + 1.0
    x[25] = count[EVENTS] * usual_windows / (usual[USUAL_EVENTS] + 1.0)
    x[26] = count[PEERS] * usual_windows / (usual[USUAL_PEERS] + 1.0)
    angle = (t % 86_400.0) * (2.0 * math.pi / 86_400.0)
    x[27] = math.sin(angle)
    x[28] = math.cos(angle)
