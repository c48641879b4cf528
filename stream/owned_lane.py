"""One lane in the hands of its owner: records in, records of the log out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

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

    def learn(self, records: Sequence[Record]) -> Sequence[Record]:
        """Learn from the records before the lane goes live; return the others."""
        past = [record for record in records if record.offset < self.learns_until]
        if past:
            list(self.take(past, []))
        if len(past) < len(records):  # what is left before may be marks of transactions
            self.go_live()
        return records[len(past) :]

    def go_live(self) -> None:
        """Learn no more: what follows is told."""
        self.position = max(self.position, self.learns_until)

    def take(self, records: Sequence[Record], out: list[LaneRecord]) -> Iterator[Refused]:
        """Take records in order; candidates and pulses go behind ``out``. Yield what is refused.

        Records before the position were taken before a restore already and are left out.
        """
        todo = records
        if records and records[0].offset < self.position:
            todo = [record for record in records if record.offset >= self.position]
        while todo:
            self.catch_up(todo[0].offset, out)
            n = len(todo)
            if self.advances:
                n = sum(record.offset < self.advances[0].offset for record in todo)
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

    def _process(self, records: Sequence[Record], out: list[LaneRecord]) -> Iterator[Refused]:
        values = [record.value or b"" for record in records]
        bounds = np.cumsum([0, *map(len, values)], dtype=np.int64)
        offsets = np.array([record.offset for record in records], np.int64)
        times = np.array([record.timestamp for record in records])
        payload = np.frombuffer(b"".join(values) or b"\0", np.uint8)
        parsed, made = self.pipeline.process(payload, bounds, offsets, times)
        out += made
        self.position = records[-1].offset + 1
        self.records += len(records)
        self.bytes += int(bounds[-1])
        self.bytes_since += int(bounds[-1])
        self.heard_now = self.pipeline.now
        for i in np.flatnonzero(parsed.status == REJECTED_RECORD).tolist():
            self.refused += 1
            yield Refused(records[i], self.pipeline.parser.reasons[parsed.reason[i]])
