"""Files of a lane in the order of their first event, and the records of one after the other."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from connectors.files import STANDARD_INPUT, LogFile
from connectors.line_blocks import LineBlock

from .events import TS
from .formats.parser import Parser, ParseSettings

TOO_LONG = "line too long"
KEPT_BLOCKS = 256  # blocks whose byte offsets are kept for the evidence of candidates


@dataclass(slots=True)
class LaneFile:
    """One file: its blocks, and the time that year-less records are read against."""

    log: LogFile
    blocks: Iterator[LineBlock]
    reference_time: float
    first_event: float | None  # ts; None where the file's beginning says nothing by itself


@dataclass(slots=True)
class LaneBlock:
    """A block of a lane's records: ``base`` is the ordinal of the first in the lane."""

    file: LaneFile
    block: LineBlock
    base: int

    @property
    def offsets(self) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """(n,) ordinal of each record in the lane."""
        return np.arange(self.base, self.base + len(self.block))


def in_order(
    logs: Sequence[LogFile], parse: ParseSettings, reference_time: float | None, now: float
) -> list[LaneFile]:
    """Return the files of a lane in the order of their first event.

    A file whose beginning says nothing by itself (a piece without its header) follows the argument
    before it. Without ``reference_time`` that is the time when a file was last changed, and ``now``
    for standard input.
    """
    groups: list[list[LaneFile]] = []
    for log in logs:
        reference = reference_of(log, reference_time, now)
        blocks = iter(log)
        first = next(blocks, None) if len(logs) > 1 else None
        event = None if first is None else _first_event(first, parse, reference)
        if first is not None:
            blocks = itertools.chain([first], blocks)
        file = LaneFile(log, blocks, reference, event)
        if event is None and groups:
            groups[-1].append(file)
        else:
            groups.append([file])
    groups.sort(key=lambda group: (group[0].first_event is not None, group[0].first_event or 0.0))
    return [file for group in groups for file in group]


def reference_of(log: LogFile, told: float | None, now: float) -> float:
    """Return the time that year-less records of a log are read against, as ``in_order`` says."""
    if told is not None:
        return told
    return now if log.name == STANDARD_INPUT else Path(log.name).stat().st_mtime


def _first_event(block: LineBlock, parse: ParseSettings, reference: float) -> float | None:
    parser = Parser(parse)
    n = len(block)
    times = np.full(n, reference)
    parsed = parser.parse(block.payload, block.bounds, np.arange(n), times)
    return float(parsed.batch.real[0, TS]) if len(parsed.batch.offset) else None


@dataclass(slots=True)
class Places:
    """Where records stand in their files, for those that candidates point at."""

    recent: list[LaneBlock] = field(default_factory=list)
    known: dict[int, tuple[str, int, int]] = field(default_factory=dict)

    def add(self, block: LaneBlock) -> None:
        """Remember a block for a while."""
        self.recent.append(block)
        if len(self.recent) > KEPT_BLOCKS:
            del self.recent[0]

    def keep(self, offset: int) -> None:
        """Remember where one record stands for good, if its block is still known."""
        for part in reversed(self.recent):
            at = offset - part.base
            if at >= 0:
                if at < len(part.block):
                    name = part.file.log.name
                    line = part.block.first + at + 1
                    self.known[offset] = (name, int(part.block.offsets[at]), line)
                return
