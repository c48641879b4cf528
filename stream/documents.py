"""Decisions as ECS documents (docs/semantics.md, rule 23). Pure: the clock is an argument."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from .alerts import ALERTS, CANDIDATES, ECS_VERSION, SCHEMA_VERSION, Document
from .attack import FRAMEWORK, Technique, techniques
from .attack import VERSION as ATTACK_VERSION
from .audit_fields import audit_fields
from .candidates import Candidate, Verdict
from .classes import CLASSES, MEANINGS
from .control import suppression_id
from .decisions import Audited, DayDigest, Drifted, Judged
from .digest_fields import digest_fields
from .drift_fields import drift_fields
from .event_fields import addresses, count, event_fields
from .explanations import explained
from .facts import Facts, side_of
from .ids import alert_id
from .nesting import TAGS, finite, instant, nested, stream_fields
from .sentences import reason
from .strength import expected_text, risk_score, severity

WINDOW_S = 60

Locate = Callable[[str, int, int], tuple[str, int] | None]
"""From topic, partition and offset to the file and byte of a record, where they are known."""


def _nowhere(_topic: str, _partition: int, _offset: int) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Encoder:
    """Writes documents. ``created`` of its methods is the wall clock, None to leave it out."""

    mode: Literal["live", "replay"]
    locate: Locate = _nowhere

    def alert(self, judged: Judged, created: float | None = None) -> Document:
        """Encode the alert that a candidate became."""
        return nested(self._judged(judged, created, ALERTS))

    def candidate(self, judged: Judged, created: float | None = None) -> Document:
        """Encode any judged candidate, for the store of all of them; its id is the candidate's."""
        return nested(self._judged(judged, created, CANDIDATES))

    def digest(self, digest: DayDigest, created: float | None = None) -> Document:
        """Encode the digest of a day."""
        return nested(digest_fields(digest, self.mode, created))

    def drift(self, drifted: Drifted, created: float | None = None) -> Document:
        """Encode a drift signal."""
        return nested(drift_fields(drifted, self.mode, created))

    def audit(self, audited: Audited, created: float | None = None) -> Document:
        """Encode an entry of the audit."""
        return nested(audit_fields(audited, self.mode, created))

    def _judged(self, judged: Judged, created: float | None, dataset: str) -> Document:
        candidate = judged.candidate
        is_alert = dataset == ALERTS
        facts = Facts(candidate)
        found = techniques(facts, judged.class_name)
        is_recognised = judged.class_name != "unusual"
        lead = _lead(candidate)
        start, end = sorted((candidate.window.first_ts, candidate.window.last_ts))
        return {
            "@timestamp": instant(candidate.decided_at),
            "message": CLASSES[judged.class_name],
            "tags": list(TAGS),
            "ecs.version": ECS_VERSION,
            **stream_fields(dataset, candidate.namespace),
            "event.kind": "alert" if is_alert else "event",
            "event.category": ["intrusion_detection", "network"] if is_recognised else ["network"],
            "event.type": _types(candidate),
            "event.action": judged.class_name,
            "event.id": alert_id(candidate.id) if is_alert else candidate.id,
            "event.module": "almenara",
            "event.dataset": dataset,
            "event.provider": lead,
            "event.severity": severity(judged.expected),
            "event.risk_score": risk_score(judged.expected),
            "event.risk_score_norm": risk_score(judged.expected),
            "event.reason": reason(candidate, judged.sentence, judged.expected, judged.resolution),
            "event.start": instant(start),
            "event.end": instant(end),
            "event.duration": count((end - start) * 1e6, 1_000),
            "event.created": None if created is None else instant(created),
            **_rule(candidate, judged.class_name, lead),
            **_threat(found),
            **event_fields(candidate),
            "related.ip": addresses(_related(candidate)),
            **_ours(judged, self.mode),
            **self._source(candidate),
        }

    def _source(self, candidate: Candidate) -> Document:
        """Where the evidence lies. Files are no part of any id."""
        offsets = [witness.position.offset for witness in candidate.evidence]
        first, last = (offsets[0], offsets[-1]) if offsets else (candidate.position.offset,) * 2
        lane = (candidate.topic, candidate.partition)
        file_first, byte_first = self.locate(*lane, first) or (None, None)
        file_last, byte_last = self.locate(*lane, last) or (None, None)
        return {
            "log.file.path": file_last,
            "almenara.source.stream": candidate.stream,
            "almenara.source.topic": candidate.topic,
            "almenara.source.partition": candidate.partition,
            "almenara.source.offset_first": first,
            "almenara.source.offset_last": last,
            "almenara.source.file_first": file_first,
            "almenara.source.byte_first": byte_first,
            "almenara.source.file_last": file_last,
            "almenara.source.byte_last": byte_last,
        }


def _types(candidate: Candidate) -> list[str]:
    action = candidate.event.action
    if action == "allowed":
        return ["connection", "allowed", "info"]
    return (
        ["connection", "denied", "info"]
        if action in ("denied", "dropped", "reset")
        else [
            "connection",
            "info",
        ]
    )


def _lead(candidate: Candidate) -> str:
    """Return the voting detector with the smallest E, for whom the alert speaks."""

    def rank(verdict: Verdict) -> tuple[bool, float]:
        is_ready = verdict.expected >= 0.0  # False for NaN
        return (not (verdict.votes and is_ready), verdict.expected if is_ready else 0.0)

    return min(candidate.verdicts, key=rank).detector if candidate.verdicts else "almenara"


def _rule(candidate: Candidate, class_name: str, lead: str) -> Document:
    version = [model for model in candidate.models if model.startswith(f"{lead} ")]
    return {
        "rule.id": f"{lead}.{class_name}",
        "rule.name": CLASSES[class_name],
        "rule.category": "anomaly",
        "rule.ruleset": "almenara",
        "rule.version": version[0].removeprefix(f"{lead} ") if version else None,
        "rule.description": MEANINGS[class_name],
        "rule.author": ["Almenara"],
        "rule.license": "Apache-2.0",
    }


def _threat(found: tuple[Technique, ...]) -> Document:
    if not found:
        return {}
    tactics = list(dict.fromkeys(technique.tactic for technique in found))
    subs = [technique for technique in found if technique.sub_id]
    return {
        "threat.framework": FRAMEWORK,
        "threat.tactic.id": [tactic.id for tactic in tactics],
        "threat.tactic.name": [tactic.name for tactic in tactics],
        "threat.tactic.reference": [tactic.reference for tactic in tactics],
        "threat.technique.id": [technique.id for technique in found],
        "threat.technique.name": [technique.name for technique in found],
        "threat.technique.reference": [technique.reference for technique in found],
        "threat.technique.subtechnique.id": [technique.sub_id for technique in subs],
        "threat.technique.subtechnique.name": [technique.sub_name for technique in subs],
        "threat.technique.subtechnique.reference": [t.sub_reference for t in subs],
        "almenara.attack.version": ATTACK_VERSION,
    }


def _related(candidate: Candidate) -> list[str]:
    event = candidate.event
    peers = [witness.peer for witness in candidate.evidence]
    return [candidate.entity, event.source_ip, event.destination_ip, *peers]


def _ours(judged: Judged, mode: str) -> Document:
    candidate, incident, rule = judged.candidate, judged.incident, judged.suppression
    return {
        "almenara.schema_version": SCHEMA_VERSION,
        "almenara.mode": mode,
        "almenara.outcome": judged.outcome,
        "almenara.sentence": judged.sentence,
        "almenara.candidate.id": candidate.id,
        "almenara.candidate.step": candidate.step,
        "almenara.entity.type": f"{side_of(candidate)}.ip",
        "almenara.entity.key": candidate.entity,
        "almenara.population": candidate.population,
        "almenara.expected_per_day": judged.expected,
        "almenara.expected_text": expected_text(judged.expected, judged.resolution),
        "almenara.resolution_per_day": finite(judged.resolution),
        "almenara.populations": candidate.voting_populations,
        "almenara.lanes": judged.lanes,
        **explained(candidate),
        "almenara.window.start": instant(candidate.window.start),
        "almenara.window.end": instant(candidate.window.start + WINDOW_S),
        "almenara.window.size_s": WINDOW_S,
        "almenara.incident.id": incident.id,
        "almenara.incident.entity": incident.entity,
        "almenara.incident.count": incident.count,
        "almenara.incident.step": incident.step,
        "almenara.incident.first_seen": instant(incident.first_seen),
        "almenara.model.id": list(candidate.models),
        "almenara.settings.fingerprint": candidate.fingerprint,
        "almenara.feature_set": candidate.feature_set,
        "almenara.warming_up": candidate.warming_up,
        "almenara.late": judged.late,
        "almenara.budget_missed": judged.outcome == "budget_missed",
        **_feedback(judged),
        "almenara.suppression.id": rule and suppression_id(rule),
        "almenara.suppression.reason": rule and rule.reason,
        "almenara.suppression.author": rule and rule.author,
    }


def _feedback(judged: Judged) -> Document:
    """Say how feedback ranks it; nothing where it does not."""
    if judged.rank == judged.expected:
        return {}
    return {
        "almenara.feedback.factor": judged.rank / judged.expected if judged.expected else 1.0,
        "almenara.feedback.rank_per_day": judged.rank,
    }
