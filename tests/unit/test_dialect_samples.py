"""Every dialect reads its own sample lines as its file says."""

import ipaddress

import pytest

from naive_formats import naive_hash
from parsed_records import Event, columns_of, parse_lines, reasons_of
from stream.events import ACTIONS, COLUMNS, OUTCOMES, PHASES, STATUSES
from stream.formats.dialect import Dialect, built_in_dialects
from stream.formats.dialect_parts import Sample
from stream.formats.parser import Parser, ParseSettings

GROUPS = {column.name: column.group for column in COLUMNS}
CODES = {"action": ACTIONS, "outcome": OUTCOMES, "phase": PHASES}
SAMPLES = [
    pytest.param(dialect, sample, id=f"{dialect.name}: {sample.about}")
    for dialect in built_in_dialects()
    for sample in dialect.samples
]


def expected_columns(written: dict[str, str | int | float]) -> Event:
    """What a sample says, as the event has it."""
    event: Event = {}
    for name, value in written.items():
        if GROUPS[name] == "address":
            address = ipaddress.ip_address(str(value))
            mapped = 0xFFFF00000000 if address.version == 4 else 0
            event[name] = mapped + int(address)
        elif GROUPS[name] == "text":
            event[name] = naive_hash(str(value).encode())
        elif isinstance(value, str):
            event[name] = CODES[name].index(value)
        else:
            event[name] = value
    return event


@pytest.mark.parametrize("chosen", ["auto", "itself"])
@pytest.mark.parametrize(("dialect", "sample"), SAMPLES)
def test_sample_gives_what_it_says(dialect: Dialect, sample: Sample, chosen: str) -> None:
    parser = Parser(ParseSettings(format=dialect.name if chosen == "itself" else "auto"))
    lines = [line.encode() for line in sample.lines]
    parsed = parse_lines(parser, lines, sample.record_time)
    assert [columns_of(parsed.batch, k) for k in range(len(parsed.record))] == [
        expected_columns(one) for one in sample.events
    ]
    unused = {
        reason: count
        for reason, count in parser.reason_counts()[dialect.name].items()
        if count and parser.counts()[dialect.name]["unused"]
    }
    assert unused == sample.unused
    assert parser.counts()[dialect.name]["rejected"] == 0
    assert sum(sum(counts.values()) for counts in parser.counts().values()) == len(lines)


@pytest.mark.parametrize("dialect", built_in_dialects(), ids=lambda dialect: dialect.name)
def test_samples_show_every_syntax_and_column(dialect: Dialect) -> None:
    assert len(dialect.samples) >= len(dialect.syntax)
    filled = {name for sample in dialect.samples for event in sample.events for name in event}
    assert filled == set(dialect.columns())


@pytest.mark.parametrize("dialect", built_in_dialects(), ids=lambda dialect: dialect.name)
def test_no_other_dialect_claims_a_sample(dialect: Dialect) -> None:
    parser = Parser(ParseSettings(format=dialect.name))
    others = [one for one in built_in_dialects() if one.name != dialect.name]
    for sample in (sample for other in others for sample in other.samples):
        parse_lines(parser, [line.encode() for line in sample.lines], sample.record_time)
    assert parser.counts()[dialect.name]["events"] == 0


def test_no_key_means_two_things() -> None:
    meant: dict[str, str] = {}
    for dialect in built_in_dialects():
        named = {key for pattern in dialect.patterns for key in (*pattern.all, *pattern.any)}
        rules = (*dialect.rules, *dialect.unused_rules)
        named |= {rule.source for rule in rules if rule.source}
        own = {key: key for key in named - dialect.alias.keys()} | dialect.alias
        assert {key: meant.setdefault(key, slot) for key, slot in own.items()} == own


def pieces(dialect: str, lines: tuple[str, ...]) -> tuple[list[bytes], list[bytes]]:
    """Header lines, and every beginning of the last line that lacks a wanted value."""
    *head, last = (line.encode() for line in lines)
    whole = last.rindex(b"\t") + 1 if head and dialect == "zeek.conn" else len(last)
    return head, [last[:end] for end in range(1, whole)]


@pytest.mark.parametrize(
    ("name", "sample", "count"), [("zeek.conn", 0, 9), ("zeek.conn", 1, 1), ("suricata.eve", 0, 1)]
)
def test_sample_that_was_cut_off_is_no_event(name: str, sample: int, count: int) -> None:
    dialect = next(one for one in built_in_dialects() if one.name == name)
    head, cut_off = pieces(name, dialect.samples[sample].lines[:count])
    parser = Parser(ParseSettings(format=name))
    parse_lines(parser, head)
    parsed = parse_lines(parser, cut_off)
    assert len(cut_off) > 100
    assert {STATUSES[k] for k in parsed.status} == {"rejected"}
    assert set(reasons_of(parser, parsed)) <= {"truncated", "unknown format"}
