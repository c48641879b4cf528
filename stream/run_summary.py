"""What a run did, as numbers for machines and lines for people."""

from collections.abc import Iterator
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
        "drift": dict(sorted(replay.tally.drift.items())),
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
    return [
        *_told_lines(summary),
        *_told_times(summary),
        f"{summary['rows']:,} rows of {_many(summary['entities'], 'entity', 'entities')} scored;"
        f" {summary['candidates']:,} strange enough to be weighed{_besides(summary)}",
        *_told_troubles(summary),
        f"{_many(summary['alerts'], 'alert', 'alerts')}"
        + (f", {summary['budget_missed']:,} more over budget" if summary["budget_missed"] else "")
        + f"; {summary['seconds']:.1f} s, {summary['events_per_s']:,} events/s",
    ]


def _told_lines(summary: Summary) -> Iterator[str]:
    formats = ", ".join(f"{name} {count:,}" for name, count in summary["formats"].items())
    rest = ", ".join(f"{summary[name]:,} {name}" for name in ("unused", "headers") if summary[name])
    yield (
        f"{_many(summary['lines'], 'line', 'lines')}: {summary['events']:,} events"
        + (f" ({formats})" if formats else "")
        + (f", {rest}" if rest else "")
        + f", {summary['rejected']:,} rejected"
    )
    if summary["reasons"]:
        reasons = ", ".join(f"{name} {count:,}" for name, count in summary["reasons"].items())
        yield f"rejected because: {reasons}"


def _told_times(summary: Summary) -> Iterator[str]:
    if summary["first_time"]:
        first, last = (_plain(summary[name]) for name in ("first_time", "last_time"))
        astray = [f"{summary[name]:,} {name}" for name in ("late", "ahead") if summary[name]]
        yield f"stream time {first} to {last} UTC" + (f"; {', '.join(astray)}" if astray else "")


def _told_troubles(summary: Summary) -> Iterator[str]:
    if summary["warming_up"]:
        yield (
            f"{summary['warming_up']:,} came while warming up: no alerts yet, but in the digest;"
            " the first hour, and a host's first day, only teach"
        )
    if summary["drift"]:
        kinds = ", ".join(f"{kind} {count:,}" for kind, count in summary["drift"].items())
        yield f"{_many(sum(summary['drift'].values()), 'signal', 'signals')} of drift: {kinds}"
    yield from (f"detector {name} raised and abstains" for name in summary["abstained"])


def _besides(summary: Summary) -> str:
    if not summary["evicted"]:
        return ""
    return f"; {summary['evicted']:,} entities, pairs or services evicted, see --max-entities"


def _many(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


def _plain(instant: str) -> str:
    return instant[:19].replace("T", " ")


def _formats(replay: Replay) -> dict[str, int]:
    found: dict[str, int] = {}
    for lane in replay.lanes:
        for name, counts in lane.pipeline.parser.counts().items():
            if counts["events"]:
                found[name] = found.get(name, 0) + counts["events"]
    return found


def _instant(t: float) -> str:
    return datetime.fromtimestamp(t, UTC).isoformat().replace("+00:00", "Z")
