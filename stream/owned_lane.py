"""One lane in the hands of its owner: records in, records of the log out."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from connectors.kafka_batches import Batch
from connectors.kafka_clients import Record

from .candidates import LaneRecord
from .events import REJECTED_RECORD
from .lane_log import Advance
from .ownership import Note
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
    advances : list of Advance
        Recorded before, to be done again when their position is reached.
    heard : float
        Wall clock (monotonic) of its last record, or of its restore.
    """

    pipeline: Pipeline
    note: Note
    position: int
    advances: list[Advance]
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
            n = todo.place(self.advances[0].offset) if self.advances else len(todo)
            yield from self._process(todo[:n], out)
            todo = todo[n:]

    def catch_up(self, offset: int, out: list[LaneRecord]) -> None:
        """Do the recorded advances that come before the record at ``offset``."""
        while self.advances and self.advances[0].offset <= offset:
            out += self.pipeline.advance(self.advances.pop(0).at)

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
