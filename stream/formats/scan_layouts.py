"""The delimited scanner for rows without a header: what stands where follows from the row itself.

A layout names the columns, and which words, addresses or numbers must stand in some of them, so
that columns may depend on earlier ones (the IP version, the protocol, the type of the record). The
layouts are tried in their order; a row is cut no further than is asked for.
"""

import numpy as np
from numpy.typing import NDArray

from .addresses import parse_ipv4, parse_ipv6
from .borrowing import inner_njit
from .eight_bytes import find_either
from .lines import TEXT_LINE, Lines
from .scan_delimited import skip_quoted
from .slots import DOUBLED, KIND_MASK, PLAIN, mark_filled, slot_length, slot_of, slot_start
from .tables import (
    A_COLUMN,
    A_SPACE,
    ANY_ADDRESS,
    DELIMITED,
    L_BEHIND,
    L_COLUMN,
    L_DIALECT,
    L_FIRST,
    L_LAST,
    L_LEAST,
    L_MOST,
    L_QUOTED,
    L_REASON,
    L_SEPARATOR,
    Layouts,
)
from .words import find_word

QUOTE = 34


@inner_njit
def cut_columns(
    buf: NDArray[np.uint8],
    i: int,
    end: int,
    separator: int,
    quoted: bool,  # noqa: FBT001 a kernel takes no keywords
    cut: NDArray[np.int64],
    have: int,
    wanted: int,
) -> tuple[int, int]:
    """Cut on from column `have`, which begins at i, until column `wanted` is there.

    Returns how many columns there are, and where the next begins; behind the end there is none.
    """
    while have <= wanted and i <= end:
        first = i
        stop = -1
        kind = PLAIN
        if quoted and i < end and buf[i] == QUOTE:
            first += 1
            stop, kind = skip_quoted(buf, first, end)
            if stop < 0:
                return have, end + 1
            i = stop + 1
        i = find_either(buf, i, end, separator, separator)
        cut[have] = slot_of(first, stop if stop >= 0 else i, kind)
        have += 1
        i += 1
    return have, i


@inner_njit
def fits(
    buf: NDArray[np.uint8],
    slot: int,
    space: int,
    entry: NDArray[np.int64],
    group: NDArray[np.int64],
    address: NDArray[np.uint64],
) -> bool:
    """Whether the value of a column is one of the words of a space, an address or a number."""
    start = slot_start(slot)
    end = start + slot_length(slot)
    if space >= 0:
        return find_word(entry, space, buf, start, end) >= 0
    if space == ANY_ADDRESS:
        if parse_ipv4(buf, start, end) >= 0:
            return True
        return parse_ipv6(buf, start, end, group, address, 0, 0)
    for i in range(start, end):
        if not 48 <= buf[i] <= 57:
            return False
    return end > start


@inner_njit
def scan_layouts(
    buf: NDArray[np.uint8],
    lines: Lines,
    count: int,
    entry: NDArray[np.int64],
    layouts: Layouts,
    cut: NDArray[np.int64],
    group: NDArray[np.int64],
    address: NDArray[np.uint64],
    slots: NDArray[np.int64],
) -> None:
    """Fill the slots of the text rows that have a layout; they become delimited.

    `cut`, `group` and `address` are working room.
    """
    layout, place, column = layouts.layout, layouts.place, layouts.column
    ends, syntaxes, inners = lines.end, lines.syntax, lines.inner
    dialects, reasons, escaped = lines.dialect, lines.reason, lines.escaped
    for row in range(count):
        if syntaxes[row] != TEXT_LINE:
            continue
        end = ends[row]
        separator = -1
        have = 0
        i = inners[row]
        one_column = False  # no separator stands in the row
        for n in range(layout.shape[0]):
            quoted = layout[n, L_QUOTED] == 1
            # layouts of one separator stand together
            if (
                n == 0
                or layout[n, L_SEPARATOR] != separator
                or quoted != (layout[n - 1, L_QUOTED] == 1)
            ):
                if layout[n, L_SEPARATOR] != separator:
                    separator = layout[n, L_SEPARATOR]
                    one_column = find_either(buf, inners[row], end, separator, separator) >= end
                have = 0
                i = inners[row]
            if one_column and layout[n, L_LEAST] > 1:
                continue
            held = True
            for c in range(layout[n, L_FIRST], layout[n, L_BEHIND]):
                k = place[c, A_COLUMN]
                have, i = cut_columns(buf, i, end, separator, quoted, cut, have, k)
                held = k < have and fits(buf, cut[k], place[c, A_SPACE], entry, group, address)
                if not held:
                    break
            if not held:
                continue
            last = layout[n, L_LAST]
            most = layout[n, L_MOST]
            wanted = max(last, layout[n, L_LEAST] - 1, most)
            have, i = cut_columns(buf, i, end, separator, quoted, cut, have, wanted)
            if have < layout[n, L_LEAST] or (most > 0 and have > most):
                continue
            syntaxes[row] = DELIMITED
            dialects[row] = layout[n, L_DIALECT]
            reasons[row] = layout[n, L_REASON]
            for k in range(min(last + 1, have)):
                slot = column[layout[n, L_COLUMN] + k]
                if slot >= 0:
                    slots[slot, row] = cut[k]
                    mark_filled(slots, slot)
                    escaped[row] |= int(cut[k] & KIND_MASK == DOUBLED)
            break
