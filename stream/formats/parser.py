"""Record bytes to events: the one object that parses for every path through the engine."""

import numpy as np
from numpy.typing import NDArray

from detectors.errors import ConfigError, ModelError
from stream.events import STATUSES, EventBatch

from .chunk import Chunk
from .compile_dialects import compile_dialects
from .decode import Work
from .dialect import load_dialects
from .dialect_choice import choose_dialects, fingerprint_dialects, first_columns
from .eight_bytes import PADDING
from .header import DIALECT, REASON, SEPARATOR, HeaderState
from .json_keys import Guesses
from .lexicon import Lexicon
from .lines import HEADER_LINE, Lines, Records
from .mentions import mentions
from .parse_rows import CHUNK_BYTES, parse_rows
from .parse_settings import Parsed, ParseSettings
from .read_header import read_header
from .recognise import Result
from .slots import LARGEST_PAYLOAD, SCRATCH, empty_slots

__all__ = ["ParseSettings", "Parsed", "Parser"]

DAY = 86400
FIRST_ROOM = 1024  # records


class Parser:
    """Parses records of one lane, in their order. Any split into calls gives the same events.

    Raises
    ------
    ConfigError
        If the format is unknown, a dialect file is wrong, or the columns belong to no dialect.
    """

    def __init__(self, settings: ParseSettings) -> None:
        if abs(settings.zone_offset_s) >= DAY:
            raise ConfigError(
                f"zone offset: {settings.zone_offset_s} s, expected less than a day; give seconds "
                "east of UTC"
            )
        chosen = choose_dialects(load_dialects(settings.dialect_folder), settings.format)
        chosen = mentions(chosen) if settings.mentions else chosen
        compiled = compile_dialects(chosen, settings.zone_offset_s)
        self._chosen = chosen
        self.dialects = compiled.dialects
        self.reasons = compiled.reasons
        self._slot_of_key = compiled.slot_of_key
        self._tables = compiled.tables
        self._fingerprint = fingerprint_dialects(chosen)
        self._lexicon = Lexicon.empty()
        self._header = HeaderState.first(*first_columns(chosen))
        self._lines = Lines.empty()
        self._guesses = Guesses.empty()
        slots = empty_slots(compiled.tables.used.shape[1])
        self._work = Work(slots, Chunk.empty(), self._lexicon)
        self._count = np.zeros((len(chosen) + 1, len(STATUSES)), np.int64)
        self._why = np.zeros((len(chosen) + 1, len(compiled.reasons)), np.int64)
        self._present = np.zeros(len(chosen), np.int64)
        self._last_hit = np.full(1, -1, np.int64)
        self._buffer = np.zeros(SCRATCH + PADDING, np.uint8)
        self._result = self._room(FIRST_ROOM)
        if settings.columns:
            self._name_columns(settings.columns)

    def parse(
        self,
        payload: NDArray[np.uint8] | bytes,
        bounds: NDArray[np.int64],
        offsets: NDArray[np.int64],
        record_times: NDArray[np.float64],
    ) -> Parsed:
        """Parse the records payload[bounds[i]:bounds[i + 1]].

        Parameters
        ----------
        payload:
            The records' bytes, one after the other.
        bounds:
            (n + 1,) from 0 to the payload's length, never decreasing.
        offsets:
            (n,) offset of each record in its lane.
        record_times:
            (n,) seconds since the epoch; NaN where unknown. They give times without a year theirs.
        """
        n = len(offsets)
        self._grow(n)
        records = self._take(payload, bounds, offsets, record_times)
        events = start = 0
        while start < n:
            start, events = parse_rows(
                records,
                start,
                n,
                events,
                self._tables,
                self._header,
                self._lines,
                self._guesses,
                self._work,
                self._result,
            )
            if self._lines.syntax[0] == HEADER_LINE:
                line = self._buffer[self._lines.first[0] : self._lines.end[0]].tobytes()
                read_header(line, self._header, self._tables, self._slot_of_key)
        result = self._result
        return Parsed(
            result.out.rows(0, events),
            result.record[:events],
            result.status[:n],
            result.reason[:n],
            result.dialect[:n],
        )

    def text(self, hashed: int) -> str:
        """Give the word behind a text column's hash: "" where unset, else it may be forgotten."""
        return self._lexicon.text(int(hashed))

    def counts(self) -> dict[str, dict[str, int]]:
        """Count the records so far by dialect ("" where none was recognised) and status."""
        names = (*self.dialects, "")
        return {
            name: dict(zip(STATUSES, self._count[n].tolist(), strict=True))
            for n, name in enumerate(names)
        }

    def reason_counts(self) -> dict[str, dict[str, int]]:
        """Count the records so far that gave no event, by dialect and reason."""
        names = (*self.dialects, "")
        return {
            name: {
                reason: int(self._why[n, k])
                for k, reason in enumerate(self.reasons)
                if reason and self._why[n, k]
            }
            for n, name in enumerate(names)
        }

    def state(self) -> dict[str, NDArray[np.generic]]:
        """Everything that outlives a call, as copies."""
        return {name: array.copy() for name, array in self._state().items()}

    def restore(self, state: dict[str, NDArray[np.generic]]) -> None:
        """Go on from a state.

        Raises
        ------
        ModelError
            If the state is damaged or was made with other dialects.
        """
        own = self._state()
        for name, array in own.items():
            found = state.get(name)
            if found is None or found.shape != array.shape or found.dtype != array.dtype:
                raise ModelError(
                    f"parser state: {name!r} is missing or has another shape, expected "
                    f"{array.dtype} {array.shape}; use a snapshot of this version"
                )
        if not np.array_equal(state["dialects"], own["dialects"]):
            raise ModelError(
                "parser state: made with other dialects, expected those of these settings; "
                "restore the dialect files or rebuild"
            )
        for name, array in own.items():
            array[...] = state[name]

    def warm_up(self) -> None:
        """Compile, without a trace in the state."""
        state = self.state()
        for dialect in self._chosen:
            for sample in dialect.samples:
                lines = [line.encode() for line in sample.lines]
                bounds = np.cumsum([0, *map(len, lines)], dtype=np.int64)
                self.parse(b"".join(lines), bounds, np.arange(len(lines)), np.zeros(len(lines)))
        self.restore(state)

    def _state(self) -> dict[str, NDArray[np.generic]]:
        return {
            "dialects": self._fingerprint,
            "header_number": self._header.number,
            "header_column": self._header.column,
            "header_mark": self._header.mark,
            "last_hit": self._last_hit,
            "count": self._count,
            "why": self._why,
            "lexicon_hash": self._lexicon.hash,
            "lexicon_length": self._lexicon.length,
            "lexicon_word": self._lexicon.word,
        }

    def _grow(self, records: int) -> None:
        """Make room for the results of so many records, at least doubling it."""
        room = len(self._result.status)
        if records > room:
            self._result = self._room(max(records, 2 * room))

    def _room(self, records: int) -> Result:
        """Make room for the results of so many records. Counts are kept."""
        return Result(
            EventBatch.empty(records),
            np.zeros(records, np.int32),
            np.zeros(records, np.int8),
            np.zeros(records, np.int16),
            np.zeros(records, np.int16),
            self._count,
            self._why,
            self._present,
            self._last_hit,
        )

    def _take(
        self,
        payload: NDArray[np.uint8] | bytes,
        bounds: NDArray[np.int64],
        offsets: NDArray[np.int64],
        record_times: NDArray[np.float64],
    ) -> Records:
        """Bring what comes in to the types that kernels are compiled for, and make room for it."""
        raw = np.frombuffer(payload, np.uint8)
        raw.flags.writeable = False
        if len(raw) > LARGEST_PAYLOAD:
            raise ValueError(
                f"Parser: payload has {len(raw)} bytes, expected at most 1 GiB; parse it in parts"
            )
        edges = np.array(bounds, np.int64)
        longest = int(np.diff(edges).max(initial=0))
        needed = SCRATCH + 2 * max(longest, min(CHUNK_BYTES, len(raw))) + PADDING
        if needed > len(self._buffer):
            self._buffer = np.zeros(needed, np.uint8)
        return Records(
            self._buffer,
            raw,
            edges,
            np.require(offsets, np.int64, ("C", "W")),
            np.require(record_times, np.float64, ("C", "W")),
        )

    def _name_columns(self, columns: tuple[str, ...]) -> None:
        """Read the columns of the settings as a header line would name them."""
        separator = chr(int(self._header.number[SEPARATOR]))
        line = ("#fields" + separator + separator.join(columns)).encode()
        self.parse(line, np.array([0, len(line)]), np.zeros(1, np.int64), np.zeros(1))
        self._count[:] = 0
        self._why[:] = 0
        number = self._header.number
        if number[DIALECT] < 0 or number[REASON] != 0:
            raise ConfigError(
                f"columns: {', '.join(columns)!r}, expected the columns of one of "
                f"{', '.join(self.dialects)}; name them as in the product's header"
            )
