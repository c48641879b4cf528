"""What single rules of a dialect do that no built-in sample shows alone."""

from pathlib import Path

import numpy as np
import pytest

from detectors.errors import ConfigError
from parsed_records import Event, columns_of, parse_lines
from stream.formats.dialect import read_folder
from stream.formats.every_line import EveryLine
from stream.formats.parser import Parser, ParseSettings

START = """
name = "acme.pairs"
product = "Acme pairs"
syntax = ["key_value"]
[recognise]
all = ["from", "to", "kind"]
[columns]
src_ip = "from"
dst_ip = "to"
duration = "lasted"
"""


def event(folder: Path, columns: str, line: str) -> Event:
    """Columns of a line in a dialect with these columns more."""
    (folder / "acme.toml").write_text(START + columns, encoding="utf-8")
    parser = Parser(ParseSettings("acme.pairs", dialects=read_folder(folder)))
    parsed = parse_lines(parser, [line.encode()], 1.7e9)
    assert parser.reason_counts()["acme.pairs"] == {}
    return columns_of(parsed.batch, 0)


def test_value_counts_where_its_key_is_there(tmp_path: Path) -> None:
    columns = """
ts = { record_time = true }
transport = [{ from = "http", value = 6 }, { from = "ntp", value = 17 }]
phase = [{ from = "closed", value = "end" }, { value = "start" }]
"""
    line = "from=192.0.2.1 to=192.0.2.2 kind=x ntp=3"
    assert event(tmp_path, columns, line)["transport"] == 17
    assert event(tmp_path, columns, line)["phase"] == 1
    line = "from=192.0.2.1 to=192.0.2.2 kind=x http=GET closed="
    assert event(tmp_path, columns, line)["transport"] == 6
    assert "transport" not in event(tmp_path, columns, "from=192.0.2.1 to=192.0.2.2 kind=x")


def test_only_a_coded_column_takes_a_value_with_a_key(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="only a code takes both"):
        event(tmp_path, 'ts = "time"\nbytes_out = { from = "kind", value = 5 }\n', "")


@pytest.mark.parametrize(
    "line",
    [
        "day=2024-02-29 clock=10:01:00 tz=+0000 lasted=60",
        "day=2024-02-29 clock=12:01:00 tz=+0200 lasted=0:01:00",
        "day=2024-02-29 clock=10:00:00 tz=+0000",
    ],
)
def test_day_and_clock_may_be_those_of_the_end(tmp_path: Path, line: str) -> None:
    columns = 'ts = { from = "day", clock = "clock", zone = "tz", minus = "lasted" }\n'
    found = event(tmp_path, columns, f"from=192.0.2.1 to=192.0.2.2 kind=x {line}")
    assert found["ts"] == 1709200800.0  # 2024-02-29T10:00:00Z


def test_columns_of_unused_records_are_those_of_their_own(tmp_path: Path) -> None:
    columns = """
ts = { record_time = true }
[unused_columns]
src_ip = "client"
transport = { from = "query", value = 17 }
[[unused]]
reason = "other event type"
all = ["client", "to"]
"""
    (tmp_path / "acme.toml").write_text(START + columns, encoding="utf-8")
    reader = EveryLine(ParseSettings("acme.pairs", dialects=read_folder(tmp_path)))
    line = b"client=192.0.2.9 to=192.0.2.2 query=example.org"
    (found,), _ = reader.read(line, np.array([0, len(line)]), np.array([1.7e9]))
    assert found.columns["src_ip"] == "192.0.2.9"
    assert found.columns["transport"] == 17
    assert found.columns["phase"] == "start"
