"""Deterministic ids: 128-bit hashes of content and of nothing else (docs/semantics.md, rule 14)."""

import hashlib
import operator
import struct
from collections.abc import Iterable, Iterator
from functools import lru_cache

Part = str | int | float


def content_id(*parts: Part) -> str:
    """32 hexadecimal digits over the parts: BLAKE2b (RFC 7693) with 16 bytes of digest.

    Each part is written as its kind, its length and its bytes, after the number of parts, so that
    no two different lists of parts give the same bytes.
    """
    pieces = map(_encoded, parts)
    content = len(parts).to_bytes(4, "big") + b"".join(pieces)
    return hashlib.blake2b(content, digest_size=16).hexdigest()


@lru_cache(maxsize=4_096, typed=True)  # most parts come again and again
def _encoded(part: Part) -> bytes:
    if isinstance(part, str):
        kind, content = b"s", part.encode("utf-8", "surrogatepass")
    elif isinstance(part, float):
        kind, content = b"f", struct.pack(">d", part + 0.0)  # + 0.0 makes minus zero plain zero
    else:
        kind, content = b"i", str(operator.index(part)).encode()
    return kind + len(content).to_bytes(8, "big") + content


def candidate_ids(
    lane: tuple[str, str, str, int],
    windows: Iterable[tuple[str, str, float, int]],
    fingerprint: str,
) -> Iterator[str]:
    """Ids of candidates of some settings: what ``content_id`` gives of all these parts.

    ``lane`` holds namespace, stream, topic and partition; each window population, entity, start and
    growth step.
    """
    first = (len(lane) + 5).to_bytes(4, "big") + b"".join(map(_encoded, lane))
    last = _encoded(fingerprint)
    for window in windows:
        content = b"".join((first, *map(_encoded, window), last))
        yield hashlib.blake2b(content, digest_size=16).hexdigest()


def alert_id(candidate: str) -> str:
    """Id of the alert that a candidate became."""
    return content_id("alert", candidate)


def incident_id(candidate: str) -> str:
    """Id of the incident that a candidate opened."""
    return content_id("incident", candidate)


def digest_id(namespace: str, day: str) -> str:
    """Id of a day's digest; the day as ``2026-11-21``."""
    return content_id("digest", namespace, day)


def audit_id(namespace: str, offset: int, action: str, at: float) -> str:
    """Id of an entry of the audit, from its record in the log: where, what, and when written."""
    return content_id("audit", namespace, offset, action, at)
