"""An alert, candidate or digest of the store as lines of plain text."""

from collections.abc import Sequence

from .alerts import Document
from .listing import aligned

NEXT_LINES = {
    "explain": "next: almenara alerts explain {id}",
    "show": "next: almenara alerts show {id} --json",
}


def page(document: Document) -> list[str]:
    """Say what was found, of whom, when and where."""
    if "digest" in document["almenara"]:
        return _digest(document)
    event, ours = document["event"], document["almenara"]
    rows = [
        ("id", event["id"]),
        ("class", event["action"]),
        ("decided", document["@timestamp"]),
        ("events", f"{event.get('start', '?')} to {event.get('end', '?')}"),
        ("entity", f"{ours['entity']['key']} ({ours['population']})"),
        ("severity", f"{event['severity']}, risk {event['risk_score']:g} of 100"),
        ("strength", ours["expected_text"]),
        ("last event", _flow(document)),
        ("incident", _incident(ours)),
        ("outcome", _outcome(ours)),
        ("att&ck", _attack(document)),
    ]
    return [
        f"{document['message']}: {event['reason']}",
        "",
        *aligned([row for row in rows if row[1]]),
        "",
        NEXT_LINES["explain"].format(id=event["id"]),
    ]


def explanation(document: Document) -> list[str]:
    """Say why: features with what was usual, detectors with their votes, and the evidence."""
    ours = document["almenara"]
    if "digest" in ours:
        return _digest(document)
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
        document["event"]["reason"],
        "",
        "what made it strange (share of the score)",
        *_block(features),
        "what the detectors say (strength alone, before the correction for populations and lanes)",
        *_block(detectors),
        "where the evidence lies",
        *_block(_evidence(ours)),
        NEXT_LINES["show"].format(id=document["event"]["id"]),
    ]


def _block(rows: Sequence[Sequence[str]]) -> list[str]:
    return [*(f"  {line}" for line in (aligned(rows) if rows else ["nothing is known"])), ""]


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


def _digest(document: Document) -> list[str]:
    digest = document["almenara"]["digest"]
    rows = [
        (
            str(rank),
            incident["expected_text"].removesuffix(" by chance"),
            incident["outcome"].replace("_", " "),
            incident["sentence"],
            incident["candidate"][:12],
        )
        for rank, incident in enumerate(digest.get("incidents", ()), 1)
    ]
    return [
        document["event"]["reason"],
        "",
        *_block(rows),
        "next: almenara alerts explain ID, with an id of the last column",
    ]
