"""The template scanner for messages without an id, such as ``input: in:ether1 out:…, proto TCP …``.

They are known by a word with which they begin, near the beginning of the text: it may also be the
one that was taken for the host. What stands before it is the prefix. A text in which such a word
begins no message of this form is left to others.
"""

import numpy as np
from numpy.typing import NDArray

from .borrowing import inner_njit
from .eight_bytes import find_blank
from .lines import TEXT_LINE, Lines
from .scan_key_value import trim_prefix
from .scan_messages import find_text, match_steps
from .slots import HOST_SLOT, MISSING, PLAIN, PREFIX_SLOT, slot_length, slot_of, slot_start
from .tables import (
    M_BEHIND,
    M_DIALECT,
    M_FIRST,
    M_NEXT,
    M_REASON,
    O_LENGTH,
    O_MESSAGE,
    O_START,
    TEMPLATE,
    Messages,
)
from .words import Words

BLANK = 32
LOOKED_AT = 96  # bytes in which a message must begin
NOWHERE = -1
LOWEST_SIX = 63


@inner_njit
def find_opening(
    buf: NDArray[np.uint8], i: int, end: int, text: NDArray[np.uint8], start: int, length: int
) -> int:
    """Where a text stands at the beginning of a word; -1 nowhere."""
    first = i
    while i < end:
        i, _ = find_text(buf, i, end, text, start, length)
        if i < 0 or i == first or buf[i - 1] <= BLANK:
            return i
        i += 1
    return NOWHERE


@inner_njit
def word_heads(buf: NDArray[np.uint8], i: int, end: int) -> int:
    """Which bytes stand at the beginning of words, as bits by their lowest six bits."""
    heads = 1 << (int(buf[i]) & LOWEST_SIX) if i < end else 0
    while i < end:
        i = find_blank(buf, i, end) + 1
        if i < end:
            heads |= 1 << (int(buf[i]) & LOWEST_SIX)
    return heads


@inner_njit
def scan_openings(
    buf: NDArray[np.uint8],
    lines: Lines,
    count: int,
    words: Words,
    messages: Messages,
    slots: NDArray[np.int64],
) -> None:
    """Fill the slots of the text rows that are messages without an id; they become template."""
    opening, message, step, text = messages.opening, messages.message, messages.step, messages.text
    ends, syntaxes, inners = lines.end, lines.syntax, lines.inner
    dialects, reasons = lines.dialect, lines.reason
    for row in range(count):
        if syntaxes[row] != TEXT_LINE:
            continue
        begin, end = inners[row], ends[row]
        stop = min(end, begin + LOOKED_AT)
        host = slots[HOST_SLOT, row]
        is_before = host != MISSING and slot_start(host) + slot_length(host) + 1 == begin
        start = slot_start(host) if is_before else begin
        heads = word_heads(buf, start, stop)
        for o in range(opening.shape[0]):
            # to look for each in each line was an eighth of what a kernel line costs
            if heads >> (int(text[opening[o, O_START]]) & LOWEST_SIX) & 1 == 0:
                continue
            at = find_opening(buf, start, stop, text, opening[o, O_START], opening[o, O_LENGTH])
            if at < 0:
                continue
            m = opening[o, O_MESSAGE]
            while m >= 0:
                first, last = message[m, M_FIRST], message[m, M_BEHIND]
                if match_steps(buf, at, end, step, text, first, last, words, slots, row):
                    break
                m = message[m, M_NEXT]
            if m < 0:
                continue
            syntaxes[row] = TEMPLATE
            dialects[row] = message[m, M_DIALECT]
            reasons[row] = message[m, M_REASON]
            if at < begin:
                slots[HOST_SLOT, row] = MISSING
            at = trim_prefix(buf, begin, at)
            if at > begin:
                slots[PREFIX_SLOT, row] = slot_of(begin, at, int(PLAIN))
            break
