"""One lane in the hands of its owner: records in, records of the log out."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from connectors.kafka_batches import Batch
from connectors.kafka_clients import Record

from .candidates import LaneRecord
from .events import REJECTED_RECORD
from .formats.dialect import DialectTexts
from .lane_log import Dialects
from .ownership import Note, Recorded
from .pipeline import Pipeline
from .stream_time import PULSE_S


@dataclass(frozen=True, slots=True)
class Refused:
    """A record that could not be taken, and why."""

    record: Record
    reason: str


@dataclass(slots=True)
class OwnedLane:
    """A lane, where it stands and what it has seen since its last snapshot.

    Parameters
    ----------
    pipeline : Pipeline
    note : Note
        What is committed with its position.
    position : int
        Offset of the next record.
    recorded : Recorded
        What owners before wrote: changes to be done again when their position is reached.
    heard : float
        Wall clock (monotonic) of its last record, or of its restore.
    """

    pipeline: Pipeline
    note: Note
    position: int
    recorded: Recorded
    heard: float
    records: int = 0
    refused: int = 0
    bytes: int = 0
    bytes_since: int = 0
    cpu_since: float = 0.0
    snapshot_at: float = 0.0
    snapshot_bytes: int = 0
    heard_now: float = field(default=float("-inf"))  # stream time at the last record
    committed: int = 0  # position that the note belongs to
    begun: float = 0.0  # as in the note, but for what is not committed yet
    learns_until: int = 0  # records before it are learnt from and nothing is said of them

    @property
    def is_learning(self) -> bool:
        """Whether it has not come to where it goes live."""
        return self.position < self.learns_until

    def learn(self, records: Batch) -> Batch:
        """Learn from the records before the lane goes live; return the others."""
        past = records.place(self.learns_until)
        list(self.take(records[:past], []))
        if past < len(records):  # what is left before may be marks of transactions
            self.go_live()
        return records[past:]

    def go_live(self) -> None:
        """Learn no more: what follows is told."""
        self.position = max(self.position, self.learns_until)

    def take(self, records: Batch, out: list[LaneRecord]) -> Iterator[Refused]:
        """Take records in order; candidates and pulses go behind ``out``. Yield what is refused.

        Records before the position were taken before a restore already and are left out.
        """
        todo = records[records.place(self.position) :]
        while todo:
            self.catch_up(int(todo.offsets[0]), out)
            changes = self.recorded.changes
            n = todo.place(changes[0].offset) if changes else len(todo)
            yield from self._process(todo[:n], out)
            todo = todo[n:]

    def catch_up(self, offset: int, out: list[LaneRecord]) -> None:
        """Do what was recorded to come before the record at ``offset``."""
        changes = self.recorded.changes
        while changes and changes[0].offset <= offset:
            change = changes.pop(0)
            if isinstance(change, Dialects):
                self.pipeline.read_with(change.files)
            else:
                out += self.pipeline.advance(change.at)

    def may_read_with(self, dialects: DialectTexts) -> bool:
        """Whether the lane reads with other dialects, and has told again what was told of it.

        Before that a change would give other candidates than those which are in the log already.
        """
        if self.pipeline.settings.parse.dialects == dialects or self.is_learning:
            return False
        return not self.recorded.changes and self.pipeline.now >= self.recorded.pulse + PULSE_S

    def idle_until(self, now: float) -> float:
        """Return how far stream time may pass: by the wall clock's, floored to a pulse."""
        passed = self.heard_now + (now - self.heard)
        return passed // PULSE_S * PULSE_S

    def _process(self, records: Batch, out: list[LaneRecord]) -> Iterator[Refused]:
        columns = records.columns()
        parsed, made = self.pipeline.process(*columns)
        out += made
        self.position = int(columns.offsets[-1]) + 1
        self.records += len(records)
        self.bytes += int(columns.bounds[-1])
        self.bytes_since += int(columns.bounds[-1])
        self.heard_now = self.pipeline.now
        for i in np.flatnonzero(parsed.status == REJECTED_RECORD).tolist():
            self.refused += 1
            yield Refused(records[i], self.pipeline.parser.reasons[parsed.reason[i]])
