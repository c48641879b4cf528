"""almenara formats: the known formats, and those of a file."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from connectors import SourceError
from stream.commands.formats import app
from stream.events import COLUMNS

KERNEL = (
    "Mar  1 10:00:0{n} gate kernel: [1.0] DROP IN=eth0 OUT= SRC=192.0.2.1 DST=198.51.100.2 "
    "LEN=40 PROTO=TCP SPT=4242 DPT=22 SYN\n"
)


def run(*arguments: str) -> str:
    done = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert done.exit_code == 0
    return done.stdout


def sniffed(path: Path, *options: str) -> dict[str, dict[str, object]]:
    return {row["format"]: row for row in json.loads(run("sniff", str(path), "--json", *options))}


def test_formats_are_listed_with_their_syntax() -> None:
    rows = {row["format"]: row for row in json.loads(run("list", "--json"))}
    assert {"zeek.conn", "suricata.eve", "iptables"} <= set(rows)
    assert rows["zeek.conn"]["syntax"] == "delimited, json"


def test_columns_are_listed_with_the_formats_that_fill_them() -> None:
    rows = json.loads(run("list", "--columns", "--json"))
    assert [row["column"] for row in rows] == [column.name for column in COLUMNS]
    assert "zeek.conn" in rows[0]["filled by"]


def test_list_is_one_line_a_format_where_no_terminal_reads_it() -> None:
    first, *lines = run("list").splitlines()
    assert first.startswith("format ")
    assert len(lines) >= 3


def test_sniffing_counts_the_lines_of_each_format(tmp_path: Path) -> None:
    path = tmp_path / "messages"
    path.write_text("".join(KERNEL.format(n=n) for n in range(5)) + "something else\n")
    rows = sniffed(path)
    assert rows["iptables"]["with events"] == 5
    assert rows["none"]["rejected"] == 1
    assert rows["none"]["why"] == "unknown format: 1"


def test_sniffing_stops_after_the_lines_it_was_told(tmp_path: Path) -> None:
    path = tmp_path / "messages"
    path.write_text("".join(KERNEL.format(n=n) for n in range(5)) + "something else\n")
    assert sniffed(path, "--lines", "3")["iptables"]["lines"] == 3


@pytest.mark.parametrize(
    ("content", "said"), [(b"", "empty, expected log lines"), (b"\n\x00\xff\n", "no known format")]
)
def test_file_without_a_known_line_is_an_error_that_says_why(
    tmp_path: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=said):
        run("sniff", str(path))
