"""The records of a chunk while they are recognised: where each is and what it is."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .slots import CHUNK
from .tables import JSON
from .words import DIRECTIVE_SPACE, find_word

HASH_SIGN, OPEN_OBJECT = 35, 123
NEWLINE, RETURN, BLANK, TAB = 10, 13, 32, 9
# what a line may be besides a record of one of the syntaxes: nothing, a comment, a header line, or
# text of which the syntax is not known yet
NO_SYNTAX, COMMENT_LINE, HEADER_LINE, TEXT_LINE = 0, 16, 32, 64


class Lines(NamedTuple):
    """One row a record, (CHUNK,), and a note for all of them."""

    first: NDArray[np.int64]  # the record without blanks around it
    end: NDArray[np.int64]
    syntax: NDArray[np.int64]
    outcome: NDArray[np.int64]  # what the scanner said
    escapes: NDArray[np.int64]  # (1,) whether a scanner met a text with escapes

    @classmethod
    def empty(cls) -> "Lines":
        """Room for a chunk."""
        first, end, syntax, outcome = (np.zeros(CHUNK, np.int64) for _ in range(4))
        return cls(first, end, syntax, outcome, np.zeros(1, np.int64))


class Records(NamedTuple):
    """What comes in. Record i is raw[bounds[i]:bounds[i + 1]]; n records."""

    buf: NDArray[np.uint8]  # where they are worked on
    raw: NDArray[np.uint8]
    bounds: NDArray[np.int64]  # (n + 1,)
    offset: NDArray[np.int64]  # (n,)
    time: NDArray[np.float64]  # (n,)


@njit(cache=True, nogil=True, error_model="numpy")
def trim_end(buf: NDArray[np.uint8], start: int, end: int) -> int:
    """Leave out line ends, blanks and zero bytes behind a record."""
    while end > start:
        c = buf[end - 1]
        if c != NEWLINE and c != RETURN and c != BLANK and c != 0:
            break
        end -= 1
    return end


@njit(cache=True, nogil=True, error_model="numpy")
def text_start(buf: NDArray[np.uint8], start: int, end: int) -> int:
    """Pass over a byte order mark and blanks before a record."""
    is_marked = end - start >= 3 and buf[start] == 0xEF and buf[start + 1] == 0xBB
    if is_marked and buf[start + 2] == 0xBF:
        start += 3
    while start < end and (buf[start] == BLANK or buf[start] == TAB):
        start += 1
    return start


@njit(cache=True, nogil=True, error_model="numpy")
def directive_end(buf: NDArray[np.uint8], start: int, end: int, separator: int) -> int:
    """Where the first word of a comment ends."""
    i = start
    while i < end and buf[i] != TAB and buf[i] != BLANK and buf[i] != separator:
        i += 1
    return i


@njit(cache=True, nogil=True, error_model="numpy")
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
    for i in range(start, stop):
        row = i - start
        begin = bounds[i] + shift
        end = trim_end(buf, begin, bounds[i + 1] + shift)
        first = text_start(buf, begin, end)
        ends[row] = end
        firsts[row] = first
        if first == end:
            syntaxes[row] = NO_SYNTAX
        elif buf[first] == OPEN_OBJECT:
            syntaxes[row] = JSON
        elif buf[first] != HASH_SIGN:
            # blanks at its beginning may be empty columns
            if first - begin < 3 or buf[begin] != 0xEF:
                firsts[row] = begin
            syntaxes[row] = TEXT_LINE
        else:
            behind = directive_end(buf, first, end, separator)
            space = int(DIRECTIVE_SPACE)
            if find_word(entry, space, buf, first, behind) < 0:
                syntaxes[row] = COMMENT_LINE
                continue
            syntaxes[row] = HEADER_LINE
            return max(row, 1)
    return stop - start
