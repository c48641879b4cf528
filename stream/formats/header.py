"""Header lines of delimited logs: which columns follow, and how values are set off.

Zeek's ASCII writer begins a file with ``#separator \\x09``, ``#unset_field``, ``#path``,
``#fields`` and so on. They are state: they hold until the next ones, over records, calls and
snapshots. Columns given in the settings make the same state.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .addresses import hex_digit
from .slots import PATH_SLOT, PLAIN, slot_of
from .tables import DELIMITED, OTHER_LOG, P_DIALECT, P_REASON, P_SYNTAX, Tables, matches
from .words import DIRECTIVE_SPACE, find_key, find_word

# HeaderState.number
SEPARATOR, QUOTED, N_COLUMNS, LAST_WANTED, DIALECT, REASON = range(6)
N_NUMBER = 6
# rows of HeaderState.mark: #path, #unset_field, #empty_field; the first byte is the length
PATH, UNSET_MARK, EMPTY_MARK = range(3)
MARK_SIZE = 64
MAX_COLUMNS = 1024

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
NO_DIRECTIVE = -1
TAB, BLANK, BACKSLASH = 9, 32, 92


class HeaderState(NamedTuple):
    """What header lines said. Part of the parser's snapshot."""

    number: NDArray[np.int64]  # (N_NUMBER,); N_COLUMNS is 0 before the first #fields
    column: NDArray[np.int64]  # (MAX_COLUMNS,) slot of each column, -1 not asked for
    mark: NDArray[np.uint8]  # (3, MARK_SIZE) length and bytes of path and marks


@njit(cache=True, nogil=True, error_model="numpy")
def is_mark(
    buf: NDArray[np.uint8], start: int, end: int, header: HeaderState, row: int
) -> bool:
    """Whether a value is the mark of that row; an empty mark never is."""
    n = np.int64(header.mark[row, 0])
    if n == 0 or n != end - start:
        return False
    for k in range(n):
        if header.mark[row, k + 1] != buf[start + k]:
            return False
    return True


@njit(cache=True, nogil=True, error_model="numpy")
def set_mark(
    buf: NDArray[np.uint8], start: int, end: int, header: HeaderState, row: int
) -> None:
    """Keep a path or mark, cut to MARK_SIZE - 1 bytes."""
    n = min(end - start, MARK_SIZE - 1)
    header.mark[row, 0] = n
    for k in range(n):
        header.mark[row, k + 1] = buf[start + k]


@njit(cache=True, nogil=True, error_model="numpy")
def cut_at_blanks(buf: NDArray[np.uint8], start: int, end: int) -> int:
    """Where three blanks in a row begin, else the end."""
    for i in range(start, end - 2):
        if buf[i] == BLANK and buf[i + 1] == BLANK and buf[i + 2] == BLANK:
            return i
    return end


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
    tables: Tables,
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
        slot = find_key(tables.words, buf, first, stop)
        header.column[n] = slot
        if slot >= 0:
            slots[row, slot] = slot_of(first, stop, PLAIN)
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
def note_path(
    buf: NDArray[np.uint8], header: HeaderState, slots: NDArray[np.int64], row: int
) -> None:
    """Put the #path into its slot; the buffer's head holds its bytes."""
    n = np.int64(header.mark[PATH, 0])
    if n > 0:
        for k in range(n):
            buf[k] = header.mark[PATH, k + 1]
        slots[row, PATH_SLOT] = slot_of(0, n, PLAIN)


@njit(cache=True, nogil=True, error_model="numpy")
def read_header(
    buf: NDArray[np.uint8],
    start: int,
    end: int,
    header: HeaderState,
    tables: Tables,
    slots: NDArray[np.int64],
    row: int,
) -> int:
    """Take a line that begins with #: the directive, or NO_DIRECTIVE for any other comment."""
    i = start
    while i < end and buf[i] not in (TAB, BLANK, header.number[SEPARATOR]):
        i += 1
    directive = find_word(tables.words.entry, DIRECTIVE_SPACE, buf, start, i)
    i = min(i + 1, end)
    if directive == D_SEPARATOR:
        header.number[SEPARATOR] = read_separator(buf, i, end)
    elif directive == D_PATH:
        set_mark(buf, i, end, header, PATH)
    elif directive == D_UNSET_FIELD:
        set_mark(buf, i, end, header, UNSET_MARK)
    elif directive == D_EMPTY_FIELD:
        set_mark(buf, i, end, header, EMPTY_MARK)
    elif directive == D_FIELDS:
        name_columns(buf, i, end, header, tables, slots, row)
        note_path(buf, header, slots, row)
        choose_dialect(buf, header, tables, slots, row)
    return directive
