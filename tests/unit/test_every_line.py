"""Every line that names a source and a destination can be read, used or not."""

import numpy as np

from stream.formats.dialect import built_in_dialects
from stream.formats.every_line import EveryLine, ReadLine, RefusedLine
from stream.formats.mentions import mentions
from stream.formats.parser import ParseSettings

DNS = '{"ts":5,"uid":"C1","id.orig_h":"192.0.2.1","id.resp_h":"192.0.2.53","proto":"udp"}'
CONN = DNS.replace("udp", 'udp","conn_state":"SF')
FILES = '{"ts":5,"fuid":"F1","source":"SSL"}'
HEADER = "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tquery"
ROW = "6\tC2\t192.0.2.1\t40000\t192.0.2.53\t53\texample.org"


def read(*lines: str, chosen: str = "auto") -> tuple[list[ReadLine], list[RefusedLine]]:
    raw = [line.encode() + b"\n" for line in lines]
    bounds = np.cumsum([0, *map(len, raw)], dtype=np.int64)
    return EveryLine(ParseSettings(chosen)).read(b"".join(raw), bounds, np.zeros(len(raw)))


def test_unused_line_with_two_addresses_is_read_as_counted_elsewhere() -> None:
    found, refused = read(DNS, CONN, FILES)
    assert refused == []
    assert [(one.record, one.columns["phase"]) for one in found] == [(0, "start"), (1, "whole")]
    assert {one.dialect for one in found} == {"zeek.conn"}
    assert found[0].columns["dst_ip"] == "192.0.2.53"


def test_columns_of_an_unused_log_are_named_by_its_header() -> None:
    (found,), refused = read(HEADER, ROW)
    assert refused == []
    assert found == ReadLine(
        1,
        "zeek.conn",
        {
            "ts": 6.0, "src_ip": "192.0.2.1", "src_port": 40000, "dst_ip": "192.0.2.53",
            "dst_port": 53, "phase": "start",
        },
    )  # fmt: skip


def test_line_that_cannot_be_read_is_refused_with_its_reason() -> None:
    assert read("lorem ipsum", CONN)[1] == [RefusedLine(0, "unknown format")]


def test_dialect_that_leaves_nothing_unused_has_no_mentions() -> None:
    found, _ = read("IN=eth0 OUT= SRC=192.0.2.1 DST=192.0.2.2 PROTO=TCP", chosen="iptables")
    assert len(found) == 1
    named = {one.name for one in mentions(built_in_dialects())}
    assert "zeek.conn" in named
    assert "iptables" not in named
