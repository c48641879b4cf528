"""The digest of a day as fields, by dotted name."""

from .alerts import ALERTS, ECS_VERSION, SCHEMA_VERSION, Document
from .decisions import DayDigest, DigestEntry
from .event_fields import addresses
from .facts import side_of_population
from .ids import digest_id
from .nesting import TAGS, instant, stream_fields
from .strength import expected_text

NOT_JUDGED = ("over_limit", "entities_left_out")


def digest_fields(digest: DayDigest, mode: str, created: float | None) -> Document:
    """Return the fields of a digest; an address stands at most once under ``related.ip``."""
    judged = sum(n for what, n in digest.counts.items() if what not in NOT_JUDGED)
    return {
        "@timestamp": instant(digest.end),
        "message": "Daily digest",
        "tags": [*TAGS, "digest"],
        "ecs.version": ECS_VERSION,
        **stream_fields(ALERTS, digest.namespace),
        "event.kind": "event",
        "event.category": ["network"],
        "event.type": ["info"],
        "event.action": "digest",
        "event.id": digest_id(digest.namespace, digest.day),
        "event.module": "almenara",
        "event.dataset": ALERTS,
        "event.provider": "digest",
        "event.reason": _digest_reason(digest, judged),
        "event.start": instant(digest.start),
        "event.end": instant(digest.end),
        "event.created": None if created is None else instant(created),
        "related.ip": addresses(entry.entity for entry in digest.entries),
        "almenara.schema_version": SCHEMA_VERSION,
        "almenara.mode": mode,
        "almenara.digest.day": digest.day,
        "almenara.digest.partial": digest.partial,
        "almenara.digest.counts.candidates": judged,
        **{f"almenara.digest.counts.{what}": n for what, n in digest.counts.items()},
        "almenara.digest.incidents": [_incident(entry) for entry in digest.entries],
    }


def _incident(entry: DigestEntry) -> Document:
    return {
        "entity.type": f"{side_of_population(entry.population)}.ip",
        "entity.key": entry.entity,
        "population": entry.population,
        "expected_per_day": entry.expected,
        "expected_text": expected_text(entry.expected, entry.resolution),
        "class": entry.class_name,
        "sentence": entry.sentence,
        "candidate": entry.candidate,
        "alert": entry.alert,
        "outcome": entry.outcome,
        "warming_up": entry.warming_up,
        "candidates": entry.candidates,
        "alerts": entry.alerts,
        "first": instant(entry.first),
        "last": instant(entry.last),
    }


def _digest_reason(digest: DayDigest, judged: int) -> str:
    part = " so far" if digest.partial else ""
    counts = digest.counts
    return (
        f"{digest.day}{part}: candidates {judged}, alerts {counts.get('alert', 0)}, "
        f"stopped by the budget {counts.get('budget_missed', 0)}; "
        "the strongest incidents follow, over or under the floor"
    )
