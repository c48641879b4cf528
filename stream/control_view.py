"""What the topics tell of rules in force, and of alerts that feedback is about."""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import orjson

from connectors.errors import ConnectError, StoppedError
from connectors.kafka_clients import Properties, Record, Watch
from connectors.kafka_ranges import read_range
from detectors.errors import ConfigError

from .control import Traits
from .suppression import Suppression, read_rule
from .topics import TopicNames

PATIENCE_S = 60.0

Read = Callable[[str], Iterable[Record]]
"""From a topic's name to all of its records."""


class Rule(NamedTuple):
    """A suppression as the alert role has it."""

    id: str
    rule: Suppression
    at: float  # when it was written, in seconds since the epoch


class Judged(NamedTuple):
    """An alert or candidate as its document tells of it."""

    candidate: str
    alert: str  # "" where it became none
    traits: Traits


def kept_records(properties: Properties, topic: str) -> Iterator[Record]:
    """Yield all records of one of our topics; ConnectError where Kafka is silent for a minute."""
    heard = time.monotonic()
    watch = Watch(lambda: time.monotonic() < heard + PATIENCE_S)
    try:
        for record in read_range(properties, topic, 0, 0, watch=watch):
            yield record
            heard = time.monotonic()
    except StoppedError as error:
        raise ConnectError(
            f"kafka: no answer in {PATIENCE_S:.0f} s, expected one; check kafka.bootstrap"
        ) from error


def rules_in_force(records: Iterable[Record]) -> list[Rule]:
    """Return the rules that were not taken back, in the order in which they were written."""
    kept: dict[bytes, bytes] = {}
    for record in records:
        key = record.key or b""
        kept.pop(key, None)
        if record.value:
            kept[key] = record.value
    found = map(orjson.loads, kept.values())
    return [Rule(one["id"], read_rule(one["rule"]), one["at"]) for one in found]


def the_rule(rules: Iterable[Rule], wanted: str) -> Rule:
    """Return the rule whose id begins so; ConfigError where it is none or several."""
    found = [one for one in rules if wanted and one.id.startswith(wanted)]
    if len(found) != 1:
        raise ConfigError(
            f"suppression {wanted!r}: found {len(found)} rules of such an id, expected one; see"
            " `almenara suppress list`"
        )
    return found[0]


def judged_document(read: Read, names: TopicNames, wanted: str) -> Judged:
    """Find an alert, else a candidate, by the beginning of its id in what the topics still hold."""
    for topic in (names.alerts, names.candidates):
        found: dict[str, Any] = {}
        for record in read(topic):
            if wanted and wanted.encode() in (record.value or b""):
                document = orjson.loads(record.value or b"")
                ident = document["event"]["id"]
                if ident.startswith(wanted) and "candidate" in document["almenara"]:
                    found[ident] = document
        if len(found) > 1:
            raise ConfigError(
                f"alert {wanted!r}: {len(found)} ids in {topic} begin so, expected one; give more"
                " digits"
            )
        for ident, document in found.items():
            return _judged(document, ident if topic == names.alerts else "")
    raise ConfigError(
        f"alert {wanted!r}: unknown in {names.alerts} and {names.candidates}, expected the event.id"
        " of an alert or candidate of the last days; copy it from there"
    )


def _judged(document: dict[str, Any], alert: str) -> Judged:
    ours, explain = document["almenara"], document["almenara"].get("explain", [])
    traits = Traits(
        entity=ours["entity"]["key"],
        population=ours["population"],
        class_name=document["event"]["action"],
        feature=explain[0]["feature"] if explain else "",
        port=ours["window"].get("main_port", -1),
    )
    return Judged(ours["candidate"]["id"], alert, traits)
