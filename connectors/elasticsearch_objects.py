"""Index templates, data streams, roles and API keys: what is there, and the requests that make it.

Requests are values: who plans them can show them before anything is sent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import quote

from .answers import Answer, MissingError
from .elasticsearch import Cluster
from .errors import SinkError

JsonObject = dict[str, Any]


class Request(NamedTuple):
    """A request that changes something."""

    method: str
    path: str
    body: JsonObject | None = None


@dataclass(frozen=True, slots=True)
class DataStream:
    """A data stream as it is."""

    name: str
    write_index: str
    retention: str  # "" for ever
    meta: Answer  # of the mapping of its write index


def index_template(cluster: Cluster, name: str) -> Answer | None:
    """Return an index template, None where there is none of that name."""
    found = _found(cluster, f"/_index_template/{_quoted(name)}")
    if found is None:
        return None
    template: Answer = found["index_templates"][0]["index_template"]
    return template


def data_stream(cluster: Cluster, name: str) -> DataStream | None:
    """Return a data stream, None where there is none of that name."""
    found = _found(cluster, f"/_data_stream/{_quoted(name)}")
    if found is None or not found["data_streams"]:
        return None
    stream = found["data_streams"][0]
    write_index = str(stream["indices"][-1]["index_name"])
    mapping = cluster.request("GET", f"/{_quoted(write_index)}/_mapping")
    return DataStream(
        name=name,
        write_index=write_index,
        retention=str(stream.get("lifecycle", {}).get("data_retention", "")),
        meta=mapping[write_index]["mappings"].get("_meta", {}),
    )


def put_index_template(name: str, body: JsonObject) -> Request:
    """Make an index template, or put another in its place."""
    return Request("PUT", f"/_index_template/{_quoted(name)}", body)


def create_data_stream(name: str) -> Request:
    """Make a data stream from the template that matches its name."""
    return Request("PUT", f"/_data_stream/{_quoted(name)}")


def rollover(name: str) -> Request:
    """Give a data stream a new write index, made from its template as it is now."""
    return Request("POST", f"/{_quoted(name)}/_rollover")


def put_retention(name: str, retention: str) -> Request:
    """Set how long a data stream keeps documents, as "30d"."""
    body = {"data_retention": retention}
    return Request("PUT", f"/_data_stream/{_quoted(name)}/_lifecycle", body)


def put_role(name: str, role: JsonObject) -> Request:
    """Make a role, or put another in its place."""
    return Request("PUT", f"/_security/role/{_quoted(name)}", role)


def send(cluster: Cluster, request: Request) -> Answer:
    """Send a request."""
    return cluster.request(request.method, request.path, request.body)


def has_security(cluster: Cluster) -> bool:
    """Return whether the cluster has logins and rights at all."""
    try:
        cluster.request("GET", "/_security/_authenticate")
    except SinkError:  # status 400: no handler, for the feature is off
        return False
    return True


def role(cluster: Cluster, name: str) -> Answer | None:
    """Return a role, None where there is none of that name."""
    found = _found(cluster, f"/_security/role/{_quoted(name)}")
    return None if found is None else found[name]


def missing_privileges(cluster: Cluster, wanted: Mapping[str, Any]) -> list[str]:
    """Return what the login of this connection lacks of a role.

    In words as ``cluster privilege 'monitor'`` or ``index privilege 'read' on 'logs-x.*'``.
    """
    asked = {"cluster": wanted["cluster"], "index": wanted["indices"]}
    answer = cluster.request("POST", "/_security/user/_has_privileges", asked)
    lacking = [f"cluster privilege {name!r}" for name, has in answer["cluster"].items() if not has]
    for pattern, privileges in answer["index"].items():
        lacking += [
            f"index privilege {name!r} on {pattern!r}"
            for name, has in privileges.items()
            if not has
        ]
    return lacking


def api_keys(cluster: Cluster, name: str) -> Sequence[Answer]:
    """Return the valid API keys of that name that belong to this login, without their secrets."""
    parameters = {"name": name, "owner": "true", "active_only": "true"}
    answer = cluster.request("GET", "/_security/api_key", parameters=parameters)
    keys: Sequence[Answer] = answer["api_keys"]
    return keys


def create_api_key(cluster: Cluster, name: str, wanted: Mapping[str, Any]) -> str:
    """Make an API key with the rights of one role; return the secret, which is shown only here."""
    body = {
        "name": name,
        "role_descriptors": {name: dict(wanted)},
        "metadata": {"managed_by": "almenara"},
    }
    return str(cluster.request("POST", "/_security/api_key", body)["encoded"])


def _found(cluster: Cluster, path: str) -> Answer | None:
    try:
        return cluster.request("GET", path)
    except MissingError:
        return None


def _quoted(name: str) -> str:
    return quote(name, safe="")
