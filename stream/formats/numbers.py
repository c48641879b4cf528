"""Decimal numbers from bytes.

Grammar: an optional sign, digits with at most one point and at least one digit, an optional
exponent. Rule of conversion: the first 18 significant digits make an integer, the rest is cut off;
the integer is multiplied or divided by a power of ten from a table. That equals ``float()`` for up
to 15 digits and exponents up to 22 in size (Clinger 1990), is within 1 unit in the last place
for exponents up to 22, and within 2 beyond.
"""

import numpy as np
from numpy.typing import NDArray

from .borrowing import borrowing_njit, inner_njit
from .eight_bytes import digits_value
from .wide_loads import find_16, lowest_bit

DIGIT_LIMIT = 10**17
EXPONENT_LIMIT = 9999
LARGEST_POWER = 308
# a plain number: up to sixteen digits before the point, eight behind it, eighteen in all
POINT = 46
AT_ONCE = 8
PLAIN_DIGITS = 18
PLAIN_PART = 16


def powers_of_ten() -> NDArray[np.float64]:
    """10^0 to 10^308, each the nearest float64."""
    return np.array([float(f"1e{k}") for k in range(LARGEST_POWER + 1)])


@inner_njit
def scale_number(mantissa: int, exponent: int, powers: NDArray[np.float64]) -> float:
    """Give mantissa * 10^exponent, infinite where it is too large."""
    value = float(mantissa)
    if exponent == 0 or mantissa == 0:
        return value
    if exponent > 0:
        if exponent > LARGEST_POWER:
            return np.inf
        return float(value * powers[exponent])
    if exponent >= -LARGEST_POWER:
        return float(value / powers[-exponent])
    rest = min(-exponent - LARGEST_POWER, LARGEST_POWER)
    return float(value / powers[LARGEST_POWER] / powers[rest])


@inner_njit
def parse_exponent(buf: NDArray[np.uint8], start: int, end: int) -> int:
    """Read a signed integer of buf[start:end], cut at +-9999; 99999 if it is none."""
    i = start
    negative = False
    if i < end and (buf[i] == 45 or buf[i] == 43):
        negative = buf[i] == 45
        i += 1
    if i == end:
        return 99999
    exponent = 0
    while i < end:
        digit = int(buf[i]) - 48
        if digit < 0 or digit > 9:
            return 99999
        exponent = min(exponent * 10 + digit, EXPONENT_LIMIT)
        i += 1
    return -exponent if negative else exponent


@inner_njit
def parse_any_number(
    buf: NDArray[np.uint8], start: int, end: int, powers: NDArray[np.float64]
) -> float:
    """Read the number buf[start:end] of any form; NaN if it is none."""
    i = start
    negative = False
    if i < end and (buf[i] == 45 or buf[i] == 43):
        negative = buf[i] == 45
        i += 1
    mantissa = 0
    exponent = 0
    digits = 0
    while i < end:
        digit = int(buf[i]) - 48
        if digit < 0 or digit > 9:
            break
        if mantissa < DIGIT_LIMIT:
            mantissa = mantissa * 10 + digit
        else:
            exponent += 1
        digits += 1
        i += 1
    if i < end and buf[i] == 46:
        i += 1
        while i < end:
            digit = int(buf[i]) - 48
            if digit < 0 or digit > 9:
                break
            if mantissa < DIGIT_LIMIT:
                mantissa = mantissa * 10 + digit
                exponent -= 1
            digits += 1
            i += 1
    if digits == 0:
        return np.nan
    if i < end:
        if buf[i] != 101 and buf[i] != 69:
            return np.nan
        power = parse_exponent(buf, i + 1, end)
        if power == 99999:
            return np.nan
        exponent += power
    value = scale_number(mantissa, exponent, powers)
    return -value if negative else value


@inner_njit
def parse_plain(buf: NDArray[np.uint8], start: int, end: int, powers: NDArray[np.float64]) -> float:
    """Read a number of the common form ``123.456`` fast; -1 if it is another one, or none."""
    length = end - start
    points = find_16(buf, start, POINT, POINT)
    before = lowest_bit(points) if points != 0 else length
    before = min(before, length)
    behind = max(length - before - 1, 0)
    if before < 1 or before > PLAIN_PART or behind > AT_ONCE or length > PLAIN_DIGITS + 1:
        return -1.0
    mantissa = 0
    if before > AT_ONCE:
        high = digits_value(buf, start, int(AT_ONCE))
        low = digits_value(buf, start + AT_ONCE, before - AT_ONCE)
        mantissa = high * int(powers[before - AT_ONCE]) + low if min(high, low) >= 0 else -1
    else:
        mantissa = digits_value(buf, start, before)
    if behind == 0 or mantissa < 0:
        return float(mantissa) if before == length else -1.0
    fraction = digits_value(buf, start + before + 1, behind)
    if fraction < 0:
        return -1.0
    return float((mantissa * int(powers[behind]) + fraction) / powers[behind])


@borrowing_njit
def parse_number(
    buf: NDArray[np.uint8], start: int, end: int, powers: NDArray[np.float64]
) -> float:
    """Read the number buf[start:end]; NaN if it is none."""
    value = parse_plain(buf, start, end, powers)
    return value if value >= 0 else parse_any_number(buf, start, end, powers)
