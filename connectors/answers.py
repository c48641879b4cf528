"""What an answer of Elasticsearch means, by status and error type. Repeats no value of a document.

Statuses and error types as Elasticsearch 9.5 gives them, each tried on a real server
(tests/integration/test_bulk_on_elasticsearch.py).
"""

import re
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from .errors import ConnectError, RightsError, SinkError

Answer = Mapping[str, Any]
"""A JSON object of the server."""


class AwayError(ConnectError):
    """No answer, or one that says "not now": what was sent may have been written or not."""


class BusyError(ConnectError):
    """The server refuses for now because it has too much to do; nothing was written."""


class TooLargeError(SinkError):
    """The request is larger than the server takes."""


class MissingError(SinkError):
    """What was asked for is not there."""


class Outcome(NamedTuple):
    """What became of one document of a bulk.

    ``again``: not written, send it once more. ``unsure``: the same, but it may have been written.
    """

    kind: Literal["created", "present", "again", "unsure", "refused"]
    reason: str = ""


BLOCK = "cluster_block_exception"
NO_ROOM = "validation_exception"  # no room for another shard: about the cluster, not the document
REFUSALS: dict[int, tuple[type[Exception], str]] = {
    404: (MissingError, "it to be there"),
    413: (TooLargeError, "the server to take so large a request"),
    429: (BusyError, "an answer; wait until the server has less to do"),
}
GRANTED = re.compile(r"granted by the (index|cluster) privileges \[([a-z_,]+)\]")
ACTION = re.compile(r"action \[([^\]]+)\]")
NAMES = (
    (
        re.compile(r"failed to parse field \[([^\]]{1,200})\] of type \[(\w+)\]"),
        "field {!r} is no {}",
    ),
    (
        re.compile(r"dynamic introduction of \[([^\]]{1,200})\] within"),
        "field {!r} is not in the mapping",
    ),
    (re.compile(r"timestamp field \[([^\]]{1,200})\] is missing"), "field {!r} is missing"),
    (re.compile(r"immense term in field=\"([^\"]{1,200})\""), "field {!r} is too long"),
)
"""The only parts of a reason that are repeated: names and types of fields. Values never are."""


def error_of(status: int, body: object, request: str) -> Exception:
    """Return the error that a refused request means to its caller.

    ``request`` says what was asked, as "PUT /_index_template/x".
    """
    error = _error(body)
    kind = _text(error, "type")
    if status in (401, 403) and kind != BLOCK:
        return rights_error(status, _text(error, "reason"))
    subject = f"elasticsearch: {request}"
    said = f"status {status}" + (f" ({kind})" if kind else "")
    if status >= 500 or kind == BLOCK:
        return AwayError(f"{subject}: {said}, expected an answer; see the server's log")
    if kind == "media_type_header_exception":
        return ConnectError(f"{subject}: {said}, expected Elasticsearch 9 or later; update it")
    known, expected = REFUSALS.get(status, (SinkError, "success"))
    return known(f"{subject}: {said}, expected {expected}{_more(error)}")


def rights_error(status: int, reason: str) -> RightsError:
    """Return what to do about a refused login (401) or a missing privilege (403)."""
    if status == 401:
        return RightsError(
            "elasticsearch: the login was refused, expected a valid API key, or user name and "
            "password; correct it in the settings"
        )
    granted, action = GRANTED.search(reason), ACTION.search(reason)
    asked = f"{action.group(1)!r}" if action else "the request"
    if not granted:
        return RightsError(f"elasticsearch: {asked} is not allowed, expected the right to do it")
    first, *others = granted.group(2).split(",")
    wider = f" (or {', '.join(others)})" if others else ""
    return RightsError(
        f"elasticsearch: {asked} is not allowed, expected the {granted.group(1)} privilege "
        f"{first!r}{wider}; see almenara setup elasticsearch --print-roles"
    )


def outcome_of(item: Answer) -> Outcome:
    """Return what became of a document, from its entry among ``items`` of a bulk's answer.

    Raises
    ------
    RightsError
        A privilege is missing.
    MissingError
        There is no data stream, and no template to make one from.
    """
    (entry,) = item.values()
    status, error = int(entry["status"]), _error(entry)
    kind = _text(error, "type")
    if status < 300:
        if entry.get("failure_store") == "used":
            return Outcome("refused", "the stream's failure store took it, expected the stream to")
        return Outcome("created")
    if kind == "version_conflict_engine_exception":
        return Outcome("present")
    if kind in (BLOCK, NO_ROOM) or status == 429:
        return Outcome("again", f"status {status} ({kind})")
    if status >= 500:
        return Outcome("unsure", f"status {status} ({kind})")
    if status in (401, 403):
        raise rights_error(status, _text(error, "reason"))
    if status == 404:
        raise MissingError(
            f"elasticsearch: found no data stream {entry.get('_index')!r} and no template of ours, "
            "expected one; run almenara setup elasticsearch"
        )
    return Outcome("refused", f"status {status} ({kind}){_more(error)}")


def _error(body: object) -> Answer:
    error = body.get("error") if isinstance(body, Mapping) else None
    return error if isinstance(error, Mapping) else {}


def _text(error: Answer, name: str) -> str:
    value = error.get(name)
    return value if isinstance(value, str) else ""


def _more(error: Answer) -> str:
    """Return the fields that the reason names, with ": " before them, "" where it names none."""
    reason = _text(error, "reason")
    for pattern, said in NAMES:
        match = pattern.search(reason)
        if match:
            return ": " + said.format(*match.groups())
    return ""
