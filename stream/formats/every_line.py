"""Every line that names a source and a destination, also where the engine has no use for it."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from stream.events import HEADER, REJECTED_RECORD, UNUSED

from .dialect import load_dialects
from .dialect_choice import choose_dialects
from .mentions import mentions
from .named_columns import Columns, named_columns
from .parser import Parsed, Parser, ParseSettings


@dataclass(frozen=True, slots=True)
class ReadLine:
    """An event of a record; columns by name, what is unset is left out."""

    record: int
    dialect: str
    columns: Columns


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """A record that cannot be read."""

    record: int
    reason: str


class EveryLine:
    """Reads records of one lane, in their order, as logged and with words in place of codes.

    Raises
    ------
    ConfigError
        As `Parser` does.
    """

    def __init__(self, settings: ParseSettings) -> None:
        settings = replace(settings, as_logged=True)
        self._parser = Parser(settings)
        known = choose_dialects(load_dialects(settings.dialects), settings.format)
        self._rest = Parser(replace(settings, mentions=True)) if mentions(known) else None

    def read(
        self,
        payload: NDArray[np.uint8] | bytes,
        bounds: NDArray[np.int64],
        record_times: NDArray[np.float64],
    ) -> tuple[list[ReadLine], list[RefusedLine]]:
        """Read the records payload[bounds[i]:bounds[i + 1]]; events in their order, and refusals.

        What a dialect leaves unused and names no two addresses is in neither.
        """
        n = len(record_times)
        parsed = self._parser.parse(payload, bounds, np.arange(n), record_times)
        found = _events(self._parser, parsed, np.arange(n))
        refused = [
            RefusedLine(int(k), self._parser.reasons[parsed.reason[k]])
            for k in np.flatnonzero(parsed.status == REJECTED_RECORD)
        ]
        # header lines say what the columns of unused records are
        left = np.flatnonzero((parsed.status == UNUSED) | (parsed.status == HEADER))
        if self._rest and len(left):
            found += self._read_rest(self._rest, payload, bounds, record_times, left)
        return sorted(found, key=lambda one: one.record), refused

    def _read_rest(
        self,
        parser: Parser,
        payload: NDArray[np.uint8] | bytes,
        bounds: NDArray[np.int64],
        record_times: NDArray[np.float64],
        left: NDArray[np.int64],
    ) -> list[ReadLine]:
        raw = np.frombuffer(payload, np.uint8)
        parts = [raw[bounds[k] : bounds[k + 1]].tobytes() for k in left]
        edges = np.cumsum([0, *map(len, parts)], dtype=np.int64)
        parsed = parser.parse(b"".join(parts), edges, left, record_times[left])
        return _events(parser, parsed, left)


def _events(parser: Parser, parsed: Parsed, record: NDArray[np.int64]) -> list[ReadLine]:
    return [
        ReadLine(
            int(record[at]),
            parser.dialects[parsed.dialect[at]],
            named_columns(parser, parsed.batch, k),
        )
        for k, at in enumerate(parsed.record.tolist())
    ]
