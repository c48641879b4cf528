"""Times from bytes, as seconds since the epoch, UTC.

Three forms: a number (times a unit factor); ISO 8601 and RFC 3339
(``2015-03-07T05:09:30.045+02:00``, also a blank for the T, ``/`` in the date, ``+0200``, ``Z`` or
nothing); the time of RFC 3164 syslog (``Mar  7 05:09:30``), also with a year behind the day, a
fraction and the name of a zone: without a year it is the year that puts it closest to the record's
time, at most a day after it. A time without a zone is taken in the zone of the settings. Of a
fraction six digits count. A 60th second is the next minute. What lies outside the
years 1 to 9999 is no time.
"""

import numpy as np
from numpy.typing import NDArray

from .borrowing import inner_njit
from .eight_bytes import digits_value
from .wide_loads import digits_16, lowest_bit

EARLIEST = -62135596800.0
LATEST = 253402300800.0
DAY = 86400
MICROSECONDS, MICRODIGITS = 1_000_000, 6
NO_DAY = -(1 << 40)
MINUS, SLASH = 45, 47
NO_ZONE = 1 << 20
ISO_LENGTH = 19  # without a fraction
# which bytes of YYYY-MM-DD and of hh:mm:ss are digits, as bits
ALL_OF_DATE, DIGITS_OF_DATE = 0b1111111111, 0b1101101111
ALL_OF_CLOCK, DIGITS_OF_CLOCK = 0b11111111, 0b11011011


@inner_njit
def read_digits(buf: NDArray[np.uint8], start: int, end: int) -> int:
    """Read digits only; -1 if there is anything else."""
    value = 0
    for i in range(start, end):
        digit = int(buf[i]) - 48
        if digit < 0 or digit > 9:
            return -1
        value = value * 10 + digit
    return value


@inner_njit
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


@inner_njit
def pair_value(buf: NDArray[np.uint8], i: int) -> int:
    """Read two bytes that are known to be digits."""
    return int(buf[i]) * 10 + int(buf[i + 1]) - 528


@inner_njit
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


@inner_njit
def zone_seconds(buf: NDArray[np.uint8], start: int, end: int, default: int) -> int:
    """Offset from UTC written in buf[start:end] (nothing: the default); NO_ZONE if it is none.

    A blank may stand before it, and behind one also UTC or GMT.
    """
    n = end - start
    if n == 0:
        return default
    if n > 1 and buf[start] == 32:
        start += 1
        n -= 1
        # UTC or GMT
        if n == 3 and buf[start] >= 65:
            is_utc = buf[start] == 85 and buf[start + 1] == 84 and buf[start + 2] == 67
            is_gmt = buf[start] == 71 and buf[start + 1] == 77 and buf[start + 2] == 84
            return 0 if is_utc or is_gmt else NO_ZONE
    if n == 1 and (buf[start] == 90 or buf[start] == 122):
        return 0
    if n < 3 or (buf[start] != 43 and buf[start] != 45):
        return NO_ZONE
    hour = read_digits(buf, start + 1, start + 3)
    minute = 0
    if n == 5:
        minute = read_digits(buf, start + 3, end)
    elif n == 6 and buf[start + 3] == 58:
        minute = read_digits(buf, start + 4, end)
    elif n != 3:
        return NO_ZONE
    if hour < 0 or hour > 23 or minute < 0 or minute > 59:
        return NO_ZONE
    seconds = hour * 3600 + minute * 60
    return -seconds if buf[start] == 45 else seconds


@inner_njit
def is_iso_long(buf: NDArray[np.uint8], start: int, end: int) -> bool:
    """Whether a text may be an ISO 8601 date and time: no number looks like it."""
    if end - start < ISO_LENGTH:
        return False
    return bool(buf[start + 4] == MINUS or buf[start + 4] == SLASH)


@inner_njit
def iso_day(buf: NDArray[np.uint8], start: int) -> int:
    """Days since 1970 of the ten bytes ``YYYY-MM-DD`` or ``YYYY/MM/DD``; NO_DAY for others."""
    is_date = digits_16(buf, start) & ALL_OF_DATE == DIGITS_OF_DATE
    sign = buf[start + 4]
    if not is_date or (sign != MINUS and sign != SLASH) or buf[start + 7] != sign:
        return NO_DAY
    year = pair_value(buf, start) * 100 + pair_value(buf, start + 2)
    return epoch_day(year, pair_value(buf, start + 5), pair_value(buf, start + 8))


@inner_njit
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


@inner_njit
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
    if offset == NO_ZONE:
        return np.nan
    seconds = float((day * DAY + clock - offset) * scale + fraction) / float(scale)
    return seconds if EARLIEST <= seconds < LATEST else np.nan
