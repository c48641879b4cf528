"""The records of a chunk while they are recognised: where each is and what it is."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .borrowing import inner_njit
from .slots import CHUNK
from .tables import JSON
from .words import DIRECTIVE_SPACE, HEADER_SPACE, find_word

HASH_SIGN, OPEN_OBJECT, COMMA, QUOTE = 35, 123, 44, 34
NEWLINE, RETURN, BLANK, TAB, LESS = 10, 13, 32, 9, 60
# what a line may be besides a record of one of the syntaxes: nothing, a comment, a header line,
# text of which the syntax is not known yet, an object with another record in it, text before an
# object, or a record that was decided on
NO_SYNTAX, COMMENT_LINE, HEADER_LINE, TEXT_LINE = 0, 16, 32, 64
ENVELOPE, OBJECT_BEHIND, DECIDED = 128, 256, 512
OPENED = 1024  # a bit besides the kinds of records that came out of envelopes
ROUNDS = 3  # a record, what it holds, and what that holds


class Lines(NamedTuple):
    """One row a record, (CHUNK,)."""

    first: NDArray[np.int64]  # the record without blanks around it
    end: NDArray[np.int64]
    syntax: NDArray[np.int64]
    outcome: NDArray[np.int64]  # what the scanner said
    data: NDArray[np.int64]  # where structured data begins, -1 nowhere
    text: NDArray[np.int64]  # where the text behind a syslog header begins
    inner: NDArray[np.int64]  # and where it begins behind any program's name
    dialect: NDArray[np.int64]  # what a scanner knows already; which key of an envelope holds more
    reason: NDArray[np.int64]
    outer: NDArray[np.int64]  # pattern of the envelope, -1 none
    escaped: NDArray[np.int64]  # whether a scanner met a text with escapes
    hit: NDArray[np.int64]  # (ROUNDS * CHUNK,) dialect of the last record recognised in its round
    time: NDArray[np.float64]  # of the record, or of its envelope

    @classmethod
    def empty(cls) -> "Lines":
        """Room for a chunk."""
        rows: dict[str, Any] = {name: np.zeros(CHUNK, np.int64) for name in cls._fields}
        rows["hit"] = np.zeros(ROUNDS * CHUNK, np.int64)
        rows["time"] = np.zeros(CHUNK)
        return cls(**rows)


class Records(NamedTuple):
    """What comes in. Record i is raw[bounds[i]:bounds[i + 1]]; n records."""

    buf: NDArray[np.uint8]  # where they are worked on
    raw: NDArray[np.uint8]
    bounds: NDArray[np.int64]  # (n + 1,)
    offset: NDArray[np.int64]  # (n,)
    time: NDArray[np.float64]  # (n,)


@inner_njit
def trim_end(buf: NDArray[np.uint8], start: int, end: int) -> int:
    """Leave out line ends, blanks and zero bytes behind a record."""
    while end > start:
        c = buf[end - 1]
        if c != NEWLINE and c != RETURN and c != BLANK and c != 0:
            break
        end -= 1
    return end


@inner_njit
def text_start(buf: NDArray[np.uint8], start: int, end: int) -> int:
    """Pass over a byte order mark and blanks before a record."""
    is_marked = end - start >= 3 and buf[start] == 0xEF and buf[start + 1] == 0xBB
    if is_marked and buf[start + 2] == 0xBF:
        start += 3
    while start < end and (buf[start] == BLANK or buf[start] == TAB):
        start += 1
    return start


@inner_njit
def directive_end(buf: NDArray[np.uint8], start: int, end: int, separator: int) -> int:
    """Where the first word of a comment ends."""
    i = start
    while i < end and buf[i] != TAB and buf[i] != BLANK and buf[i] != separator:
        i += 1
    return i


@inner_njit
def begins_header(buf: NDArray[np.uint8], i: int, end: int, entry: NDArray[np.int64]) -> bool:
    """Whether the first two words of a line are names of columns with which a header may begin."""
    for _ in range(2):
        stop = i
        while stop < end and buf[stop] > BLANK and buf[stop] != COMMA:
            stop += 1
        quoted = int(stop - i > 2 and buf[i] == QUOTE)
        if find_word(entry, int(HEADER_SPACE), buf, i + quoted, stop - quoted) < 0:
            return False
        i = stop + 1
    return True


@inner_njit
def sort_lines(
    records: Records,
    start: int,
    stop: int,
    shift: int,
    entry: NDArray[np.int64],
    separator: int,
    lines: Lines,
) -> int:
    """Find place and kind of the records from start on; how many rows that are.

    `shift` is how far they lie in the buffer behind where they lay in the payload.
    A header line is a chunk of its own, because what follows depends on it.
    """
    buf, bounds = records.buf, records.bounds
    firsts, ends, syntaxes = lines.first, lines.end, lines.syntax
    times, known, escaped, dialects, outers = (
        lines.time,
        records.time,
        lines.escaped,
        lines.dialect,
        lines.outer,
    )
    for i in range(start, stop):
        row = i - start
        begin = bounds[i] + shift
        end = trim_end(buf, begin, bounds[i + 1] + shift)
        first = text_start(buf, begin, end)
        ends[row] = end
        firsts[row] = first
        times[row] = known[i]
        escaped[row] = 0
        dialects[row] = -1
        outers[row] = -1
        if first == end:
            syntaxes[row] = NO_SYNTAX
        elif buf[first] == OPEN_OBJECT:
            syntaxes[row] = JSON
        elif buf[first] != HASH_SIGN:
            # blanks at its beginning may be empty columns
            if first - begin < 3 or buf[begin] != 0xEF:
                firsts[row] = begin
            syntaxes[row] = TEXT_LINE
            # no name of a column begins with a digit, but most lines with a time do
            c = buf[first]
            if not (48 <= c <= 57 or c == LESS) and begins_header(buf, first, end, entry):
                firsts[row] = first
                syntaxes[row] = HEADER_LINE
                return max(row, 1)
        else:
            behind = directive_end(buf, first, end, separator)
            space = int(DIRECTIVE_SPACE)
            if find_word(entry, space, buf, first, behind) < 0:
                syntaxes[row] = COMMENT_LINE
                continue
            syntaxes[row] = HEADER_LINE
            return max(row, 1)
    return stop - start
