"""Numbers, addresses, times and escapes are read as Python's own modules read them."""

import ipaddress
import json
import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from naive_formats import naive_address, naive_hash, naive_number, naive_time
from stream.formats.addresses import parse_ipv4, parse_ipv6
from stream.formats.eight_bytes import PADDING, digits_value
from stream.formats.numbers import parse_number, powers_of_ten
from stream.formats.slots import SCRATCH
from stream.formats.stamps import parse_time
from stream.formats.unescape import unescape_json
from stream.formats.words import hash_text

POWERS = powers_of_ten()
NUMBERS = st.one_of(
    st.from_regex(r"\A[+-]?[0-9]{0,24}(\.[0-9]{0,24})?([eE][+-]?[0-9]{1,4})?\Z"),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.integers(-(10**20), 10**20).map(str),
    st.text("0123456789.eE+-x ", max_size=12),
)
ADDRESSES = st.one_of(
    st.ip_addresses().map(str),
    st.ip_addresses(v=6).map(lambda address: address.exploded),
    st.ip_addresses(v=4).map(lambda address: f"::ffff:{address}"),
    st.ip_addresses(v=4).map(lambda address: f"64:ff9b::{address}"),
    st.text("0123456789abcdefABCDEF:.%", max_size=24),
    st.lists(st.integers(0, 300).map(str), min_size=3, max_size=5).map(".".join),
)
DIGITS = st.text("0123456789", min_size=1, max_size=2)


def buffer(raw: bytes) -> tuple[NDArray[np.uint8], int, int]:
    """Put text in the middle of a buffer, with other digits around it."""
    whole = bytes(SCRATCH + len(raw)) + b"7" + raw + b"7" + bytes(PADDING)
    start = SCRATCH + len(raw) + 1
    return np.frombuffer(whole, np.uint8).copy(), start, start + len(raw)


def ulps(value: float, other: float) -> float:
    return abs(value - other) / math.ulp(max(abs(value), abs(other)))


@given(NUMBERS)
@example("0.0012309551239013672")
@example("1517336042.090842")
@example("1e400")
@example("-1.5e-3")
@example("123456789012345678901234567890")
@example("4.9e-324")
@example("0e999")
def test_numbers_are_within_two_units_of_float(text: str) -> None:
    expected = naive_number(text)
    found = parse_number(*buffer(text.encode()), POWERS)
    if math.isnan(expected):
        assert math.isnan(found)
    elif math.isinf(expected) or math.isinf(found):
        assert max(abs(expected), abs(found)) == math.inf
        assert min(abs(expected), abs(found)) > 1.79e308
    else:
        assert ulps(found, expected) <= 2
        digits = text.lower().partition("e")[0].translate({ord(c): None for c in "+-."})
        if len(digits) <= 15 and "e" not in text.lower():
            assert found == expected


@given(st.floats(0, 4e9).map(lambda value: f"{value:.6f}"))
def test_epoch_times_are_read_to_the_last_bit(text: str) -> None:
    assert parse_number(*buffer(text.encode()), POWERS) == float(text)


@given(st.text("0123456789/:", min_size=1, max_size=8))
def test_eight_digits_are_read_at_once(text: str) -> None:
    raw, start, _ = buffer(text.encode())
    expected = int(text) if text.isdecimal() else -1
    assert digits_value(raw, start, len(text)) == expected


def read_address(text: str) -> int | None:
    raw, start, end = buffer(text.encode())
    value = parse_ipv4(raw, start, end)
    if value >= 0:
        return 0xFFFF00000000 + int(value)
    out = np.zeros((1, 4), np.uint64)
    if not parse_ipv6(raw, start, end, np.zeros(8, np.int64), out, 0, 2):
        return None
    return int(out[0, 2]) << 64 | int(out[0, 3])


@given(ADDRESSES)
@example("::")
@example("::1")
@example("1::")
@example("1:2:3:4:5:6:7::")
@example("1:2:3:4:5:6:7::8")
@example("::2:3:4:5:6:7:8")
@example("1:2:3:4:5:6:1.2.3.4")
@example("1:2:3:4:5:6:7:1.2.3.4")
@example("fe80::1%eth0")
@example("fe80::1%")
@example("010.1.1.1")
@example("1.2.3")
@example(":1:2:3:4:5:6:7")
@example("1:2:3:4:5:6:7:")
@example("12345::")
def test_addresses_are_those_of_ipaddress(text: str) -> None:
    assert read_address(text) == naive_address(text)


@given(st.ip_addresses(v=6))
def test_every_form_of_an_address_is_the_same(address: ipaddress.IPv6Address) -> None:
    expected = int(address)
    dotted = f"{address.exploded[:29]}:{ipaddress.IPv4Address(expected % 2**32)}"
    for form in (str(address), address.exploded, address.exploded.upper(), dotted):
        assert read_address(form) == expected


@st.composite
def times(draw: st.DrawFn) -> str:
    if draw(st.booleans()):
        moment = draw(st.datetimes())
        zone = draw(
            st.sampled_from(
                ("", "Z", "+0200", "+02:00", "-11", "+24:00", " ", " UTC", " GMT", " EST", " +0200")
            )
        )
        digits = draw(st.integers(0, 9))
        fraction = f".{moment.microsecond:06d}000"[: digits + 1] if digits else ""
        between = draw(st.sampled_from("T t"))
        sign = draw(st.sampled_from(("-", "-", "/")))
        date = f"{moment:%Y-%m-%d}".replace("-", sign)
        return f"{date}{between}{moment:%H:%M:%S}{fraction}{zone}"
    month = draw(st.sampled_from(("Jan", "Feb", "feb", "MAR", "Dec", "Xxx")))
    day = draw(st.integers(0, 32))
    dom = draw(st.sampled_from((f"{day:2d}", f"{day}", f"{day:02d}")))
    year = draw(st.sampled_from(("", "", "2024 ", "0001 ", "9999 ", "0000 ", "20x4 ")))
    rest = draw(st.sampled_from(("", "", ".5", ".0000019", ".", " UTC", " EDT", ".25 PST", " XYZ")))
    return f"{month} {dom} {year}{draw(st.integers(0, 25)):02d}:59:60{rest}"


@given(times(), st.sampled_from((0, 3600, -12600)), st.floats(-5e9, 2e11))
@example("Feb 29 12:00:00", 0, 1740787200.0)
@example("Feb 29 12:00:00", 0, -2203977600.0)
@example("2199-01-01T00:00:00.0000010", 0, 0.0)
@example("2024-02-29T23:59:60,9999999Z", 0, 0.0)
@example("Jan  1 00:30:00", 0, 1703980800.0)
@example("Dec 31 23:30:00", 0, 1704067200.0)
def test_times_are_those_of_datetime(text: str, zone: int, record_time: float) -> None:
    found = parse_time(*buffer(text.encode()), zone, record_time, 1.0, POWERS)
    expected = naive_time(text, zone, record_time)
    assert found == expected or (math.isnan(found) and math.isnan(expected))


def test_time_without_year_is_at_most_a_day_ahead() -> None:
    new_year = 1704067200.0  # 2024-01-01T00:00:00Z
    read = parse_time(*buffer(b"Jan  1 12:00:00"), 0, new_year, 1.0, POWERS)
    assert read == new_year + 43200
    read = parse_time(*buffer(b"Jan  2 12:00:00"), 0, new_year, 1.0, POWERS)
    assert read == 1672660800.0  # 2023-01-02T12:00:00Z


def test_time_without_year_needs_the_record_s_time() -> None:
    assert math.isnan(parse_time(*buffer(b"Jan  1 12:00:00"), 0, math.nan, 1.0, POWERS))


@given(st.text())
def test_escapes_are_those_of_json(text: str) -> None:
    escaped = json.dumps(text)[1:-1].encode()
    raw, start, end = buffer(escaped)
    length = unescape_json(raw, start, end, SCRATCH)
    written = raw[SCRATCH : SCRATCH + length].tobytes()
    assert written == text.encode("utf-8", "surrogatepass")


@pytest.mark.parametrize("text", ["\\x", "\\", "\\u12", "\\u12g4"])
def test_bad_escapes_are_told(text: str) -> None:
    raw, start, end = buffer(text.encode())
    assert unescape_json(raw, start, end, SCRATCH) == -1


def test_lone_surrogate_is_kept() -> None:
    raw, start, end = buffer(b"a\\ud83db")
    length = unescape_json(raw, start, end, SCRATCH)
    assert raw[SCRATCH : SCRATCH + length].tobytes() == b"a\xed\xa0\xbdb"


@given(st.binary(max_size=40))
def test_hash_of_a_text_is_the_documented_one(raw: bytes) -> None:
    whole, start, end = buffer(raw)
    assert hash_text(whole, start, end) == naive_hash(raw)
