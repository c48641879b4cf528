"""What ``almenara replay`` refuses: one line that says what to do, a code, no traceback."""

import gzip
import json
import random
from pathlib import Path

import pytest

from command_line import CommandLine, small_log


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    small_log(folder)
    return folder / "conn.log"


@pytest.fixture
def almenara(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> CommandLine:
    """Run in a folder with an empty file, a garbage file and a folder."""
    monkeypatch.chdir(tmp_path)
    Path("empty.log").touch()
    Path("garbage.log").write_bytes(random.Random(3).randbytes(20_000))
    Path("folder").mkdir()
    Path("few.log").write_text("#separator \\x09\n")
    return CommandLine(monkeypatch, capsys)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ("missing.log", 6, "missing.log: no such file, expected a log file; check the path"),
        ("folder", 6, "folder: is a directory, expected a log file; name the files in it"),
        ("empty.log", 6, "empty.log: empty, expected log lines; check what writes the log"),
        ("garbage.log", 6, "garbage.log: no known format in"),
        ("few.log missing.log", 6, "missing.log: no such file"),
        ("few.log --format zeek.con", 2, "did you mean 'zeek.conn'?"),
        ("few.log --store folder", 1, "choose another path"),
        ("few.log --store none/s.sqlite", 1, "choose another path"),
        ("few.log --store garbage.log", 1, "garbage.log"),
        ("few.log --out none/a.ndjson", 1, "choose another place"),
        ("few.log --rejects none/a.ndjson", 1, "choose another place"),
        ("few.log --summary folder", 1, "choose another place"),
        ("few.log --budget -1", 2, "budget: -1 alerts a day, expected 0 to 500"),
        ("few.log --floor 0", 2, "floor: 0.0 a day, expected more than 0"),
        ("few.log --floor nan", 2, "floor: nan a day, expected more than 0"),
        ("few.log --internal 10.0.0.0/99", 2, "internal network: '10.0.0.0/99', expected"),
        ("few.log --reference-time soon", 2, "write it as 2026-03-02T00:00:00Z"),
        ("few.log --max-entities 3", 2, "max_entities: 3, expected 64 to"),
        ("few.log --format zeek.conn --columns a,b", 2, "columns: 'a, b', expected"),
        ("--lanes fw=few.log", 2, "expected TOPIC:PARTITION=FILE"),
        ("--lanes fw:one=few.log", 2, "expected TOPIC:PARTITION=FILE"),
        ("--lanes fw:0=missing.log", 6, "missing.log: no such file"),
        ("", 2, "no file given, expected one or more; name a log, or -"),
    ],
)
def test_refusal_is_one_line_that_says_what_to_do(
    almenara: CommandLine, arguments: str, code: int, words: str
) -> None:
    done = almenara("replay", *arguments.split())
    assert done.code == code
    (line,) = done.err.splitlines()
    assert line.startswith("error: ")
    assert words in line
    assert done.out == ""


@pytest.mark.parametrize("arguments", ["few.log --budget ten", "few.log --frobnicate"])
def test_usage_errors_name_the_option_and_point_to_help(
    almenara: CommandLine, arguments: str
) -> None:
    done = almenara("replay", *arguments.split())
    assert done.code == 2
    assert arguments.split()[1] in done.err
    assert "replay -h" in done.err


def test_lines_before_the_cut_of_a_gz_file_count_and_raise_alerts(
    almenara: CommandLine, log: Path
) -> None:
    content = log.read_bytes()
    Path("cut.log.gz").write_bytes(gzip.compress(content + content[-200:], mtime=0)[:-20])
    done = almenara("replay", "cut.log.gz", "--out", "a.ndjson", "--summary", "s.json")
    assert done.code == 6
    (line,) = done.err.splitlines()
    summary = json.loads(Path("s.json").read_text())
    assert f"cut off after {summary['lines']:,} good lines, expected a whole gz file" in line
    assert summary["alerts"] > 0
    documents = Path("a.ndjson").read_bytes().splitlines()
    kinds = [json.loads(document)["event"]["kind"] for document in documents]
    assert kinds.count("alert") == summary["alerts"]


def test_empty_file_among_others_is_noted_and_no_failure(almenara: CommandLine, log: Path) -> None:
    Path("some.log").write_bytes(b"".join(log.read_bytes().splitlines(keepends=True)[:100]))
    done = almenara("replay", "some.log", "empty.log")
    assert done.code == 0
    assert done.err == "note: empty.log is empty\n"


def test_garbage_still_leaves_rejects_and_a_summary(almenara: CommandLine) -> None:
    done = almenara("replay", "garbage.log", "--summary", "s.json")
    summary = json.loads(Path("s.json").read_text())
    assert summary["rejected"] == summary["lines"] > 0
    rejects = Path("almenara.rejects.ndjson").read_bytes().splitlines()
    assert len(rejects) == summary["rejected"]
    assert "almenara.rejects.ndjson" in done.err


def test_binary_garbage_within_a_log_is_rejected_and_no_failure(
    almenara: CommandLine, log: Path
) -> None:
    head = b"".join(log.read_bytes().splitlines(keepends=True)[:200])
    Path("mixed.log").write_bytes(head + Path("garbage.log").read_bytes() + b"\n" + head)
    done = almenara("replay", "mixed.log", "--json")
    summary = json.loads(done.out)
    assert done.code == 0
    assert summary["events"] == 2 * 192
    assert summary["rejected"] > 0
