"""The alerting plane: a pure fold from the lanes' records to numbered decisions.

It has no clock and does no I/O. The order in which several lanes' records were mixed changes
nothing, as long as each lane's own order is kept (docs/semantics.md, rules 17 to 22).
"""

import heapq
from collections.abc import Iterable, Iterator
from math import inf, isfinite

from detectors.errors import ModelError

from .candidates import Candidate, LaneRecord, Pulse, Suppressed
from .control import Control, Feedback, SuppressionAdded, SuppressionRemoved
from .decisions import AlertSettings, Audited, Decision, Drifted, Key, State
from .drift_signals import DriftSignal
from .facts import side_of
from .lanes import Lanes, Name
from .rulings import Case, Rulings
from .silence import Silences

STATE_VERSION = 3


Waiting = Candidate | Suppressed | DriftSignal
"""Records that have their turn when all lanes have passed them."""


def key_of(record: Waiting) -> Key:
    """Return the place of a record in the order of judgement."""
    if isinstance(record, Suppressed):
        return (record.decided_at, record.topic, record.partition, -1, -1, -1, False, "")
    if isinstance(record, DriftSignal):
        about = f"{record.kind} {record.subject} {record.population}"
        return (record.at, record.topic, record.partition, -1, -1, 0, False, about)
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
        self._waiting: list[tuple[Key, Waiting]] = []
        self._rulings = Rulings(settings)
        self._silences = Silences(settings.silence_s)
        self._decided: Key | None = None
        self._number = 0
        self._plane_time = -inf
        self.repeats = 0

    def take(self, record: LaneRecord) -> list[Decision]:
        """Take one record of a lane; return what can be decided now, in order."""
        if isinstance(record, Pulse):
            self._lanes.pulse(record)
            resumed = self._silences.pulse(*record) if isfinite(record.at) else None
            told = [] if resumed is None else [self._drifted(resumed)]
            return [*told, *self._release(self._lanes.horizon)]
        if not self._lanes.is_new(record):
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

    def idle(self, name: Name, offset: int, at: float) -> list[Decision]:
        """Take an advance: the owner of a lane waits for a record while time passes to ``at``."""
        span = (self._lanes.pulse_of(name), at)
        return [self._drifted(one) for one in self._silences.idle(*name, offset, span)]

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

    def refill(self, record: Waiting) -> bool:
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
        digest = self._rulings.book.unfinished(self._plane_time, self._number)
        if digest is not None:
            self._number += 1
            decisions.append(digest)
        return decisions

    def _release(self, horizon: float) -> Iterator[Decision]:
        while self._waiting and self._waiting[0][0][0] < horizon:
            key, record = heapq.heappop(self._waiting)
            yield from self._decide(key, record)

    def _decide(self, key: Key, record: Waiting) -> Iterator[Decision]:
        is_late = self._decided is not None and key < self._decided
        if not is_late:
            self._decided = key
        self._plane_time = max(self._plane_time, key[0])
        digest = self._rulings.book.turn(self._plane_time, self._number)
        if digest is not None:
            self._number += 1
            yield digest
        if isinstance(record, Suppressed):
            self._rulings.book.tally("over_limit", record.count)
            return
        if isinstance(record, DriftSignal):
            yield Drifted(self._number, self._settings.namespace, record)
        else:
            lanes = self._lanes.heard_lately(self._plane_time)
            case = Case(self._number, key, record, lanes, self._plane_time, is_late)
            yield self._rulings.judge(case)
        self._number += 1

    def control(self, offset: int, record: Control) -> list[Decision]:
        """Take what people and roles wrote at an offset of the log; it holds from here on.

        A rule that is in force already and a label that was given already change nothing.
        """
        before, refused = "", False
        evicted: tuple[str, ...] = ()
        if isinstance(record, SuppressionAdded):
            gone = self._rulings.suppressions.add(record.id, record.rule, self._plane_time)
            if gone is None:
                return []
            evicted = tuple(gone)
        elif isinstance(record, SuppressionRemoved):
            removed = self._rulings.suppressions.remove(record.id)
            refused = removed is None
            before = "" if removed is None else removed.text
        elif isinstance(record, Feedback):
            label = self._rulings.feedback.learn(record.candidate, record.label, record.traits)
            if label == record.label:
                return []
            before = label or ""
        return [self._audited(offset, record, before, refused=refused, evicted=evicted)]

    def _drifted(self, signal: DriftSignal) -> Drifted:
        self._number += 1
        return Drifted(self._number - 1, self._settings.namespace, signal)

    def _audited(
        self, offset: int, record: Control, before: str, *, refused: bool, evicted: tuple[str, ...]
    ) -> Audited:
        self._number += 1
        namespace = self._settings.namespace
        return Audited(self._number - 1, namespace, offset, record, before, refused, evicted)

    def state(self) -> State:
        """Return the state of all decisions as one JSON value under 900 KiB."""
        return {
            "version": STATE_VERSION,
            "number": self._number,
            "plane_time": self._plane_time if isfinite(self._plane_time) else None,
            "decided": None if self._decided is None else list(self._decided),
            "repeats": self.repeats,
            "lanes": self._lanes.state(),
            "rulings": self._rulings.state(),
            "silences": self._silences.state(),
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
        self._rulings.restore(state["rulings"])
        self._silences.restore(state["silences"])


def fold(
    records: Iterable[LaneRecord], settings: AlertSettings, lanes: Iterable[Name] = ()
) -> Iterator[Decision]:
    """Decide on all records of a finished run, in order, with the digest of the unfinished day."""
    plane = AlertPlane(settings, lanes)
    for record in records:
        yield from plane.take(record)
    yield from plane.close()
