"""The alerting plane: a pure fold from the lanes' records to numbered decisions.

It has no clock and does no I/O. The order in which several lanes' records were mixed changes
nothing, as long as each lane's own order is kept (docs/semantics.md, rules 17 to 22).
"""

import heapq
from collections.abc import Iterable, Iterator
from math import inf, isfinite
from sys import float_info

from detectors.errors import ModelError

from .budget import Budget
from .candidates import Candidate, LaneRecord, Pulse, Suppressed
from .classes import class_of
from .decisions import AlertSettings, Decision, DigestEntry, Judged, Key, Outcome, State
from .digest import DayBook
from .facts import side_of
from .ids import alert_id
from .incidents import Incident, Incidents
from .lanes import Lanes, Name
from .sentences import sentence
from .suppression import Suppression, Suppressions

STATE_VERSION = 2


def key_of(record: Candidate | Suppressed) -> Key:
    """Return the place of a record in the order of judgement."""
    if isinstance(record, Suppressed):
        return (record.decided_at, record.topic, record.partition, -1, -1, -1, False, "")
    return (
        record.decided_at,
        record.topic,
        record.partition,
        record.position.offset,
        record.position.index,
        record.step,
        side_of(record) == "destination",
        record.id,
    )


class AlertPlane:
    """Takes the records of all lanes, gives decisions.

    Candidates wait until the pulses of all known lanes have passed them. The waiting ones are no
    part of the state: after ``restore``, records that were read but not decided are given to
    ``refill``.

    Parameters
    ----------
    settings : AlertSettings
    lanes : iterable of (topic, partition)
        Lanes that will come. One that is not named is known from its first record on; if the others
        have gone on by then, what it says of the past is late.
    """

    def __init__(self, settings: AlertSettings, lanes: Iterable[Name] = ()) -> None:
        self._settings = settings
        self._lanes = Lanes(lanes)
        self._waiting: list[tuple[Key, Candidate | Suppressed]] = []
        self._budget = Budget(settings.budget)
        self._incidents = Incidents(settings.quiet_s)
        self._suppressions = Suppressions(settings.suppressions)
        self._book = DayBook(settings.namespace)
        self._decided: Key | None = None
        self._number = 0
        self._plane_time = -inf
        self.repeats = 0

    def take(self, record: LaneRecord) -> list[Decision]:
        """Take one record of a lane; return what can be decided now, in order."""
        if isinstance(record, Pulse):
            self._lanes.pulse(record)
            return list(self._release(self._lanes.horizon))
        is_new = (
            self._lanes.is_new(record)
            if isinstance(record, Candidate)
            else self._lanes.is_new_count(record)
        )
        if not is_new:
            self.repeats += 1
            return []
        key = key_of(record)
        if self._decided is not None and key < self._decided:
            return list(self._decide(key, record))
        heapq.heappush(self._waiting, (key, record))
        return []

    def hears(self, name: Name, generation: int) -> bool:
        """Note that a lane has an owner; return False if a later owner was heard of already."""
        return self._lanes.owned(name, generation)

    def overtake(self, name: Name) -> list[Decision]:
        """Go on without a lane until its next pulse; return what can be decided now."""
        self._lanes.overtake(name)
        return list(self._release(self._lanes.horizon))

    def held_up_by(self) -> dict[Name, float]:
        """Return the lanes, with their pulses, that keep the oldest candidate waiting."""
        return self._lanes.behind(self._waiting[0][0][0]) if self._waiting else {}

    @property
    def oldest_waiting(self) -> float:
        """Time of the oldest record that waits, infinity where none does."""
        return self._waiting[0][0][0] if self._waiting else inf

    def refill(self, record: Candidate | Suppressed) -> bool:
        """Put a record that was read before the state was taken back among those that wait.

        Return False where it was decided already.
        """
        key = key_of(record)
        known = any(key == waiting for waiting, _ in self._waiting)
        is_open = not known and (self._decided is None or key > self._decided)
        if is_open:
            heapq.heappush(self._waiting, (key, record))
        return is_open

    def close(self) -> list[Decision]:
        """Decide all that waits, and digest the unfinished day. Nothing may follow."""
        decisions = list(self._release(inf))
        digest = self._book.unfinished(self._plane_time, self._number)
        if digest is not None:
            self._number += 1
            decisions.append(digest)
        return decisions

    def _release(self, horizon: float) -> Iterator[Decision]:
        while self._waiting and self._waiting[0][0][0] < horizon:
            key, record = heapq.heappop(self._waiting)
            yield from self._decide(key, record)

    def _decide(self, key: Key, record: Candidate | Suppressed) -> Iterator[Decision]:
        is_late = self._decided is not None and key < self._decided
        if not is_late:
            self._decided = key
        self._plane_time = max(self._plane_time, record.decided_at)
        digest = self._book.turn(self._plane_time, self._number)
        if digest is not None:
            self._number += 1
            yield digest
        if isinstance(record, Suppressed):
            self._book.tally("over_limit", record.count)
            return
        yield self._judge(key, record, is_late=is_late)
        self._number += 1

    def _judge(self, key: Key, candidate: Candidate, *, is_late: bool) -> Judged:
        lanes = self._lanes.heard_lately(self._plane_time)
        correction = max(1, candidate.voting_populations) * lanes
        expected = _finite(candidate.expected * correction)
        resolution = candidate.resolution * correction
        class_name = class_of(candidate)
        rule = self._suppressions.match(candidate, class_name)
        is_strong = rule is None and expected <= self._settings.floor
        incident = self._incidents.fold(candidate, self._plane_time, is_strong=is_strong)
        view = incident.view()
        growth = max(expected, resolution)  # what the data cannot tell is no growth
        judged = Judged(
            number=self._number,
            candidate=candidate,
            outcome=self._outcome(key, candidate, expected, rule, incident.is_repeat(growth)),
            class_name=class_name,
            sentence=sentence(candidate, class_name),
            expected=expected,
            resolution=resolution if isfinite(resolution) else 0.0,
            lanes=lanes,
            plane_time=self._plane_time,
            late=is_late,
            incident=view,
            suppression=rule,
        )
        if judged.outcome == "alert":
            incident.raised(growth)
        self._note(key, judged, incident)
        return judged

    def _outcome(
        self,
        key: Key,
        candidate: Candidate,
        expected: float,
        rule: Suppression | None,
        is_repeat: bool,  # noqa: FBT001 (one of five facts that it weighs)
    ) -> Outcome:
        if rule is not None:
            return "suppressed"
        if expected > self._settings.floor:
            return "over_floor"
        if candidate.warming_up:
            return "warming_up"
        if is_repeat:
            return "repeat"
        if not self._budget.admit(self._plane_time, expected, key):
            return "budget_missed"
        return "alert"

    def _note(self, key: Key, judged: Judged, incident: Incident) -> None:
        """Count it for the day; what is suppressed is counted and not shown."""
        self._book.tally(judged.outcome, 1)
        if judged.outcome == "suppressed":
            return
        owner = (side_of(judged.candidate), judged.candidate.entity)
        entry = _entry(judged)
        of_incident = (incident.side, incident.entity)
        if (
            owner[0] == "destination"
            and of_incident != owner
            and self._book.fold(of_incident, entry)
        ):
            return
        self._book.note(owner, entry, key)

    def state(self) -> State:
        """Return the state of all decisions as one JSON value under 900 KiB."""
        return {
            "version": STATE_VERSION,
            "number": self._number,
            "plane_time": self._plane_time if isfinite(self._plane_time) else None,
            "decided": None if self._decided is None else list(self._decided),
            "repeats": self.repeats,
            "lanes": self._lanes.state(),
            "budget": self._budget.state(),
            "incidents": self._incidents.state(),
            "day": self._book.state(),
        }

    def restore(self, state: State) -> None:
        """Take up a state that ``state`` returned, even by way of JSON; else ModelError."""
        version = state.get("version")
        if version != STATE_VERSION:
            raise ModelError(
                f"state of the alerting plane: version {version!r}, expected {STATE_VERSION}; "
                "use the release that wrote it"
            )
        decided = state["decided"]
        self._number = state["number"]
        self._plane_time = -inf if state["plane_time"] is None else state["plane_time"]
        self._decided = None if decided is None else tuple(decided)
        self.repeats = state["repeats"]
        self._waiting = []
        self._lanes.restore(state["lanes"])
        self._budget.restore(state["budget"])
        self._incidents.restore(state["incidents"])
        self._book.restore(state["day"])


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
    )


def fold(
    records: Iterable[LaneRecord], settings: AlertSettings, lanes: Iterable[Name] = ()
) -> Iterator[Decision]:
    """Decide on all records of a finished run, in order, with the digest of the unfinished day."""
    plane = AlertPlane(settings, lanes)
    for record in records:
        yield from plane.take(record)
    yield from plane.close()
