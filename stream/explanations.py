"""Why a candidate is strange, as fields: detectors, features, window and evidence."""

from math import isfinite

from .alerts import Document
from .candidates import Candidate
from .event_fields import count
from .features.feature_set import CONNECTION_SET
from .nesting import finite, instant
from .readings import Reading
from .sentences import size

TOP_FEATURES = 8
_FEATURES = {feature.name: feature for feature in CONNECTION_SET.features}


def explained(candidate: Candidate) -> Document:
    """Return these fields by dotted name."""
    window = candidate.window
    return {
        "almenara.detectors": [
            {
                "id": verdict.detector,
                "score": finite(verdict.score),
                "expected": finite(verdict.expected),
                "vote": verdict.votes,
            }
            for verdict in candidate.verdicts
        ],
        "almenara.explain": [_feature(reading) for reading in strongest(candidate)],
        "almenara.evidence": [
            {
                "offset": witness.position.offset,
                "index": witness.position.index,
                "ts": instant(witness.ts),
            }
            for witness in candidate.evidence
        ],
        "almenara.window.events": window.events,
        "almenara.window.failed": window.failed,
        "almenara.window.peers": window.peers,
        "almenara.window.internal_peers": window.internal_peers,
        "almenara.window.novel_peers": window.novel_peers,
        "almenara.window.ports": window.ports,
        "almenara.window.main_port": count(window.main_port),
        "almenara.window.bytes_out": count(window.bytes_out),
        "almenara.window.bytes_in": count(window.bytes_in),
    }


def strongest(candidate: Candidate) -> tuple[Reading, ...]:
    """Return the features that made it strange, at most ``TOP_FEATURES``, strongest first."""
    return tuple(r for r in candidate.readings[:TOP_FEATURES] if r.contribution > 0.0)


def _feature(reading: Reading) -> Document:
    feature = _FEATURES.get(reading.feature)
    return {
        "feature": reading.feature,
        "value": finite(reading.value),
        "typical": finite(reading.typical),
        "typical_of": reading.typical_of if isfinite(reading.typical) else None,
        "contribution": finite(reading.contribution),
        "unit": feature and feature.unit,
        "text": reading_text(reading),
    }


def reading_text(reading: Reading) -> str:
    """Say a reading in words: its meaning, its value, and what would have been usual."""
    feature = _FEATURES.get(reading.feature)
    meaning, unit = (feature.meaning, feature.unit) if feature else (reading.feature, "")
    said = f"{meaning}: {_amount(reading.value, unit)}"
    if not isfinite(reading.typical):
        return said
    whose = "for it" if reading.typical_of == "entity" else "for its peers"
    return f"{said}, usually {_amount(reading.typical, unit)} {whose}"


def _amount(value: float, unit: str) -> str:
    if not isfinite(value):
        return "unknown"
    if unit == "B":
        return size(value)
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2g}"
