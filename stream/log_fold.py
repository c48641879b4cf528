"""The log of lanes folded into decisions, with the place in the log that its state belongs to.

Everything that is decided follows from the log alone, so that whoever reads it again decides the
same with the same numbers. The state is one JSON value; what waits to be decided is no part of it
and is read again from ``undecided`` on (docs/semantics.md, rule 18).
"""

from collections import deque
from typing import Any

from .candidates import Candidate, Suppressed
from .control import Feedback, Note, SuppressionAdded, SuppressionRemoved
from .decisions import AlertSettings, Decision, State
from .drift_signals import DriftSignal
from .formats.dialect import DialectTexts
from .ids import content_id
from .lane_log import Advance, Dialects, Gap, LogRecord, Overtake, Start, decode
from .lanes import Name
from .plane import AlertPlane, key_of


class LogFold:
    """Folds the records of the log, each once and in order.

    Parameters
    ----------
    settings : AlertSettings
    """

    def __init__(self, settings: AlertSettings) -> None:
        self._plane = AlertPlane(settings)
        self.next = 0  # offset of the first record that was not read
        self._waiting: deque[tuple[int, float]] = deque()  # offset and time of what is undecided
        self.ignored = 0  # records of owners that were replaced

    @property
    def undecided(self) -> int:
        """Offset from which records must be read again after a restore."""
        return self._waiting[0][0] if self._waiting else self.next

    def take(self, offset: int, value: bytes) -> list[Decision]:
        """Take the record at an offset; one that was taken before changes nothing."""
        if offset < self.next:
            return []
        record, generation = decode(value)
        self.next = offset + 1
        decisions = self._fold(offset, record, generation)
        if isinstance(record, Candidate | Suppressed | DriftSignal):
            self._waiting.append((offset, key_of(record)[0]))
        self._forget()
        return decisions

    def refill(self, offset: int, value: bytes) -> None:
        """Put back a record between ``undecided`` and ``next`` that was not decided yet."""
        record, _ = decode(value)
        if isinstance(record, Candidate | Suppressed | DriftSignal) and self._plane.refill(record):
            self._waiting.append((offset, key_of(record)[0]))

    def held_up_by(self) -> dict[Name, float]:
        """Return the lanes, with their pulses, that keep candidates waiting."""
        return self._plane.held_up_by()

    def _fold(self, offset: int, record: LogRecord, generation: int) -> list[Decision]:
        if isinstance(record, SuppressionAdded | SuppressionRemoved | Feedback | Note):
            return self._plane.control(offset, record)
        name = (record.topic, record.partition)
        if isinstance(record, Overtake):  # the leader's word, not the lane's
            return self._plane.overtake(name)
        if not (isinstance(record, Gap) or self._plane.hears(name, generation)):
            self.ignored += 1  # a gap of one of our topics is of no lane
            return []
        if isinstance(record, Start | Gap | Dialects):
            return self._plane.control(offset, note_of(record, generation))
        if isinstance(record, Advance):
            return self._plane.idle(name, record.offset, record.at)
        return self._plane.take(record)

    def _forget(self) -> None:
        """Forget the places of what is decided by now."""
        oldest = self._plane.oldest_waiting
        while self._waiting and self._waiting[0][1] < oldest:
            self._waiting.popleft()

    def state(self) -> State:
        """Return the state with its place in the log."""
        return {
            "next": self.next,
            "undecided": self.undecided,
            "ignored": self.ignored,
            "plane": self._plane.state(),
        }

    def restore(self, state: dict[str, Any]) -> int:
        """Take up a state; return the offset from which ``refill`` needs records up to ``next``."""
        self._plane.restore(state["plane"])
        self.next = state["next"]
        self.ignored = state["ignored"]
        self._waiting.clear()
        return int(state["undecided"])


def note_of(record: Start | Gap | Dialects, generation: int) -> Note:
    """Return what the audit says of a lane's owner, its dialects, or records it could not read."""
    lane = f"{record.topic} {record.partition}"
    if isinstance(record, Start):
        note = Note("lane_owned", lane, record.at, after=f"generation {generation}")
    elif isinstance(record, Dialects):
        note = Note("dialects_changed", lane, record.at, after=told_of_files(record.files))
        note = note._replace(first=record.offset)
    else:
        lost = record.found - record.expected
        note = Note("gap", lane, record.at, reason=f"{lost} records", records=lost)
        note = note._replace(first=record.expected, last=record.found - 1)
    return note._replace(topic=record.topic, partition=record.partition)


def told_of_files(files: DialectTexts) -> str:
    """Return how many files of dialects there are, and a digest that tells them from others."""
    parts = [part for file in files for part in file]
    return f"{len(files)} files, {content_id('dialects', *parts)[:12]}"
