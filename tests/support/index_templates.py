"""How the index templates of ``connectors/templates`` are made from the lists of fields.

``python tests/support/index_templates.py`` writes them; a contract test sees that they are current.
Types of ECS fields come from ECS itself, ours from ``stream.alerts``. Types that only some editions
have are replaced by plain ones.
"""

import json
from pathlib import Path
from typing import Any

from ecs_subset import vendored
from stream.alerts import AUDIT_FIELDS, DRIFT_FIELDS, FIELDS

FOLDER = Path(__file__).parents[2] / "connectors" / "templates"
VERSION = 3  # of the templates; say it here when a field changes
PRIORITY = 300  # above the built-in logs-*-* (100) and what Fleet makes (200)
RETENTION = {"alerts": "365d", "candidates": "30d", "drift": "365d", "audit": "730d"}
PLAIN = {"constant_keyword": "keyword", "match_only_text": "text"}
SENTENCES = {
    "event.reason",
    "rule.description",
    "almenara.sentence",
    "almenara.explain.text",
    "almenara.digest.incidents.sentence",
}
HEAD = frozenset(
    """
    @timestamp message tags ecs.version data_stream.type data_stream.dataset
    data_stream.namespace event.kind event.category event.type event.action event.id
    event.module event.dataset event.provider event.severity event.reason event.start
    event.end event.duration event.created event.ingested host.name
    user.name related.ip rule.id rule.name rule.version
    """.split()  # noqa: SIM905 (as in ecs_subset)
)
OURS = frozenset(
    """
    almenara.schema_version almenara.mode almenara.entity.type almenara.entity.key
    almenara.population almenara.candidate.id almenara.source.stream almenara.source.topic
    almenara.source.partition almenara.source.offset_first almenara.source.offset_last
    almenara.model.id almenara.settings.fingerprint almenara.feature_set
    """.split()  # noqa: SIM905 (as in ecs_subset)
)


def fields_of(dataset: str) -> dict[str, str]:
    """Return the Elasticsearch type of each field of a data stream, by dotted name."""
    ecs = {name: entry["type"] for name, entry in vendored().items()}
    ours = {field.name: field.type for field in FIELDS}
    if dataset == "alerts":
        return ecs | ours
    if dataset == "candidates":
        return ecs | {n: kind for n, kind in ours.items() if not n.startswith("almenara.digest.")}
    own = DRIFT_FIELDS if dataset == "drift" else AUDIT_FIELDS
    return (
        {name: kind for name, kind in ecs.items() if name in HEAD}
        | {name: kind for name, kind in ours.items() if name in OURS}
        | {field.name: field.type for field in own}
    )


def template(dataset: str) -> dict[str, Any]:
    """Return the index template of a data stream."""
    return {
        "index_patterns": [f"logs-almenara.{dataset}-*"],
        "priority": PRIORITY,
        "version": VERSION,
        "composed_of": ["almenara@custom"],
        "ignore_missing_component_templates": ["almenara@custom"],
        "data_stream": {},
        "_meta": {"managed_by": "almenara", "description": f"Almenara's data stream of {dataset}"},
        "template": {
            "settings": {
                "index": {
                    "auto_expand_replicas": "0-1",
                    "refresh_interval": "1s",
                    "mapping": {"ignore_malformed": False},
                }
            },
            "mappings": {"dynamic": "strict", "properties": _properties(fields_of(dataset))},
            "lifecycle": {"data_retention": RETENTION[dataset]},
            "data_stream_options": {"failure_store": {"enabled": False}},
        },
    }


def _properties(types: dict[str, str]) -> dict[str, Any]:
    root: dict[str, Any] = {"properties": {}}
    for name, kind in sorted(types.items()):
        place = root
        *path, leaf = name.split(".")
        for part in path:
            place = place["properties"].setdefault(part, {"properties": {}})
        plain = PLAIN.get(kind, kind)
        entry: dict[str, Any] = {"type": plain}
        if plain == "keyword":
            entry["ignore_above"] = 8_191 if name in SENTENCES else 1_024
        if plain == "nested":
            entry["properties"] = {}
        place["properties"][leaf] = entry
    properties: dict[str, Any] = root["properties"]
    return properties


def text(dataset: str) -> str:
    """Return the file of a template."""
    return json.dumps(template(dataset), indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    for made in RETENTION:
        (FOLDER / f"{made}.json").write_text(text(made), encoding="utf-8")
