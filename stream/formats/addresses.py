"""IPv4 and IPv6 addresses from bytes, as two 64-bit halves in network order.

IPv4 is four decimal octets without leading zeros and becomes ::ffff:a.b.c.d. IPv6 is any text form
of RFC 4291 section 2.2 (``::`` stands for at least one group; a dotted tail is allowed); a zone
after ``%`` (RFC 4007) is left out.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True, error_model="numpy")
def parse_ipv4(buf: NDArray[np.uint8], start: int, end: int) -> int:
    """Read a dotted address as a 32-bit number; -1 if it is none."""
    value = 0
    octet = 0
    digits = 0
    dots = 0
    for i in range(start, end):
        c = int(buf[i])
        if 48 <= c <= 57:
            if digits > 0 and octet == 0:
                return -1
            octet = octet * 10 + c - 48
            digits += 1
            if octet > 255:
                return -1
        elif c == 46:
            if digits == 0 or dots == 3:
                return -1
            value = value * 256 + octet
            octet = 0
            digits = 0
            dots += 1
        else:
            return -1
    if dots != 3 or digits == 0:
        return -1
    return value * 256 + octet


@njit(cache=True, nogil=True, error_model="numpy")
def hex_digit(c: int) -> int:
    """Value of a hexadecimal digit, or -1."""
    if 48 <= c <= 57:
        return c - 48
    if 97 <= c <= 102:
        return c - 87
    if 65 <= c <= 70:
        return c - 55
    return -1


@njit(cache=True, nogil=True, error_model="numpy")
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


@njit(cache=True, nogil=True, error_model="numpy")
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


@njit(cache=True, nogil=True, error_model="numpy")
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
