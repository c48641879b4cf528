"""What a demo tells: planted against found, what else was raised, what it cost, what to do next."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table
from rich.text import Text

from .alerts import Document
from .demo import Comparison, Finding
from .listing import INDENT, aligned, paragraph
from .run_summary import Summary
from .store import named

PLAIN_WIDTH = 100
WIDE = 170  # columns from which the sentences have a column of their own
TITLES = ("planted", "whose", "began", "found", "by chance")
WIDE_TITLES = (*TITLES, "how", "named", "what the alert says")
MISSED = "not found"


class Kept(NamedTuple):
    """Where things are."""

    log: Path
    store: Path
    seed: int


def summary_of_demo(compared: Comparison, run: Summary, seed: int, seconds: float) -> Summary:
    """Return the demo's summary: what was planted and found, and what it took."""
    kinds = {finding.attack.kind for finding in compared.findings}
    found = {finding.attack.kind for finding in compared.findings if finding.is_found}
    return {
        "planted": len(compared.findings),
        "found": compared.found,
        "not_planted": len(compared.not_planted),
        "seconds": round(seconds, 3),
        "seed": seed,
        "kinds_planted": sorted(kinds),
        "kinds_found": sorted(found),
        "events": run["events"],
        "replay_seconds": run["seconds"],
        "events_per_s": run["events_per_s"],
        "attacks": [_as_dict(finding) for finding in compared.findings],
        "others": [alert["event"]["id"] for alert in compared.not_planted],
    }


def show(compared: Comparison, run: Summary, places: Kept, console: Console) -> None:
    """Write everything: with colours and a table on a terminal, as plain lines elsewhere."""
    width = min(console.width, PLAIN_WIDTH) if console.is_terminal else PLAIN_WIDTH
    if console.is_terminal and console.width >= WIDE:
        console.print(_table(compared))
    else:
        _write(console, _lines(compared, width))
    _write(console, _rest(compared, run, places, width))


def _write(console: Console, lines: Iterator[str | Text]) -> None:
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _table(compared: Comparison) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in WIDE_TITLES[:-1]:
        table.add_column(title, no_wrap=True)
    table.add_column(WIDE_TITLES[-1], ratio=1)
    for finding in compared.findings:
        style = "" if finding.is_found else "red"
        cells = (*_row(finding), _how(finding), _named(finding), _sentence(finding))
        table.add_row(*(Text(cell, style=style) for cell in cells))
    return table


def _lines(compared: Comparison, width: int) -> Iterator[str | Text]:
    """Yield two lines or more an attack, for 80 columns."""
    head, *rows = aligned([TITLES, *(_row(finding) for finding in compared.findings)])
    yield Text(head, style="bold")
    for row, finding in zip(rows, compared.findings, strict=True):
        yield Text(row, style="" if finding.is_found else "red")
        said = f": {_sentence(finding)}" if finding.is_found else ""
        called = f"; named {_named(finding)}" if finding.is_found else ""
        yield from paragraph(f"{_how(finding)}{called}{said}", width, INDENT)


def _rest(compared: Comparison, run: Summary, places: Kept, width: int) -> Iterator[str | Text]:
    kinds = {finding.attack.kind for finding in compared.findings}
    found = {finding.attack.kind for finding in compared.findings if finding.is_found}
    yield ""
    yield (
        f"found {compared.found} of {len(compared.findings)} planted attacks,"
        f" {len(found)} of {len(kinds)} kinds; alerts that were not planted:"
        f" {len(compared.not_planted)}"
    )
    for alert in compared.not_planted:
        yield from paragraph(f"{_when(alert)} {alert['almenara']['sentence']}", width, INDENT)
    cost = (
        f"cost: {run['events']:,} events of three days in {run['seconds']:.1f} s"
        f" ({run['events_per_s']:,} events/s); {run['candidates']:,} candidates weighed,"
        f" {run['alerts']} alerts raised"
    )
    kept = f"kept: the log in {places.log}, alerts and digests in {places.store}"
    yield from paragraph(cost, width)
    yield from paragraph(kept, width)
    yield "next:"
    yield f"  almenara alerts list{named(places.store)}"
    yield f"  almenara alerts explain {_example(compared)}{named(places.store)}"
    yield f"  almenara demo --seed {places.seed + 1}"
    yield "  almenara replay YOUR.log"


def _example(compared: Comparison) -> str:
    alerts = [alert for finding in compared.findings for alert in finding.alerts]
    return str(alerts[0]["event"]["id"])[:12] if alerts else "ID"


def _row(finding: Finding) -> tuple[str, ...]:
    attack = finding.attack
    began = datetime.fromtimestamp(attack.start, UTC).strftime("%a %H:%M")
    if not finding.is_found:
        return attack.kind, attack.entity, began, MISSED, ""
    chance = finding.alerts[0]["almenara"]["expected_text"].removesuffix(" by chance")
    return attack.kind, attack.entity, began, f"after {lasting(finding.after_s or 0.0)}", chance


def _how(finding: Finding) -> str:
    return f"{finding.attack.strength}, {finding.attack.origin}"


def _named(finding: Finding) -> str:
    return str(finding.alerts[0]["event"]["action"]).replace("_", " ") if finding.alerts else ""


def _sentence(finding: Finding) -> str:
    return str(finding.alerts[0]["almenara"]["sentence"]) if finding.alerts else ""


def lasting(seconds: float) -> str:
    """Say a time span in its natural unit."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5_400 else f"{seconds / 3_600:.1f} h"


def _when(alert: Document) -> str:
    return datetime.fromisoformat(alert["@timestamp"]).strftime("%a %H:%M")


def _as_dict(finding: Finding) -> dict[str, Any]:
    attack = finding.attack
    return {
        "kind": attack.kind,
        "strength": attack.strength,
        "origin": attack.origin,
        "entity": attack.entity,
        "start": attack.start,
        "found_after_s": None if finding.after_s is None else round(finding.after_s, 3),
        "alerts": [alert["event"]["id"] for alert in finding.alerts],
    }
