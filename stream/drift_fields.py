"""Drift signals as fields, by dotted name."""

from .alerts import DRIFT, ECS_VERSION, SCHEMA_VERSION, Document
from .decisions import Drifted
from .drift_signals import MESSAGES, DriftKind, DriftSignal, drift_id
from .nesting import TAGS, finite, instant, stream_fields

ACTIONS: dict[DriftKind, str] = {
    "schema": "schema_drift",
    "volume": "volume_drift",
    "score": "score_drift",
    "silence": "source_silent",
    "resumed": "source_resumed",
}


def drift_fields(drifted: Drifted, mode: str, created: float | None) -> Document:
    """Return the fields of a drift signal: an event, no alert."""
    signal = drifted.signal
    return {
        "@timestamp": instant(signal.at),
        "message": MESSAGES[signal.kind],
        "tags": [*TAGS, "drift"],
        "ecs.version": ECS_VERSION,
        **stream_fields(DRIFT, drifted.namespace),
        "event.kind": "event",
        "event.category": ["network"],
        "event.type": ["info"],
        "event.action": ACTIONS[signal.kind],
        "event.id": drift_id(drifted.namespace, signal),
        "event.module": "almenara",
        "event.dataset": DRIFT,
        "event.provider": signal.method,
        "event.reason": _reason(signal),
        "event.start": instant(signal.since),
        "event.end": instant(signal.at),
        "event.created": None if created is None else instant(created),
        "almenara.schema_version": SCHEMA_VERSION,
        "almenara.mode": mode,
        "almenara.population": signal.population,
        "almenara.source.topic": signal.topic,
        "almenara.source.partition": signal.partition,
        "almenara.drift.kind": signal.kind,
        "almenara.drift.detector": signal.method,
        "almenara.drift.subject": signal.subject,
        "almenara.drift.value": finite(signal.value),
        "almenara.drift.reference": finite(signal.reference),
        "almenara.drift.distance": finite(signal.distance),
        "almenara.drift.unit": signal.unit,
        "almenara.drift.since": instant(signal.since),
        "almenara.drift.events": signal.events,
    }


def _reason(signal: DriftSignal) -> str:
    """Say it in one sentence."""
    what = f"{signal.subject} of {signal.population}s" if signal.population else signal.subject
    where = "" if signal.kind in ("silence", "resumed") else f"{signal.topic} {signal.partition}: "
    usual = f", usual {signal.reference:,.4g}" if signal.reference == signal.reference else ""
    return f"{where}{what}: {signal.value:,.4g} {signal.unit}{usual}"
