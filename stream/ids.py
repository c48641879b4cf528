"""Deterministic ids: 128-bit hashes of content and of nothing else (docs/semantics.md, rule 14)."""

import hashlib
import operator
import struct

from .candidates import Candidate

Part = str | int | float


def content_id(*parts: Part) -> str:
    """32 hexadecimal digits over the parts: BLAKE2b (RFC 7693) with 16 bytes of digest.

    Each part is written as its kind, its length and its bytes, after the number of parts, so that
    no two different lists of parts give the same bytes.
    """
    hasher = hashlib.blake2b(len(parts).to_bytes(4, "big"), digest_size=16)
    for part in parts:
        kind, content = _encoded(part)
        hasher.update(kind + len(content).to_bytes(8, "big") + content)
    return hasher.hexdigest()


def _encoded(part: Part) -> tuple[bytes, bytes]:
    if isinstance(part, str):
        return b"s", part.encode("utf-8", "surrogatepass")
    if isinstance(part, float):
        return b"f", struct.pack(">d", part + 0.0)  # + 0.0 makes minus zero plain zero
    return b"i", str(operator.index(part)).encode()


def candidate_id(candidate: Candidate) -> str:
    """Id of a candidate: who, where, which window, which growth step, under which settings."""
    return content_id(
        candidate.namespace,
        candidate.stream,
        candidate.topic,
        candidate.partition,
        candidate.population,
        candidate.entity,
        candidate.window.start,
        candidate.step,
        candidate.fingerprint,
    )


def alert_id(candidate: str) -> str:
    """Id of the alert that a candidate became."""
    return content_id("alert", candidate)


def incident_id(candidate: str) -> str:
    """Id of the incident that a candidate opened."""
    return content_id("incident", candidate)


def digest_id(namespace: str, day: str) -> str:
    """Id of a day's digest; the day as ``2026-11-21``."""
    return content_id("digest", namespace, day)
