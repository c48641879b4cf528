"""How records are cut into calls, or interrupted by a restart, changes nothing."""

import json
from collections.abc import Sequence
from itertools import pairwise
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from log_lines import ZEEK_COLUMNS, as_json, as_tsv, connections, tsv_header
from parsed_records import parse_lines
from spoilt_lines import spoil
from stream.formats.dialect import built_in_dialects
from stream.formats.parser import Parser, ParseSettings
from stream.formats.slots import CHUNK

SAMPLES = [
    line.encode()
    for dialect in built_in_dialects()
    for sample in dialect.samples
    for line in sample.lines
]
DNS = [
    b"#path\tdns",
    b"#fields\tts\tuid\tid.orig_h\tid.resp_h\tquery",
    b"1\tC\t1.1.1.1\t2.2.2.2\tx",
]
FLOW = '{"timestamp":"2024-02-29T12:00:00Z","event_type":"flow","src_ip":"1.1.1.1","dest_ip":"%s"}'
Outcome = tuple[list[bytes], list[list[int]]]


def wrap(random: Random, line: bytes) -> bytes:
    """Put a record into an envelope, or beside others in one record."""
    text = line.decode("utf-8", "replace")
    flows = [json.loads(FLOW % address) for address in ("2.2.2.2", "3.3.3.3", "x")]
    whole = random.choice(
        (
            {"message": text, "@timestamp": "2024-02-29T12:00:00Z"},
            {"log": json.dumps({"message": text})},
            {"records": flows},
            {"message": json.dumps({"records": flows})},
        )
    )
    return json.dumps(whole).encode() if random.random() < 0.8 else b"<4>Feb  9 12:00:00 h " + line


@st.composite
def streams(draw: st.DrawFn) -> list[bytes]:
    """Records of all formats, spoilt ones and header lines, mixed."""
    random = draw(st.randoms(use_true_random=False))
    made = draw(st.lists(connections(), min_size=1, max_size=4))
    rows = [as_tsv(one) for one in made] + [as_json(one) for one in made]
    lines: list[bytes] = []
    for _ in range(draw(st.integers(1, 30))):
        piece = random.choice((rows, SAMPLES, tsv_header(), DNS, tsv_header(ZEEK_COLUMNS[::-1])))
        part = list(piece) if piece[0].startswith(b"#") else [random.choice(piece)]
        part = [spoil(random, line) if random.random() < 0.2 else line for line in part]
        lines += [wrap(random, line) if random.random() < 0.2 else line for line in part]
    return lines


def outcome(parser: Parser, pieces: Sequence[Sequence[bytes]]) -> Outcome:
    """Everything that comes out of some calls, as bytes, with the position of each event."""
    events: list[bytes] = []
    records: list[list[int]] = []
    first = 0
    for piece in pieces:
        parsed = parse_lines(parser, piece, record_time=1.7e9, first=first)
        events += [
            b"".join(np.ascontiguousarray(column[k]).tobytes() for column in parsed.batch)
            for k in range(len(parsed.record))
        ]
        assert (parsed.batch.offset == parsed.record + first).all()
        records += np.column_stack((parsed.status, parsed.reason, parsed.dialect)).tolist()
        first += len(piece)
    return events, records


def cut(lines: list[bytes], marks: set[int]) -> list[list[bytes]]:
    edges = [0, *sorted(marks), len(lines)]
    return [lines[a:b] for a, b in pairwise(edges)]


def states_are_equal(one: Parser, other: Parser) -> bool:
    mine, theirs = one.state(), other.state()
    return mine.keys() == theirs.keys() and all(
        np.array_equal(mine[name], theirs[name]) for name in mine
    )


@given(streams(), st.data())
def test_any_split_gives_the_same_events(lines: list[bytes], data: st.DataObject) -> None:
    whole, split, single = (Parser(ParseSettings()) for _ in range(3))
    marks = data.draw(st.sets(st.integers(0, len(lines)), max_size=6))
    expected = outcome(whole, [lines])
    assert outcome(split, cut(lines, marks)) == expected
    assert outcome(single, [[line] for line in lines]) == expected
    assert states_are_equal(whole, split)
    assert states_are_equal(whole, single)


@given(streams(), st.data())
def test_restored_parser_goes_on_as_if_nothing_had_happened(
    lines: list[bytes], data: st.DataObject
) -> None:
    mark = data.draw(st.integers(0, len(lines)))
    uninterrupted, before, after = (Parser(ParseSettings()) for _ in range(3))
    expected = outcome(uninterrupted, [lines[:mark], lines[mark:]])
    head = outcome(before, [lines[:mark]])
    after.restore(before.state())
    parsed = parse_lines(after, lines[mark:], record_time=1.7e9, first=mark)
    assert (
        head[1] + np.column_stack((parsed.status, parsed.reason, parsed.dialect)).tolist()
        == expected[1]
    )
    assert len(head[0]) + len(parsed.record) == len(expected[0])
    assert states_are_equal(uninterrupted, after)


def test_state_is_a_copy() -> None:
    parser = Parser(ParseSettings())
    state = parser.state()
    parse_lines(parser, SAMPLES)
    assert state["count"].sum() == 0
    parser.restore(state)
    assert sum(sum(counts.values()) for counts in parser.counts().values()) == 0


@pytest.mark.parametrize("count", [CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 7])
def test_more_records_than_a_chunk_are_read_alike(count: int) -> None:
    random = Random(count)
    lines = [random.choice(SAMPLES) for _ in range(count)]
    expected = outcome(Parser(ParseSettings()), [lines])
    assert outcome(Parser(ParseSettings()), cut(lines, {1, count // 3})) == expected


def test_payload_may_be_bytes_or_a_read_only_array() -> None:
    lines = SAMPLES * 3
    bounds = np.cumsum([0, *map(len, lines)], dtype=np.int64)
    raw = np.frombuffer(b"".join(lines), np.uint8)
    parser, times = Parser(ParseSettings()), np.zeros(len(lines))
    batch = parser.parse(raw, bounds, np.arange(len(lines)), times).batch
    events = [column.tobytes() for column in batch]
    other = parse_lines(Parser(ParseSettings()), lines).batch
    assert events == [column.tobytes() for column in other]


def test_warming_up_leaves_no_trace() -> None:
    warm, cold = Parser(ParseSettings()), Parser(ParseSettings())
    warm.warm_up()
    assert states_are_equal(warm, cold)
    assert outcome(warm, [SAMPLES]) == outcome(cold, [SAMPLES])
