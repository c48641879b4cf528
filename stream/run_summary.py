"""What a run did, as numbers for machines and lines for people."""

from datetime import UTC, datetime
from typing import Any

from .replay import Replay

Summary = dict[str, Any]


def summary_of(replay: Replay, seconds: float) -> Summary:
    """Return the summary of a finished run."""
    counts = replay.counts()
    times = [lane.pipeline.times for lane in replay.lanes if lane.pipeline.times is not None]
    return {
        **counts,
        "first_time": _instant(min(first for first, _ in times)) if times else None,
        "last_time": _instant(max(last for _, last in times)) if times else None,
        "seconds": round(seconds, 3),
        "events_per_s": round(counts["events"] / seconds) if seconds > 0.0 else 0,
        "outcomes": dict(sorted(replay.tally.outcomes.items())),
        "reasons": dict(sorted(replay.tally.reasons.items())),
        "formats": _formats(replay),
        "lanes": [
            f"{lane.pipeline.settings.topic}:{lane.pipeline.settings.partition}"
            for lane in replay.lanes
        ],
        "fingerprint": replay.lanes[0].pipeline.fingerprint,
        "abstained": sorted({name for lane in replay.lanes for name in lane.pipeline.abstained}),
        "warming_up": replay.tally.outcomes["warming_up"],
    }


def told(summary: Summary) -> list[str]:
    """Return what a person wants to know of a run, a line each."""
    formats = ", ".join(f"{name} {count:,}" for name, count in summary["formats"].items())
    lines = [
        f"{summary['lines']:,} lines: {summary['records']:,} with events ({formats or 'none'}),"
        f" {summary['unused']:,} unused, {summary['rejected']:,} rejected,"
        f" {summary['headers']:,} headers",
    ]
    if summary["reasons"]:
        reasons = ", ".join(f"{name} {count:,}" for name, count in summary["reasons"].items())
        lines.append(f"rejected because: {reasons}")
    if summary["first_time"]:
        lines.append(
            f"stream time {summary['first_time']} to {summary['last_time']};"
            f" {summary['late']:,} late, {summary['ahead']:,} ahead"
        )
    lines.append(
        f"{summary['rows']:,} rows of {summary['entities']:,} entities"
        f" ({summary['evicted']:,} evicted), {summary['candidates']:,} candidates"
    )
    if summary["warming_up"]:
        lines.append(
            f"{summary['warming_up']:,} candidates came while warming up: kept, in the digest, but"
            " no alerts"
        )
    lines += [f"detector {name} raised and abstains" for name in summary["abstained"]]
    lines.append(
        f"{summary['seconds']:.1f} s, {summary['events_per_s']:,} events/s"
        f"; {summary['alerts']} alerts, {summary['budget_missed']} stopped by the budget"
    )
    return lines


def _formats(replay: Replay) -> dict[str, int]:
    found: dict[str, int] = {}
    for lane in replay.lanes:
        for name, counts in lane.pipeline.parser.counts().items():
            if counts["events"]:
                found[name] = found.get(name, 0) + counts["events"]
    return found


def _instant(t: float) -> str:
    return datetime.fromtimestamp(t, UTC).isoformat().replace("+00:00", "Z")
