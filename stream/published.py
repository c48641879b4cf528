"""Decisions as records: what the alert role hands to the publish role, and what that sends on."""

from typing import Any, NamedTuple

import orjson

from detectors.errors import ModelError

from .alerts import Document
from .control import SuppressionAdded, SuppressionRemoved
from .decisions import Audited, DayDigest, Decision, Drifted
from .documents import Encoder
from .suppression import rule_row

ALERTS, CANDIDATES, DRIFT, AUDIT = "alerts", "candidates", "drift", "audit"
CONTROL = "control"  # no document: a rule in force under its id, or none any more
KINDS = (ALERTS, CANDIDATES, DRIFT, AUDIT, CONTROL)
_TYPES = {
    ALERTS: b"io.almenara.alert.v1",
    CANDIDATES: b"io.almenara.candidate.v1",
    DRIFT: b"io.almenara.drift.v1",
    AUDIT: b"io.almenara.audit.v1",
}


class Outgoing(NamedTuple):
    """A record on its way: to which of our topics, with which key and CloudEvents headers."""

    kind: str
    key: bytes
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]


def encode_decision(decision: Decision, encoder: Encoder) -> bytes:
    """Return a numbered decision with its documents as a value of the decisions topic."""
    return orjson.dumps({"number": decision.number, "documents": _documents(decision, encoder)})


def _documents(decision: Decision, encoder: Encoder) -> list[tuple[str, Document]]:
    if isinstance(decision, DayDigest):
        return [(ALERTS, encoder.digest(decision))]
    if isinstance(decision, Drifted):
        return [(DRIFT, encoder.drift(decision))]
    if isinstance(decision, Audited):
        return [(AUDIT, encoder.audit(decision)), *_rules(decision)]
    documents = [(CANDIDATES, encoder.candidate(decision))]
    if decision.outcome == "alert":
        documents.append((ALERTS, encoder.alert(decision)))
    return documents


def _rules(audited: Audited) -> list[tuple[str, Document]]:
    """Return what changes among the rules in force."""
    record = audited.record
    gone = [(CONTROL, {"id": ident}) for ident in audited.evicted]
    if isinstance(record, SuppressionAdded):
        rule = {"id": record.id, "rule": rule_row(record.rule), "at": record.at}
        return [(CONTROL, rule), *gone]
    if isinstance(record, SuppressionRemoved):
        return [(CONTROL, {"id": record.id})]
    return gone


def read_decision(value: bytes | None) -> tuple[int, list[Outgoing]]:
    """Return a decision's number and what it sends; ModelError where the value is none of ours."""
    try:
        found: Any = orjson.loads(value or b"")
        return int(found["number"]), [_outgoing(kind, made) for kind, made in found["documents"]]
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"record of the decisions topic: {type(error).__name__}, expected a numbered decision;"
            " nothing but Almenara may write to this topic"
        ) from error


def _outgoing(kind: str, document: Document) -> Outgoing:
    """Make a record of a document; headers as in CloudEvents 1.0, Kafka protocol binding 3.2."""
    if kind == CONTROL:
        is_gone = "rule" not in document
        return Outgoing(
            kind, document["id"].encode(), None if is_gone else orjson.dumps(document), ()
        )
    subject = _subject(kind, document)
    ident = document["event"]["id"]
    headers = (
        ("content-type", b"application/json"),
        ("ce_specversion", b"1.0"),
        ("ce_id", ident.encode()),
        ("ce_source", f"/almenara/{document['data_stream']['namespace']}".encode()),
        ("ce_type", _TYPES[kind]),
        ("ce_time", document["@timestamp"].encode()),
        ("ce_subject", subject.encode()),
    )
    return Outgoing(kind, subject.encode(), orjson.dumps(document), headers)


def _subject(kind: str, document: Document) -> str:
    """Return what a document is about: an entity, a topic, or what was done."""
    ours = document["almenara"]
    if kind == DRIFT:
        return str(ours["source"]["topic"])
    if kind == AUDIT:
        return str(document["event"]["action"])
    return str(ours.get("entity", {}).get("key", "digest"))
