"""Keys are guessed from records before, also of earlier calls; a wrong guess must not be taken."""

import json

import pytest

from parsed_records import columns_of, parse_lines
from stream.formats.parser import Parser, ParseSettings

FLOW = {
    "@timestamp": "2024-02-29T12:00:00Z",
    "source.ip": "192.0.2.1",
    "destination.ip": "192.0.2.2",
    "destination.packets": 5,
}


def events(parser: Parser, *records: dict[str, object]) -> list[dict[str, float | int]]:
    batch = parse_lines(parser, [json.dumps(one).encode() for one in records]).batch
    return [columns_of(batch, k) for k in range(len(records))]


@pytest.mark.parametrize(
    "other", ["destinatXXX.packets", "destination.pXckets", "destination.pack", "x" * 200]
)
def test_a_key_that_looks_like_one_of_an_earlier_call_is_its_own(other: str) -> None:
    parser = Parser(ParseSettings())
    (first,) = events(parser, FLOW)
    assert first["packets_in"] == 5
    odd = {(other if key == "destination.packets" else key): n for key, n in FLOW.items()}
    for found in (*events(parser, odd, odd), *events(parser, odd)):
        assert "packets_in" not in found
    assert events(parser, FLOW, odd, FLOW)[2] == first


def test_the_same_key_in_another_object_is_another_key() -> None:
    parser = Parser(ParseSettings())
    nested = {**FLOW, "source": {"packets": 7}, "destination": {"bytes": 9}, "packets": 1}
    for _ in range(2):
        (found,) = events(parser, nested)
        assert (found["packets_out"], found["bytes_in"], found["packets_in"]) == (7, 9, 5)


@pytest.mark.parametrize(
    "second", [{"a": 1, "b": 2}, {"a": 10}, {"a": "}"}, {}, [1], {"a": 1}, {"a": [{"a": 1}]}]
)
def test_an_object_that_is_passed_over_ends_where_it_ends(second: object) -> None:
    parser = Parser(ParseSettings())
    alike: dict[str, object] = {"odd": {"a": 1}, **FLOW}
    (expected,) = events(parser, FLOW)
    assert events(parser, alike, {"odd": second, **FLOW}, alike, alike) == [expected] * 4
    assert events(parser, {"odd": second, **FLOW}) == [expected]


def test_more_keys_than_are_remembered_are_read() -> None:
    parser = Parser(ParseSettings())
    (expected,) = events(parser, FLOW)
    many = {f"key{n}": n for n in range(600)}
    assert events(parser, {**many, **FLOW}, {**FLOW, **many}, FLOW) == [expected] * 3
