"""Record bytes to events: the one object that parses for every path through the engine."""

import numpy as np
from numpy.typing import NDArray

from detectors.errors import ConfigError
from stream.events import EVENTS, REJECTED_RECORD, STATUSES

from .chunk import Chunk
from .compile_dialects import compile_dialects
from .decode import Work
from .dialect import load_dialects
from .dialect_choice import choose_dialects, fingerprint_dialects
from .eight_bytes import PADDING
from .header import DIALECT, QUOTED, REASON, SEPARATOR, HeaderState
from .json_keys import Guesses
from .lexicon import Lexicon
from .lines import Lines, Records
from .mentions import mentions
from .opener import turn_round
from .parse_rows import CHUNK_BYTES, HEADER, MANY, parse_rows
from .parse_settings import Parsed, ParseSettings
from .parser_state import State, carry_over, restore_state
from .read_header import name_columns, read_header
from .recognise import Result
from .slots import CHUNK, LARGEST_PAYLOAD, LAYERS, SCRATCH, empty_slots
from .spread import spread
from .tables import UNKNOWN_FORMAT

__all__ = ["ParseSettings", "Parsed", "Parser"]

DAY = 86400
FIRST_ROOM = 1024  # records
MOST_LEVELS = 3  # records that hold many, one in another


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
        chosen = choose_dialects(load_dialects(settings.dialects), settings.format)
        chosen = mentions(chosen) if settings.mentions else chosen
        compiled = compile_dialects(chosen, settings.zone_offset_s)
        self._chosen = chosen
        self.dialects = compiled.dialects
        self.reasons = compiled.reasons
        self._slot_of_key = compiled.slot_of_key
        self._tables = compiled.tables
        self._foreach = compiled.foreach
        self._headers = compiled.headers
        self._fingerprint = fingerprint_dialects(chosen)
        by_ports = [k for k, dialect in enumerate(chosen) if dialect.opener == "ports"]
        self._by_ports = np.array([] if settings.as_logged else by_ports, np.int16)
        self._lexicon = Lexicon.empty()
        self._header = HeaderState.first()
        self._lines = Lines.empty()
        self._guesses = Guesses.empty()
        slots = empty_slots(compiled.tables.used.shape[1])
        self._work = Work(
            slots,
            Chunk.empty(len(compiled.tables.pattern)),
            self._lexicon,
            np.array([CHUNK, CHUNK]),
        )
        self._buffer = np.zeros(SCRATCH + PADDING, np.uint8)
        self._result = Result.empty(FIRST_ROOM, len(chosen), len(compiled.reasons))
        self._count, self._why, _, self._last_hit = self._result[5:]
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
        if n > len(self._result.status):
            self._result = self._result.with_room(max(n, 2 * len(self._result.status)))
        records = self._take(payload, bounds, offsets, record_times)
        events = self._run(records, n, 0, 0)
        result = self._result
        parsed = Parsed(
            result.out.rows(0, events),
            result.record[:events],
            result.status[:n],
            result.reason[:n],
            result.dialect[:n],
        )
        unsaid = np.isin(parsed.dialect, self._by_ports)
        if unsaid.any():
            turn_round(parsed.batch, unsaid[parsed.record])
        return parsed

    def _run(self, records: Records, n: int, events: int, level: int) -> int:
        """Parse records into the results from event `events` on; how many events there are then.

        `level` says how many records that hold many are open.
        """
        start = 0
        while start < n:
            self._grow(events + n - start)
            start, events, why = parse_rows(
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
            first, end = int(self._lines.first[0]), int(self._lines.end[0])
            if why == HEADER:
                line = records.buf[first:end].tobytes()
                read_header(line, self._header, self._tables, self._slot_of_key, self._headers)
            elif why == MANY:
                text = records.buf[first:end].tobytes()
                events = self._spread(records, start, text, events, level)
                start += 1
        return events

    def _spread(self, records: Records, i: int, text: bytes, events: int, level: int) -> int:
        """Parse the parts of record i, which holds many; how many events there are then.

        The record counts once: with its events, or as its first part was refused.
        """
        steps = self._foreach[int(self._lines.dialect[0])]
        parts = spread(text, steps) if level < MOST_LEVELS else []
        n = len(parts)
        whole = self._result
        own = whole.for_parts(n + 1)
        self._result = own
        bounds = np.cumsum([0, *map(len, parts)], dtype=np.int64)
        offsets = np.full(n, records.offset[i])
        times = np.full(n, records.time[i])
        last_hit = whole.last_hit.copy()
        taken = self._take(b"".join(parts), bounds, offsets, times)
        stop = self._run(taken, n, events, level + 1)
        whole.last_hit[:] = last_hit
        self._result = whole._replace(out=self._result.out, record=self._result.record)
        self._result.record[events:stop] = i
        self._result.out.nth[events:stop] = np.arange(stop - events)
        self._close(own, i, stop > events, n)
        return stop

    def _close(self, own: Result, i: int, gave: bool, parts: int) -> None:  # noqa: FBT001 internal
        """Note what became of record i, whose parts have results of their own."""
        status, reason, dialect = REJECTED_RECORD, UNKNOWN_FORMAT, -1
        if parts:
            k = int(np.argmax(own.status[:parts] == EVENTS)) if gave else 0
            status, reason, dialect = (int(a[k]) for a in (own.status, own.reason, own.dialect))
        result = self._result
        result.status[i], result.reason[i], result.dialect[i] = status, reason, dialect
        result.tally[dialect, status] += 1
        result.why[dialect, reason] += 1

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

    def state(self) -> State:
        """Everything that outlives a call, as copies."""
        return {name: array.copy() for name, array in self._state().items()}

    def restore(self, state: State) -> None:
        """Go on from a state.

        Raises
        ------
        ModelError
            If the state is damaged or was made with other dialects.
        """
        restore_state(self._state(), state)

    def follow(self, other: "Parser") -> None:
        """Know the words, and go on with the counts, of a parser with other dialects."""
        names = (*self.dialects, ""), (*other.dialects, "")
        carry_over(self._state(), other.state(), names, (self.reasons, other.reasons))

    def warm_up(self) -> None:
        """Compile, without a trace in the state."""
        state = self.state()
        for dialect in self._chosen:
            for sample in dialect.samples:
                lines = [line.encode() for line in sample.lines]
                bounds = np.cumsum([0, *map(len, lines)], dtype=np.int64)
                self.parse(b"".join(lines), bounds, np.arange(len(lines)), np.zeros(len(lines)))
        self.restore(state)

    def _state(self) -> State:
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

    def _grow(self, events: int) -> None:
        """Make room for so many events, keeping those that are there."""
        room = len(self._result.record)
        if events > room:
            self._result = self._result.with_events(max(events - room, room))

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
        needed = SCRATCH + (LAYERS + 1) * max(longest, min(CHUNK_BYTES, len(raw))) + PADDING
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
        """Take the columns of the settings as if a header line had named them."""
        names = [name.encode() for name in columns]
        name_columns(names, self._header, self._tables, self._slot_of_key)
        number = self._header.number
        if number[DIALECT] < 0 or number[REASON] != 0:
            raise ConfigError(
                f"columns: {', '.join(columns)!r}, expected the columns of one of "
                f"{', '.join(self.dialects)}; name them as in the product's header"
            )
        dialect = self._chosen[int(number[DIALECT])]
        number[[SEPARATOR, QUOTED]] = ord(dialect.separator), int(dialect.quoted)
