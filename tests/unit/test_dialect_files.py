"""A dialect is one TOML file; a wrong one is refused with file, key, found and expected."""

from pathlib import Path

import pytest

from detectors.errors import ConfigError
from parsed_records import columns_of, parse_lines
from stream.events import ACTIONS
from stream.formats.dialect import built_in_dialects, load_dialects, read_dialect, read_folder
from stream.formats.page import HAND, formats_page
from stream.formats.parser import Parser, ParseSettings

EXAMPLE = HAND.partition("```toml\n")[2].partition("```")[0]
ROOT = Path(__file__).parents[2]


def folder_with(folder: Path, text: str) -> ParseSettings:
    (folder / "acme.toml").write_text(text, encoding="utf-8")
    return ParseSettings(dialects=read_folder(folder))


def test_example_of_the_page_is_a_dialect_that_reads_its_sample(tmp_path: Path) -> None:
    parser = Parser(folder_with(tmp_path, EXAMPLE))
    (sample,) = next(
        d for d in load_dialects(read_folder(tmp_path)) if d.name == "acme.firewall"
    ).samples
    parsed = parse_lines(parser, [line.encode() for line in sample.lines])
    assert parser.counts()["acme.firewall"]["events"] == len(sample.events) == 1
    assert columns_of(parsed.batch, 0)["ts"] == sample.events[0]["ts"]


def test_units_words_and_fallbacks_of_a_file_are_used(tmp_path: Path) -> None:
    parser = Parser(folder_with(tmp_path, EXAMPLE))
    line = (
        b'{"event":{"kind":"SESSION"},"session":{"begin":"2024-02-29T12:00:00Z","src":"192.0.2.1","dst":"192.0.2.2",'
        b'"rule":"x","ms":1500,"bytes":7,"proto":"250","verdict":"BLOCK","dport":"-"}}'
    )
    event = columns_of(parse_lines(parser, [line]).batch, 0)
    assert event["duration"] == 1.5
    assert event["bytes_out"] == 7
    assert event["transport"] == 250
    assert event["action"] == ACTIONS.index("dropped")
    assert "dst_port" not in event


def test_wrong_key_is_named_with_its_line() -> None:
    lines = EXAMPLE.splitlines()
    at = next(n for n, line in enumerate(lines, 1) if line.startswith("dst_port"))
    with pytest.raises(ConfigError, match=rf"^dialect acme\.toml:{at}: key 'columns.dstport'"):
        read_dialect("acme.toml", EXAMPLE.replace("dst_port =", "dstport ="))


@pytest.mark.parametrize("name", ["", "5tuple", "<x"])
def test_name_of_a_column_that_no_line_is_asked_for_is_refused(name: str) -> None:
    text = EXAMPLE + f'\n[delimited]\nheader = ["{name}"]\n'
    with pytest.raises(ConfigError, match=r"delimited\.header"):
        read_dialect("acme.toml", text)


def test_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="expected a folder of TOML files"):
        load_dialects(read_folder(tmp_path / "missing"))


def test_unreadable_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match=r"binary\.toml"):
        load_dialects(read_folder(tmp_path))


def test_file_of_a_folder_replaces_the_built_in_one_of_its_name(tmp_path: Path) -> None:
    folder_with(tmp_path, EXAMPLE.replace("acme.firewall", "suricata.eve"))
    replaced = {dialect.name: dialect.product for dialect in load_dialects(read_folder(tmp_path))}
    assert replaced["suricata.eve"] == "Acme firewall sessions"
    assert len(replaced) == len(built_in_dialects())


def test_quoted_columns_of_a_delimited_log_are_read(tmp_path: Path) -> None:
    text = """
name = "acme.csv"
product = "Acme CSV"
syntax = ["delimited"]
[delimited]
separator = ","
quoted = true
[recognise]
all = ["Source address", "Policy"]
[columns]
ts = "Time"
src_ip = "Source address"
dst_ip = "Target"
rule = "Policy"
"""
    settings = folder_with(tmp_path, text)
    columns = ("Time", "Source address", "Policy", "Target", "Note")
    parser = Parser(ParseSettings("acme.csv", columns=columns, dialects=settings.dialects))
    lines = [
        b'5,"192.0.2.1","a ""big"", rule",192.0.2.2,x',
        b"6,192.0.2.1,plain,192.0.2.2,x",
        b'7,192.0.2.1,"never closed,192.0.2.2,x',
    ]
    parsed = parse_lines(parser, lines)
    rules = [parser.text(int(columns_of(parsed.batch, k)["rule"])) for k in range(2)]
    assert rules == ['a "big", rule', "plain"]
    assert parser.reason_counts()["acme.csv"] == {"truncated": 1}


def test_page_of_formats_is_current() -> None:
    assert (ROOT / "docs" / "formats.md").read_text(encoding="utf-8") == formats_page()
