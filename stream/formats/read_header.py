r"""Header lines of delimited logs.

Zeek's ASCII writer begins a file with ``#separator \x09``, ``#unset_field``, ``#path``,
``#fields`` and so on; W3C's extended format has ``#Fields:`` with blanks; others just name the
columns. They are few, so they are read in plain Python.
"""

import re
from collections.abc import Mapping, Sequence

from .dialect import Dialect
from .header import (
    BLANKS,
    DIALECT,
    EMPTY_MARK,
    LAST_WANTED,
    MARK_SIZE,
    MAX_COLUMNS,
    N_COLUMNS,
    PATH,
    QUOTED,
    REASON,
    SEPARATOR,
    UNSET_MARK,
    HeaderState,
)
from .tables import (
    C_GROUP,
    C_SLOT,
    C_SPACE,
    DELIMITED,
    NO_REASON,
    OTHER_LOG,
    P_BEHIND,
    P_DIALECT,
    P_FIRST,
    P_REASON,
    P_SYNTAX,
    Tables,
)

DIRECTIVES = (
    "#separator",
    "#set_separator",
    "#empty_field",
    "#unset_field",
    "#path",
    "#open",
    "#close",
    "#fields",
    "#fields:",
    "#types",
)
LEAST_NAMES = 2
ESCAPED_BYTE = re.compile(rb"\\x([0-9a-fA-F]{2})")
MARKS = {b"#path": PATH, b"#unset_field": UNSET_MARK, b"#empty_field": EMPTY_MARK}


def read_header(
    line: bytes,
    header: HeaderState,
    tables: Tables,
    slot_of_key: Mapping[str, int],
    dialects: Sequence[Dialect],
) -> None:
    """Take a header line. `slot_of_key` gives the slots of source keys."""
    if not line.lstrip().startswith(b"#"):
        take_names(line, header, tables, slot_of_key, dialects)
        return
    separator = bytes([int(header.number[SEPARATOR])])
    name, _, rest = re.sub(rb"[\t ]|" + re.escape(separator), b"\0", line, count=1).partition(b"\0")
    name = name.lower()
    if name == b"#separator":
        escaped = ESCAPED_BYTE.match(rest)
        header.number[SEPARATOR] = int(escaped[1], 16) if escaped else (rest or b"\t")[0]
        header.number[QUOTED] = 0
    elif name in MARKS:
        text = rest[: MARK_SIZE - 1]
        header.mark[MARKS[name]] = 0
        header.mark[MARKS[name], : len(text) + 1] = list(bytes([len(text)]) + text)
    elif name == b"#fields":
        name_columns(rest.split(separator), header, tables, slot_of_key)
    elif name == b"#fields:":
        header.number[[SEPARATOR, QUOTED]] = ord(" "), 0
        header.mark[PATH] = 0
        name_columns(rest.split(), header, tables, slot_of_key)


def take_names(
    line: bytes,
    header: HeaderState,
    tables: Tables,
    slot_of_key: Mapping[str, int],
    dialects: Sequence[Dialect],
) -> None:
    """Take a line that only names columns, if they are those of a dialect; else leave it."""
    before = header.number.copy(), header.column.copy(), header.mark.copy()
    cuts = ((one, sign) for one in dialects for sign in (one.separator, *one.others))
    for dialect, sign in cuts:
        names = line.strip().split(sign.encode())
        names = [name.strip(b' "') for name in names]
        if len(names) < LEAST_NAMES or names[0].decode("latin-1") not in dialect.header:
            continue
        header.number[SEPARATOR] = ord(sign)
        header.number[QUOTED] = int(dialect.quoted)
        header.mark[PATH] = 0
        name_columns(names, header, tables, slot_of_key)
        if header.number[DIALECT] >= 0:
            return
    header.number[:], header.column[:], header.mark[:] = before


def name_columns(
    names: list[bytes], header: HeaderState, tables: Tables, slot_of_key: Mapping[str, int]
) -> None:
    """Take the names of the columns, and find the dialect that they belong to; it may name none."""
    names = names or [b""]
    names[-1] = names[-1].partition(BLANKS)[0]
    slots = [slot_of_key.get(name.decode("utf-8", "replace"), -1) for name in names[:MAX_COLUMNS]]
    number = header.number
    number[N_COLUMNS] = len(slots)
    number[DIALECT] = -1
    number[REASON] = OTHER_LOG
    number[LAST_WANTED] = -1
    header.column[:] = -1
    there = set(slots)
    for pattern in tables.pattern.tolist():
        if pattern[P_SYNTAX] & DELIMITED and has_columns(tables, pattern, there):
            number[DIALECT] = pattern[P_DIALECT]
            number[REASON] = pattern[P_REASON]
            break
    if number[REASON] != NO_REASON:
        return
    for k, slot in enumerate(slots):
        if slot >= 0 and tables.used[number[DIALECT], slot]:
            header.column[k] = slot
            number[LAST_WANTED] = k


def has_columns(tables: Tables, pattern: list[int], there: set[int]) -> bool:
    """Whether the columns are those of a pattern, of each group of conditions at least one."""
    held: dict[int, bool] = {}
    for condition in tables.condition[pattern[P_FIRST] : pattern[P_BEHIND]].tolist():
        holds = condition[C_SPACE] < 0 and condition[C_SLOT] in there
        held[condition[C_GROUP]] = held.get(condition[C_GROUP], False) or holds
    return all(held.values())
