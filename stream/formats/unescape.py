"""Write escaped text out plainly, in place behind another part of the same buffer.

JSON (RFC 8259 section 7): a pair of surrogates becomes one character, a lone one its three bytes.
Text in quotes (RFC 4180): a doubled quote becomes one. Pairs: a backslash before a quote, sign, bar
or backslash is left out; before anything else it stays, for paths of Windows are written so. The
result is never longer than the source.
"""

import numpy as np
from numpy.typing import NDArray

from .addresses import hex_digit
from .borrowing import borrowing_njit, inner_njit

BAD = -1


@inner_njit
def hex_unit(buf: NDArray[np.uint8], i: int, end: int) -> int:
    r"""Read the four digits of a ``\uXXXX``; -1 if they are none."""
    if i + 4 > end:
        return BAD
    value = 0
    for k in range(4):
        digit = hex_digit(int(buf[i + k]))
        if digit < 0:
            return BAD
        value = value * 16 + digit
    return value


@inner_njit
def write_character(buf: NDArray[np.uint8], at: int, code: int) -> int:
    """Write a code point as UTF-8; position behind it."""
    if code < 0x80:
        buf[at] = code
        return at + 1
    if code < 0x800:
        buf[at] = 0xC0 | (code >> 6)
        buf[at + 1] = 0x80 | (code & 0x3F)
        return at + 2
    if code < 0x10000:
        buf[at] = 0xE0 | (code >> 12)
        buf[at + 1] = 0x80 | ((code >> 6) & 0x3F)
        buf[at + 2] = 0x80 | (code & 0x3F)
        return at + 3
    buf[at] = 0xF0 | (code >> 18)
    buf[at + 1] = 0x80 | ((code >> 12) & 0x3F)
    buf[at + 2] = 0x80 | ((code >> 6) & 0x3F)
    buf[at + 3] = 0x80 | (code & 0x3F)
    return at + 4


@inner_njit
def plain_escape(c: int) -> int:
    """Give what stands for a one-letter escape, or -1."""
    if c == 34 or c == 92 or c == 47:
        return c
    if c == 110:
        return 10
    if c == 116:
        return 9
    if c == 114:
        return 13
    if c == 98:
        return 8
    if c == 102:
        return 12
    return BAD


@borrowing_njit
def unescape_json(buf: NDArray[np.uint8], start: int, end: int, to: int) -> int:
    """Write buf[start:end] without its escapes from `to` on; its length, or -1 for a bad escape."""
    at = to
    i = start
    while i < end:
        c = int(buf[i])
        if c != 92:
            buf[at] = c
            at += 1
            i += 1
            continue
        if i + 1 >= end:
            return BAD
        c = int(buf[i + 1])
        i += 2
        if c != 117:
            plain = plain_escape(c)
            if plain < 0:
                return BAD
            buf[at] = plain
            at += 1
            continue
        code = hex_unit(buf, i, end)
        if code < 0:
            return BAD
        i += 4
        if 0xD800 <= code < 0xDC00 and i + 2 <= end and buf[i] == 92 and buf[i + 1] == 117:
            low = hex_unit(buf, i + 2, end)
            if 0xDC00 <= low < 0xE000:
                code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)
                i += 6
        at = write_character(buf, at, code)
    return at - to


@inner_njit
def undouble_quotes(buf: NDArray[np.uint8], start: int, end: int, to: int) -> int:
    """Write buf[start:end] with each doubled quote as one, from `to` on; its length."""
    at = to
    i = start
    while i < end:
        buf[at] = buf[i]
        if buf[i] == 34 and i + 1 < end and buf[i + 1] == 34:
            i += 1
        at += 1
        i += 1
    return at - to


@inner_njit
def unslash(buf: NDArray[np.uint8], start: int, end: int, to: int) -> int:
    """Write buf[start:end] without the backslashes that only protect, from `to` on; its length."""
    at = to
    i = start
    while i < end:
        c = int(buf[i])
        if c == 92 and i + 1 < end:
            following = int(buf[i + 1])
            if following == 34 or following == 61 or following == 124 or following == 92:
                i += 1
                c = following
        buf[at] = c
        at += 1
        i += 1
    return at - to


@inner_njit
def gather_bytes(buf: NDArray[np.uint8], start: int, end: int, to: int) -> int:
    """Write the bytes of the JSON array of numbers buf[start:end] from `to` on; -1 for another."""
    at = to
    value = -1
    for i in range(start + 1, end):
        c = int(buf[i])
        if 48 <= c <= 57:
            value = max(value, 0) * 10 + c - 48
            if value > 255:
                return BAD
        elif value >= 0 and (c == 44 or c == 93):
            buf[at] = value
            at += 1
            value = -1
        elif c > 32:
            return BAD
    return at - to
