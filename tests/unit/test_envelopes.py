"""A record is the same in any envelope; the envelope gives it time and host where it has none."""

import json
from pathlib import Path

import numpy as np
import pytest

from parsed_records import Event, columns_of, events_of, parse_lines, reasons_of
from stream.formats.dialect import read_folder
from stream.formats.parser import Parsed, Parser, ParseSettings

BARE = "DROP IN=eth0 OUT= SRC=198.51.100.9 DST=192.0.2.10 LEN=44 PROTO=TCP SPT=4000 DPT=23"
KERNEL = f"Feb 29 12:00:00 gateway kernel: {BARE}"
NOON = 1709208000.0  # 2024-02-29T12:00:00Z
ISO = "2024-02-29T12:00:00.000Z"
FLOW = (
    '{"timestamp":"2024-02-29T12:00:00Z","event_type":"flow","src_ip":"192.0.2.1",'
    '"dest_ip":"192.0.2.2","proto":"TCP","flow":{"start":"2024-02-29T12:00:00Z"}}'
)


def parsed(parser: Parser, line: str | bytes, record_time: float = 1e9) -> Parsed:
    return parse_lines(parser, [line if isinstance(line, bytes) else line.encode()], record_time)


def event_of(line: str | bytes, record_time: float = 1e9) -> Event:
    """The one event of a line."""
    (event,) = events_of(parsed(Parser(ParseSettings()), line, record_time)).values()
    return event


def reason_of(line: str) -> str:
    parser = Parser(ParseSettings())
    return reasons_of(parser, parsed(parser, line))[0]


ENVELOPES: dict[str, dict[str, object]] = {
    "filebeat": {"@timestamp": ISO, "message": BARE, "host": {"name": "gateway"}, "log": {"x": 5}},
    "original": {
        "event": {"original": BARE}, "message": "x", "@timestamp": ISO, "host.name": "gateway",
    },
    "fluent bit": {"date": 1709208000.25, "log": BARE, "hostname": "gateway"},
    "docker": {"log": BARE + "\n", "stream": "stdout", "time": ISO, "hostname": "gateway"},
    "journald": {
        "MESSAGE": BARE, "__REALTIME_TIMESTAMP": "1709208000000000", "_HOSTNAME": "gateway",
    },
    "journald, bytes": {
        "MESSAGE": list(BARE.encode()), "__REALTIME_TIMESTAMP": "1709208000000000",
        "_HOSTNAME": "gateway",
    },
    "vector": {"message": BARE, "timestamp": ISO, "host": "gateway", "source_type": "file"},
}  # fmt: skip


@pytest.mark.parametrize("name", ENVELOPES)
def test_envelope_gives_time_and_host_to_a_line_without(name: str) -> None:
    expected = event_of(KERNEL, NOON)
    for line in (json.dumps(ENVELOPES[name]), json.dumps(ENVELOPES[name], indent=1)):
        found = event_of(line.replace("\n", " "))
        assert found.pop("ts") == pytest.approx(NOON, abs=0.3)
        assert found == {k: v for k, v in expected.items() if k != "ts"}


def test_line_s_own_time_and_host_count_and_the_envelope_s_year() -> None:
    line = json.dumps({"@timestamp": "2020-03-01T00:00:00Z", "message": KERNEL, "host": "relay"})
    expected = event_of(KERNEL, 1583020800.0)
    assert event_of(line) == expected
    assert expected["ts"] == 1582977600.0  # 2020-02-29T12:00:00Z


@pytest.mark.parametrize(
    "wrapped",
    [
        FLOW,
        f"Feb 29 12:00:01 sensor suricata[77]: {FLOW}",
        f"<134>1 2024-02-29T12:00:01Z sensor suricata 77 - - {FLOW}",
        f"412 <134>1 2024-02-29T12:00:01Z sensor suricata 77 - - @cee: {FLOW}",
        json.dumps({"message": FLOW}),
        json.dumps({"message": f"Feb 29 12:00:01 sensor suricata[77]: {FLOW}"}),
        json.dumps({"log": json.dumps({"message": FLOW})}),
        f"Feb 29 12:00:01 relay shipper: {json.dumps({'message': FLOW})}",
    ],
)
def test_object_is_the_same_in_up_to_two_envelopes(wrapped: str) -> None:
    assert event_of(wrapped) == event_of(FLOW)


def test_three_envelopes_are_too_many() -> None:
    inner = json.dumps({"message": json.dumps({"message": FLOW})})
    assert reason_of(json.dumps({"message": inner})) == "unknown format"


def test_what_an_envelope_holds_may_be_unknown_cut_off_or_badly_escaped() -> None:
    assert reason_of('{"message":"lorem ipsum"}') == "unknown format"
    assert reason_of('{"message":""}') == "empty"
    assert reason_of('{"message":"# a comment"}') == "comment"
    assert reason_of('{"message":"{\\"a\\":"}') == "truncated"
    assert reason_of('{"message":"\\x"}') == "bad escape"
    assert reason_of('{"MESSAGE":[1,2,300]}') == "bad escape"
    assert reason_of('{"message":5}') == "unknown format"


def test_record_that_a_dialect_knows_is_not_taken_for_an_envelope() -> None:
    zeek = '{"ts":5,"uid":"C1","id.orig_h":"192.0.2.1","id.resp_h":"192.0.2.2","message":"lorem"}'
    assert reason_of(zeek) == "other log type"


HEADERS = (
    "Feb 29 12:00:00 gateway ", "Feb 29 12:00:00 gateway kernel: [  12.5] ",
    "Feb 29 2024 12:00:00 gateway ",
    "<4>Feb 29 12:00:00 gateway ", "<4>Feb 29 12:00:00.000 gateway ulogd[5]: ",
    "120 <4>2024-02-29T12:00:00Z gateway ", "2024-02-29 12:00:00 gateway ",
    "<4>1 2024-02-29T12:00:00.000000Z gateway kernel - - - ",
    '<4>1 2024-02-29T14:00:00+02:00 gateway kernel 5 id [timeQuality tzKnown="1"][x@1 y="]"] ',
)  # fmt: skip


@pytest.mark.parametrize("header", HEADERS)
def test_syslog_header_gives_time_and_host(header: str) -> None:
    assert event_of(header + BARE, NOON) == event_of(KERNEL, NOON)


def test_pairs_of_structured_data_are_keys(tmp_path: Path) -> None:
    (tmp_path / "srx.toml").write_text(
        """
name = "acme.srx"
product = "Acme structured syslog"
syntax = ["key_value"]
[recognise]
all = ["source-address", "destination-address"]
words = { "@tag" = ["RT_FLOW"] }
[columns]
ts = "@time"
src_ip = "source-address"
dst_ip = "destination-address"
phase = { from = "@id", words = { CREATE = "start", CLOSE = "end" } }
observer = "@host"
""",
        encoding="utf-8",
    )
    line = (
        b'<14>1 2024-02-29T12:00:00Z srx RT_FLOW - CLOSE [junos@2636 reason="a \\"b\\" ] c" '
        b'source-address="192.0.2.1" destination-address="192.0.2.2"] session closed'
    )
    parser = Parser(ParseSettings("acme.srx", dialects=read_folder(tmp_path)))
    event = columns_of(parse_lines(parser, [line]).batch, 0)
    assert (event["ts"], event["phase"]) == (NOON, 2)
    assert parser.text(int(event["observer"])) == "srx"


MANY = """
name = "acme.many"
product = "Acme flows, many in a record"
syntax = ["json", "delimited"]
foreach = ["properties.flows", "tuples"]
[recognise]
all = ["properties.flows"]
words = { category = ["Flows"] }
[columns]
ts = "at"
src_ip = "from"
dst_ip = "to"
rule = "rule"
phase = { from = "properties.version", words = { 2 = "end" } }
[[layout]]
separator = ","
words = { way = ["I", "O"] }
columns = ["at", "from", "to", "way"]
"""


def flows(*tuples: str, rule: str = "r1") -> dict[str, object]:
    groups = [{"rule": rule, "tuples": list(tuples)}]
    return {"category": "Flows", "properties": {"version": 2, "flows": groups}}


@pytest.fixture
def many(tmp_path: Path) -> Parser:
    (tmp_path / "many.toml").write_text(MANY, encoding="utf-8")
    return Parser(ParseSettings(dialects=read_folder(tmp_path)))


def test_record_with_many_flows_gives_many_events(many: Parser) -> None:
    one, two = "5,192.0.2.1,192.0.2.2,I", "6,192.0.2.3,192.0.2.4,O"
    batch = {"records": [flows(one, two), {"category": "x"}, flows(one, rule="r2")]}
    lines = [BARE, json.dumps(batch), BARE, json.dumps(flows(two))]
    found = parse_lines(many, [line.encode() for line in lines], NOON, first=40)
    assert found.record.tolist() == [0, 1, 1, 1, 2, 3]
    assert found.batch.nth.tolist() == [0, 0, 1, 2, 0, 0]
    assert found.batch.offset.tolist() == [40, 41, 41, 41, 42, 43]
    assert found.batch.real[:, 0].tolist() == [NOON, 5, 6, 5, NOON, 6]
    rules = [many.text(int(rule)) for rule in found.batch.text[:, 1]]
    assert rules == ["DROP", "r1", "r1", "r2", "DROP", "r1"]
    assert many.counts()["acme.many"]["events"] == 2
    assert sum(sum(counts.values()) for counts in many.counts().values()) == 4


def test_more_events_than_records_find_room(many: Parser) -> None:
    tuples = [f"{k},192.0.2.1,192.0.2.2,I" for k in range(5000)]
    lines = [json.dumps(flows(*tuples)).encode(), BARE.encode()]
    found = parse_lines(many, lines, NOON)
    assert found.batch.real[:5000, 0].tolist() == list(range(5000))
    assert np.bincount(found.record).tolist() == [5000, 1]
    assert (found.batch.nth[:5000] == np.arange(5000)).all()


def test_part_that_is_refused_is_told_where_no_other_gives_an_event(many: Parser) -> None:
    bad = json.dumps(flows("5,192.0.2.1,x,I"))
    assert reasons_of(many, parsed(many, bad)) == ["bad address"]
    mixed = parsed(many, json.dumps(flows("5,192.0.2.1,x,I", "5,192.0.2.1,192.0.2.2,I")))
    assert (len(mixed.record), mixed.status.tolist()) == (1, [0])
    assert reasons_of(many, parsed(many, json.dumps(flows()))) == ["unknown format"]
    assert reasons_of(many, parsed(many, '{"records":5}')) == ["unknown format"]


def test_record_with_many_flows_may_lie_in_an_envelope(many: Parser) -> None:
    line = json.dumps({"message": json.dumps(flows("5,192.0.2.1,192.0.2.2,I"))})
    assert parsed(many, line).batch.real[:, 0].tolist() == [5]
