"""Times from bytes, of any form: the stamps of syslog, and which form a text has.

A stamp is ``Mar  7 05:09:30``, with a year behind the day or none, a fraction or none, and perhaps
the name of a zone: UTC, GMT or one of North America's.
"""

import numpy as np
from numpy.typing import NDArray

from .borrowing import borrowing_njit, inner_njit
from .numbers import parse_number
from .times import (
    DAY,
    EARLIEST,
    LATEST,
    NO_DAY,
    NO_ZONE,
    clock_seconds,
    epoch_day,
    is_iso_long,
    iso_day,
    iso_seconds,
    read_digits,
    read_fraction,
    zone_seconds,
)

BLANK, COLON, POINT = 32, 58, 46
NONE, FIRST = 0, 1
SHORTEST_STAMP, LETTER_A = 14, 65
CLOCK = 8  # bytes of hh:mm:ss
DATE = 10  # bytes of YYYY-MM-DD
HOUR = 3600
OLDEST_GUESS = 9  # years back: a 29th of February may be eight years off


@inner_njit
def month_number(buf: NDArray[np.uint8], start: int) -> int:
    """Month of the three letters at start, upper or lower case; 0 if they are none."""
    a = int(buf[start]) | 32
    b = int(buf[start + 1]) | 32
    c = int(buf[start + 2]) | 32
    code = (a << 16) | (b << 8) | c
    months = (
        0x6A616E, 0x666562, 0x6D6172, 0x617072, 0x6D6179, 0x6A756E,
        0x6A756C, 0x617567, 0x736570, 0x6F6374, 0x6E6F76, 0x646563,
    )  # fmt: skip
    for k in range(12):
        if months[k] == code:
            return k + 1
    return 0


@inner_njit
def year_of(seconds: float) -> int:
    """Year of a time, UTC."""
    year = 1970 + int(np.floor(seconds / 31556952.0))
    first = int(FIRST)
    if float(epoch_day(year + 1, first, first)) * DAY <= seconds:
        return year + 1
    if float(epoch_day(year, first, first)) * DAY > seconds:
        return year - 1
    return year


@inner_njit
def read_stamp(buf: NDArray[np.uint8], start: int, end: int) -> tuple[int, int, int, int, int]:
    """Month, day, year (0: none), place of the clock and end of the stamp; an end of -1: none."""
    none = (int(NONE), int(NONE), int(NONE), int(NONE), -1)
    if end - start < SHORTEST_STAMP or buf[start + 3] != BLANK or buf[start] < LETTER_A:
        return none
    month = month_number(buf, start)
    i = start + 5 if buf[start + 4] == BLANK else start + 4
    stop = i + 1 if buf[i + 1] == BLANK else i + 2
    day = read_digits(buf, i, stop)
    if month == 0 or day < 0 or buf[stop] != BLANK:
        return none
    i = stop + 1
    year = 0
    if i + 5 + CLOCK <= end and buf[i + 4] == BLANK:
        year = read_digits(buf, i, i + 4)
        i += 5
    stop = i + CLOCK
    if year < 0 or stop > end or buf[i + 2] != COLON or buf[i + 5] != COLON:
        return none
    if stop + 1 < end and buf[stop] == POINT and 48 <= buf[stop + 1] <= 57:
        stop += 1
        while stop < end and 48 <= buf[stop] <= 57:
            stop += 1
    return month, day, year, i, stop


@inner_njit
def named_zone(buf: NDArray[np.uint8], start: int, end: int) -> int:
    """Offset from UTC of the zone that has this name, in seconds; NO_ZONE if it is not known."""
    if end - start != 3:
        return NO_ZONE
    a, b, c = int(buf[start]), int(buf[start + 1]), int(buf[start + 2])
    code = (a << 16) | (b << 8) | c
    if code == 0x555443 or code == 0x474D54:
        return 0
    # E, C, M and P stand 5 to 8 hours behind UTC, an hour less in summer (D)
    if c != 84 or (b != 83 and b != 68):
        return NO_ZONE
    summer = int(b == 68)
    if a == 69:
        return (summer - 5) * HOUR
    if a == 67:
        return (summer - 6) * HOUR
    if a == 77:
        return (summer - 7) * HOUR
    if a == 80:
        return (summer - 8) * HOUR
    return NO_ZONE


@inner_njit
def parse_stamp(
    buf: NDArray[np.uint8], start: int, end: int, zone: int, record_time: float
) -> float:
    """Read a stamp; NaN if it is none, or has no year and the record no time."""
    month, dom, written, at, stop = read_stamp(buf, start, end)
    clock = clock_seconds(buf, at, end) if stop >= 0 else -1
    if clock < 0:
        return np.nan
    if stop < end:
        named = named_zone(buf, stop + 1, end)
        if buf[stop] != BLANK or named == NO_ZONE:
            return np.nan
        zone = named
    fraction, scale = 0, 1
    if stop > at + CLOCK:
        fraction, scale, _ = read_fraction(buf, at + CLOCK + 1, stop)
    part = float(fraction) / float(scale)
    if written > 0:
        day = epoch_day(written, month, dom)
        return float(day * DAY + clock - zone) + part if day != NO_DAY else np.nan
    if not EARLIEST + 1e9 < record_time < LATEST - 1e9:
        return np.nan
    year = year_of(record_time) + 1
    for _ in range(OLDEST_GUESS + 1):
        day = epoch_day(year, month, dom)
        if day != NO_DAY:
            seconds = float(day * DAY + clock - zone)
            if seconds <= record_time + DAY:
                return seconds + part
        year -= 1
    return np.nan


@inner_njit
def parse_span(buf: NDArray[np.uint8], start: int, end: int) -> float:
    """Seconds of a span ``hours:minutes:seconds`` or ``minutes:seconds``; NaN if it is none."""
    total, part, digits, colons = 0, 0, 0, 0
    for i in range(start, end):
        c = int(buf[i])
        if 48 <= c <= 57 and digits < CLOCK:
            part = part * 10 + c - 48
            digits += 1
        elif c == COLON and digits > 0 and colons < 2:
            total = (total + part) * 60
            part, digits = 0, 0
            colons += 1
        else:
            return np.nan
    return float(total + part) if colons > 0 and digits > 0 else np.nan


@inner_njit
def day_and_clock(
    buf: NDArray[np.uint8], start: int, end: int, at: int, stop: int, zone: int
) -> float:
    """Seconds of the day buf[start:end] and the time of day buf[at:stop], NaN for others."""
    if end - start != DATE or stop - at < CLOCK:
        return np.nan
    day = iso_day(buf, start)
    clock = clock_seconds(buf, at, stop)
    if day == NO_DAY or clock < 0:
        return np.nan
    fraction, scale, behind = 0, 1, at + CLOCK
    if behind + 1 < stop and buf[behind] == POINT and 48 <= buf[behind + 1] <= 57:
        fraction, scale, behind = read_fraction(buf, behind + 1, stop)
    offset = zone_seconds(buf, behind, stop, zone)
    if offset == NO_ZONE:
        return np.nan
    seconds = float((day * DAY + clock - offset) * scale + fraction) / float(scale)
    return seconds if EARLIEST <= seconds < LATEST else np.nan


@borrowing_njit
def parse_time(
    buf: NDArray[np.uint8],
    start: int,
    end: int,
    zone: int,
    record_time: float,
    factor: float,
    powers: NDArray[np.float64],
) -> float:
    """Read a time of any form in buf[start:end]; NaN if it is none.

    `zone` is that of times without one, in seconds east of UTC.
    """
    if is_iso_long(buf, start, end):
        seconds = iso_seconds(buf, start, end, zone, iso_day(buf, start))
    elif end - start >= SHORTEST_STAMP and buf[start] >= LETTER_A:
        seconds = parse_stamp(buf, start, end, zone, record_time)
    else:
        seconds = parse_number(buf, start, end, powers) * factor
    if EARLIEST <= seconds < LATEST:
        return seconds
    return np.nan
