"""Messages, rows without a header and the heads of CEF and LEEF give what their plain twins say."""

import re
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from hypothesis import example, given
from hypothesis import strategies as st

from naive_events import Event, naive_event
from naive_texts import (
    naive_cef,
    naive_layout,
    naive_leef,
    naive_message,
    naive_opening,
)
from parsed_records import events_of, parse_lines, reasons_of
from spoilt_lines import spoil
from stream.formats.dialect import Dialect, built_in_dialects, read_dialect, read_folder
from stream.formats.parser import Parser, ParseSettings
from stream.formats.texts_with_fields import read_text

CISCO = tuple(one for one in built_in_dialects() if one.facilities)
OPENED = {
    one.name: one for one in built_in_dialects() if any(message.begins for message in one.messages)
}
MESSAGES = [
    line.encode()[line.index("%") :]
    for dialect in CISCO
    for sample in dialect.samples
    for line in sample.lines
]
OPENINGS = [
    (dialect.name, line[line.index(word) :].encode())
    for dialect in OPENED.values()
    for sample in dialect.samples
    for line in sample.lines
    for message in dialect.messages
    for word in message.begins
    if word in line
]
TAGGED = re.compile(rb"[\w.\-/]+: ")
ROWS = """
name = "acme.rows"
product = "Acme rows, whose columns depend on the version and the protocol"
syntax = ["delimited"]
unset = ["-"]
[columns]
ts = { from = "day", clock = "clock", zone = "zone" }
bytes_out = { from = "bytes", times = "rate" }
src_ip = { from = "from", split = "|", part = 0 }
dst_ip = "to"
src_port = { from = "from", split = "|", part = -1, if_bad = "next" }
dst_port = "port"
rule = "rule"
[[layout]]
separator = ","
quoted = true
words = { version = ["4", "6"], protocol = ["tcp", "udp"] }
columns = [
    "rule", "version", "protocol", "day", "clock", "zone", "from", "to", "port", "bytes", "rate",
    "more",
]
[[layout]]
separator = ","
quoted = true
words = { version = ["4", "6"] }
columns = ["rule", "version", "protocol", "day", "clock", "zone", "from", "to"]
most = 9
[[layout]]
separator = " "
words = { to = ["@address"], bytes = ["@number"] }
columns = ["day", "clock", "from", "to", "bytes"]
least = 5
most = 5
"""
HEADS = """
name = "acme.heads"
product = "Acme heads"
syntax = ["key_value"]
[recognise]
all = ["@vendor", "src"]
[columns]
ts = { record_time = true }
src_ip = "src"
dst_ip = "dst"
rule = "msg"
app = "@name"
user = "@vendor"
"""


def parser_of(text: str) -> tuple[Parser, Dialect]:
    """A parser of one dialect."""
    dialect = read_dialect("acme.toml", text)
    with TemporaryDirectory() as folder:
        (Path(folder) / "acme.toml").write_text(text, encoding="utf-8")
        return Parser(ParseSettings(dialect.name, dialects=read_folder(Path(folder)))), dialect


AUTO = Parser(ParseSettings())
OPENED_PARSERS = {name: Parser(ParseSettings(format=name)) for name in OPENED}
ROW_PARSER, ROW_DIALECT = parser_of(ROWS)
HEAD_PARSER, HEAD_DIALECT = parser_of(HEADS)


def check(parser: Parser, line: bytes, expected: Event | str, record_time: float) -> None:
    """One line gives an event, or is refused or left for a reason."""
    parsed = parse_lines(parser, [line], record_time)
    found = events_of(parsed).get(0, reasons_of(parser, parsed)[0])
    assert found == expected


def expected_message(line: bytes, record_time: float) -> Event | str | None:
    found = naive_message(CISCO, line)
    if found is None:
        return None
    dialect, fields = found
    return fields if isinstance(fields, str) else naive_event(dialect, fields, 0, record_time)


@given(st.sampled_from(MESSAGES), st.randoms(use_true_random=False))
def test_spoilt_message_is_what_str_methods_say(line: bytes, random: Random) -> None:
    line = spoil(random, line).strip(b"\r\n\0 ")
    expected = expected_message(line, 1e9)
    if expected is not None and line.startswith(b"%"):
        check(AUTO, line, expected, 1e9)


@given(st.sampled_from(OPENINGS), st.sampled_from((b"", b"a,b DROP ")), st.randoms())
def test_message_without_an_id_is_what_str_methods_say(
    sample: tuple[str, bytes], prefix: bytes, random: Random
) -> None:
    name, line = sample
    dialect = OPENED[name]
    line = prefix + spoil(random, line).strip(b"\r\n\0 ")
    fields = naive_opening(dialect, line)
    # what else a text may be is known to others
    if fields is None or TAGGED.match(line) or line[:1] in b"<[{#":
        return
    expected = fields if isinstance(fields, str) else naive_event(dialect, fields, 0, 1e9)
    check(OPENED_PARSERS[name], line, expected, 1e9)


@given(
    st.sampled_from(("302013", "302015")),
    st.sampled_from(("inbound", "outbound")),
    st.ip_addresses(),
    st.ip_addresses(),
    st.tuples(st.integers(0, 70000), st.integers(0, 65535)),
    st.sampled_from(("", " (192.0.2.1/5)", " (192.0.2.1/5)(LOCAL\\me)", "(me)", " (x)")),
)
def test_message_of_a_connection_is_what_str_methods_say(
    number: str, way: str, source: object, destination: object, ports: tuple[int, int], nat: str
) -> None:
    line = (
        f"%ASA-6-{number}: Built {way} TCP connection 5 for out:{source}/{ports[0]}{nat} "
        f"to in:{destination}/{ports[1]} (x/1)"
    ).encode()
    expected = expected_message(line, 1e9)
    assert expected is not None
    check(AUTO, line, expected, 1e9)


def test_every_message_of_a_dialect_is_matched_by_a_text_made_of_it() -> None:
    fill = {"address": "192.0.2.1", "number": "7", "word": "tcp", "rest": "x", "until": "192.0.2.1"}
    made = 0
    for dialect in CISCO:
        for message in dialect.messages:
            for steps in message.texts:
                body = "".join(step.text or filled(step.kind, fill) for step in steps)
                line = f"%{dialect.facilities[0]}-6-{message.ids[0]}: {body}".encode()
                expected = expected_message(line, 1e9)
                assert expected is not None
                check(AUTO, line, expected, 1e9)
                made += expected != "other message form"
    assert made > 40


def filled(kind: int, fill: dict[str, str]) -> str:
    names = ("", "until", "word", "number", "address", "rest")
    return fill[names[kind]] if 0 < kind < len(names) else ""


def expected_row(line: bytes, record_time: float) -> Event | str:
    for layout in sorted(ROW_DIALECT.layouts, key=lambda one: (one.separator, one.quoted)):
        fields = naive_layout(ROW_DIALECT, layout, line)
        if fields is not None:
            return naive_event(ROW_DIALECT, fields, 0, record_time)
    return "no header" if line.count(b"\t") >= 7 else "unknown format"


ROW_LINES = [
    b'"say ""no""",4,tcp,2024-02-29,12:00:00,+0200,192.0.2.1|99,192.0.2.2,443,10,100,x',
    b"r,6,udp,2024/02/29,12:00:00.5,,2001:db8::1|5|7,2001:db8::2,53,10,-,x",
    b"r,4,icmp,2024-02-29,12:00:00,Z,192.0.2.1,192.0.2.2",
    b"2024-02-29 12:00:00 192.0.2.1|7 192.0.2.2 10",
    b"r,5,tcp,2024-02-29,12:00:00,Z,192.0.2.1,192.0.2.2,1,2,3,4",
]


@given(st.sampled_from(ROW_LINES), st.randoms(use_true_random=False), st.booleans())
def test_row_without_a_header_is_what_split_says(
    line: bytes,
    random: Random,
    whole: bool,  # noqa: FBT001
) -> None:
    line = line if whole else spoil(random, line).strip(b"\r\n\0 \t")
    # a time before a row is a header's
    is_stamped = re.match(rb"\d{4}[-/]", line) is not None
    if line[:1] in (b"#", b"{", b"") or is_stamped or b": " in line or b"<" in line[:9]:
        return
    check(ROW_PARSER, line, expected_row(line, 1e9), 1e9)


HEAD_LINES = [
    rb"CEF:0|Acme|Wall\|1|1.0|100|name|5|src=192.0.2.1 dst=192.0.2.2 msg=a \= b c= d dpt=5",
    rb"CEF:1|Acme|Wall|1.0|100|a \\ b|High|dst=192.0.2.2 src=2001:db8::1 msg=C:\x\"y\"",
    b"LEEF:1.0|Acme|Wall|1.0|100|src=192.0.2.1\tdst=192.0.2.2\tmsg=a b=c",
    b"LEEF:1.0|Acme|Wall|1.0|100|src=192.0.2.1|dst=192.0.2.2|msg=a b=c",
    b"CEF:0|Acme|Wall|1|100|n|5|msg=a=b src=192.0.2.1 x=1=2 dst=192.0.2.2",
    b"LEEF:2.0|Acme|Wall|1.0|100|^|src=192.0.2.1^dst=192.0.2.2^msg=a b",
    b"LEEF:2.0|Acme|Wall|1.0|100|x7c|src=192.0.2.1|dst=192.0.2.2|msg=a b",
    b"LEEF:2.0|Acme|Wall|1.0|100|0x09|src=192.0.2.1\tdst=192.0.2.2\tmsg=a b",
    b"LEEF:2.0|Acme|Wall|1.0|100|src=192.0.2.1\tdst=192.0.2.2\tmsg=a b",
]


@given(st.sampled_from(HEAD_LINES), st.randoms(use_true_random=False), st.integers(0, 1))
@example(HEAD_LINES[0], Random(0), 0)
def test_head_and_its_pairs_are_what_str_methods_say(
    line: bytes, random: Random, spoilt: int
) -> None:
    at = random.randrange(24, len(line))
    line = line[:24] + spoil(random, line[24:at]) + line[at:] if spoilt else line
    line = line.strip(b"\r\n\0 ")
    fields = naive_cef(line) if line.startswith(b"CEF") else naive_leef(line)
    if fields is None or not {"@vendor", "src"} <= fields.keys():
        return
    check(HEAD_PARSER, line, naive_event(HEAD_DIALECT, fields, 0, 1e9), 1e9)


def test_wrong_texts_are_refused() -> None:
    for text, part in (
        ("{a}", "without text behind it"),
        ("{a:wrd} x", "kind of field 'wrd'"),
        ("x {? y", "closed"),
        ("x ?} y", "opened"),
        ("x {? {? y ?} ?}", "one group in another"),
        ("{?x?} y", "beginning"),
        ("x } y", "brace"),
    ):
        try:
            read_text(text)
        except ValueError as error:
            assert part in str(error), text  # noqa: PT017 the text goes with it
        else:
            raise AssertionError(text)
