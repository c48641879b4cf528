"""The part of the Elastic Common Schema that our documents use, and how it was made.

``python tests/support/ecs_subset.py ECS_FLAT_YML_XZ VERSION`` writes ``ecs_subset.json``. ECS is
Apache-2.0, see ``ecs_subset.NOTICE.txt``.
"""

import json
import lzma
import sys
from pathlib import Path
from typing import Any

import yaml

VENDORED = Path(__file__).with_suffix(".json")

USED = frozenset(
    """
    @timestamp message tags ecs.version data_stream.type data_stream.dataset
    data_stream.namespace event.kind event.category event.type event.action event.id
    event.module event.dataset event.provider event.severity event.risk_score
    event.risk_score_norm event.reason event.start event.end event.duration event.created
    event.ingested
    rule.id rule.name rule.category rule.ruleset rule.version rule.description rule.author
    rule.license threat.framework threat.tactic.id threat.tactic.name
    threat.tactic.reference threat.technique.id threat.technique.name
    threat.technique.reference threat.technique.subtechnique.id
    threat.technique.subtechnique.name threat.technique.subtechnique.reference source.ip
    source.address source.port source.bytes source.packets destination.ip
    destination.address destination.port destination.bytes destination.packets network.type
    network.transport network.iana_number network.application network.direction
    network.community_id network.bytes network.packets host.name host.ip observer.name
    user.name related.ip log.file.path
    """.split()  # noqa: SIM905 (a list of 60 quoted names is harder to read)
)


def subset(flat: dict[str, Any]) -> dict[str, Any]:
    """Return type, array-ness and allowed values of the fields we use."""
    return {name: _field(flat[name]) for name in sorted(USED)}


def _field(entry: dict[str, Any]) -> dict[str, Any]:
    field: dict[str, Any] = {"type": entry["type"], "array": "array" in entry["normalize"]}
    allowed = entry.get("allowed_values", [])
    values = [value["name"] for value in allowed] or entry.get("expected_values")
    if values:
        field["values"] = values
    event_types = {
        value["name"]: value["expected_event_types"]
        for value in allowed
        if "expected_event_types" in value
    }
    if event_types:
        field["event_types"] = event_types
    return field


def read_flat(path: Path) -> dict[str, Any]:
    """Read ``ecs_flat.yml.xz``."""
    with lzma.open(path) as stream:
        flat: dict[str, Any] = yaml.load(stream, Loader=yaml.CSafeLoader)
    return flat


def vendored() -> dict[str, Any]:
    """Return the fields of the part that stands here."""
    fields: dict[str, Any] = json.loads(VENDORED.read_text())["fields"]
    return fields


if __name__ == "__main__":
    made = {"version": sys.argv[2], "fields": subset(read_flat(Path(sys.argv[1])))}
    VENDORED.write_text(json.dumps(made, indent=1) + "\n")
