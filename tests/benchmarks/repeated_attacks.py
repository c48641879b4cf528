"""Attacks that go on and on, as connections to be written into a simulated site."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stream import events
from stream.events import EventBatch

MAPPED = 0xFFFF_0000_0000
TCP = 6


class Repeated(NamedTuple):
    """One source that does the same thing every ``every`` seconds.

    ``per_burst`` connections in one window, all failed, each to another port of one target where
    ``ports`` is set, else each to another address on one port.
    """

    name: str
    source: int  # IPv4
    is_inside: bool
    every: float  # s
    per_burst: int
    ports: bool


OUTSIDE = 0xC633_6442  # 198.51.100.66, a network for documentation
INSIDE = 0x0AC8_0042  # 10.200.0.66
TARGET = 0x0AC8_0101  # 10.200.1.1

ATTACKS = (
    Repeated(
        "outside port scan, each minute",
        OUTSIDE,
        is_inside=False,
        every=60.0,
        per_burst=30,
        ports=True,
    ),
    Repeated(
        "outside port scan, each 30 min",
        OUTSIDE,
        is_inside=False,
        every=1_800.0,
        per_burst=30,
        ports=True,
    ),
    Repeated(
        "inside host sweep, each minute",
        INSIDE,
        is_inside=True,
        every=60.0,
        per_burst=30,
        ports=False,
    ),
    Repeated(
        "inside host sweep, each 30 min",
        INSIDE,
        is_inside=True,
        every=1_800.0,
        per_burst=30,
        ports=False,
    ),
)


def connections(attack: Repeated, start: float, bursts: int, seed: int) -> EventBatch:
    """Return the attack from ``start`` on, in the order in which it happens."""
    rng = np.random.default_rng(seed)
    n = bursts * attack.per_burst
    batch = EventBatch.empty(n)
    within = np.sort(rng.uniform(2.0, 50.0, (bursts, attack.per_burst)), axis=1)
    first = (start // 60.0 + 1.0) * 60.0
    times = first + attack.every * np.arange(bursts)[:, None] + within
    spread = rng.integers(1, 1_024, n)
    batch.real[:, events.TS] = times.ravel()
    batch.real[:, [events.BYTES_OUT, events.BYTES_IN]] = 40.0, 0.0
    batch.address[:, events.SRC_LO] = MAPPED | attack.source
    batch.address[:, events.DST_LO] = _mapped(TARGET + (0 if attack.ports else spread))
    batch.code[:, events.SRC_PORT] = rng.integers(32_768, 60_000, n)
    batch.code[:, events.DST_PORT] = spread if attack.ports else 445
    batch.code[:, events.TRANSPORT] = TCP
    batch.code[:, events.OUTCOME] = events.ATTEMPT
    batch.code[:, events.PHASE] = events.WHOLE
    batch.code[:, events.SRC_LOCAL] = attack.is_inside
    batch.code[:, events.DST_LOCAL] = 1
    return batch


def merged(site: EventBatch, attack: EventBatch) -> EventBatch:
    """Put an attack's connections among those of a day, by end; equal ends keep their order."""
    parts = [site, attack]
    both = EventBatch._make(np.concatenate(columns) for columns in zip(*parts, strict=True))
    duration = np.maximum(np.nan_to_num(both.real[:, events.DURATION]), 0.0)
    order = np.argsort(both.real[:, events.TS] + duration, kind="stable")
    return EventBatch._make(column[order] for column in both)


def _mapped(addresses: NDArray[np.int64] | int) -> NDArray[np.uint64]:
    return np.asarray(addresses, np.uint64) | np.uint64(MAPPED)
