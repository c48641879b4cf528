"""The header before a log line's own text: time, host and program, where they are there.

A count of bytes (RFC 6587) and the ``<PRI>`` of RFC 3164 and 5424 are passed over. Of RFC 3164 any
part may be missing: the time is a stamp (see ``stamps``) or an ISO 8601 time, marks of Cisco's
clocks (``*``, ``.``) and sequence numbers (``1234: ``) are passed over, and of two times the second
is the device's own. Behind a time stands the host, unless the word ends with a colon; then it is
the host only where a message's ``%`` follows. A program's name is passed over where a dialect lists
it (``kernel:``), and so is the kernel's own ``[ 12.345678]``.
"""

import numpy as np
from numpy.typing import NDArray

from .borrowing import inner_njit
from .eight_bytes import find_blank
from .slots import HOST_SLOT, ID_SLOT, PLAIN, TAG_SLOT, TIME_SLOT, slot_of
from .stamps import named_zone, read_stamp
from .times import NO_ZONE, read_digits
from .words import TAG_SPACE, find_word

BLANK, COLON, EQUALS, MINUS = 32, 58, 61, 45
OPEN_BRACKET, CLOSE_BRACKET, LESS, GREATER = 91, 93, 60, 62
ONE, STAR, POINT, PERCENT, QUOTE, BACKSLASH, BAR = 49, 42, 46, 37, 34, 92, 124
COMMA, OPEN_OBJECT = 44, 123
ISO_TIME = 19  # bytes
LONGEST_TAG = 48
HEADER_FIELDS = 5  # of RFC 5424, behind the version
NOWHERE = -1


@inner_njit
def word_end(buf: NDArray[np.uint8], i: int, end: int) -> int:
    """Where the word at i ends."""
    return find_blank(buf, i, end) if i < end else i


@inner_njit
def skip_spaces(buf: NDArray[np.uint8], i: int, end: int) -> int:
    """First position from i on that holds no blank."""
    while i < end and buf[i] <= BLANK:
        i += 1
    return i


@inner_njit
def digits_end(buf: NDArray[np.uint8], i: int, end: int) -> int:
    """Where the digits at i end."""
    while i < end and 48 <= buf[i] <= 57:
        i += 1
    return i


@inner_njit
def time_end(buf: NDArray[np.uint8], i: int, end: int) -> int:
    """Where the time at i ends; i itself if there is none."""
    _, _, _, _, stop = read_stamp(buf, i, end)
    if stop >= 0:
        name = stop + 4
        has_name = name < end and (buf[name] == COLON or buf[name] == BLANK)
        has_name = has_name and buf[stop] == BLANK
        return name if has_name and named_zone(buf, stop + 1, name) != NO_ZONE else stop
    if end - i >= ISO_TIME and buf[i + 4] == MINUS and read_digits(buf, i, i + 4) >= 0:
        stop = word_end(buf, i + 11 if buf[i + 10] == BLANK else i, end)
        return stop - 1 if buf[stop - 1] == COLON else stop
    return i


@inner_njit
def skip_tag(buf: NDArray[np.uint8], i: int, end: int, entry: NDArray[np.int64]) -> int:
    """Pass over a known program's name, with its number in brackets and its colon.

    None begins with the ``%`` of a message.
    """
    if i >= end or buf[i] == PERCENT:
        return i
    stop = i
    while stop < end and buf[stop] > BLANK and buf[stop] != COLON and buf[stop] != OPEN_BRACKET:
        stop += 1
    if find_word(entry, int(TAG_SPACE), buf, i, stop) < 0:
        return i
    return skip_spaces(buf, word_end(buf, stop, end), end)


@inner_njit
def any_tag_end(buf: NDArray[np.uint8], i: int, end: int) -> tuple[int, int]:
    """Where the name of any program ends, and what stands behind its colon; both i if none."""
    stop = i
    while stop < end and stop - i < LONGEST_TAG:
        c = int(buf[stop])
        is_letter = 97 <= (c | 32) <= 122 or 45 <= c <= 57 or c == 95
        if not is_letter:
            break
        stop += 1
    k = stop
    if k < end and buf[k] == OPEN_BRACKET:
        k = digits_end(buf, k + 1, end)
        if k >= end or buf[k] != CLOSE_BRACKET:
            return i, i
        k += 1
    if stop == i or k + 1 >= end or buf[k] != COLON or buf[k + 1] != BLANK:
        return i, i
    return stop, skip_spaces(buf, k + 1, end)


@inner_njit
def skip_stamp(buf: NDArray[np.uint8], i: int, end: int) -> int:
    """Pass over the kernel's seconds since its start, in brackets."""
    if i >= end or buf[i] != OPEN_BRACKET:
        return i
    k = skip_spaces(buf, i + 1, end)
    first = k
    while k < end and (48 <= buf[k] <= 57 or buf[k] == POINT):
        k += 1
    if k == first or k >= end or buf[k] != CLOSE_BRACKET:
        return i
    return skip_spaces(buf, k + 1, end)


@inner_njit
def skip_priority(buf: NDArray[np.uint8], i: int, end: int) -> int:
    """Pass over a count of bytes and the priority; i itself if there is no priority."""
    k = digits_end(buf, i, end)
    start = k + 1 if i < k < end and buf[k] == BLANK else i
    if start >= end or buf[start] != LESS:
        return i
    k = digits_end(buf, start + 1, end)
    return k + 1 if start + 1 < k < end and buf[k] == GREATER else i


@inner_njit
def skip_sequence(buf: NDArray[np.uint8], i: int, end: int) -> int:
    """Pass over Cisco's sequence number and the mark of its clock."""
    k = digits_end(buf, i, end)
    if i < k and k + 1 < end and buf[k] == COLON and buf[k + 1] == BLANK:
        i = skip_spaces(buf, k + 1, end)
    if i < end and (buf[i] == STAR or buf[i] == POINT):
        i += 1
    return i


@inner_njit
def has_sign(buf: NDArray[np.uint8], start: int, end: int) -> bool:
    """Whether the word holds a ``=``, ``|``, ``,`` or ``{``, which the name of a host has not."""
    for i in range(start, end):
        c = buf[i]
        if c == EQUALS or c == BAR or c == COMMA or c == OPEN_OBJECT:
            return True
    return False


@inner_njit
def take_host(buf: NDArray[np.uint8], i: int, end: int, slots: NDArray[np.int64], row: int) -> int:
    """Take the word at i for the host if it is one; what stands behind it, else i."""
    stop = word_end(buf, i, end)
    if stop == i or stop >= end or buf[i] == OPEN_BRACKET or buf[i] == PERCENT:
        return i
    behind = skip_spaces(buf, stop, end)
    last = stop
    if buf[stop - 1] == COLON:
        last = stop - 1
        if behind >= end or buf[behind] != PERCENT or buf[last - 1] == CLOSE_BRACKET:
            return i
    if last == i or has_sign(buf, i, last):
        return i
    slots[HOST_SLOT, row] = slot_of(i, last, int(PLAIN))
    # a colon of its own, as in ``host : %ASA``
    if behind + 1 < end and buf[behind] == COLON and buf[behind + 1] == BLANK:
        behind = skip_spaces(buf, behind + 1, end)
    return behind


@inner_njit
def skip_origin(
    buf: NDArray[np.uint8], i: int, end: int, slots: NDArray[np.int64], row: int
) -> int:
    """Take the name before a colon for the host if a time follows; where that begins, else i."""
    stop = word_end(buf, i, end)
    behind = skip_spaces(buf, stop, end)
    if stop - i < 2 or buf[stop - 1] != COLON or has_sign(buf, i, stop):
        return i
    behind = skip_sequence(buf, behind, end)
    if time_end(buf, behind, end) == behind:
        return i
    slots[HOST_SLOT, row] = slot_of(i, stop - 1, int(PLAIN))
    return behind


@inner_njit
def skip_structured(buf: NDArray[np.uint8], i: int, end: int) -> int:
    """Where structured data that begins at i ends."""
    quoted = False
    while i < end:
        c = buf[i]
        if c == BACKSLASH and quoted:
            i += 1
        elif c == QUOTE:
            quoted = not quoted
        is_end = c == CLOSE_BRACKET and not quoted
        if is_end and (i + 1 >= end or buf[i + 1] != OPEN_BRACKET):
            return i + 1
        i += 1
    return end


@inner_njit
def peel_structured(
    buf: NDArray[np.uint8], i: int, end: int, slots: NDArray[np.int64], row: int
) -> tuple[int, int]:
    """Take the fields of RFC 5424 from its time on: its structured data (-1: none), its text."""
    for field in range(HEADER_FIELDS):
        stop = word_end(buf, i, end)
        if stop > i and not (stop == i + 1 and buf[i] == MINUS):
            slot = slot_of(i, stop, int(PLAIN))
            if field == 0:
                slots[TIME_SLOT, row] = slot
            elif field == 1:
                slots[HOST_SLOT, row] = slot
            elif field == 2:
                slots[TAG_SLOT, row] = slot
            elif field == 4:
                slots[ID_SLOT, row] = slot
        i = min(stop + 1, end)
    if i < end and buf[i] == OPEN_BRACKET:
        return i, skip_spaces(buf, skip_structured(buf, i, end), end)
    if i < end and buf[i] == MINUS:
        i = min(i + 1, end)
    i = skip_spaces(buf, i, end)
    if end - i >= 3 and buf[i] == 0xEF and buf[i + 1] == 0xBB and buf[i + 2] == 0xBF:
        i += 3
    return NOWHERE, i


@inner_njit
def peel_syslog(
    buf: NDArray[np.uint8], start: int, end: int, slots: NDArray[np.int64], row: int
) -> tuple[int, int]:
    """Fill the slots of the header; structured data (-1: none) and where the text begins."""
    i = skip_priority(buf, start, end)
    if i > start and i + 1 < end and buf[i] == ONE and buf[i + 1] == BLANK:
        return peel_structured(buf, i + 2, end, slots, row)
    for n in range(2):
        k = skip_sequence(buf, i, end)
        stop = time_end(buf, k, end)
        if stop == k and (k > i or (n == 0 and k > start)):
            k = skip_origin(buf, k, end, slots, row)
            stop = time_end(buf, k, end)
        if stop == k:
            break
        slots[TIME_SLOT, row] = slot_of(k, stop, int(PLAIN))
        if stop < end and buf[stop] == COLON:
            stop += 1
        i = skip_spaces(buf, stop, end)
        # a colon of its own where the host is left out, as in ``05:09:30 : %ASA``
        if i + 1 < end and buf[i] == COLON and buf[i + 1] == BLANK:
            i = skip_spaces(buf, i + 1, end)
        i = take_host(buf, i, end, slots, row)
    return NOWHERE, i
