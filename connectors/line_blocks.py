"""Cuts a stream of bytes into blocks of whole lines."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Offsets = NDArray[np.int64]

NEWLINE = 10


@dataclass(frozen=True, slots=True)
class LineBlock:
    """Consecutive whole lines of one input, each with the newline that ends it.

    Attributes
    ----------
    payload : (bytes,) uint8
        The lines, one behind the other; nobody else writes to it.
    bounds : (n + 1,) int64
        Line i is ``payload[bounds[i]:bounds[i + 1]]``.
    first : int
        Ordinal of the first line in the input, from 0.
    start : int
        Byte offset of the first line in the input, after decompression.
    consumed : int
        Bytes read of the input so far, before decompression.
    too_long : int
        0, or the length of the block's one line, which was left out for its length: it stands
        here as a lone newline.
    """

    payload: Bytes
    bounds: Offsets
    first: int
    start: int
    consumed: int
    too_long: int = 0

    @property
    def offsets(self) -> Offsets:
        """(n,) byte offset of each line in the input, after decompression."""
        return self.bounds[:-1] + self.start

    def __len__(self) -> int:
        """Return the number of lines."""
        return len(self.bounds) - 1


class LineCutter:
    """Takes pieces of a stream in order and gives the lines that are complete.

    The lines do not depend on how the stream was cut into pieces. A line of more than
    ``max_line`` bytes, its newline not counted, is left out and reported by its length.
    """

    def __init__(self, max_line: int) -> None:
        self._max_line = max_line
        self._dropped = 0  # bytes of a line that is too long already
        self._lines = 0
        self._start = 0
        self.rest: Bytes = np.empty(0, np.uint8)

    def cut(self, data: Bytes, consumed: int) -> Iterator[LineBlock]:
        """Give the lines that end in data, which begins with ``rest``."""
        ends = np.flatnonzero(data == NEWLINE) + 1
        done = int(ends[-1]) if len(ends) else 0
        head = 0
        if self._dropped and len(ends):
            head = int(ends[0])
            yield self._left_out(self._dropped + head - 1, 1, consumed)
            self._dropped = 0
            ends = ends[1:]
        yield from self._blocks(data[:done], head, ends, consumed)
        self.rest = data[done:]
        if self._dropped or len(self.rest) > self._max_line:
            self._dropped += len(self.rest)
            self.rest = self.rest[:0]

    def finish(self, consumed: int) -> Iterator[LineBlock]:
        """Give the last line where no newline ends it."""
        if self._dropped:
            yield self._left_out(self._dropped, 0, consumed)
        elif len(self.rest):
            yield self._block(self.rest, np.array([0, len(self.rest)]), consumed)
        self._dropped = 0
        self.rest = self.rest[:0]

    def _blocks(self, data: Bytes, head: int, ends: Offsets, consumed: int) -> Iterator[LineBlock]:
        """Give the lines of data from head on, with those apart that are too long."""
        bounds = np.concatenate(([head], ends))
        long = np.flatnonzero(np.diff(bounds) - 1 > self._max_line)
        first = 0
        for line in (*long.tolist(), len(ends)):
            if line > first:
                yield self._block(data, bounds[first : line + 1], consumed)
            if line < len(ends):
                yield self._left_out(int(bounds[line + 1] - bounds[line]) - 1, 1, consumed)
            first = line + 1

    def _block(self, data: Bytes, bounds: Offsets, consumed: int) -> LineBlock:
        low, high = int(bounds[0]), int(bounds[-1])
        block = LineBlock(data[low:high], bounds - low, self._lines, self._start, consumed)
        self._lines += len(block)
        self._start += high - low
        return block

    def _left_out(self, length: int, newline: int, consumed: int) -> LineBlock:
        stand_in = np.full(1, NEWLINE, np.uint8)
        bounds = np.array([0, 1])
        block = LineBlock(stand_in, bounds, self._lines, self._start, consumed, length)
        self._lines += 1
        self._start += length + newline
        return block
