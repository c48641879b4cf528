"""Replay the real days at the defaults, and say what each alert and each digest holds.

008 and 010: every source with 50 malicious connections or more, its rank among all entities by E,
its alert and its place in a digest. The benign day, both background days in one replay, and
20 April cold: every alert with its sentence. Labels are held against the results only.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from about_run import finish, options, progress, table
from fixed_rule import flagged
from labelled_days import (
    ATTACKED,
    BACKGROUND,
    BENIGN,
    LabelledDay,
    blocks_of,
    data_folder,
    read_day,
    source_counts,
)
from watched_pipeline import WatchedPipeline

from stream.addresses import address_text
from stream.candidates import LaneRecord
from stream.decisions import AlertSettings, DayDigest, Decision, Judged
from stream.events import SRC_LOCAL, EventBatch
from stream.pipeline import PipelineSettings
from stream.plane import fold
from stream.populations import POPULATIONS
from stream.sentences import reason

HEAVY = 50  # malicious connections
RULES = (5.0, 8.0)

Best = dict[tuple[str, str], float]


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay gave: decisions, and the least corrected E of each entity of a population."""

    decisions: list[Decision]
    best: Best
    counts: dict[str, int]

    @property
    def alerts(self) -> list[Judged]:
        """Alerts in order."""
        judged = [one for one in self.decisions if isinstance(one, Judged)]
        return [one for one in judged if one.outcome == "alert"]

    @property
    def digests(self) -> list[DayDigest]:
        """Digests in order."""
        return [one for one in self.decisions if isinstance(one, DayDigest)]


def replay(paths: Sequence[Path]) -> Replayed:
    """Run files as one lane through the pipeline and the alerting plane at the defaults."""
    settings = PipelineSettings()
    lane = WatchedPipeline(settings)
    records: list[LaneRecord] = []
    base = 0
    for path in paths:
        for block in blocks_of(path):
            n = len(block)
            _, made = lane.process(
                block.payload, block.bounds, base + np.arange(n), np.full(n, np.nan)
            )
            records += made
            base += n
    records += lane.finish()
    decisions = list(fold(records, AlertSettings(), [(settings.topic, settings.partition)]))
    return Replayed(decisions, _best(lane), lane.counts())


def _best(lane: WatchedPipeline) -> Best:
    seen = lane.seen()
    corrected = seen.fused * len(POPULATIONS)
    best: Best = {}
    for i in np.argsort(corrected, kind="stable").tolist():
        if np.isfinite(corrected[i]):
            name = POPULATIONS[int(seen.population[i])].name
            hi, lo = seen.entity[i].tolist()
            best.setdefault((name, address_text(hi, lo)), float(corrected[i]))
    return best


def alert_figures(run: Replayed) -> list[dict[str, Any]]:
    """Return every alert with its sentence."""
    return [
        {
            "entity": one.candidate.entity,
            "population": one.candidate.population,
            "class": one.class_name,
            "at": one.candidate.decided_at,
            "expected": one.expected,
            "sentence": reason(one.candidate, one.sentence, one.expected, one.resolution),
        }
        for one in run.alerts
    ]


def digest_figures(run: Replayed) -> list[dict[str, Any]]:
    """Return every digest with its entries."""
    return [
        {
            "day": digest.day,
            "partial": digest.partial,
            "counts": digest.counts,
            "entries": [
                {
                    "entity": entry.entity,
                    "population": entry.population,
                    "class": entry.class_name,
                    "expected": entry.expected,
                    "outcome": entry.outcome,
                    "sentence": entry.sentence,
                }
                for entry in digest.entries
            ],
        }
        for digest in run.digests
    ]


def heavy_sources(day: LabelledDay, run: Replayed) -> list[dict[str, Any]]:
    """Return the heavy sources with their rank and where they are told of."""
    rank = {key: k for k, key in enumerate(run.best, 1)}
    rows = []
    hostile = day.hostile & (day.batch.code[:, SRC_LOCAL] == 0)
    for source, count, _ in source_counts(day.batch, hostile):
        if count < HEAVY:
            continue
        key = (POPULATIONS[0].name, source)
        alerts = [one for one in run.alerts if one.candidate.entity == source]
        places = [
            f"{digest.day} {k}."
            for digest in run.digests
            for k, entry in enumerate(digest.entries, 1)
            if entry.entity == source
        ]
        rows.append(
            {
                "source": source,
                "connections": count,
                "rank": rank.get(key),
                "expected": run.best.get(key),
                "alerts": len(alerts),
                "digest": places,
            }
        )
    return sorted(rows, key=lambda row: -row["connections"])


def rule_figures(batch: EventBatch) -> dict[str, int]:
    """Return how many sources the fixed rule names."""
    return {f"{least:g}": len(flagged(batch, least)) for least in RULES}


def _attacked(folder: Path, name: str) -> dict[str, Any]:
    path = folder / ATTACKED[name]
    run, day = replay([path]), read_day(path)
    malicious = {source: count for source, count, _ in source_counts(day.batch, day.hostile)}
    alerts = alert_figures(run)
    for alert in alerts:
        alert["malicious_connections"] = malicious.get(alert["entity"], 0)
    digests = digest_figures(run)
    for digest in digests:
        for entry in digest["entries"]:
            entry["malicious_connections"] = malicious.get(entry["entity"], 0)
    return {
        "heavy": heavy_sources(day, run),
        "alerts": alerts,
        "digests": digests,
        "entities": len(run.best),
        "rule": rule_figures(day.batch),
        "counts": run.counts,
    }


def _unlabelled(folder: Path, names: Sequence[str]) -> dict[str, Any]:
    run = replay([folder / name for name in names])
    rules = [rule_figures(read_day(folder / name).batch) for name in names]
    return {
        "alerts": alert_figures(run),
        "digests": digest_figures(run),
        "entities": len(run.best),
        "rule": {least: [rule[least] for rule in rules] for least in rules[0]},
        "counts": run.counts,
    }


def _told(figures: dict[str, Any]) -> Iterator[str]:
    alerts = figures["alerts"]
    yield f"  alerts: {len(alerts)}; entities {figures['entities']}; the fixed rule"
    yield f"  names {figures['rule']} sources"
    for alert in alerts:
        known = alert.get("malicious_connections")
        label = "" if known is None else f" [{known} malicious connections]"
        yield f"    ALERT {alert['class']}: {alert['sentence']}{label}"
    for digest in figures["digests"]:
        yield f"  digest {digest['day']}{' (unfinished)' if digest['partial'] else ''}"
        for entry in digest["entries"]:
            known = entry.get("malicious_connections")
            label = "" if known is None else f" [{known} malicious]"
            yield (
                f"    E {entry['expected']:9.3g}  {entry['outcome']:<12} {entry['class']}:"
                f" {entry['sentence']}{label}"
            )


def _heavy_table(heavy: Sequence[dict[str, Any]]) -> str:
    rows = [
        [
            row["source"],
            str(row["connections"]),
            str(row["rank"]),
            f"{row['expected']:.3g}",
            str(row["alerts"]),
            ", ".join(row["digest"]) or "-",
        ]
        for row in heavy
    ]
    return table(["heavy source", "connections", "rank", "E", "alerts", "digest"], rows)


def report(results: dict[str, dict[str, Any]]) -> str:
    """Return all of it, readable."""
    lines = []
    for name, figures in results.items():
        lines.append(f"{name}")
        if "heavy" in figures:
            lines.append(_heavy_table(figures["heavy"]))
        lines += [*_told(figures), ""]
    return "\n".join(lines)


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    return options("What the real days give at the defaults.").parse_args(words)


def main(words: Sequence[str] | None = None) -> int:
    """Replay all days and print what was found."""
    arguments = _arguments(words)
    folder = data_folder()
    results = {}
    for name in ATTACKED:
        results[name] = _attacked(folder, name)
        progress(name)
    results["benign day"] = _unlabelled(folder, [BENIGN])
    progress("benign day")
    results["19 and 20 April"] = _unlabelled(folder, list(BACKGROUND.values()))
    progress("19 and 20 April")
    results["20 April cold"] = _unlabelled(folder, [BACKGROUND["20 April"]])
    progress("20 April cold")
    finish(arguments, report(results), results)
    return 0


if __name__ == "__main__":
    sys.exit(main())
