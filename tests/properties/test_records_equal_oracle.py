"""Whole records give the events of a plain decoder over json.loads and str.split."""

import json
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from log_lines import (
    ZEEK_COLUMNS,
    Connection,
    as_json,
    as_nested_json,
    as_tsv,
    connections,
    tsv_header,
)
from naive_events import Event, naive_event, naive_matches
from naive_formats import naive_keys
from parsed_records import events_of, parse_lines, reasons_of
from spoilt_lines import spoil
from stream.formats.dialect import Dialect, built_in_dialects
from stream.formats.parser import Parser, ParseSettings

BY_NAME = {dialect.name: dialect for dialect in built_in_dialects()}
ZEEK, EVE, IPTABLES = BY_NAME["zeek.conn"], BY_NAME["suricata.eve"], BY_NAME["iptables"]
AUTO = Parser(ParseSettings())
JSON_LINES = [
    line.encode()
    for dialect in (ZEEK, EVE)
    for sample in dialect.samples
    for line in sample.lines
    if line.startswith("{")
]
KERNEL_LINES = [line.encode() for sample in IPTABLES.samples for line in sample.lines]


def naive_json(line: bytes) -> Event | str | None:
    """Event, reason, or None where json.loads refuses the line."""
    values = naive_keys(line)
    if values is None:
        return None
    decoders = [
        (dialect, pattern)
        for dialect in built_in_dialects()
        for pattern in dialect.patterns
        if "json" in pattern.syntax
    ]
    for is_used in (True, False):
        for dialect, pattern in decoders:
            if (not pattern.reason) is is_used and naive_matches(dialect, pattern, values):
                return pattern.reason or naive_event(dialect, values)
    return "unknown format"


def check_json(line: bytes) -> None:
    parsed = parse_lines(AUTO, [line])
    expected = naive_json(line.strip(b"\r\n\0 "))
    if isinstance(expected, dict):
        assert events_of(parsed) == {0: expected}
    elif expected is not None:
        assert reasons_of(AUTO, parsed) == [expected]
    assert len(parsed.record) + (parsed.status[0] != 0) == 1


@given(connections(), st.permutations(ZEEK_COLUMNS))
def test_a_connection_is_the_same_in_every_form(
    connection: Connection, order: tuple[str, ...]
) -> None:
    order = tuple(order)
    parser = Parser(ParseSettings())
    lines = [
        *tsv_header(),
        as_tsv(connection),
        as_json(connection),
        as_nested_json(connection),
        as_json(connection, order),
        as_nested_json(connection, order),
        *tsv_header(order),
        as_tsv(connection, order),
    ]
    found = list(events_of(parse_lines(parser, lines)).values())
    values = {name: value.encode() if value else None for name, value in connection.items()}
    expected = naive_event(ZEEK, values)
    assert isinstance(expected, dict)
    assert found == [expected] * 6


@given(connections())
def test_json_connection_is_what_json_loads_says(connection: Connection) -> None:
    check_json(as_json(connection))
    check_json(as_nested_json(connection))


@given(st.sampled_from(JSON_LINES), st.randoms(use_true_random=False))
def test_spoilt_json_is_what_json_loads_says_or_told(line: bytes, random: Random) -> None:
    check_json(spoil(random, line))


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(("ts", "id", "orig_h", "flow", "start", "uid", "")) | st.text(),
                inner,
                max_size=4,
            )
        ),
    )
)
def test_any_json_value_is_taken_or_told(value: object) -> None:
    line = json.dumps(value).encode()
    if line.startswith(b"{"):
        check_json(line)
    else:
        parsed = parse_lines(AUTO, [line])
        assert len(parsed.record) == 0


def naive_tsv(line: bytes) -> Event | str:
    """Split under the header of `tsv_header()`; event, or the reason why not."""
    cells = line.split(b"\t")
    if len(cells) == 1:
        return "unknown format"
    if len(cells) < len(ZEEK_COLUMNS):
        return "truncated"
    if len(cells) == len(ZEEK_COLUMNS):
        cells[-1] = cells[-1].partition(b"   ")[0]
    values = {
        name: None if cell in (b"-", b"") else cell
        for name, cell in zip(ZEEK_COLUMNS, cells, strict=False)
    }
    return naive_event(ZEEK, {**values, "@path": b"conn"})


@given(connections(), st.randoms(use_true_random=False), st.booleans())
def test_spoilt_tsv_is_what_split_says(
    connection: Connection,
    random: Random,
    extra: bool,  # noqa: FBT001
) -> None:
    line = as_tsv(connection) + (b"\tBenign\tx" if extra else b"   Benign   x")
    line = spoil(random, line).strip(b"\r\n\0 ")
    if line.lstrip(b"\t \xef\xbb\xbf")[:1] in (b"#", b"{", b"") or b"SRC" in line:
        return
    parser = Parser(ParseSettings(format="zeek.conn"))
    parsed = parse_lines(parser, [*tsv_header(), line])
    expected = naive_tsv(line)
    if isinstance(expected, dict):
        assert events_of(parsed) == {4: expected}
    else:
        assert reasons_of(parser, parsed)[4:] == [expected]


def naive_kernel(line: bytes, record_time: float) -> Event | str:
    """Split a kernel line without syslog header into its pairs; first of equal keys."""
    values: dict[str, bytes | None] = {}
    head, _, rest = line.partition(b"IN=")
    if head.strip(b" :\t"):
        values["@prefix"] = head.rstrip(b" :\t")
    for word in (b"IN=" + rest).split():
        if word.startswith(b"["):
            break
        key, sign, value = word.partition(b"=")
        if sign:
            values.setdefault(key.decode("latin-1"), value)
    return naive_event(IPTABLES, values, record_time=record_time)


@given(
    st.sampled_from(("", "DROP ", "[UFW BLOCK] ", "Shorewall:net2fw:ACCEPT:")),
    st.ip_addresses(),
    st.ip_addresses(),
    st.sampled_from(("TCP", "udp", "ICMPv6", "2", "256x", "89")),
    st.integers(0, 70000),
    st.sampled_from(("", "[SRC=1.2.3.4 DST=5.6.7.8 PROTO=UDP SPT=1 DPT=2 ]", "LEN=8 MARK=0x1")),
)
def test_kernel_line_is_what_split_says(
    prefix: str, source: object, destination: object, proto: str, port: int, tail: str
) -> None:
    line = (
        f"{prefix}IN=eth0 OUT= MAC=02:00 SRC={source} DST={destination} LEN=60 TTL=64 "
        f"PROTO={proto} SPT=1024 DPT={port} SYN {tail}"
    ).encode()
    parser = Parser(ParseSettings(format="iptables"))
    parsed = parse_lines(parser, [line], record_time=1e9)
    expected = naive_kernel(line, 1e9)
    if isinstance(expected, dict):
        assert events_of(parsed) == {0: expected}
    else:
        assert reasons_of(parser, parsed) == [expected]


@pytest.mark.parametrize("dialect", built_in_dialects(), ids=lambda dialect: dialect.name)
@given(data=st.data())
def test_spoilt_samples_are_events_or_told(dialect: Dialect, data: st.DataObject) -> None:
    random = data.draw(st.randoms(use_true_random=False))
    lines = [line.encode() for sample in dialect.samples for line in sample.lines]
    spoilt = [spoil(random, line) for line in lines for _ in range(3)]
    parser = Parser(ParseSettings())
    parsed = parse_lines(parser, spoilt)
    told = reasons_of(parser, parsed)
    events = {int(record) for record in parsed.record}
    for record, reason in enumerate(told):
        is_header = int(parsed.status[record]) == 2
        assert (record in events) + is_header + bool(reason) == 1
    assert sum(sum(c.values()) for c in parser.counts().values()) == len(spoilt)
