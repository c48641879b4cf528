"""Sets Elasticsearch up: index templates, data streams, roles.

What is there already and as it should be is left alone, so a second run changes nothing. What is to
change is planned first; a plan can be shown (``--dry-run``) or carried out.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files
from typing import Any

import orjson

from connectors.elasticsearch import Cluster
from connectors.elasticsearch_objects import (
    Request,
    create_data_stream,
    data_stream,
    has_security,
    index_template,
    put_index_template,
    put_retention,
    put_role,
    role,
    rollover,
    send,
)
from connectors.errors import SinkError

from .elasticsearch_roles import ROLES

DATASETS = ("alerts", "candidates", "drift", "audit")
MANAGED_BY = "almenara"


@dataclass(frozen=True, slots=True)
class Change:
    """Something that is to be made or changed, and why."""

    subject: str  # "index template 'almenara-alerts'"
    what: str  # "create", or what differs
    request: Request


def stream_name(dataset: str, namespace: str) -> str:
    """Return the name of a data stream."""
    return f"logs-almenara.{dataset}-{namespace}"


def template_of(dataset: str, retention: str = "") -> dict[str, Any]:
    """Return the index template of a data stream, marked with its content's hashes.

    The template's own hash says whether it has to be put again; the hash in the mapping says
    whether the write index of a stream was made from these fields and settings.
    """
    packaged = files("connectors") / "templates" / f"{dataset}.json"
    made: dict[str, Any] = orjson.loads(packaged.read_bytes())
    inner = made["template"]
    if retention:
        inner["lifecycle"]["data_retention"] = retention
    inner["mappings"]["_meta"] = {
        "managed_by": MANAGED_BY,
        "hash": _hash([inner["mappings"], inner["settings"]]),
    }
    made["_meta"] |= {"hash": _hash(made), "version": version("almenara")}
    return made


def planned(
    cluster: Cluster, namespace: str = "default", retention: Mapping[str, str] | None = None
) -> list[Change]:
    """Return what has to change in templates and data streams, in the order to do it.

    ``retention`` holds other times than the templates' own, as ``{"candidates": "7d"}``.

    Raises
    ------
    SinkError
        A template of one of our names is somebody else's.
    """
    given = retention or {}
    changes: list[Change] = []
    for dataset in DATASETS:
        template = template_of(dataset, given.get(dataset, ""))
        changes += _template_changes(cluster, f"almenara-{dataset}", template)
        changes += _stream_changes(cluster, stream_name(dataset, namespace), template)
    return changes


def planned_roles(cluster: Cluster) -> list[Change]:
    """Return what has to change in the roles. Needs the cluster privilege ``manage_security``."""
    if not has_security(cluster):
        return []
    changes = []
    for name, wanted in ROLES.items():
        found = role(cluster, name)
        if found is None or rights_in(found) != rights_in(wanted):
            what = "create" if found is None else "update: its privileges differ"
            body = {**wanted, "metadata": {"managed_by": MANAGED_BY}}
            changes.append(Change(f"role {name!r}", what, put_role(name, body)))
    return changes


def carry_out(cluster: Cluster, changes: Sequence[Change]) -> None:
    """Make all changes. Raises the server's refusal, but where somebody else was faster."""
    for change in changes:
        try:
            send(cluster, change.request)
        except SinkError:
            if change.what != "create" or not _is_there(cluster, change.request):
                raise


def _template_changes(cluster: Cluster, name: str, wanted: dict[str, Any]) -> list[Change]:
    subject, request = f"index template {name!r}", put_index_template(name, wanted)
    found = index_template(cluster, name)
    if found is None:
        return [Change(subject, "create", request)]
    meta = found.get("_meta") or {}
    if meta.get("managed_by") != MANAGED_BY:
        raise SinkError(
            f"{subject}: managed by {meta.get('managed_by')!r}, expected {MANAGED_BY!r}; "
            "rename it or delete it"
        )
    if meta.get("hash") == wanted["_meta"]["hash"]:
        return []
    return [Change(subject, "update: it is of another version or has other settings", request)]


def _stream_changes(cluster: Cluster, name: str, wanted: dict[str, Any]) -> list[Change]:
    subject = f"data stream {name!r}"
    found = data_stream(cluster, name)
    if found is None:
        return [Change(subject, "create", create_data_stream(name))]
    changes = []
    inner = wanted["template"]
    if found.meta.get("hash") != inner["mappings"]["_meta"]["hash"]:
        what = "roll over: its write index has other fields or settings"
        changes.append(Change(subject, what, rollover(name)))
    retention = inner["lifecycle"]["data_retention"]
    if found.retention != retention:
        what = f"keep documents for {retention}, now {found.retention or 'ever'}"
        changes.append(Change(subject, what, put_retention(name, retention)))
    return changes


def _is_there(cluster: Cluster, request: Request) -> bool:
    """Return whether what should be created is there: who writes first makes the stream."""
    try:
        cluster.request("GET", request.path)
    except SinkError:
        return False
    return True


def rights_in(found: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return the rights of a role or of a key's descriptor, to compare them."""
    return (
        sorted(found["cluster"]),
        [(sorted(entry["names"]), sorted(entry["privileges"])) for entry in found["indices"]],
    )


def _hash(content: object) -> str:
    return hashlib.blake2b(
        orjson.dumps(content, option=orjson.OPT_SORT_KEYS), digest_size=8
    ).hexdigest()
