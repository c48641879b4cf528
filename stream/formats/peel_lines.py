"""Where the text of each line begins, behind its syslog header and a program's name."""

import numpy as np
from numpy.typing import NDArray

from .borrowing import inner_njit
from .header import N_COLUMNS
from .lines import OBJECT_BEHIND, OPEN_OBJECT, TEXT_LINE, Lines
from .slots import PLAIN, TAG_SLOT, empty_row, slot_of
from .syslog import any_tag_end, peel_syslog, skip_spaces, skip_stamp, skip_tag

COLON = 58
COOKIE = 5  # bytes of @cee: before JSON
AT, LETTER_C = 64, 99


@inner_njit
def peel_lines(
    buf: NDArray[np.uint8],
    lines: Lines,
    count: int,
    number: NDArray[np.int64],
    entry: NDArray[np.int64],
    slots: NDArray[np.int64],
) -> None:
    """Peel the text rows. One that holds an object is the envelope of that.

    `number` is that of the header: where one names columns, a row may be half filled.
    """
    firsts, ends, syntaxes = lines.first, lines.end, lines.syntax
    datas, texts, inners = lines.data, lines.text, lines.inner
    may_be_filled = number[N_COLUMNS] != 0
    for row in range(count):
        if syntaxes[row] != TEXT_LINE:
            continue
        if may_be_filled:
            empty_row(slots, row)
        end = ends[row]
        data, start = peel_syslog(buf, firsts[row], end, slots, row)
        text = skip_stamp(buf, skip_tag(buf, start, end, entry), end)
        inner = text
        if text == start:
            stop, inner = any_tag_end(buf, text, end)
            if stop > text:
                slots[TAG_SLOT, row] = slot_of(text, stop, int(PLAIN))
        is_cookie = inner + COOKIE < end and buf[inner] == AT and buf[inner + 1] == LETTER_C
        if is_cookie and buf[inner + COOKIE - 1] == COLON:
            inner = skip_spaces(buf, inner + COOKIE, end)
        datas[row] = data
        texts[row] = text
        inners[row] = inner
        if inner < end and buf[inner] == OPEN_OBJECT and inner > firsts[row]:
            syntaxes[row] = OBJECT_BEHIND
