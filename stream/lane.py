"""All that a lane's rows depend on."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .features.connection import Entities
from .features.ports import Ports
from .features.tables import Table
from .features.windows import WINDOW_S, Windows
from .stream_time import DUE, MINUTE, N_COUNTERS, N_TIME, NOW, PULSE, PULSE_S

LEAST_WINDOWS = 64  # open at once; else a sixteenth of the entities, and never more than those


class Lane(NamedTuple):
    """Every part is an array, so that a snapshot is a copy."""

    time: NDArray[np.float64]
    counter: NDArray[np.int64]
    seed: NDArray[np.int64]  # (1,) of the hashes, 32 bits
    entity_table: Table
    entities: Entities
    pair_table: Table
    pair_events: NDArray[np.float32]  # (pairs,) damped, half-life 15 min, as of the last
    service_table: Table  # ports that an entity uses or offers
    windows: Windows
    ports: Ports


def new_lane(max_entities: int, seed: int) -> Lane:
    """Make an empty lane. ``max_entities``, 2 at least, sets its memory, all of it taken now."""
    return Lane(
        np.full(N_TIME, -np.inf),
        np.zeros(N_COUNTERS, np.int64),
        np.array([seed & 0xFFFF_FFFF], np.int64),
        Table.of(max_entities),
        Entities.of(max_entities),
        Table.of(2 * max_entities),
        np.full(2 * max_entities, 0.0, np.float32),
        Table.of(2 * max_entities),
        Windows.of(min(max(LEAST_WINDOWS, max_entities // 16), max_entities)),
        Ports.of(),
    )


def start_time(lane: Lane, t: float) -> None:
    """Set the lane's first stream time."""
    lane.time[NOW] = t
    lane.counter[MINUTE] = int(t // WINDOW_S)
    lane.counter[PULSE] = int(t // PULSE_S)
    lane.time[DUE] = float((lane.counter[PULSE] + 1) * PULSE_S)
    lane.ports.clock[:] = t, t, 1.0
