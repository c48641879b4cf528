"""Log files through one pipeline a lane into one alerting plane; no service, no clock."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from connectors.errors import SourceError

from .candidates import Candidate, LaneRecord
from .decisions import AlertSettings, Decision, Drifted, Judged
from .events import EVENTS, HEADER, REJECTED_RECORD, UNUSED
from .formats.parser import Parsed
from .pipeline import Pipeline, PipelineSettings
from .plane import AlertPlane
from .replay_input import TOO_LONG, LaneBlock, LaneFile, Places
from .store import Reject


@dataclass(slots=True)
class Lane:
    """One lane: its pipeline and what is left of its files."""

    pipeline: Pipeline
    files: list[LaneFile]
    places: Places = field(default_factory=Places)
    next_offset: int = 0
    is_done: bool = False

    def blocks(self, damage: list[SourceError]) -> Iterator[LaneBlock]:
        """Yield the blocks of all files in order; a damaged file ends early and is noted."""
        for file in self.files:
            try:
                for block in file.blocks:
                    yield LaneBlock(file, block, self.next_offset)
                    self.next_offset += len(block)
            except SourceError as error:
                damage.append(error)


@dataclass(slots=True)
class Tally:
    """What became of the records of all lanes."""

    status: NDArray[np.int64] = field(default_factory=lambda: np.zeros(4, np.int64))
    events: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    drift: Counter[str] = field(default_factory=Counter)

    @property
    def lines(self) -> int:
        """Records with events, unused, rejected and headers together."""
        return int(self.status.sum())


class Replay:
    """Runs lanes to their end.

    Parameters
    ----------
    lanes : sequence of (settings, files)
        The pipeline's settings of each lane, and its files in order.
    alerting : AlertSettings
    on_decision, on_reject : callable
        Take decisions in order, and lines that could not be parsed with their bytes.
    """

    def __init__(
        self,
        lanes: Sequence[tuple[PipelineSettings, list[LaneFile]]],
        alerting: AlertSettings,
        on_decision: Callable[[Decision], None],
        on_reject: Callable[[Reject, bytes], None],
    ) -> None:
        self.lanes = [Lane(Pipeline(settings), files) for settings, files in lanes]
        self._by_name = {
            (lane.pipeline.settings.topic, lane.pipeline.settings.partition): lane
            for lane in self.lanes
        }
        self.plane = AlertPlane(alerting, self._by_name)
        self._on_decision = on_decision
        self._on_reject = on_reject
        self.tally = Tally()
        self.damage: list[SourceError] = []

    def run(self) -> Iterator[LaneBlock]:
        """Take block after block, of the lane whose stream time is least; yield each one taken.

        A damaged file ends early: what was read of it counts, and the error is kept in ``damage``.
        """
        blocks = [lane.blocks(self.damage) for lane in self.lanes]
        while not all(lane.is_done for lane in self.lanes):
            waiting = [k for k, lane in enumerate(self.lanes) if not lane.is_done]
            k = min(waiting, key=lambda k: (self.lanes[k].pipeline.now, k))
            lane = self.lanes[k]
            block = next(blocks[k], None)
            if block is None:
                lane.is_done = True
                self._decide(lane, lane.pipeline.finish())
                continue
            self._take(lane, block)
            yield block
        for decision in self.plane.close():
            self._count(decision)

    def locate(self, topic: str, partition: int, offset: int) -> tuple[str, int] | None:
        """File and byte of a record that a candidate points at, where they are known."""
        place = self._by_name[topic, partition].places.known.get(offset)
        return None if place is None else place[:2]

    def _take(self, lane: Lane, block: LaneBlock) -> None:
        n = len(block.block)
        lane.places.add(block)
        if block.block.too_long:
            self.tally.status[REJECTED_RECORD] += n
            self._reject(block, 0, TOO_LONG)
            return
        times = np.full(n, block.file.reference_time)
        parsed, records = lane.pipeline.process(
            block.block.payload, block.block.bounds, block.offsets, times
        )
        self._tally(lane, block, parsed)
        self._decide(lane, records)

    def _tally(self, lane: Lane, block: LaneBlock, parsed: Parsed) -> None:
        self.tally.status += np.bincount(parsed.status, minlength=4)
        self.tally.events += len(parsed.batch.offset)
        for i in np.flatnonzero(parsed.status == REJECTED_RECORD).tolist():
            self._reject(block, i, lane.pipeline.parser.reasons[parsed.reason[i]])

    def _reject(self, block: LaneBlock, i: int, reason: str) -> None:
        self.tally.reasons[reason] += 1
        lines = block.block
        reject = Reject(
            file=block.file.log.name,
            line=lines.first + i + 1,
            byte=int(lines.offsets[i]),
            reason=reason,
        )
        self._on_reject(reject, lines.payload[lines.bounds[i] : lines.bounds[i + 1]].tobytes())

    def _decide(self, lane: Lane, records: list[LaneRecord]) -> None:
        for record in records:
            if isinstance(record, Candidate):
                for witness in record.evidence:
                    lane.places.keep(witness.position.offset)
            for decision in self.plane.take(record):
                self._count(decision)

    def _count(self, decision: Decision) -> None:
        if isinstance(decision, Judged):
            self.tally.outcomes[decision.outcome] += 1
        if isinstance(decision, Drifted):
            self.tally.drift[decision.signal.kind] += 1
        self._on_decision(decision)

    def counts(self) -> dict[str, int]:
        """Counters of all lanes together, in the order of the summary."""
        tally = self.tally
        lanes = [lane.pipeline.counts() for lane in self.lanes]
        summed = {name: sum(lane[name] for lane in lanes) for name in lanes[0]}
        return {
            "lines": tally.lines,
            "events": tally.events,
            "records": int(tally.status[EVENTS]),
            "unused": int(tally.status[UNUSED]),
            "rejected": int(tally.status[REJECTED_RECORD]),
            "headers": int(tally.status[HEADER]),
            **summed,
            "alerts": tally.outcomes["alert"],
            "budget_missed": tally.outcomes["budget_missed"],
        }
