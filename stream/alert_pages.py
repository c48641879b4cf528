"""An alert, candidate or digest of the store as lines of plain text."""

from collections.abc import Sequence
from typing import NamedTuple

from .alerts import Document
from .listing import aligned, fitted, paragraph

SHOWN_ID = 12
SEVERITIES = {21: "low", 47: "medium", 73: "high", 99: "critical"}


class Frame(NamedTuple):
    """Where a page is shown: columns of the terminal, and the option that names the store."""

    width: int | None = None
    store: str = ""


PLAIN = Frame()


def page(document: Document, frame: Frame = PLAIN) -> list[str]:
    """Say what was found, of whom, when and where."""
    if "digest" in document["almenara"]:
        return _digest(document, frame)
    event, ours = document["event"], document["almenara"]
    rows = [
        ("id", event["id"]),
        ("class", event["action"]),
        ("decided", document["@timestamp"]),
        ("events", f"{event.get('start', '?')} to {event.get('end', '?')}"),
        ("entity", f"{ours['entity']['key']} ({ours['population']})"),
        ("severity", f"{severity_name(event['severity'])}, risk {event['risk_score']:g} of 100"),
        ("expected", ours["expected_text"]),
        ("last event", _flow(document)),
        ("incident", _incident(ours)),
        ("outcome", _outcome(ours)),
        ("att&ck", _attack(document)),
    ]
    return [
        *paragraph(f"{document['message']}: {event['reason']}", frame.width),
        "",
        *aligned([row for row in rows if row[1]]),
        "",
        f"next: almenara alerts explain {event['id'][:SHOWN_ID]}{frame.store}",
    ]


def severity_name(severity: int) -> str:
    """Return the word for one of Elastic's four severities."""
    return SEVERITIES.get(severity, str(severity))


def explanation(document: Document, frame: Frame = PLAIN) -> list[str]:
    """Say why: features with what was usual, detectors with their votes, and the evidence."""
    ours = document["almenara"]
    if "digest" in ours:
        return _digest(document, frame)
    features = [
        (f"{reading['contribution']:.0%}", reading["feature"], reading["text"])
        for reading in ours.get("explain", ())
    ]
    detectors = [
        (
            detector["id"],
            f"score {detector['score']:.4g}" if "score" in detector else "not ready",
            f"{detector['expected']:.3g} a day" if "expected" in detector else "",
            "votes" if detector["vote"] else "has no vote",
        )
        for detector in ours.get("detectors", ())
    ]
    return [
        *paragraph(document["event"]["reason"], frame.width),
        "",
        "what made it strange (share of the score)",
        *_block(features, frame),
        "how many so strange each detector expects by chance",
        *_block(detectors, frame),
        "where the evidence lies",
        *_block(_evidence(ours), frame),
        f"next: almenara alerts show {document['event']['id'][:SHOWN_ID]} --json{frame.store}",
    ]


def _block(rows: Sequence[Sequence[str]], frame: Frame) -> list[str]:
    width = None if frame.width is None else frame.width - 2
    lines = fitted(rows, width) if rows else ["nothing is known"]
    return [*(f"  {line}" for line in lines), ""]


def _evidence(ours: Document) -> list[tuple[str, str]]:
    source = ours["source"]
    lane = f"{source['topic']}:{source['partition']}"
    records = [
        (f"{lane} record {event['offset']}", event.get("ts", ""))
        for event in ours.get("evidence", ())
    ]
    files = [
        (f"{end} in {source[f'file_{end}']}", f"byte {source[f'byte_{end}']}")
        for end in ("first", "last")
        if f"file_{end}" in source
    ]
    return records + files


def _flow(document: Document) -> str:
    ends = []
    for side in ("source", "destination"):
        end = document.get(side, {})
        port = f" port {end['port']}" if "port" in end else ""
        ends.append(f"{end.get('address', '?')}{port}")
    return f"{ends[0]} to {ends[1]} {document.get('network', {}).get('transport', '')}".rstrip()


def _incident(ours: Document) -> str:
    incident = ours["incident"]
    alerts = f", alert {incident['step'] + 1}" if ours["outcome"] == "alert" else ""
    return f"{incident['id'][:12]} of {incident['entity']}, candidate {incident['count']}{alerts}"


def _outcome(ours: Document) -> str:
    notes = [ours["outcome"].replace("_", " ")]
    if "warming_up" in ours:
        notes.append(f"warming up: {ours['warming_up']}")
    if ours["late"]:
        notes.append("came late")
    if "suppression" in ours:
        rule = ours["suppression"]
        notes.append(f"suppressed by {rule['author']}: {rule['reason']}")
    return "; ".join(notes)


def _attack(document: Document) -> str:
    technique = document.get("threat", {}).get("technique", {})
    pairs = zip(technique.get("id", ()), technique.get("name", ()), strict=True)
    return ", ".join(f"{number} {name}" for number, name in pairs)


def _digest(document: Document, frame: Frame) -> list[str]:
    digest = document["almenara"]["digest"]
    rows = [
        (
            str(rank),
            incident["candidate"][:SHOWN_ID],
            incident["outcome"].replace("_", " "),
            incident["expected_text"].removesuffix(" by chance"),
            incident["sentence"],
        )
        for rank, incident in enumerate(digest.get("incidents", ()), 1)
    ]
    return [
        *paragraph(document["event"]["reason"], frame.width),
        "",
        *_block(rows, frame),
        f"next: almenara alerts explain ID{frame.store}",
    ]
