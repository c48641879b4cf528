"""IPv4 and IPv6 addresses from bytes, as two 64-bit halves in network order.

IPv4 is four decimal octets without leading zeros and becomes ::ffff:a.b.c.d. IPv6 is any text form
of RFC 4291 section 2.2 (``::`` stands for at least one group; a dotted tail is allowed); a zone
after ``%`` (RFC 4007) is left out.
"""

import numpy as np
from numpy.typing import NDArray

from .borrowing import borrowing_njit, inner_njit
from .wide_loads import WIDE, digits_16, find_16, load, lowest_bit

# an IPv4 address has 7 to 15 bytes
SHORTEST, LONGEST = 7, 15
DOT, ZERO = 46, 48
NO_DOT = 1 << WIDE
LOW_NIBBLE = np.uint64(15)
SHIFT_8, SHIFT_16 = np.uint64(8), np.uint64(16)


@inner_njit
def octet_value(buf: NDArray[np.uint8], start: int, length: int) -> int:
    """Read the one to three digits at start."""
    # the digits move up, as if zeros stood before them
    digits = load(buf, start) << np.uint64(24 - 8 * length)
    hundreds = int(np.int64(digits & LOW_NIBBLE))
    tens = int(np.int64((digits >> SHIFT_8) & LOW_NIBBLE))
    return hundreds * 100 + tens * 10 + int(np.int64((digits >> SHIFT_16) & LOW_NIBBLE))


@borrowing_njit
def parse_ipv4(buf: NDArray[np.uint8], start: int, end: int) -> int:
    """Read a dotted address as a 32-bit number; -1 if it is none.

    Bits say at which of its bytes digits, dots and zeros stand.
    """
    length = end - start
    if length < SHORTEST or length > LONGEST:
        return -1
    inside = (1 << length) - 1
    digits = digits_16(buf, start) & inside
    dots = find_16(buf, start, DOT, DOT) & inside
    leading = find_16(buf, start, ZERO, ZERO) & (2 * dots + 1) & (digits >> 1)
    a = lowest_bit(dots | NO_DOT)
    rest = dots & (dots - 1)
    b = lowest_bit(rest | NO_DOT)
    rest = rest & (rest - 1)
    c = lowest_bit(rest | NO_DOT)
    rest = rest & (rest - 1)
    if digits | dots != inside or rest != 0 or leading != 0 or c >= length:
        return -1
    sizes = (a, b - a - 1, c - b - 1, length - c - 1)
    if min(sizes[0], sizes[1], sizes[2], sizes[3]) < 1:
        return -1
    if max(sizes[0], sizes[1], sizes[2], sizes[3]) > 3:
        return -1
    first = octet_value(buf, start, sizes[0])
    second = octet_value(buf, start + a + 1, sizes[1])
    third = octet_value(buf, start + b + 1, sizes[2])
    fourth = octet_value(buf, start + c + 1, sizes[3])
    if first | second | third | fourth > 255:
        return -1
    return (first << 24) | (second << 16) | (third << 8) | fourth


@inner_njit
def hex_digit(c: int) -> int:
    """Value of a hexadecimal digit, or -1."""
    if 48 <= c <= 57:
        return c - 48
    if 97 <= c <= 102:
        return c - 87
    if 65 <= c <= 70:
        return c - 55
    return -1


@inner_njit
def zone_start(buf: NDArray[np.uint8], start: int, end: int) -> int:
    """Where the address ends and its zone begins; -1 if the zone is empty or holds a second %."""
    for i in range(start, end):
        if buf[i] == 37:
            if i + 1 == end:
                return -1
            for j in range(i + 1, end):
                if buf[j] == 37:
                    return -1
            return i
    return end


@inner_njit
def read_groups(
    buf: NDArray[np.uint8], start: int, end: int, group: NDArray[np.int64]
) -> tuple[int, int]:
    """Read the groups: how many, and where ``::`` stood (-1 nowhere); (-1, -1) if they are bad."""
    n = 0
    gap = -1
    i = start
    if end - start >= 2 and buf[i] == 58:
        if buf[i + 1] != 58:
            return -1, -1
        gap = 0
        i += 2
    while i < end:
        value = 0
        first = i
        while i < end:
            digit = hex_digit(int(buf[i]))
            if digit < 0 or i - first == 4:
                break
            value = value * 16 + digit
            i += 1
        if i < end and buf[i] == 46:
            tail = parse_ipv4(buf, first, end)
            if tail < 0 or n > 6:
                return -1, -1
            group[n] = tail >> 16
            group[n + 1] = tail & 0xFFFF
            return n + 2, gap
        if i == first or n == 8:
            return -1, -1
        group[n] = value
        n += 1
        if i == end:
            return n, gap
        if buf[i] != 58 or i + 1 == end:
            return -1, -1
        i += 1
        if buf[i] == 58:
            if gap >= 0:
                return -1, -1
            gap = n
            i += 1
    return n, gap


@borrowing_njit
def parse_ipv6(
    buf: NDArray[np.uint8],
    start: int,
    end: int,
    group: NDArray[np.int64],
    out: NDArray[np.uint64],
    row: int,
    column: int,
) -> bool:
    """Read the IPv6 address buf[start:end] into two columns of a row; False if it is none.

    `group` is room for eight numbers.
    """
    end = zone_start(buf, start, end)
    if end - start < 2:
        return False
    n, gap = read_groups(buf, start, end, group)
    if n < 0 or (gap < 0 and n != 8) or (gap >= 0 and n > 7):
        return False
    if gap >= 0:
        for k in range(n - gap):
            group[7 - k] = group[n - 1 - k]
        for k in range(gap, 8 - n + gap):
            group[k] = 0
    for half in range(2):
        high = group[4 * half] * 65536 + group[4 * half + 1]
        low = group[4 * half + 2] * 65536 + group[4 * half + 3]
        out[row, column + half] = (np.uint64(high) << np.uint64(32)) | np.uint64(low)
    return True
