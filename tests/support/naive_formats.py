"""Plain twins of the parser: json, str.split, ipaddress and datetime instead of kernels."""

import ipaddress
import json
import math
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
STAMP = re.compile(
    r"([A-Za-z]{3}) {1,2}(\d{1,2}) (?:(\d{4}) )?(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?: ([A-Z]{3}))?"
)
ZONES = {"UTC": 0, "GMT": 0} | {
    f"{letter}{season}T": (hours + (season == "D")) * 3600
    for letter, hours in (("E", -5), ("C", -6), ("M", -7), ("P", -8))
    for season in "SD"
}
ISO = re.compile(
    r"(\d{4})([-/])(\d\d)\2(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:[.,](\d+))?"
    r"( ?[Zz]| ?[+-]\d\d(?::?\d\d)?| UTC| GMT)?"
)
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
EARLIEST, LATEST = -62135596800.0, 253402300800.0


def naive_number(text: str) -> float:
    """Read a number, NaN for none."""
    return float(text) if text.isascii() and NUMBER.fullmatch(text) else math.nan


def naive_address(text: str) -> int | None:
    """Read an address as 128 bits, IPv4 as ::ffff:a.b.c.d."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv4Address):
        return 0xFFFF00000000 + int(address)
    return int(address)


def at(year: int, month: int, day: int, clock: Iterable[str], zone: int) -> float | None:
    """Seconds since the epoch of a local time, to the second."""
    hour, minute, second = map(int, clock)
    if hour > 23 or minute > 59 or second > 60:
        return None
    try:
        midnight = datetime(year, month, day, tzinfo=UTC)
    except ValueError:
        return None
    return (midnight - EPOCH) // timedelta(seconds=1) + hour * 3600 + minute * 60 + second - zone


def naive_iso(text: str, zone: int) -> float:
    found = ISO.fullmatch(text)
    if not found:
        return math.nan
    year, _, month, day, *clock, fraction, offset = found.groups()
    offset = (offset or "").strip()
    if offset in ("Z", "z", "UTC", "GMT"):
        zone = 0
    elif offset:
        digits = offset[1:].replace(":", "")
        hours, minutes = int(digits[:2]), int(digits[2:] or "0")
        if hours > 23 or minutes > 59:
            return math.nan
        zone = (hours * 3600 + minutes * 60) * (-1 if offset[0] == "-" else 1)
    seconds = at(int(year), int(month), int(day), clock, zone)
    if seconds is None:
        return math.nan
    fraction = (fraction or "")[:6]
    scale = 10 ** len(fraction)
    instant: float = float(int(seconds) * scale + int(fraction or "0")) / scale
    return instant


def naive_syslog(text: str, zone: int, record_time: float) -> float:
    found = STAMP.fullmatch(text)
    if not found or found[1].lower() not in MONTHS or found[8] not in (None, *ZONES):
        return math.nan
    month, day, year = MONTHS.index(found[1].lower()) + 1, int(found[2]), int(found[3] or 0)
    clock = found.groups()[3:6]
    zone = ZONES.get(found[8], zone)
    fraction = (found[7] or "0")[:6]
    part: float = int(fraction) / 10 ** len(fraction)
    latest = datetime.fromtimestamp(record_time, UTC).year + 1 if math.isfinite(record_time) else 0
    for tried in [year] if year else range(latest, latest - 10, -1):
        seconds = at(tried, month, day, clock, zone) if tried > 0 else None
        if seconds is not None and (year or seconds <= record_time + 86400):
            return float(seconds) + part
    return math.nan


def naive_time(text: str, zone: int, record_time: float) -> float:
    """Read a time of any form, NaN for none."""
    if len(text) >= 19 and text[4] in "-/":
        seconds = naive_iso(text, zone)
    elif len(text) >= 14 and text[0] >= "A":
        seconds = naive_syslog(text, zone, record_time)
    else:
        seconds = naive_number(text)
    return seconds if EARLIEST <= seconds < LATEST else math.nan


def naive_keys(line: bytes) -> dict[str, bytes | None] | None:
    """Values of one object by path, the last of equal paths; None if it is no JSON object.

    What is no text, number or truth value is None.
    """
    pairs: dict[str, bytes | None] = {}

    def note(path: str | None, value: object) -> None:
        if isinstance(value, Pairs):
            for key, inner in value:
                note(key if path is None else f"{path}.{key}", inner)
        if path is not None:
            pairs[path] = as_bytes(value)

    try:
        top = json.loads(
            line.decode(),
            object_pairs_hook=Pairs,
            parse_float=Text,
            parse_int=Text,
            parse_constant=refuse,
        )
    except (ValueError, RecursionError):
        return None
    if not isinstance(top, Pairs):
        return None
    note(None, top)
    return pairs


def as_bytes(value: object) -> bytes | None:
    """Give a value as the log has it."""
    if isinstance(value, bool):
        return b"true" if value else b"false"
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else None


def refuse(constant: str) -> None:
    """NaN and Infinity are no JSON."""
    raise ValueError(constant)


class Pairs(list[tuple[str, object]]):
    """The members of an object in their order."""


class Text(str):
    """A number as it stands."""

    __slots__ = ()


def naive_hash(raw: bytes) -> int:
    """Hash of a text column: FNV-1a and a second lane, 31 bits of it."""
    first, second = 0x811C9DC5, 0x1B873593
    for byte in raw:
        first = (first ^ byte) * 0x01000193 % 2**32
        second = (second ^ byte) * 0x5BD1E995 % 2**32
    first ^= first >> 13
    second ^= second >> 15
    return max(first << 31 | second % 2**31, 1)
