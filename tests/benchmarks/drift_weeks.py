"""Drift signals of simulated normal weeks, which are all false, and of changes made after them.

Each site has five weeks; the first teaches (scores: the first two). Then each change is made by
itself for two days, from the state after these weeks. All numbers are as the pipeline has them;
the sites are none of those that its constants were chosen on (week 300 to 311).
"""

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any

import numpy as np
from about_run import finish, options, progress, table
from simulated_weeks import week

from stream import events
from stream.drift_signals import DriftSignal
from stream.events import EventBatch
from stream.pipeline import Pipeline, PipelineSettings
from stream.simulate.batch import to_batch
from stream.simulate.flows import Flows
from stream.simulate.settings import SimulationSettings
from stream.simulate.simulate import days

FIRST_SITE = 400
WEEKS = 5
CHANGED_DAYS = 2
SETTINGS = PipelineSettings(max_entities=50_000)
HOUR_S = 3_600.0

Change = Callable[[EventBatch, np.random.Generator], EventBatch]


def times(factor: float) -> Change:
    """Let events come so many times as often, the same ones again or every second, third ..."""

    def change(batch: EventBatch, rng: np.random.Generator) -> EventBatch:
        often = rng.poisson(factor, len(batch.offset)) if factor < 1.0 else int(factor)
        at = np.repeat(np.arange(len(batch.offset)), often)
        return EventBatch._make(column[at] for column in batch)

    return change


def without(field: int, share: float) -> Change:
    """Leave a number unset in a share of events."""

    def change(batch: EventBatch, rng: np.random.Generator) -> EventBatch:
        batch.real[rng.random(len(batch.offset)) < share, field] = np.nan
        return batch

    return change


def failing(share: float) -> Change:
    """Let a share of what hosts inside open fail, at the same volume."""

    def change(batch: EventBatch, rng: np.random.Generator) -> EventBatch:
        inside = batch.code[:, events.SRC_LOCAL] == 1
        fails = inside & (rng.random(len(batch.offset)) < share)
        batch.code[fails, events.OUTCOME] = events.ATTEMPT
        return batch

    return change


CHANGES: dict[str, tuple[str, str, Change]] = {
    "volume times 3": ("volume", "events", times(3.0)),
    "volume times 2": ("volume", "events", times(2.0)),
    "volume by 3": ("volume", "events", times(1 / 3)),
    "no duration any more": ("schema", "duration", without(events.DURATION, 1.0)),
    "bytes_in in half of the events": ("schema", "bytes_in", without(events.BYTES_IN, 0.5)),
    "a third of what hosts open fails": ("score", "tails", failing(0.33)),
    "most of what hosts open fails": ("score", "tails", failing(0.7)),
}
"""Name, kind and subject of the signal that tells it, and how it is made."""


class Lane:
    """A pipeline fed with days; it keeps what it says of drift."""

    def __init__(self) -> None:
        self.pipeline = Pipeline(SETTINGS)
        self._offset = 0

    def take(self, batches: Iterable[EventBatch]) -> list[DriftSignal]:
        """Take batches; return the signals."""
        told: list[DriftSignal] = []
        for batch in batches:
            batch.offset[:] = np.arange(self._offset, self._offset + len(batch.offset))
            self._offset += len(batch.offset)
            told += [one for one in self.pipeline.take(batch) if isinstance(one, DriftSignal)]
        return told


def site_figures(number: int) -> dict[str, Any]:
    """Return the false signals of a site, and the hours to each change's signal and its end."""
    site = week(FIRST_SITE + number, 7 * WEEKS + 2 * CHANGED_DAYS)
    flows = days(site)
    lane = Lane()
    false = lane.take(to_batch(day) for day in islice(flows, 7 * WEEKS))
    progress(f"site {number}: {len(false)} signals in {WEEKS} weeks")
    later = list(flows)
    before = lane.pipeline.snapshot()
    found = {}
    for name, change in CHANGES.items():
        lane.pipeline.restore(before)
        found[name] = change_figures(lane, site, later, change)
    return {"false": [_told(one, site) for one in false], "changes": found}


def change_figures(
    lane: Lane, site: SimulationSettings, later: Sequence[Flows], what: tuple[str, str, Change]
) -> dict[str, Any]:
    """Return hours to the first signal of a change and to its end, and what else was told."""
    kind, subject, change = what
    rng = np.random.default_rng(site.seed)
    told = lane.take(change(to_batch(day), rng) for day in later[:CHANGED_DAYS])
    told += lane.take(to_batch(day) for day in later[CHANGED_DAYS:])
    began = site.day_start(7 * WEEKS)
    ended = site.day_start(7 * WEEKS + CHANGED_DAYS)
    mine = [one for one in told if (one.kind, one.subject) == (kind, subject)]
    first = [one.at for one in mine if one.stage == "began" and began < one.at <= ended]
    last = [one.at for one in mine if one.stage != "began" and one.at > ended]
    others = Counter(f"{one.kind} {one.subject}" for one in told if one not in mine)
    return {
        "hours": (first[0] - began) / HOUR_S if first else None,
        "ended": (last[0] - ended) / HOUR_S if last and first else None,
        "others": dict(others),
    }


def _told(signal: DriftSignal, site: SimulationSettings) -> dict[str, Any]:
    return {**signal._asdict(), "day": (signal.at - site.start) / 86_400.0}


def report(sites: Sequence[dict[str, Any]]) -> str:
    """Return false signals, and a table of the changes."""
    false = [one for site in sites for one in site["false"] if one["stage"] == "began"]
    judged = (WEEKS - 1) * len(sites)
    lines = [f"{len(false)} changes told in {judged} normal weeks of {len(sites)} sites"]
    lines += [
        f"  day {one['day']:.1f} {one['kind']} {one['subject']} {one['population']}:"
        f" {one['value']:.4g} after {one['reference']:.4g}"
        for one in false
    ]
    return "\n".join([*lines, "", table(_HEAD, [_row(name, sites) for name in CHANGES])])


_HEAD = ["change", "told", "hours, median", "most", "ended, hours, median", "most"]


def _row(name: str, sites: Sequence[dict[str, Any]]) -> list[str]:
    found = [site["changes"][name] for site in sites]
    cells = [name, f"{sum(one['hours'] is not None for one in found)} of {len(found)}"]
    for key in ("hours", "ended"):
        known = [one[key] for one in found if one[key] is not None]
        cells += [f"{np.median(known):.0f}", f"{max(known):.0f}"] if known else ["-", "-"]
    return cells


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = options("False drift signals of normal weeks, and hours until a change is told.")
    parser.add_argument("--sites", type=int, default=12, help="simulated sites, each with its seed")
    return parser.parse_args(words)


def main(words: Sequence[str] | None = None) -> int:
    """Measure and print."""
    arguments = _arguments(words)
    sites = [site_figures(number) for number in range(arguments.sites)]
    finish(arguments, report(sites), {"sites": sites})
    return 0


if __name__ == "__main__":
    sys.exit(main())
