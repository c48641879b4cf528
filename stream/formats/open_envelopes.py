"""Take records out of their envelopes: a syslog header before JSON, or JSON of a shipper.

A record may lie in two envelopes. What is taken out is scanned and recognised as if it stood alone;
the envelope's time is then the record's, and its host counts where the text names none.
"""

import numpy as np
from numpy.typing import NDArray

from stream.events import REJECTED_RECORD

from .borrowing import inner_njit
from .lines import (
    COMMENT_LINE,
    DECIDED,
    ENVELOPE,
    HASH_SIGN,
    NO_SYNTAX,
    OBJECT_BEHIND,
    OPEN_OBJECT,
    OPENED,
    TEXT_LINE,
    Lines,
    text_start,
    trim_end,
)
from .numbers import parse_number
from .recognise import Result
from .slots import (
    ESCAPED,
    HOST_SLOT,
    KIND_MASK,
    MISSING,
    PLAIN,
    TIME_SLOT,
    empty_row,
    slot_length,
    slot_start,
)
from .stamps import parse_time
from .tables import (
    BAD_ESCAPE,
    E_KIND,
    E_SLOT,
    IN_HOST,
    IN_PART,
    IN_TIME,
    JSON,
    R_ZONE,
    Tables,
)
from .times import EARLIEST, LATEST, is_iso_long, iso_day, iso_seconds
from .unescape import gather_bytes, unescape_json

NOBODY = -1
# from these numbers on a time is in thousandths, millionths and billionths of seconds
MILLI, MICRO, NANO = 1.0e11, 1.0e14, 1.0e17


@inner_njit
def envelope_time(
    envelope: NDArray[np.int64],
    zone: int,
    powers: NDArray[np.float64],
    buf: NDArray[np.uint8],
    slots: NDArray[np.int64],
    row: int,
    time: float,
) -> float:
    """Give the time of an envelope, else the one that is known already."""
    for e in range(envelope.shape[0]):
        slot = slots[envelope[e, E_SLOT], row]
        if envelope[e, E_KIND] != IN_TIME or slot & KIND_MASK != PLAIN:
            continue
        start = slot_start(slot)
        end = start + slot_length(slot)
        seconds = np.nan
        if is_iso_long(buf, start, end):
            seconds = iso_seconds(buf, start, end, zone, iso_day(buf, start))
        if np.isnan(seconds):
            seconds = parse_number(buf, start, end, powers)
            if seconds >= NANO:
                seconds *= 1e-9
            elif seconds >= MICRO:
                seconds *= 1e-6
            elif seconds >= MILLI:
                seconds *= 1e-3
        if np.isnan(seconds):
            seconds = parse_time(buf, start, end, zone, time, 1.0, powers)
        if EARLIEST <= seconds < LATEST:
            return seconds
    return time


@inner_njit
def host_of(envelope: NDArray[np.int64], slots: NDArray[np.int64], row: int) -> int:
    """Slot of the host that an envelope names, MISSING if it names none."""
    for e in range(envelope.shape[0]):
        slot = slots[envelope[e, E_SLOT], row]
        if envelope[e, E_KIND] == IN_HOST and slot & KIND_MASK == PLAIN and slot_length(slot) > 0:
            return int(slot)
    return int(MISSING)


@inner_njit
def write_wrapped(buf: NDArray[np.uint8], slot: int, at: int) -> tuple[int, int, int]:
    """Span of the text of a slot, and free room behind it; a start of -1 for a bad escape."""
    start = slot_start(slot)
    end = start + slot_length(slot)
    kind = slot & KIND_MASK
    if kind == PLAIN:
        return start, end, at
    if kind == ESCAPED:
        length = unescape_json(buf, start, end, at)
    else:
        length = gather_bytes(buf, start, end, at)
    return (at, at + length, at + length) if length >= 0 else (NOBODY, NOBODY, at)


@inner_njit
def open_envelopes(
    tables: Tables,
    buf: NDArray[np.uint8],
    lines: Lines,
    count: int,
    slots: NDArray[np.int64],
    start: int,
    result: Result,
    at: int,
) -> tuple[int, int]:
    """Put what the envelopes hold in their place: kinds of rows to scan, and free room for text."""
    envelope, syntaxes, powers = tables.envelope, lines.syntax, tables.powers
    firsts, ends, inners = lines.first, lines.end, lines.inner
    times, escaped = lines.time, lines.escaped
    zone = tables.rule[0, R_ZONE]
    kinds = 0
    for row in range(count):
        syntax = syntaxes[row]
        if syntax != ENVELOPE and syntax != OBJECT_BEHIND:
            continue
        first, end = inners[row], ends[row]
        host = int(slots[HOST_SLOT, row])
        keep = False
        if syntax == ENVELOPE:
            e = lines.dialect[row]
            keep = envelope[e, E_KIND] == IN_PART
            first, end, at = write_wrapped(buf, slots[envelope[e, E_SLOT], row], at)
            times[row] = envelope_time(envelope, zone, powers, buf, slots, row, times[row])
            named = host_of(envelope, slots, row)
            host = named if named != MISSING else host
        elif slots[TIME_SLOT, row] != MISSING:
            slot = slots[TIME_SLOT, row]
            begin = slot_start(slot)
            known = times[row]
            stop = begin + slot_length(slot)
            seconds = parse_time(buf, begin, stop, zone, known, 1.0, powers)
            times[row] = known if np.isnan(seconds) else seconds
        if not keep:
            empty_row(slots, row)
            slots[HOST_SLOT, row] = host
            escaped[row] = 0
        if first < 0:
            syntaxes[row] = DECIDED
            result.status[start + row] = REJECTED_RECORD
            result.reason[start + row] = BAD_ESCAPE
            result.dialect[start + row] = NOBODY
            continue
        end = trim_end(buf, first, end)
        first = text_start(buf, first, end)
        firsts[row], ends[row] = first, end
        if first == end:
            syntaxes[row] = NO_SYNTAX
        elif buf[first] == OPEN_OBJECT:
            syntaxes[row] = JSON
        else:
            syntaxes[row] = COMMENT_LINE if buf[first] == HASH_SIGN else TEXT_LINE
        kinds |= syntaxes[row] | OPENED
    return kinds, at
