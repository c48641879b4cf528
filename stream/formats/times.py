"""Times from bytes, as seconds since the epoch, UTC.

Three forms: a number (times a unit factor); ISO 8601 and RFC 3339
(``2015-03-07T05:09:30.045+02:00``, also a blank for the T, ``+0200``, ``Z`` or nothing); the time
of RFC 3164 syslog (``Mar  7 05:09:30``), which has no year: it is the year that puts it closest to
the record's time, at most a day after it. A time without a zone is taken in the zone of the
settings. Of a fraction six digits count. A 60th second is the next minute. What lies outside the
years 1 to 9999 is no time.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .eight_bytes import digits_value
from .numbers import parse_number
from .wide_loads import digits_16, lowest_bit

EARLIEST = -62135596800.0
LATEST = 253402300800.0
DAY = 86400
MICROSECONDS, MICRODIGITS = 1_000_000, 6
NO_DAY = -(1 << 40)
MINUS = 45
ISO_LENGTH = 19  # without a fraction
# which bytes of YYYY-MM-DD and of hh:mm:ss are digits, as bits
ALL_OF_DATE, DIGITS_OF_DATE = 0b1111111111, 0b1101101111
ALL_OF_CLOCK, DIGITS_OF_CLOCK = 0b11111111, 0b11011011
FIRST = 1  # month and day
OLDEST_GUESS = 9  # years back: a 29th of February may be eight years off


@njit(cache=True, nogil=True, error_model="numpy")
def read_digits(buf: NDArray[np.uint8], start: int, end: int) -> int:
    """Read digits only; -1 if there is anything else."""
    value = 0
    for i in range(start, end):
        digit = int(buf[i]) - 48
        if digit < 0 or digit > 9:
            return -1
        value = value * 10 + digit
    return value


@njit(cache=True, nogil=True, error_model="numpy")
def epoch_day(year: int, month: int, day: int) -> int:
    """Days since 1970 of a Gregorian date; NO_DAY if there is no such day."""
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    longest = 31
    if month == 2:
        longest = 29 if leap else 28
    elif month in (4, 6, 9, 11):
        longest = 30
    if year < 1 or month < 1 or month > 12 or day < 1 or day > longest:
        return NO_DAY
    # count from March, so that the leap day ends the year
    y = year - 1 if month <= 2 else year
    m = month + 9 if month <= 2 else month - 3
    return 365 * y + y // 4 - y // 100 + y // 400 + (153 * m + 2) // 5 + day - 719469


@njit(cache=True, nogil=True, error_model="numpy")
def pair_value(buf: NDArray[np.uint8], i: int) -> int:
    """Read two bytes that are known to be digits."""
    return int(buf[i]) * 10 + int(buf[i + 1]) - 528


@njit(cache=True, nogil=True, error_model="numpy")
def clock_seconds(buf: NDArray[np.uint8], start: int, end: int) -> int:
    """Read hh:mm:ss at start; -1 if it is none."""
    if start + 8 > end or buf[start + 2] != 58 or buf[start + 5] != 58:
        return -1
    if digits_16(buf, start) & ALL_OF_CLOCK != DIGITS_OF_CLOCK:
        return -1
    hour = pair_value(buf, start)
    minute = pair_value(buf, start + 3)
    second = pair_value(buf, start + 6)
    if hour > 23 or minute > 59 or second > 60:
        return -1
    return hour * 3600 + minute * 60 + second


@njit(cache=True, nogil=True, error_model="numpy")
def zone_seconds(buf: NDArray[np.uint8], start: int, end: int, default: int) -> int:
    """Offset from UTC written in buf[start:end] (nothing: the default); 2^20 if it is none."""
    n = end - start
    if n == 0:
        return default
    if n == 1 and (buf[start] == 90 or buf[start] == 122):
        return 0
    if n < 3 or (buf[start] != 43 and buf[start] != 45):
        return 1 << 20
    hour = read_digits(buf, start + 1, start + 3)
    minute = 0
    if n == 5:
        minute = read_digits(buf, start + 3, end)
    elif n == 6 and buf[start + 3] == 58:
        minute = read_digits(buf, start + 4, end)
    elif n != 3:
        return 1 << 20
    if hour < 0 or hour > 23 or minute < 0 or minute > 59:
        return 1 << 20
    seconds = hour * 3600 + minute * 60
    return -seconds if buf[start] == 45 else seconds


@njit(cache=True, nogil=True, error_model="numpy")
def is_iso_long(buf: NDArray[np.uint8], start: int, end: int) -> bool:
    """Whether a text may be an ISO 8601 date and time: no number looks like it."""
    return end - start >= ISO_LENGTH and buf[start + 4] == MINUS


@njit(cache=True, nogil=True, error_model="numpy")
def iso_day(buf: NDArray[np.uint8], start: int) -> int:
    """Days since 1970 of the ten bytes ``YYYY-MM-DD``; NO_DAY if they are none."""
    is_date = digits_16(buf, start) & ALL_OF_DATE == DIGITS_OF_DATE
    if not is_date or buf[start + 4] != MINUS or buf[start + 7] != MINUS:
        return NO_DAY
    year = pair_value(buf, start) * 100 + pair_value(buf, start + 2)
    return epoch_day(year, pair_value(buf, start + 5), pair_value(buf, start + 8))


@njit(cache=True, nogil=True, error_model="numpy")
def read_fraction(buf: NDArray[np.uint8], start: int, end: int) -> tuple[int, int, int]:
    """Read the digits of a fraction: the first six, their power of ten, and where all end."""
    digits = lowest_bit(~digits_16(buf, start))
    if digits == MICRODIGITS and start + digits <= end:
        return digits_value(buf, start, digits), int(MICROSECONDS), start + digits
    i = start
    fraction = 0
    scale = 1
    while i < end and 48 <= buf[i] <= 57:
        if scale < MICROSECONDS:
            fraction = fraction * 10 + int(buf[i]) - 48
            scale *= 10
        i += 1
    return fraction, scale, i


@njit(cache=True, nogil=True, error_model="numpy")
def iso_seconds(buf: NDArray[np.uint8], start: int, end: int, zone: int, day: int) -> float:
    """Read an ISO 8601 date and time of 19 bytes or more of which the day is known; or NaN."""
    if buf[start + 10] != 84 and buf[start + 10] != 116 and buf[start + 10] != 32:
        return np.nan
    clock = clock_seconds(buf, start + 11, end)
    if day == NO_DAY or clock < 0:
        return np.nan
    i = start + 19
    fraction = 0
    scale = 1
    if i < end and (buf[i] == 46 or buf[i] == 44):
        first = i + 1
        fraction, scale, i = read_fraction(buf, first, end)
        if i == first:
            return np.nan
    offset = zone_seconds(buf, i, end, zone)
    if offset == 1 << 20:
        return np.nan
    seconds = float((day * DAY + clock - offset) * scale + fraction) / float(scale)
    return seconds if EARLIEST <= seconds < LATEST else np.nan


@njit(cache=True, nogil=True, error_model="numpy")
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


@njit(cache=True, nogil=True, error_model="numpy")
def year_of(seconds: float) -> int:
    """Year of a time, UTC."""
    year = 1970 + int(np.floor(seconds / 31556952.0))
    first = int(FIRST)
    if float(epoch_day(year + 1, first, first)) * DAY <= seconds:
        return year + 1
    if float(epoch_day(year, first, first)) * DAY > seconds:
        return year - 1
    return year


@njit(cache=True, nogil=True, error_model="numpy")
def parse_syslog_time(
    buf: NDArray[np.uint8], start: int, end: int, zone: int, record_time: float
) -> float:
    """Read the 15 bytes ``Mmm dd hh:mm:ss``; NaN if they are no time, or the record has none."""
    if end - start < 15 or buf[start + 3] != 32 or buf[start + 6] != 32:
        return np.nan
    if not EARLIEST + 1e9 < record_time < LATEST - 1e9:
        return np.nan
    month = month_number(buf, start)
    first = start + 5 if buf[start + 4] == 32 else start + 4
    dom = read_digits(buf, first, start + 6)
    clock = clock_seconds(buf, start + 7, start + 15)
    if month == 0 or dom < 0 or clock < 0:
        return np.nan
    year = year_of(record_time) + 1
    for _ in range(OLDEST_GUESS + 1):
        day = epoch_day(year, month, dom)
        if day != NO_DAY:
            seconds = float(day * DAY + clock - zone)
            if seconds <= record_time + DAY:
                return seconds
        year -= 1
    return np.nan


@njit(cache=True, nogil=True, error_model="numpy")
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
    elif end - start == 15 and buf[start] >= 65:
        seconds = parse_syslog_time(buf, start, end, zone, record_time)
    else:
        seconds = parse_number(buf, start, end, powers) * factor
    if EARLIEST <= seconds < LATEST:
        return seconds
    return np.nan
