"""The delimited scanner: columns set off by one byte (tab, comma, blank), named by a header.

A column may be quoted where the dialect says so (RFC 4180). Columns behind the last one that is
asked for are not looked at, so a record may carry any number of extra ones; but each column that is
asked for must be there, and must be followed by a separator where the header names one behind it:
else the record was cut off. Labelled logs set extra columns off by three blanks: the last column
of a record ends there.
"""

import numpy as np
from numpy.typing import NDArray

from .borrowing import inner_njit
from .eight_bytes import find_either
from .header import (
    BLANK,
    DIALECT,
    EMPTY_MARK,
    LAST_WANTED,
    N_COLUMNS,
    QUOTED,
    SEPARATOR,
    UNSET_MARK,
    HeaderState,
    count_separators,
    cut_at_blanks,
    is_mark,
    place_path,
)
from .lines import TEXT_LINE, Lines
from .slots import DOUBLED, PATH_SLOT, PLAIN, UNSET, mark_filled, slot_of
from .tables import DELIMITED, NO_REASON

QUOTE = 34


@inner_njit
def skip_quoted(buf: NDArray[np.uint8], i: int, end: int) -> tuple[int, int]:
    """From behind an opening quote to its closing one (-1: none), and the kind of text."""
    kind = PLAIN
    while i < end:
        if buf[i] == QUOTE:
            if i + 1 >= end or buf[i + 1] != QUOTE:
                return i, kind
            kind = DOUBLED
            i += 1
        i += 1
    return -1, kind


@inner_njit
def scan_delimited(
    buf: NDArray[np.uint8],
    lines: Lines,
    count: int,
    header: HeaderState,
    slots: NDArray[np.int64],
) -> None:
    """Fill the slots of the text rows that have the header's columns; they become delimited."""
    column, mark = header.column, header.mark
    firsts, ends, syntaxes = lines.first, lines.end, lines.syntax
    dialects, reasons, escaped = lines.dialect, lines.reason, lines.escaped
    separator = header.number[SEPARATOR]
    quoted = header.number[QUOTED] == 1
    last = header.number[LAST_WANTED]
    last_has_next = last < header.number[N_COLUMNS] - 1
    # words are set off by blanks in any text: there all columns must be there, and no more
    exact = header.number[N_COLUMNS] - 1 if separator == BLANK else -1
    dialect = header.number[DIALECT]
    path = place_path(buf, mark)
    unset, empty = int(UNSET_MARK), int(EMPTY_MARK)
    for row in range(count):
        if syntaxes[row] != TEXT_LINE:
            continue
        i = firsts[row]
        end = ends[row]
        if exact >= 0 and count_separators(buf, i, end, separator) != exact:
            continue
        k = 0
        while k <= last and i <= end:
            first = i
            stop = -1
            kind = PLAIN
            if quoted and i < end and buf[i] == QUOTE:
                first += 1
                stop, kind = skip_quoted(buf, first, end)
                if stop < 0:
                    break
                escaped[row] |= int(kind == DOUBLED)
                i = stop
            i = find_either(buf, i, end, separator, separator)
            slot = column[k]
            if slot >= 0:
                if stop < 0:
                    stop = cut_at_blanks(buf, first, end) if i == end else i
                if is_mark(buf, first, stop, mark, unset) or is_mark(buf, first, stop, mark, empty):
                    kind = UNSET
                slots[slot, row] = slot_of(first, stop, kind)
                mark_filled(slots, slot)
            # only the last column that a header names may have no separator behind it
            if k == last and (i < end or not last_has_next):
                syntaxes[row] = DELIMITED
                dialects[row] = dialect
                reasons[row] = NO_REASON
                slots[PATH_SLOT, row] = path
            i += 1
            k += 1
