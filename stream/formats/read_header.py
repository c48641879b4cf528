"""Header lines of delimited logs.

Zeek's ASCII writer begins a file with ``#separator \\x09``, ``#unset_field``, ``#path``, ``#fields``
and so on.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .header import (
    DIALECT,
    EMPTY_MARK,
    LAST_WANTED,
    MARK_SIZE,
    MAX_COLUMNS,
    N_COLUMNS,
    PATH,
    REASON,
    SEPARATOR,
    UNSET_MARK,
    HeaderState,
    cut_at_blanks,
)
from .addresses import hex_digit
from .lines import directive_end
from .patterns import matches
from .slots import MISSING, PATH_SLOT, PLAIN, slot_of
from .tables import DELIMITED, OTHER_LOG, P_DIALECT, P_REASON, P_SYNTAX, Tables
from .words import DIRECTIVE_SPACE, Words, find_key, find_word

# directives
(
    D_SEPARATOR,
    D_SET_SEPARATOR,
    D_EMPTY_FIELD,
    D_UNSET_FIELD,
    D_PATH,
    D_OPEN,
    D_CLOSE,
    D_FIELDS,
    D_TYPES,
) = range(9)
DIRECTIVES = (
    "#separator",
    "#set_separator",
    "#empty_field",
    "#unset_field",
    "#path",
    "#open",
    "#close",
    "#fields",
    "#types",
)
TAB, BACKSLASH = 9, 92


@njit(cache=True, nogil=True, error_model="numpy")
def set_mark(
    buf: NDArray[np.uint8], start: int, end: int, mark: NDArray[np.uint8], row: int
) -> None:
    """Keep a path or mark, cut to MARK_SIZE - 1 bytes."""
    n = min(end - start, MARK_SIZE - 1)
    mark[row, 0] = n
    for k in range(n):
        mark[row, k + 1] = buf[start + k]


@njit(cache=True, nogil=True, error_model="numpy")
def read_separator(buf: NDArray[np.uint8], start: int, end: int) -> int:
    """Read the byte that ``\\x09`` or a plain character stands for; a tab if there is none."""
    if end - start >= 4 and buf[start] == BACKSLASH and buf[start + 1] == 120:
        high = hex_digit(np.int64(buf[start + 2]))
        low = hex_digit(np.int64(buf[start + 3]))
        if high >= 0 and low >= 0:
            return high * 16 + low
    if end > start:
        return np.int64(buf[start])
    return TAB


@njit(cache=True, nogil=True, error_model="numpy")
def name_columns(
    buf: NDArray[np.uint8],
    start: int,
    end: int,
    header: HeaderState,
    words: Words,
    slots: NDArray[np.int64],
    row: int,
) -> None:
    """Take the names of a #fields line: slot of each column."""
    i = start
    separator = header.number[SEPARATOR]
    n = 0
    while n < MAX_COLUMNS:
        first = i
        while i < end and buf[i] != separator:
            i += 1
        stop = cut_at_blanks(buf, first, end) if i == end else i
        slot = find_key(words, buf, first, stop)
        header.column[n] = slot
        if slot >= 0:
            slots[row, slot] = slot_of(first, stop, np.int64(PLAIN))
        n += 1
        if i >= end:
            break
        i += 1
    header.number[N_COLUMNS] = n


@njit(cache=True, nogil=True, error_model="numpy")
def choose_dialect(
    buf: NDArray[np.uint8],
    header: HeaderState,
    tables: Tables,
    slots: NDArray[np.int64],
    row: int,
) -> None:
    """Find the dialect of the named columns, and forget the columns it does not ask for."""
    number = header.number
    number[DIALECT] = -1
    number[REASON] = OTHER_LOG
    number[LAST_WANTED] = -1
    pattern = tables.pattern
    for p in range(pattern.shape[0]):
        if pattern[p, P_SYNTAX] & DELIMITED and matches(
            pattern, p, tables.condition, tables.words.entry, buf, slots, row
        ):
            number[DIALECT] = pattern[p, P_DIALECT]
            number[REASON] = pattern[p, P_REASON]
            break
    if number[DIALECT] < 0:
        return
    for k in range(number[N_COLUMNS]):
        slot = header.column[k]
        if slot >= 0 and tables.used[number[DIALECT], slot] == 1:
            number[LAST_WANTED] = k
        else:
            header.column[k] = -1


@njit(cache=True, nogil=True, error_model="numpy")
def place_path(buf: NDArray[np.uint8], mark: NDArray[np.uint8]) -> int:
    """Write the #path to the head of the buffer; its slot, or MISSING."""
    n = np.int64(mark[PATH, 0])
    if n == 0:
        return MISSING
    for k in range(n):
        buf[k] = mark[PATH, k + 1]
    return slot_of(np.int64(0), n, np.int64(PLAIN))


@njit(cache=True, nogil=True, error_model="numpy")
def read_header(
    buf: NDArray[np.uint8],
    start: int,
    end: int,
    header: HeaderState,
    tables: Tables,
    slots: NDArray[np.int64],
) -> None:
    """Take a header line. Row 0 of the slots is working room."""
    row = np.int64(0)
    for k in range(slots.shape[1]):
        slots[row, k] = MISSING
    i = directive_end(buf, start, end, header.number[SEPARATOR])
    space = np.int64(DIRECTIVE_SPACE)
    directive = find_word(tables.words.entry, space, buf, start, i)
    i = min(i + 1, end)
    if directive == D_SEPARATOR:
        header.number[SEPARATOR] = read_separator(buf, i, end)
    elif directive == D_PATH:
        set_mark(buf, i, end, header.mark, np.int64(PATH))
    elif directive == D_UNSET_FIELD:
        set_mark(buf, i, end, header.mark, np.int64(UNSET_MARK))
    elif directive == D_EMPTY_FIELD:
        set_mark(buf, i, end, header.mark, np.int64(EMPTY_MARK))
    elif directive == D_FIELDS:
        name_columns(buf, i, end, header, tables.words, slots, row)
        slots[row, PATH_SLOT] = place_path(buf, header.mark)
        choose_dialect(buf, header, tables, slots, row)
