"""The template scanner: messages with an id, such as ``%ASA-6-302013: Built inbound TCP …``.

The facility (``ASA``) and the id (``302013``) are looked up; then the message's templates are tried
in their order, step by step: fixed text, in which a blank stands for any number of them, and
fields. What stands behind the last step is not looked at.
"""

import numpy as np
from numpy.typing import NDArray

from .borrowing import inner_njit
from .eight_bytes import find_blank, find_either, same_text
from .lines import TEXT_LINE, Lines
from .scan_heads import read_leef
from .slots import ID_SLOT, MISSING, PLAIN, SEVERITY_SLOT, mark_filled, slot_of
from .tables import (
    F_DIALECT,
    F_REASON,
    F_SPACE,
    M_BEHIND,
    M_FIRST,
    M_NEXT,
    M_REASON,
    OTHER_FORM,
    S_JUMP,
    S_KIND,
    S_LENGTH,
    S_SLOT,
    S_START,
    STEP_ADDRESS,
    STEP_GROUP,
    STEP_LIST,
    STEP_NUMBER,
    STEP_PAIRS,
    STEP_REST,
    STEP_TEXT,
    STEP_UNTIL,
    STEP_WORD,
    TEMPLATE,
    Messages,
)
from .wide_loads import WIDE, digits_16, lowest_bit
from .words import FACILITY_SPACE, Words, find_key, find_word

BLANK, PERCENT, MINUS, COLON, COMMA, POINT = 32, 37, 45, 58, 44, 46
LOOKED_AT = 160  # bytes in which the mark must stand
NOWHERE = -1


@inner_njit
def find_mark(buf: NDArray[np.uint8], i: int, end: int) -> int:
    """Where the ``%`` of a message stands at the beginning of a word; -1 nowhere."""
    first = i
    stop = min(end, i + LOOKED_AT)
    while i < stop:
        i = find_either(buf, i, stop, int(PERCENT), int(PERCENT))
        if i < stop and (i == first or buf[i - 1] <= BLANK or buf[i - 1] == COLON):
            return i
        i += 1
    return NOWHERE


@inner_njit
def mark_parts(buf: NDArray[np.uint8], at: int, end: int) -> tuple[int, int, int]:
    """Where facility, severity and id end: ``%FACILITY-…-6-ID``; -1 if it is no mark."""
    stop = at + 1
    first = last = NOWHERE
    while stop < end and buf[stop] > BLANK and buf[stop] != COLON:
        if buf[stop] == MINUS:
            if first < 0:
                first = stop
            last = stop
        stop += 1
    # a severity of one digit stands before the id
    if last < at + 3 or last == stop - 1 or buf[last - 2] != MINUS:
        return NOWHERE, NOWHERE, NOWHERE
    if not 48 <= buf[last - 1] <= 57:
        return NOWHERE, NOWHERE, NOWHERE
    return first, last, stop


@inner_njit
def match_text(
    buf: NDArray[np.uint8], i: int, end: int, text: NDArray[np.uint8], start: int, length: int
) -> int:
    """Where buf goes on behind a fixed text, -1 if that does not stand at i."""
    if i >= end or buf[i] != text[start]:
        return NOWHERE
    if i + length <= end and same_text(buf, i, text, start, length):
        i += length
        while i < end and text[start + length - 1] == BLANK and buf[i] == BLANK:
            i += 1
        return i
    # it may stand there with more blanks
    for k in range(start, start + length):
        if i >= end or buf[i] != text[k]:
            return NOWHERE
        i += 1
        if text[k] == BLANK:
            while i < end and buf[i] == BLANK:
                i += 1
    return i


@inner_njit
def find_text(
    buf: NDArray[np.uint8], i: int, end: int, text: NDArray[np.uint8], start: int, length: int
) -> tuple[int, int]:
    """Where a fixed text stands first from i on, and where buf goes on behind it; -1 nowhere."""
    head = int(text[start])
    while i < end:
        i = find_either(buf, i, end, head, head)
        behind = match_text(buf, i, end, text, start, length)
        if behind >= 0:
            return i, behind
        i += 1
    return NOWHERE, NOWHERE


@inner_njit
def number_end(buf: NDArray[np.uint8], i: int, end: int) -> int:
    """Where the digits at i end."""
    while i < end:
        digits = lowest_bit(~digits_16(buf, i))
        i += digits
        if digits < WIDE:
            break
    return min(i, end)


@inner_njit
def address_end(buf: NDArray[np.uint8], i: int, end: int) -> int:
    """Where the digits, letters to f, colons and points at i end; i itself if there are none."""
    start = i
    while i < end:
        c = int(buf[i])
        is_hexadecimal = 48 <= c <= 57 or 97 <= (c | 32) <= 102
        if not (is_hexadecimal or c == COLON or c == POINT):
            break
        i += 1
    # a sign behind an address is none of it
    if i - 1 > start and buf[i - 2] != COLON:
        i -= int(buf[i - 1] == POINT or buf[i - 1] == COLON)
    return i


@inner_njit
def field_end(buf: NDArray[np.uint8], i: int, end: int, kind: int) -> int:
    """Where a field of a kind of its own ends; i itself if there is none."""
    if kind == STEP_NUMBER:
        return number_end(buf, i, end)
    if kind == STEP_WORD:
        return find_blank(buf, i, end) if i < end else i
    return address_end(buf, i, end) if kind == STEP_ADDRESS else end


@inner_njit
def read_list(
    buf: NDArray[np.uint8],
    i: int,
    end: int,
    words: Words,
    slots: NDArray[np.int64],
    row: int,
) -> None:
    """Read ``Key: value, Key: value`` to the end; of a key that comes twice the first counts."""
    while i < end:
        while i < end and (buf[i] == BLANK or buf[i] == COMMA):
            i += 1
        sign = find_either(buf, i, end, int(COLON), int(COLON))
        if sign >= end:
            return
        slot = find_key(words, buf, i, sign)
        first = min(sign + 1, end)
        while first < end and buf[first] == BLANK:
            first += 1
        stop = find_either(buf, first, end, int(COMMA), int(COMMA))
        while stop + 1 < end and buf[stop + 1] != BLANK:
            stop = find_either(buf, stop + 1, end, int(COMMA), int(COMMA))
        if slot >= 0 and slots[slot, row] == MISSING:
            slots[slot, row] = slot_of(first, stop, int(PLAIN))
            mark_filled(slots, slot)
        i = stop + 1


@inner_njit
def match_steps(
    buf: NDArray[np.uint8],
    i: int,
    end: int,
    step: NDArray[np.int64],
    text: NDArray[np.uint8],
    first: int,
    behind: int,
    words: Words,
    slots: NDArray[np.int64],
    row: int,
) -> bool:
    """Whether a text is the steps from first to behind; then the slots of its fields are filled."""
    back = jump = NOWHERE
    s = first
    while s < behind:
        kind, slot = step[s, S_KIND], step[s, S_SLOT]
        if s == jump:
            jump = NOWHERE
        stop = after = NOWHERE
        if kind == STEP_GROUP:
            back, jump = i, step[s, S_JUMP]
            s += 1
            continue
        if kind == STEP_TEXT:
            stop = match_text(buf, i, end, text, step[s, S_START], step[s, S_LENGTH])
        elif kind == STEP_UNTIL:
            # the text behind the field is the next step, which is done with it
            stop, after = find_text(buf, i, end, text, step[s + 1, S_START], step[s + 1, S_LENGTH])
        elif kind == STEP_PAIRS:
            read_list(buf, i, end, words, slots, row)
            return True
        elif kind == STEP_LIST:
            read_leef(buf, i, end, int(text[step[s, S_START]]), words, slots, row)
            return True
        else:
            stop = field_end(buf, i, end, kind)
            if stop == i and kind != STEP_REST:
                stop = NOWHERE
        if stop >= 0:
            if slot >= 0:
                slots[slot, row] = slot_of(i, stop, int(PLAIN))
                mark_filled(slots, slot)
            i = stop
            s += 1
            if kind == STEP_UNTIL:
                jump = NOWHERE if s == jump else jump
                i = after
                s += 1
            continue
        for k in range(first, s + 1):
            in_group = jump < 0 or step[k, S_JUMP] == jump
            if in_group and step[k, S_SLOT] >= 0:
                slots[step[k, S_SLOT], row] = MISSING
        if jump < 0:
            return False
        i, s, jump = back, jump, NOWHERE
    return True


@inner_njit
def scan_messages(
    buf: NDArray[np.uint8],
    lines: Lines,
    count: int,
    words: Words,
    messages: Messages,
    slots: NDArray[np.int64],
) -> None:
    """Fill the slots of the text rows whose facility is known; they become template rows."""
    facility, message, entry = messages.facility, messages.message, words.entry
    step, text = messages.step, messages.text
    ends, syntaxes, texts = lines.end, lines.syntax, lines.text
    dialects, reasons = lines.dialect, lines.reason
    for row in range(count):
        if syntaxes[row] != TEXT_LINE:
            continue
        end = ends[row]
        at = find_mark(buf, texts[row], end)
        if at < 0:
            continue
        first, last, stop = mark_parts(buf, at, end)
        if first < 0:
            continue
        f = find_word(entry, int(FACILITY_SPACE), buf, at + 1, first)
        if f < 0:
            continue
        syntaxes[row] = TEMPLATE
        dialects[row] = facility[f, F_DIALECT]
        reasons[row] = facility[f, F_REASON]
        m = find_word(entry, facility[f, F_SPACE], buf, last + 1, stop)
        if m < 0:
            continue
        slots[ID_SLOT, row] = slot_of(last + 1, stop, int(PLAIN))
        slots[SEVERITY_SLOT, row] = slot_of(last - 1, last, int(PLAIN))
        reasons[row] = OTHER_FORM
        while stop < end and (buf[stop] == COLON or buf[stop] == BLANK):
            stop += 1
        while m >= 0:
            begin, behind = message[m, M_FIRST], message[m, M_BEHIND]
            if match_steps(buf, stop, end, step, text, begin, behind, words, slots, row):
                break
            m = message[m, M_NEXT]
        if m >= 0:
            reasons[row] = message[m, M_REASON]
