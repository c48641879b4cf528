"""A broken dialect is refused with its file, line and key, what was expected and the nearest word.

Each case changes one thing in a file that is right; ``at`` begins the line that must be named.
"""

from pathlib import Path
from typing import NamedTuple

import pytest

from detectors.errors import ConfigError
from stream.formats.dialect import load_dialects, read_folder
from stream.formats.page import HAND
from stream.formats.parser import Parser, ParseSettings

KEYED = HAND.partition("```toml\n")[2].partition("```")[0]
TEXTS = """
name = "acme.gate"
product = "Acme gate"
syntax = ["template", "delimited"]
no_reply = "attempt"

[template]
facilities = ["ACME"]

[[message]]
id = ["1"]
text = ["{verdict:word} {proto:word} {src:address}:{sport:number} to {dst:address}"]

[[layout]]
separator = ","
words = { verdict = ["pass"], src = ["@address"] }
columns = ["verdict", "src", "dst", "proto"]

[columns]
ts = [
    { from = "@time" },
    { record_time = true },
]
src_ip = "src"
dst_ip = "dst"
src_port = "sport"
transport = { from = "proto", words = "iana" }
action = { from = "verdict", words = { pass = "allowed" } }
phase = { value = "packet" }
"""


class Case(NamedTuple):
    """A change, where it must be said to be, and what must be said."""

    old: str
    new: str
    at: str
    said: tuple[str, ...]


KEYED_CASES = (
    Case("[columns]", "[colums]", "[colums]", ("key 'colums' is unknown", "'columns'?")),
    Case('["json"]', '["jsn"]', "syntax", ("key 'syntax' is 'jsn'", "did you mean 'json'?")),
    Case('src_ip = "', 'source_ip = "', "source_ip", ("'columns.source_ip'", "'src_ip'?")),
    Case('"iana"', '"ianna"', "transport", ("'columns.transport[0].words'", "'iana'?")),
    Case('"dropped"', '"droped"', "action", ("action.words.block' is 'droped'", "'dropped'?")),
    Case("factor = 0.001", 'factor = "ms"', "duration", ("duration.factor'", "a number")),
    Case("factor = 0.001", "factor = nan", "duration", ("factor' is nan", "a finite number")),
    Case('name = "acme.firewall"', 'name = ""', "name", ("key 'name' is ''", "a text")),
    Case('ts = "session.begin"', "ts = 5", "ts", ("'columns.ts' is 5", "a source key")),
    Case('ts = "session.begin"', 'ts = ""', "ts", ("'columns.ts' is ''", "a source key")),
    Case('ts = "session.begin"\n', "", "[columns]", ("'columns.ts' is missing", "a rule for each")),
    Case('{ value = "whole" }', "{ }", "phase", ("'columns.phase' is []", "one of 'from'")),
    Case('"whole" }\n\n', '"hole" }\n\n', "phase", ("phase.value' is 'hole'", "'whole'?")),
    Case('"whole" }\n\n', "[1] }\n\n", "phase", ("phase.value' is [1]", "one of whole")),
    Case("unset = [", "unset = 1 #", "unset", ("'unset' is 1", "a list of texts")),
    Case('all = ["event.kind"]', "", "[[unused]]", ("'unused[0]' is missing", "'all', 'any'")),
    Case('"session.dport"', '"@prefx"', "dst_port", ("dst_port' is '@prefx'", "'@prefix'?")),
    Case('"session.policy"]', '"@tga"]', "any", ("'recognise.any' is '@tga'", "'@tag'?")),
    Case('"session.dst"\n', '"a.b.c.d.e.f.g.h"\n', "dst_ip", ("dst_ip'", "at most 7 parts")),
    Case('"session.verdict", words', '"x", factor', "action", ("action.factor' is unknown",)),
    Case("factor = 0.001 }", "unit = 1 }", "duration", ("duration.unit' is unknown", "if_bad")),
    Case("factor = 0.001 }", "part = 1 }", "duration", ("duration.split' is missing", "'part'")),
    Case("factor = 0.001 }", 'if_bad = "nxt" }', "duration", ("'nxt'", "did you mean 'next'?")),
    Case(", words = {", ", within = 1, words = {", "action", ("within' is 1", "true or false")),
    Case('words = "iana" }, {', "words = {} }, {", "transport", ("words' is {}", "one word")),
    Case(
        'words = "iana" }, {', "words = { tcp = 6.5 } }, {", "transport",
        ("'columns.transport[0].words.tcp' is 6.5", "a whole number from 0 to"),
    ),
    Case(", number = true }]", " }]", "transport", ("'columns.transport[1].words' is missing",)),
    Case('"session.sent",', '{ value = "x" },', "bytes_out", ("[0].value' is 'x'", "a number")),
    Case("ts = 1700000000.0", "tz = 0", "tz", ("'sample[0].event[0].tz'", "did you mean 'ts'?")),
    Case('src_ip = "192.0.2.1"', "src_ip = true", "src_ip = true", ("src_ip' is True", "a text")),
    Case("lines = [", "record_time = [", "[[sample]] ", ("sample[0].lines' is missing",)),
    Case("[recognise] ", "[recognise", "[recognise", ("expected TOML", "mend the file")),
    Case("[[unused]]", "[[columns]]", "[[columns]]", ("expected TOML", "mend the file")),
)  # fmt: skip
TEXT_CASES = (
    Case('"attempt"', '"atempt"', "no_reply", ("'no_reply' is 'atempt'", "'attempt'?")),
    Case('"@time"', '"@tiem"', "ts", ("'columns.ts[0]' is '@tiem'", "did you mean '@time'?")),
    Case('"sport"', '"sprot"', "src_port", ("src_port' is 'sprot'", "did you mean 'sport'?")),
    Case('"@time" }', '"@time", minus = "age" }', "ts", ("ts[0].minus' is 'age'", "a field of")),
    Case("{proto:word}", "{proto:wrd}", "text", ("'message[0].text'", "number, address, rest")),
    Case("{proto:word} ", "{proto}", "text", ("'message[0].text'", "{proto:word}")),
    Case('["@address"]', '["@adress"]', "words", ("layout[0].words.src'", "'@address'?")),
    Case("verdict = [", "verdct = [", "words", ("'layout[0].words.verdct'", "'verdict'?")),
    Case('separator = ","', 'separator = "tab"', "separator", ("'tab'", "one ASCII character")),
    Case('separator = ","', "least = -1", "least", ("'layout[0].least' is -1", "from 0 on")),
    Case('id = ["1"]', "", "[[message]]", ("'message[0].id' is missing", "message ids")),
    Case("facilities", "facilitys", "facilitys", ("'template.facilitys'", "'facilities'?")),
)


def folder_with(folder: Path, text: str) -> Path:
    (folder / "acme.toml").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("text", [KEYED, TEXTS])
def test_files_that_are_changed_are_right_before(tmp_path: Path, text: str) -> None:
    Parser(ParseSettings(dialects=read_folder(folder_with(tmp_path, text))))


@pytest.mark.parametrize(
    ("text", "case"),
    [(KEYED, case) for case in KEYED_CASES] + [(TEXTS, case) for case in TEXT_CASES],
)
def test_broken_file_is_refused_with_line_key_and_advice(
    tmp_path: Path, text: str, case: Case
) -> None:
    assert case.old in text
    broken = text.replace(case.old, case.new, 1)
    with pytest.raises(ConfigError) as caught:
        Parser(ParseSettings(dialects=read_folder(folder_with(tmp_path, broken))))
    line = next(n for n, one in enumerate(broken.splitlines(), 1) if one.startswith(case.at))
    assert str(caught.value).startswith(f"dialect acme.toml:{line}: "), str(caught.value)
    for part in case.said:
        assert part in str(caught.value)


def test_file_cut_off_is_refused_with_its_last_line(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, 'name = "acme"\nsyntax = [\n')
    with pytest.raises(ConfigError, match=r"^dialect acme\.toml:2: .*expected TOML; mend"):
        load_dialects(read_folder(folder))


def test_second_file_of_a_name_is_refused_with_its_line(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, KEYED)
    (folder / "again.toml").write_text(KEYED, encoding="utf-8")
    with pytest.raises(
        ConfigError, match=r"^dialect again\.toml:1: key 'name'.*acme\.toml does not"
    ):
        load_dialects(read_folder(folder))


def test_stop_byte_other_than_that_of_the_others_is_refused_with_its_line(tmp_path: Path) -> None:
    text = KEYED.replace('["json"]', '["key_value"]') + '\n[key_value]\nstop = "("\n'
    line = len(text.splitlines())
    with pytest.raises(
        ConfigError, match=rf"^dialect acme\.toml:{line}: key 'key_value.stop'.*one byte for all"
    ):
        Parser(ParseSettings(dialects=read_folder(folder_with(tmp_path, text))))


def test_what_was_found_is_shown_in_short(tmp_path: Path) -> None:
    broken = KEYED.replace('name = "acme.firewall"', f"name = {['x' * 50] * 9}")
    with pytest.raises(ConfigError, match="…, expected a text"):
        load_dialects(read_folder(folder_with(tmp_path, broken)))
