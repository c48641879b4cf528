"""Hostile sources of other days put into the benign day, at seeded times."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from labelled_days import (
    ATTACKED,
    BENIGN,
    PSAD,
    LabelledDay,
    chosen,
    read_day,
    source_counts,
)
from numpy.typing import NDArray

from stream.addresses import address_text
from stream.events import (
    DST_HI,
    DST_LO,
    DST_LOCAL,
    DURATION,
    SRC_HI,
    SRC_LO,
    SRC_LOCAL,
    TS,
    EventBatch,
)

LEAST = 20  # malicious connections of an episode
LIGHT = 2  # and at most, of a light scanner
A_DAY = 3
DAY_S = 86_400.0
QUIET_S = 7_200.0  # no episode begins earlier
LAST_START = 0.9  # of the day, nor later
LIGHT_S = 86_000.0  # light scanners come at any time of the day
OVERHANG_S = 3_600.0  # what goes on after the day is cut off here
MAPPED = 0xFFFF_0000_0000
OUTSIDE = 0xCB00_7100  # 203.0.113.0, a network for documentation


class Episode(NamedTuple):
    """All connections of one hostile source."""

    name: str
    events: EventBatch


class Planted(NamedTuple):
    """An episode in its day."""

    name: str
    source: str
    ts: NDArray[np.float64]  # (n,) when its connections begin, in order


class InjectedDay(NamedTuple):
    """A benign day with what was put into it."""

    batch: EventBatch
    planted: tuple[Planted, ...]
    light: frozenset[str]  # sources of the background


class Material(NamedTuple):
    """What days are made of."""

    benign: EventBatch
    host: tuple[int, int]  # address of the benign host
    episodes: dict[str, list[Episode]]  # by set
    light: list[EventBatch]


def load_material(folder: Path) -> Material:
    """Read the benign day, the hostile sources of 008 and 010, and the psad scans."""
    benign = read_day(folder / BENIGN).batch
    episodes: dict[str, list[Episode]] = {}
    light: list[EventBatch] = []
    for name, path in ATTACKED.items():
        day = read_day(folder / path)
        episodes[name], few = _hostile_sources(name, day)
        light += few
    start = float(benign.real[:, TS].min())
    episodes["psad"] = [
        Episode(f"psad {name}", from_outside(read_day(folder / path, start).batch, number))
        for number, (name, path) in enumerate(PSAD.items())
    ]
    return Material(benign, _busiest_inside(benign), episodes, light)


def compose(
    material: Material,
    episodes: Sequence[Episode],
    rng: np.random.Generator,
    *,
    light: int = 0,
    to_host: bool = False,
) -> InjectedDay:
    """Put episodes and light scanners into the benign day, in the order a sensor writes.

    Episodes begin at uniform times between ``QUIET_S`` and ``LAST_START`` of the day. ``to_host``
    sends them to the benign host instead of the hosts that they attacked.
    """
    start = float(material.benign.real[:, TS].min())
    starts = np.sort(rng.uniform(start + QUIET_S, start + LAST_START * DAY_S, len(episodes)))
    parts, planted = [material.benign], []
    for episode, at in zip(episodes, starts, strict=True):
        events = _moved(episode.events, float(at))
        events = _until(events, start + DAY_S + OVERHANG_S)
        if to_host:
            events.address[:, [DST_HI, DST_LO]] = np.array(material.host, np.uint64)
            events.code[:, DST_LOCAL] = 1
        parts.append(events)
        planted.append(Planted(episode.name, source_of(events), np.sort(events.real[:, TS])))
    names = {plant.source for plant in planted}
    others = [events for events in material.light if source_of(events) not in names]
    drawn = rng.choice(len(others), light, replace=False) if light else ()
    scanners = [_moved(others[k], float(rng.uniform(start, start + LIGHT_S))) for k in drawn]
    scanners = [_until(events, start + DAY_S + OVERHANG_S) for events in scanners]
    whole = _in_write_order([*parts, *scanners])
    return InjectedDay(whole, tuple(planted), frozenset(source_of(events) for events in scanners))


def groups(episodes: Sequence[Episode], rng: np.random.Generator) -> list[list[Episode]]:
    """Deal the episodes out to days, ``A_DAY`` each, in a random order."""
    order = rng.permutation(len(episodes)).tolist()
    return [[episodes[k] for k in order[at : at + A_DAY]] for at in range(0, len(order), A_DAY)]


def _hostile_sources(name: str, day: LabelledDay) -> tuple[list[Episode], list[EventBatch]]:
    hostile = day.hostile & (day.batch.code[:, SRC_LOCAL] == 0)
    heavy, light = [], []
    for text, count, rows in source_counts(day.batch, hostile):
        if count >= LEAST:
            heavy.append(Episode(f"{name} {text}", chosen(day.batch, rows)))
        elif count <= LIGHT:
            light.append(chosen(day.batch, rows))
    return heavy, light


def from_outside(scan: EventBatch, number: int) -> EventBatch:
    """Give a scan an outside source: theirs came from a host of the same private network."""
    source = np.array([0, MAPPED | OUTSIDE + 1 + number], np.uint64)
    scan.address[:, [SRC_HI, SRC_LO]] = source
    scan.code[:, SRC_LOCAL] = 0
    return scan


def _busiest_inside(batch: EventBatch) -> tuple[int, int]:
    inside = batch.address[batch.code[:, SRC_LOCAL] == 1][:, [SRC_HI, SRC_LO]]
    unique, counts = np.unique(inside, axis=0, return_counts=True)
    hi, lo = unique[int(counts.argmax())]
    return int(hi), int(lo)


def source_of(events: EventBatch) -> str:
    """Return the source of the first connection."""
    return address_text(int(events.address[0, SRC_HI]), int(events.address[0, SRC_LO]))


def _moved(events: EventBatch, at: float) -> EventBatch:
    """Return a copy whose first connection begins at ``at``."""
    events = EventBatch._make(column.copy() for column in events)
    events.real[:, TS] += at - events.real[:, TS].min()
    return events


def _until(events: EventBatch, end: float) -> EventBatch:
    return chosen(events, events.real[:, TS] < end)


def _in_write_order(parts: Sequence[EventBatch]) -> EventBatch:
    whole = EventBatch._make(np.concatenate(columns) for columns in zip(*parts, strict=True))
    ends = whole.real[:, TS] + np.maximum(np.nan_to_num(whole.real[:, DURATION]), 0.0)
    whole = chosen(whole, np.argsort(ends, kind="stable"))
    whole.offset[:] = np.arange(len(ends))
    whole.nth[:] = 0
    return whole
