"""Every dialect reads its own sample lines as its file says."""

import ipaddress

import pytest

from naive_formats import naive_hash
from parsed_records import Event, events_of, parse_lines, reasons_of
from stream.events import ACTIONS, COLUMNS, OUTCOMES, PHASES, STATUSES
from stream.formats.dialect import Dialect, Sample, built_in_dialects
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
    assert list(events_of(parsed).values()) == [expected_columns(one) for one in sample.events]
    unused = {
        reason: count
        for reason, count in parser.reason_counts()[dialect.name].items()
        if count and parser.counts()[dialect.name]["unused"]
    }
    assert unused == sample.unused
    assert parser.counts()[dialect.name]["rejected"] == 0
    assert sum(sum(counts.values()) for counts in parser.counts().values()) == len(lines)


@pytest.mark.parametrize("dialect", built_in_dialects(), ids=lambda dialect: dialect.name)
def test_every_dialect_has_samples_of_each_syntax(dialect: Dialect) -> None:
    assert len(dialect.samples) >= len(dialect.syntax)
    filled = {name for sample in dialect.samples for event in sample.events for name in event}
    assert filled == set(dialect.columns()) - {"action", "src_local"} | filled


@pytest.mark.parametrize(("dialect", "sample"), SAMPLES)
def test_sample_cut_off_is_never_an_event_but_at_its_end(dialect: Dialect, sample: Sample) -> None:
    line = sample.lines[-1 if dialect.name == "zeek.conn" and len(sample.lines) > 5 else 0]
    head = [one.encode() for one in sample.lines[:-1]] if line.startswith("1") else []
    if dialect.name == "iptables":
        pytest.skip("any piece of a kernel line with its addresses is an event")
    parser = Parser(ParseSettings(format=dialect.name))
    parse_lines(parser, head)
    whole = line.encode()
    last_column = whole.rindex(b"\t") + 1 if head else len(whole)
    parsed = parse_lines(parser, [whole[:k] for k in range(1, last_column)])
    assert len(parsed.record) == 0
    assert {STATUSES[k] for k in parsed.status} == {"rejected"}
    assert set(reasons_of(parser, parsed)) <= {"truncated", "unknown format"}
