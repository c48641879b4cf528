"""The command ``almenara simulate``: what it writes, says and refuses."""

import json
import sys
from pathlib import Path

import pytest

from stream import cli

LITTLE = ["--hosts", "4", "--internet-sources", "40"]


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["almenara", "simulate", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)


def test_log_and_truth_are_written_and_the_next_step_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out, truth = tmp_path / "o.log", tmp_path / "t.json"
    code = run(monkeypatch, str(out), "--days", "2", *LITTLE, "--truth", str(truth))
    said = capsys.readouterr().out
    assert code == 0
    lines = len(out.read_bytes().splitlines())
    assert f"{lines:,} lines" in said
    assert "2 days" in said
    assert f"next: almenara replay {out}" in said
    kinds = [attack["kind"] for attack in json.loads(truth.read_text())["attacks"]]
    assert all(f"2 {kind}" in said for kind in set(kinds))


def test_without_attacks_nothing_is_planted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "o.log.gz"
    assert run(monkeypatch, str(out), "--days", "2", *LITTLE, "--no-attacks") == 0
    assert "planted" not in capsys.readouterr().out


def test_a_single_day_says_why_nothing_is_planted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "o.log"
    assert run(monkeypatch, str(out), "--days", "1", *LITTLE, "--format", "suricata") == 0
    assert "attacks start on day 2" in capsys.readouterr().out
    assert json.loads(out.read_bytes().splitlines()[0])["event_type"] == "flow"


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (["--hosts", "1"], 2, "hosts"),
        (["--days", "0"], 2, "days"),
        (["--format", "xml"], 2, "zeek-tsv"),
        (["--attacks-from-day", "0"], 2, "attacks_from_day"),
    ],
)
def test_bad_settings_exit_2_with_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    arguments: list[str],
    code: int,
    word: str,
) -> None:
    assert run(monkeypatch, str(tmp_path / "o.log"), *arguments) == code
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1
    assert word in said[0]


def test_unwritable_path_exits_1_with_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, str(tmp_path / "no" / "o.log"), "--days", "1", *LITTLE) == 1
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1
    assert "expected a file that can be written" in said[0]


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["o.log", "--prior", "p.npz"],
        ["o.log", "--topic", "t"],
        ["--topic", "t", "--prior", "p"],
    ],
)
def test_log_topic_and_prior_exclude_each_other(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *, arguments: list[str]
) -> None:
    assert run(monkeypatch, *arguments) == 2
    assert "expected a log file, --topic NAME or --prior FILE; name one" in capsys.readouterr().err


def test_json_says_what_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "o.log"
    assert run(monkeypatch, str(out), "--days", "1", *LITTLE, "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert said["file"] == str(out)
    assert said["lines"] == len(out.read_bytes().splitlines())
    assert said["planted"] == {}
