"""Decisions as records: what the alert role hands to the publish role, and what that sends on."""

from typing import Any, NamedTuple

import orjson

from detectors.errors import ModelError

from .alerts import Document
from .decisions import DayDigest, Decision
from .documents import Encoder

ALERTS, CANDIDATES = "alerts", "candidates"
_TYPES = {ALERTS: b"io.almenara.alert.v1", CANDIDATES: b"io.almenara.candidate.v1"}


class Outgoing(NamedTuple):
    """A document on its way: to which of our topics, with which key and CloudEvents headers."""

    kind: str
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...]


def encode_decision(decision: Decision, encoder: Encoder) -> bytes:
    """Return a numbered decision with its documents as a value of the decisions topic."""
    if isinstance(decision, DayDigest):
        documents = [(ALERTS, encoder.digest(decision))]
    else:
        documents = [(CANDIDATES, encoder.candidate(decision))]
        if decision.outcome == "alert":
            documents.append((ALERTS, encoder.alert(decision)))
    return orjson.dumps({"number": decision.number, "documents": documents})


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
    entity = document["almenara"].get("entity", {}).get("key", "digest")
    ident = document["event"]["id"]
    headers = (
        ("content-type", b"application/json"),
        ("ce_specversion", b"1.0"),
        ("ce_id", ident.encode()),
        ("ce_source", f"/almenara/{document['data_stream']['namespace']}".encode()),
        ("ce_type", _TYPES[kind]),
        ("ce_time", document["@timestamp"].encode()),
        ("ce_subject", entity.encode()),
    )
    return Outgoing(kind, entity.encode(), orjson.dumps(document), headers)
