"""Planted attacks against alerts: which were found, by which alert, and how long after."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from .alerts import Document
from .simulate.truth import PlantedAttack

AFTER_S = 7_200.0  # features with a half-life of 4 h tell of an attack for hours


@dataclass(frozen=True, slots=True)
class Finding:
    """A planted attack and its alerts, first one first; none where it was missed."""

    attack: PlantedAttack
    alerts: tuple[Document, ...]

    @property
    def is_found(self) -> bool:
        """Whether there is an alert."""
        return bool(self.alerts)

    @property
    def after_s(self) -> float | None:
        """Stream time from its first event to the first alert."""
        return decided_at(self.alerts[0]) - self.attack.start if self.alerts else None


@dataclass(frozen=True, slots=True)
class Comparison:
    """All planted attacks in order of start, and the alerts that belong to none."""

    findings: tuple[Finding, ...]
    not_planted: tuple[Document, ...]

    @property
    def found(self) -> int:
        """How many planted attacks have an alert."""
        return sum(finding.is_found for finding in self.findings)


def compare(truth: Sequence[PlantedAttack], alerts: Sequence[Document]) -> Comparison:
    """Hold alerts against what was planted. An alert may belong to several attacks."""
    ordered = sorted(alerts, key=lambda alert: (decided_at(alert), alert["event"]["id"]))
    findings = tuple(
        Finding(attack, tuple(alert for alert in ordered if belongs(alert, attack)))
        for attack in truth
    )
    explained = {alert["event"]["id"] for finding in findings for alert in finding.alerts}
    strangers = tuple(alert for alert in ordered if alert["event"]["id"] not in explained)
    return Comparison(findings, strangers)


def belongs(alert: Document, attack: PlantedAttack) -> bool:
    """Whether an alert is about an attack: raised in its time for an attacker, or for whom it hit.

    One of several victims counts only where the alert shows an attacker, for other things happen
    to hosts in a sweep.
    """
    if not attack.start <= decided_at(alert) <= attack.end + AFTER_S:
        return False
    entity = alert["almenara"]["entity"]["key"]
    if entity in attack.sources:
        return True
    shown = {alert.get("source", {}).get("ip"), *alert.get("related", {}).get("ip", ())}
    is_only_victim = attack.targets == (entity,)
    return is_only_victim or (entity in attack.targets and not shown.isdisjoint(attack.sources))


def decided_at(alert: Document) -> float:
    """Stream time of an alert, in seconds since the epoch."""
    return datetime.fromisoformat(alert["@timestamp"]).timestamp()
