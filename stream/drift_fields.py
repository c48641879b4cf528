"""Drift signals as fields, by dotted name."""

from .alerts import DRIFT, ECS_VERSION, SCHEMA_VERSION, Document
from .decisions import Drifted
from .drift_signals import DriftKind, DriftSignal, Stage, drift_id
from .nesting import TAGS, finite, instant, stream_fields

MESSAGES: dict[DriftKind, str] = {
    "schema": "Content of records changed",
    "volume": "Volume of events changed",
    "score": "Scores of a population changed",
    "silence": "Source fell silent",
    "resumed": "Source speaks again",
}
"""Each kind and its title: the ``message`` of its documents, with what became of it."""

BECAME: dict[Stage, str] = {
    "began": "",
    "ended": ", and is as before again",
    "adopted": ", and is usual now",
}

ACTIONS: dict[DriftKind, str] = {
    "schema": "schema_drift",
    "volume": "volume_drift",
    "score": "score_drift",
    "silence": "source_silent",
    "resumed": "source_resumed",
}

TYPES: dict[Stage, str] = {"began": "start", "ended": "end", "adopted": "end"}

TAKEN: dict[DriftKind, str] = {
    "score": "none: E follows the scores of the last day by itself",
}
"""What is done about it. No signal holds back an alert or changes one."""


def drift_fields(drifted: Drifted, mode: str, created: float | None) -> Document:
    """Return the fields of a drift signal: an event, no alert."""
    signal = drifted.signal
    return {
        "@timestamp": instant(signal.at),
        "message": _message(signal),
        "tags": [*TAGS, "drift"],
        "ecs.version": ECS_VERSION,
        **stream_fields(DRIFT, drifted.namespace),
        "event.kind": "event",
        "event.category": ["network"],
        "event.type": [_type(signal)],
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
        "almenara.drift.action": TAKEN.get(signal.kind, "none"),
        "almenara.drift.kind": signal.kind,
        "almenara.drift.stage": _stage(signal),
        "almenara.drift.detector": signal.method,
        "almenara.drift.subject": signal.subject,
        "almenara.drift.value": finite(signal.value),
        "almenara.drift.reference": finite(signal.reference),
        "almenara.drift.distance": finite(signal.distance),
        "almenara.drift.unit": signal.unit,
        "almenara.drift.since": instant(signal.since),
        "almenara.drift.events": signal.events,
    }


def _stage(signal: DriftSignal) -> Stage:
    return "ended" if signal.kind == "resumed" else signal.stage


def _message(signal: DriftSignal) -> str:
    return MESSAGES[signal.kind] + BECAME[signal.stage]


def _type(signal: DriftSignal) -> str:
    return TYPES[_stage(signal)]


def _reason(signal: DriftSignal) -> str:
    """Say it in one sentence."""
    what = f"{signal.subject} of {signal.population}s" if signal.population else signal.subject
    is_of_lane = signal.kind not in ("silence", "resumed")
    where = f"{signal.topic} {signal.partition}: " if is_of_lane else ""
    usual = f", usual {_number(signal.reference)}" if signal.reference == signal.reference else ""
    hours = round((signal.at - signal.since) / 3_600.0)
    span = f", over {hours} h" if is_of_lane else ""
    return (
        f"{where}{what}: {_number(signal.value)} {signal.unit}{usual}{span}{BECAME[signal.stage]}"
    )


def _number(value: float) -> str:
    return f"{value:,.4g}" if abs(value) < 1e4 else f"{value:,.0f}"
