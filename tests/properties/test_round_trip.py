"""An event that is written in any dialect is given back by the parser."""

from collections.abc import Callable, Mapping
from functools import cache
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azure_events import Event, nsg, vnetflow
from naive_formats import naive_hash
from parsed_records import parse_lines
from stream.formats.dialect import built_in_dialects
from stream.formats.named_columns import named_columns
from stream.formats.parser import Parser, ParseSettings
from written_events import Value, Writer

BY_NAME = {dialect.name: dialect for dialect in built_in_dialects()}
FORMS = [
    pytest.param(dialect.name, syntax, id=f"{dialect.name}: {syntax}")
    for dialect in built_in_dialects()
    for syntax in dialect.syntax
    if not dialect.foreach
]
NEEDED = {"src_ip", "dst_ip"}


@cache
def parser_of(dialect: str) -> Parser:
    return Parser(ParseSettings(format=dialect, as_logged=True))


def is_same(name: str, written: Value, found: Value | None) -> bool:
    if isinstance(written, float) and isinstance(found, float):
        # billionths of seconds are no exact doubles
        return abs(written - found) <= (1e-6 if name in ("ts", "duration") else 0.0)
    # the lexicon does not keep every word, but every hash
    return found in (written, f"#{naive_hash(str(written).encode()):016x}")


def differences(
    written: Mapping[str, Value], found: Mapping[str, Value]
) -> dict[str, tuple[Value, Value | None]]:
    """Return columns that do not hold what was written, with both."""
    return {
        column: (value, found.get(column))
        for column, value in written.items()
        if not is_same(column, value, found.get(column))
    }


@pytest.mark.parametrize(("name", "syntax"), FORMS)
@given(random=st.integers(0, 2**64 - 1).map(Random))
def test_written_event_is_given_back(name: str, syntax: str, random: Random) -> None:
    lines, written = Writer(BY_NAME[name], random).line(syntax)
    if not written.columns.keys() >= NEEDED:
        return
    parser = parser_of(name)
    parsed = parse_lines(parser, [line.encode() for line in lines], 1.7e9)
    assert len(parsed.record) == 1, (lines, parser.reason_counts())
    found = named_columns(parser, parsed.batch, 0)
    assert differences(written.columns, found) == {}, lines


@pytest.mark.parametrize(("name", "write"), [("azure.nsg", nsg), ("azure.vnetflow", vnetflow)])
@given(seed=st.integers(0, 2**64 - 1))
def test_written_records_of_many_events_give_all_of_them(
    name: str, write: Callable[[Random], tuple[str, list[Event]]], seed: int
) -> None:
    line, events = write(Random(seed))
    parser = parser_of(name)
    parsed = parse_lines(parser, [line.encode()], 1.7e9)
    assert len(parsed.record) == len(events), (line, parser.reason_counts())
    for k, event in enumerate(events):
        assert differences(event, named_columns(parser, parsed.batch, k)) == {}, (k, line)


def test_every_dialect_is_written() -> None:
    written = {str(form.id).split(":")[0] for form in FORMS}
    assert written | {"azure.nsg", "azure.vnetflow"} == set(BY_NAME)
