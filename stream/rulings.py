"""What becomes of a candidate: suppression, feedback, floor, incident and budget, in this order.

Everything that a ruling depends on is here, and is state (docs/semantics.md, rules 18 and 20).
"""

from math import isfinite
from sys import float_info
from typing import NamedTuple

from .budget import Budget
from .candidates import Candidate
from .classes import class_of
from .decisions import AlertSettings, DigestEntry, Judged, Key, Outcome, State
from .digest import DayBook
from .facts import side_of
from .feedback import FeedbackRanker
from .ids import alert_id
from .incidents import Incident, Incidents
from .sentences import sentence
from .suppression import Suppression, Suppressions


class Case(NamedTuple):
    """A candidate whose turn it is."""

    number: int
    key: Key
    candidate: Candidate
    lanes: int  # of the last 24 h
    plane_time: float
    is_late: bool


class _Strength(NamedTuple):
    """How strange it is, corrected (rule 13), and as feedback ranks that."""

    expected: float
    resolution: float
    rank: float

    def is_under(self, floor: float) -> bool:
        """Whether both are: feedback lifts nothing over the floor that is not strange enough."""
        return max(self.expected, self.rank) <= floor


class Rulings:
    """Judges candidates one after the other.

    Parameters
    ----------
    settings : AlertSettings
    """

    def __init__(self, settings: AlertSettings) -> None:
        self._settings = settings
        self._budget = Budget(settings.budget)
        self._incidents = Incidents(settings.quiet_s)
        self.suppressions = Suppressions(settings.suppressions)
        self.feedback = FeedbackRanker()
        self.book = DayBook(settings.namespace)

    def judge(self, case: Case) -> Judged:
        """Judge a candidate, and note it for the day."""
        candidate = case.candidate
        class_name = class_of(candidate)
        strength = self._strength(case, class_name)
        rule = self.suppressions.match(candidate, class_name)
        is_strong = rule is None and strength.is_under(self._settings.floor)
        incident = self._incidents.fold(candidate, case.plane_time, is_strong=is_strong)
        view = incident.view()
        # what the data cannot tell is no growth
        growth = max(strength.expected, strength.resolution)
        resolution = strength.resolution
        judged = Judged(
            number=case.number,
            candidate=candidate,
            outcome=self._outcome(case, strength, rule, is_repeat=incident.is_repeat(growth)),
            class_name=class_name,
            sentence=sentence(candidate, class_name),
            expected=strength.expected,
            resolution=resolution if isfinite(resolution) else 0.0,
            lanes=case.lanes,
            plane_time=case.plane_time,
            late=case.is_late,
            incident=view,
            suppression=rule,
            rank=strength.rank,
        )
        if judged.outcome == "alert":
            incident.raised(growth)
        self._note(case.key, judged, incident)
        return judged

    def _strength(self, case: Case, class_name: str) -> _Strength:
        candidate = case.candidate
        correction = max(1, candidate.voting_populations) * case.lanes
        expected = _finite(candidate.expected * correction)
        factor = self.feedback.factor(candidate, class_name)
        rank = expected if factor == 1.0 else _finite(expected * factor)
        return _Strength(expected, candidate.resolution * correction, rank)

    def _outcome(
        self, case: Case, strength: _Strength, rule: Suppression | None, *, is_repeat: bool
    ) -> Outcome:
        floor = self._settings.floor
        if rule is not None:
            return "suppressed"
        if strength.expected > floor:
            return "over_floor"
        if case.candidate.warming_up:
            return "warming_up"
        if strength.rank > floor:
            return "ranked_down"
        if is_repeat:
            return "repeat"
        is_paid = self._budget.admit(case.plane_time, strength.rank, case.key)
        return "alert" if is_paid else "budget_missed"

    def _note(self, key: Key, judged: Judged, incident: Incident) -> None:
        """Count it for the day; what is suppressed is counted and not shown."""
        self.book.tally(judged.outcome, 1)
        if judged.outcome == "suppressed":
            return
        owner = (side_of(judged.candidate), judged.candidate.entity)
        entry = _entry(judged)
        of_incident = (incident.side, incident.entity)
        if (
            owner[0] == "destination"
            and of_incident != owner
            and self.book.fold(of_incident, entry)
        ):
            return
        self.book.note(owner, entry, key)

    def state(self) -> State:
        """Return all that the next ruling depends on."""
        return {
            "budget": self._budget.state(),
            "incidents": self._incidents.state(),
            "day": self.book.state(),
            "suppressions": self.suppressions.state(),
            "feedback": self.feedback.state(),
        }

    def restore(self, state: State) -> None:
        """Take up a state that ``state`` returned."""
        self._budget.restore(state["budget"])
        self._incidents.restore(state["incidents"])
        self.book.restore(state["day"])
        self.suppressions.restore(state["suppressions"])
        self.feedback.restore(state["feedback"])


def _finite(expected: float) -> float:
    """Return E, or the largest number where it is not one: then nothing is weaker."""
    return expected if isfinite(expected) else float_info.max


def _entry(judged: Judged) -> DigestEntry:
    candidate = judged.candidate
    is_alert = judged.outcome == "alert"
    return DigestEntry(
        entity=candidate.entity,
        population=candidate.population,
        candidate=candidate.id,
        alert=alert_id(candidate.id) if is_alert else "",
        class_name=judged.class_name,
        sentence=judged.sentence,
        expected=judged.expected,
        resolution=judged.resolution,
        outcome=judged.outcome,
        warming_up=candidate.warming_up,
        candidates=1,
        alerts=int(is_alert),
        first=candidate.decided_at,
        last=candidate.decided_at,
        rank=judged.rank,
    )
