"""What real logs do to parsers, one trap a test."""

import ipaddress

import numpy as np
import pytest

from detectors.errors import ConfigError, ModelError
from parsed_records import columns_of, events_of, parse_lines, reasons_of
from stream.events import ACTIONS, OUTCOMES, PHASES, STATUSES
from stream.formats.parser import Parser, ParseSettings

FIELDS = b"#fields\tts\tid.orig_h\tid.resp_h\tid.resp_p\tproto\tservice\tconn_state\torig_pkts\tx"
ROW = b"1.5\t10.0.0.1\t10.0.0.2\t80\ttcp\thttp\tSF\t7\tx"
JSON = (
    b'{"ts":1.5,"id.orig_h":"10.0.0.1","id.resp_h":"10.0.0.2","id.resp_p":80,"proto":"tcp",'
    b'"service":"http","conn_state":"SF","orig_pkts":7}'
)
EVENT = {
    "ts": 1.5,
    "packets_out": 7,
    "src_ip": 0xFFFF0A000001,
    "dst_ip": 0xFFFF0A000002,
    "dst_port": 80,
    "transport": 6,
    "outcome": OUTCOMES.index("established"),
    "phase": PHASES.index("whole"),
}


def parser_after(*lines: bytes, chosen: str = "auto") -> Parser:
    parser = Parser(ParseSettings(format=chosen))
    parse_lines(parser, lines)
    return parser


def only_event(parser: Parser, line: bytes, record_time: float = 0.0) -> dict[str, float | int]:
    parsed = parse_lines(parser, [line], record_time)
    assert len(parsed.record) == 1, reasons_of(parser, parsed)
    event = columns_of(parsed.batch, 0)
    event.pop("app", None)
    return event


def reason(parser: Parser, line: bytes, record_time: float = 0.0) -> str:
    parsed = parse_lines(parser, [line], record_time)
    return reasons_of(parser, parsed)[0]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"", b" ", b"\0\0", b" \r\n\0"])
@pytest.mark.parametrize("line", [ROW, JSON], ids=["tsv", "json"])
def test_line_ends_and_padding_are_no_part_of_a_record(line: bytes, end: bytes) -> None:
    assert only_event(parser_after(FIELDS), line + end) == EVENT


def test_byte_order_mark_before_a_record_is_passed_over() -> None:
    assert only_event(Parser(ParseSettings()), b"\xef\xbb\xbf" + JSON) == EVENT
    parser = parser_after(b"\xef\xbb\xbf" + FIELDS)
    assert only_event(parser, ROW) == EVENT


@pytest.mark.parametrize("tail", [b"\tBenign\tweb", b"   Benign   web", b"\t", b"\ty\tz\t\t"])
def test_extra_trailing_columns_are_left_alone(tail: bytes) -> None:
    assert only_event(parser_after(FIELDS), ROW + tail) == EVENT


def test_extra_columns_after_blanks_end_the_last_wanted_column() -> None:
    parser = parser_after(FIELDS.removesuffix(b"\tx") + b"   label   detail")
    assert only_event(parser, ROW.removesuffix(b"\tx") + b"   Benign   web") == EVENT


def test_header_may_stand_behind_blanks_and_name_columns_in_any_order() -> None:
    parser = parser_after(b"\t #fields\tid.resp_h\tts\tconn_state\tid.orig_h")
    event = only_event(parser, b"10.0.0.2\t1.5\tSF\t10.0.0.1")
    assert (event["src_ip"], event["dst_ip"]) == (EVENT["src_ip"], EVENT["dst_ip"])


def test_separator_of_the_header_is_honoured() -> None:
    parser = parser_after(b"#separator \\x7c", FIELDS.replace(b"\t", b"|"))
    assert only_event(parser, ROW.replace(b"\t", b"|")) == EVENT


def test_unset_marks_of_the_header_are_honoured() -> None:
    parser = parser_after(b"#unset_field\tNIL", b"#empty_field\tNONE", FIELDS)
    event = only_event(parser, ROW.replace(b"\t7\t", b"\tNIL\t").replace(b"\t80\t", b"\tNONE\t"))
    assert event == {k: v for k, v in EVENT.items() if k not in ("packets_out", "dst_port")}


@pytest.mark.parametrize("mark", [b"-", b"(empty)", b"", b"(EMPTY)"])
def test_unset_marks_are_unset(mark: bytes) -> None:
    row = ROW.replace(b"\t7\t", b"\t" + mark + b"\t")
    assert "packets_out" not in only_event(parser_after(FIELDS), row)


@pytest.mark.parametrize(
    "value", [b"null", b'"-"', b'"(empty)"', b'""', b"[]", b"{}", b'[{"a":1}]']
)
def test_json_values_that_say_nothing_are_unset(value: bytes) -> None:
    line = JSON.replace(b":7}", b":" + value + b"}")
    assert "packets_out" not in only_event(Parser(ParseSettings()), line)


@pytest.mark.parametrize(
    ("number", "value"),
    [(b"7e2", 700.0), (b"1.5E+1", 15.0), (b'"70"', 70.0), (b"7.000", 7.0), (b"0", 0.0)],
)
def test_numbers_come_in_many_forms(number: bytes, value: float) -> None:
    line = JSON.replace(b":7}", b":" + number + b"}")
    assert only_event(Parser(ParseSettings()), line)["packets_out"] == value


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ((b":7}", b":-7}"), "bad number"),
        ((b":7}", b":1e999}"), "bad number"),
        ((b":7}", b':"seven"}'), "bad number"),
        ((b":80,", b":65536,"), "bad port"),
        ((b":80,", b":8.5,"), "bad port"),
        ((b'"10.0.0.1"', b'"10.0.0.256"'), "bad address"),
        ((b'"10.0.0.1"', b"null"), "missing column"),
        ((b'"ts":1.5,', b""), "missing column"),
        ((b'"ts":1.5,', b'"ts":"soon",'), "bad time"),
        ((b'"ts":1.5,', b'"ts":1e300,'), "bad time"),
        ((b'"http"', b'"h\\x"'), "bad escape"),
        ((b'"ts":1.5,', b'"ts":1.5,,'), "not JSON"),
        ((b'"ts":1.5,', b'"ts":nul,'), "not JSON"),
        ((b":7}", b":7}}"), "not JSON"),
        ((b":7}", b":7"), "truncated"),
        ((b":7}", b':7,"y":"'), "truncated"),
    ],
)
def test_bad_values_are_told(change: tuple[bytes, bytes], why: str) -> None:
    assert reason(Parser(ParseSettings()), JSON.replace(*change)) == why


def test_negative_time_is_a_time_and_negative_duration_is_none() -> None:
    line = JSON.replace(b'"ts":1.5', b'"ts":-1.5,"duration":-2')
    event = only_event(Parser(ParseSettings()), line)
    assert event == {**EVENT, "ts": -1.5}


@pytest.mark.parametrize("key", [b'"id\\u002eorig_h"', b'"id.ori\\u0067_h"', b'"id_orig_h"'])
def test_keys_may_be_escaped_or_renamed(key: bytes) -> None:
    line = JSON.replace(b'"id.orig_h"', key)
    assert only_event(Parser(ParseSettings()), line) == EVENT


def test_escaped_value_equals_the_plain_one() -> None:
    parser = Parser(ParseSettings())
    lines = [
        JSON.replace(b'"http"', b'"na\\u00efve \\ud83d\\ude00\\n"'),
        JSON.replace(b'"http"', '"naïve 😀\n"'.encode()),
    ]
    events = events_of(parse_lines(parser, lines))
    assert events[0] == events[1]
    assert parser.text(int(events[0]["app"])) == "naïve 😀\n"


def test_last_of_equal_keys_counts_also_when_nested() -> None:
    line = JSON.replace(b'{"ts"', b'{"id":{"orig_h":"1.1.1.1"},"orig_pkts":1,"ts"')
    assert only_event(Parser(ParseSettings()), line) == EVENT


def test_words_are_kept_and_long_ones_cut() -> None:
    parser = Parser(ParseSettings())
    event = events_of(parse_lines(parser, [JSON.replace(b'"http"', b'"' + b"h" * 40 + b'"')]))[0]
    assert parser.text(int(event["app"])) == "h" * 32
    assert parser.text(0) == ""
    assert parser.text(12345) == "#0000000000003039"


@pytest.mark.parametrize("bad", [b"\xff\xfe", b"\xc3(", b"\xed\xa0\x80", b"\x80"])
def test_invalid_utf8_is_a_value_like_others(bad: bytes) -> None:
    parser = Parser(ParseSettings())
    event = events_of(parse_lines(parser, [JSON.replace(b"http", bad)]))[0]
    assert parser.text(int(event["app"])) == bad.decode("utf-8", "replace")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"", "empty"),
        (b" \t \r\n", "empty"),
        (b"# a comment", "comment"),
        (b"[1, 2, 3]", "unknown format"),
        (b"Lorem ipsum dolor sit amet", "unknown format"),
        (b'{"a": 1}', "unknown format"),
        (b"{}", "unknown format"),
        (b"{", "truncated"),
        (b"{,}", "not JSON"),
        (b"1\t2\t3\t4\t5\t6\t7\t8", "no header"),
        (b"\x7fELF\x02\x01\x01\0\0\0", "unknown format"),
    ],
)
def test_what_is_no_event_is_told(line: bytes, why: str) -> None:
    assert reason(Parser(ParseSettings()), line) == why


def test_row_without_its_last_wanted_column_is_cut_off() -> None:
    parser = parser_after(FIELDS)
    assert reason(parser, ROW.removesuffix(b"\tx")) == "truncated"
    assert reason(parser, ROW[:20]) == "truncated"


def test_json_log_of_another_kind_is_unused() -> None:
    line = b'{"ts":1.5,"uid":"C1","id.orig_h":"10.0.0.1","id.resp_h":"10.0.0.2","method":"GET"}'
    parser = Parser(ParseSettings())
    assert reason(parser, line) == "other log type"
    assert parser.counts()["zeek.conn"]["unused"] == 1


def test_delimited_log_of_another_kind_is_unused_until_the_next_header() -> None:
    parser = parser_after(b"#path\tdns", b"#fields\tts\tuid\tid.orig_h\tid.resp_h\tquery")
    assert reason(parser, b"1.5\tC1\t10.0.0.1\t10.0.0.2\texample.org") == "other log type"
    parse_lines(parser, [FIELDS])
    assert only_event(parser, ROW) == EVENT


def test_syntaxes_may_change_from_record_to_record() -> None:
    kernel = b"kernel: DROP IN=eth0 OUT= SRC=10.0.0.1 DST=10.0.0.2 PROTO=TCP DPT=80"
    parser = Parser(ParseSettings())
    parsed = parse_lines(parser, [FIELDS, ROW, JSON, kernel, ROW, JSON, kernel], 5.0)
    events = events_of(parsed)
    assert sorted(events) == [1, 2, 3, 4, 5, 6]
    assert events[1] == events[2] == events[4] == events[5]
    assert events[3] == events[6]
    assert events[3]["action"] == ACTIONS.index("dropped")


def test_icmp_has_no_ports() -> None:
    line = JSON.replace(b'"tcp"', b'"icmp"').replace(b":80,", b":3,")
    assert "dst_port" not in only_event(Parser(ParseSettings()), line)


@pytest.mark.parametrize(
    ("head", "ts", "prefix", "host"),
    [
        ("Feb 29 12:00:00 gw kernel: [ 12.5] DROP IN: ", 1709208000.0, "DROP IN", "gw"),
        ("<4>Feb 29 12:00:00 gw kernel: ", 1709208000.0, "", "gw"),
        ("Feb 29 12:00:00 DENY: ", 1709208000.0, "DENY", ""),
        ("2024-02-29T14:00:00+02:00 gw kernel: [7.0] [UFW] ", 1709208000.0, "[UFW]", "gw"),
        ("2024-02-29 12:00:00.250 gw ulogd[12]: x ", 1709208000.25, "x", "gw"),
        ("[463490.251762] DROP ", 1709251200.0, "DROP", ""),
        ("Feb 30 12:00:00 gw kernel: ", 1709251200.0, "", "gw"),
        ("Oct 10 07:25:12 Hostname kernel: [wan-D]", 1696922712.0, "[wan-D]", "Hostname"),
    ],
)  # fmt: skip
def test_kernel_lines_come_with_and_without_headers(
    head: str, ts: float, prefix: str, host: str
) -> None:
    parser = Parser(ParseSettings())
    line = head.encode() + b"IN=eth0 OUT= SRC=10.0.0.1 DST=10.0.0.2 LEN=40 PROTO=TCP SPT=1 DPT=2"
    event = events_of(parse_lines(parser, [line], 1709251200.0))[0]
    assert event["ts"] == ts
    assert parser.text(int(event.get("rule", 0))) == prefix
    assert parser.text(int(event.get("observer", 0))) == host
    assert (event["src_port"], event["dst_port"], event["bytes_out"]) == (1, 2, 40)


def test_packet_in_an_icmp_error_is_not_the_record_s() -> None:
    line = (
        b"IN=eth0 OUT= SRC=192.0.2.71 DST=192.0.2.83 LEN=88 PROTO=ICMP TYPE=3 CODE=3 "
        b"[SRC=192.0.2.83 DST=192.168.173.191 LEN=60 PROTO=UDP SPT=21458 DPT=62936 LEN=40 ]"
    )
    event = events_of(parse_lines(Parser(ParseSettings()), [line], 9.0))[0]
    assert event["src_ip"] == 0xFFFF00000000 + int(ipaddress.IPv4Address("192.0.2.71"))
    assert event["transport"] == 1
    assert "src_port" not in event


def test_kernel_line_without_any_time_is_told() -> None:
    line = b"IN=eth0 OUT= SRC=10.0.0.1 DST=10.0.0.2 PROTO=TCP"
    assert reason(Parser(ParseSettings()), line, record_time=np.nan) == "bad time"


def test_times_without_zone_are_in_the_zone_of_the_settings() -> None:
    line = b"2024-02-29T12:00:00 IN= OUT=eth0 SRC=10.0.0.1 DST=10.0.0.2 PROTO=TCP"
    parser = Parser(ParseSettings(zone_offset_s=3600))
    assert only_event(parser, line)["ts"] == 1709208000.0 - 3600


def test_columns_of_the_settings_serve_a_log_without_header() -> None:
    columns = tuple(FIELDS.decode().split("\t")[1:])
    parser = Parser(ParseSettings(columns=columns))
    assert only_event(parser, ROW) == EVENT
    assert parser.counts()["zeek.conn"]["events"] == 1
    assert parser.counts()[""]["header"] == 0


@pytest.mark.parametrize(
    ("settings", "part"),
    [
        (ParseSettings(format="zeek.con"), "did you mean 'zeek.conn'"),
        (ParseSettings(columns=("ts", "host")), "expected the columns of one of"),
        (ParseSettings(zone_offset_s=90000), "expected less than a day"),
        (ParseSettings(format="iptables", columns=("ts",)), "expected the columns"),
    ],
)
def test_wrong_settings_are_told(settings: ParseSettings, part: str) -> None:
    with pytest.raises(ConfigError, match=part):
        Parser(settings)


def test_state_of_other_dialects_is_refused() -> None:
    state = Parser(ParseSettings()).state()
    with pytest.raises(ModelError):
        Parser(ParseSettings(format="iptables")).restore(state)
    state["dialects"][0] ^= 1
    with pytest.raises(ModelError, match="other dialects"):
        Parser(ParseSettings()).restore(state)


@pytest.mark.parametrize("header", [b"#Fields:", b"#Fields: ", b"#fields", b"#fields\t"])
def test_header_that_names_no_column_is_none_of_ours(header: bytes) -> None:
    parser = Parser(ParseSettings())
    parsed = parse_lines(parser, [header, b"2024-02-29 12:00:00 ALLOW TCP 192.0.2.1 192.0.2.2"])
    assert [STATUSES[k] for k in parsed.status][1:] != ["events"]
