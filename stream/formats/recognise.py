"""What are these records? Finds the dialect of each scanned row of a chunk.

The syntax follows from the record itself, and for columns from the header before it; the dialect
from the keys. The dialect of the record before is tried first, then all in their order, those of a
product before those of a schema that many products write. Then it is asked whether the record holds
many others, or another one, and at last what dialects know of but do not use. The first that knows
a record decides, also where a value in it turns out to be bad.

Records are recognised in rounds: what an envelope holds is recognised in the next. "Before" means
before in the same round, so that it does not matter where a chunk ends.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stream.events import EVENTS, HEADER, REJECTED_RECORD, STATUSES, UNUSED, EventBatch

from .borrowing import inner_njit
from .header import DIALECT, N_COLUMNS, REASON, SEPARATOR, count_separators
from .lines import (
    COMMENT_LINE,
    DECIDED,
    ENVELOPE,
    HEADER_LINE,
    OBJECT_BEHIND,
    ROUNDS,
    TEXT_LINE,
    Lines,
)
from .patterns import find_pattern, find_wrapped, list_patterns, matches
from .slots import (
    CHUNK,
    CUT_OFF,
    SCANNED,
)
from .tables import (
    BAD_JSON,
    COMMENT,
    DELIMITED,
    EMPTY,
    JSON,
    KEY_VALUE,
    NO_HEADER,
    NO_REASON,
    OTHER_FORM,
    P_DIALECT,
    P_EACH,
    P_GENERIC,
    P_REASON,
    P_SYNTAX,
    TEMPLATE,
    TRUNCATED,
    UNKNOWN_FORMAT,
    Tables,
)

# separators from which a line without header looks like a delimited log
MANY = 7
TAB = 9
NOBODY = -1


class Result(NamedTuple):
    """What comes out, and running counts."""

    out: EventBatch
    record: NDArray[np.int32]  # (n,) record of each event
    status: NDArray[np.int8]  # (n,)
    reason: NDArray[np.int16]  # (n,)
    dialect: NDArray[np.int16]  # (n,)
    tally: NDArray[np.int64]  # (dialects + 1, 4) records by dialect (last row: none) and status
    why: NDArray[np.int64]  # (dialects + 1, reasons) records by dialect and reason
    present: NDArray[np.int64]  # (dialects,) rows of the chunk at work that may give an event
    last_hit: NDArray[np.int64]  # (ROUNDS,) dialect of the last record recognised, -1 before it

    @classmethod
    def empty(cls, records: int, dialects: int, reasons: int) -> "Result":
        """Room for so many records, nothing counted yet."""
        return cls(
            EventBatch.empty(records),
            np.zeros(records, np.int32),
            np.zeros(records, np.int8),
            np.zeros(records, np.int16),
            np.zeros(records, np.int16),
            np.zeros((dialects + 1, len(STATUSES)), np.int64),
            np.zeros((dialects + 1, reasons), np.int64),
            np.zeros(dialects, np.int64),
            np.full(ROUNDS, -1, np.int64),
        )

    def with_room(self, records: int) -> "Result":
        """Room for so many records; counts are kept."""
        room = self.empty(records, 0, 0)
        return self._replace(
            out=room.out,
            record=room.record,
            status=room.status,
            reason=room.reason,
            dialect=room.dialect,
        )

    def with_events(self, events: int) -> "Result":
        """Room for so many events more; those that are there are kept."""
        return self._replace(
            out=self.out.followed_by(EventBatch.empty(events)),
            record=np.concatenate((self.record, np.zeros(events, np.int32))),
        )

    def for_parts(self, records: int) -> "Result":
        """Room for so many parts of a record. Their events go here; they are not counted."""
        room = self.empty(records, 0, 0)
        return self._replace(
            status=room.status,
            reason=room.reason,
            dialect=room.dialect,
            tally=np.zeros_like(self.tally),
            why=np.zeros_like(self.why),
        )


@inner_njit
def pass_over_unused(
    buf: NDArray[np.uint8], lines: Lines, count: int, number: NDArray[np.int64]
) -> None:
    """Under the header of a log that is not used: text rows with columns become delimited."""
    for row in range(count):
        if lines.syntax[row] == TEXT_LINE:
            n = count_separators(buf, lines.first[row], lines.end[row], number[SEPARATOR])
            if n == number[N_COLUMNS] - 1 or (n > 0 and number[SEPARATOR] == TAB):
                lines.syntax[row] = DELIMITED
                lines.dialect[row] = number[DIALECT]
                lines.reason[row] = number[REASON]


@inner_njit
def refusal(
    buf: NDArray[np.uint8], start: int, end: int, number: NDArray[np.int64]
) -> tuple[int, int]:
    """Reason and dialect of a text row in which no dialect was found."""
    n = count_separators(buf, start, end, number[SEPARATOR])
    if number[N_COLUMNS] == 0:
        return (NO_HEADER if n >= MANY else UNKNOWN_FORMAT), -1
    if n > 0 and number[REASON] == NO_REASON:
        return TRUNCATED, int(number[DIALECT])
    return UNKNOWN_FORMAT, -1


@inner_njit
def recognise(
    tables: Tables,
    buf: NDArray[np.uint8],
    lines: Lines,
    count: int,
    number: NDArray[np.int64],
    slots: NDArray[np.int64],
    start: int,
    result: Result,
    likely: NDArray[np.int64],
    depth: int,
) -> int:
    """Write status, reason and dialect of the rows to the records from start on.

    `number` is that of the header, `likely` working room, `depth` the round. `result.present`
    counts the rows of each dialect that may give an event. Returns the first row that holds many
    records, else the count.
    """
    pattern, condition, entry = tables.pattern, tables.condition, tables.words.entry
    envelope = tables.envelope
    syntaxes, outcomes, hits, outers = lines.syntax, lines.outcome, lines.hit, lines.outer
    firsts, ends, known, whys = lines.first, lines.end, lines.dialect, lines.reason
    statuses, reasons, dialects = result.status, result.reason, result.dialect
    present, last_hit = result.present, int(result.last_hit[depth])
    usual = NOBODY  # the pattern that held last
    listed = NOBODY  # patterns that may hold, -1: not asked yet
    many = count
    for row in range(count):
        syntax = syntaxes[row]
        hits[depth * CHUNK + row] = last_hit
        if syntax == DECIDED or (syntax == OBJECT_BEHIND and depth + 1 < ROUNDS):
            continue
        status = REJECTED_RECORD
        reason = int(UNKNOWN_FORMAT)
        dialect = NOBODY
        if syntax == DELIMITED or syntax == TEMPLATE:
            reason = whys[row]
            dialect = known[row]
            if reason != OTHER_FORM:
                status = EVENTS if reason == NO_REASON else UNUSED
        elif syntax == JSON and outcomes[row] != SCANNED:
            reason = int(TRUNCATED if outcomes[row] == CUT_OFF else BAD_JSON)
        elif syntax == JSON or syntax == KEY_VALUE:
            held = usual >= 0 and pattern[usual, P_SYNTAX] & syntax != 0
            held = held and pattern[usual, P_DIALECT] == last_hit
            unused = int(NOBODY)
            if not (held and matches(pattern, usual, condition, entry, buf, slots, row)):
                if listed < 0:
                    listed = list_patterns(pattern, slots, likely)
                usual, unused = find_pattern(
                    likely, listed, pattern, condition, entry, syntax, last_hit, buf, slots, row
                )
            found = usual
            if found < 0:
                found = unused
                may_hold = syntax == JSON and depth + 1 < ROUNDS
                wrapped = find_wrapped(envelope, buf, slots, row) if may_hold else NOBODY
                if wrapped >= 0:
                    syntaxes[row] = ENVELOPE
                    outers[row] = found
                    known[row] = wrapped
                    continue
            elif pattern[found, P_EACH] >= 0:
                known[row] = pattern[found, P_EACH]
                many = row
                break
            if found >= 0:
                reason = pattern[found, P_REASON]
                dialect = pattern[found, P_DIALECT]
                status = EVENTS if reason == NO_REASON else UNUSED
                if pattern[found, P_GENERIC] == 1:
                    usual = NOBODY
            elif syntax == KEY_VALUE:
                reason, dialect = refusal(buf, firsts[row], ends[row], number)
        elif syntax == TEXT_LINE:
            reason, dialect = refusal(buf, firsts[row], ends[row], number)
        elif syntax == HEADER_LINE:
            status, reason = HEADER, int(NO_REASON)
        elif syntax != OBJECT_BEHIND:
            status, reason = UNUSED, int(COMMENT if syntax == COMMENT_LINE else EMPTY)
        outer = outers[row]
        if reason == UNKNOWN_FORMAT and outer >= 0:
            status, reason, dialect = UNUSED, pattern[outer, P_REASON], pattern[outer, P_DIALECT]
        if status == EVENTS:
            last_hit = dialect
            present[dialect] += 1
        syntaxes[row] = DECIDED
        statuses[start + row] = status
        reasons[start + row] = reason
        dialects[start + row] = dialect
    result.last_hit[depth] = last_hit
    return many
