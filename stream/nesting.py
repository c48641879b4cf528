"""How values and names are written in a document."""

from datetime import UTC, datetime
from functools import lru_cache
from math import isfinite
from typing import Any

from .alerts import Document

TAGS = ["almenara", "ml-anomaly"]


def nested(flat: Document) -> Document:
    """Make nested objects of dotted names, leaving out what is unset: None, "", empty lists."""
    document: Document = {}
    for name, value in flat.items():
        if value is None or value in ("", []):
            continue
        path, leaf = _path(name)
        place = document
        for part in path:
            place = place.setdefault(part, {})
        place[leaf] = _written(value)
    return document


@lru_cache(maxsize=512)
def _path(name: str) -> tuple[tuple[str, ...], str]:
    *path, leaf = name.split(".")
    return tuple(path), leaf


def _written(value: Any) -> Any:
    if isinstance(value, list):
        return [_written(item) for item in value]
    if isinstance(value, dict):
        return nested(value)
    if isinstance(value, str) and not value.isascii():
        return value.encode("utf-8", "replace").decode()  # lone surrogates are no JSON
    return value


def stream_fields(dataset: str, namespace: str) -> Document:
    """Return the data stream that a document belongs to."""
    return {
        "data_stream.type": "logs",
        "data_stream.dataset": dataset,
        "data_stream.namespace": namespace,
    }


def instant(seconds: float) -> str | None:
    """Write seconds since the epoch as ISO 8601 in UTC, None for what no calendar holds."""
    try:
        moment = datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):  # NaN, infinite, or outside the years 1 to 9999
        return None
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def finite(value: float) -> float | None:
    """Return a number that JSON has, else None."""
    return value if isfinite(value) else None
