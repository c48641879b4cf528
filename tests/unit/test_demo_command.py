"""``almenara demo``: what it plants, finds, says and leaves behind."""

import json
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from command_line import CommandLine
from stream.simulate.settings import KINDS

PROGRAM = [sys.executable, "-c", "from stream.cli import main; main()"]


class Demo(NamedTuple):
    """One demo that was run."""

    folder: Path
    out: str
    err: str
    summary: dict[str, Any]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """Run one demo for all tests here: it takes as long as the demo does."""
    folder = tmp_path_factory.mktemp("demo")
    done = subprocess.run(
        [*PROGRAM, "demo", "--summary", "s.json"],
        capture_output=True,
        text=True,
        check=True,
        cwd=folder,
    )
    return Demo(folder, done.stdout, done.stderr, json.loads((folder / "s.json").read_text()))


def test_summary_counts_attacks_with_an_alert(demo: Demo) -> None:
    summary = demo.summary
    assert list(summary)[:4] == ["planted", "found", "not_planted", "seconds"]
    assert summary["planted"] == len(summary["attacks"]) == 2 * len(KINDS)
    assert summary["found"] == sum(bool(attack["alerts"]) for attack in summary["attacks"])
    assert summary["not_planted"] == len(summary["others"])
    assert summary["seconds"] > summary["replay_seconds"] > 0


def test_every_kind_is_planted_and_none_on_the_first_day(demo: Demo) -> None:
    assert set(demo.summary["kinds_planted"]) == set(KINDS)
    assert min(attack["start"] for attack in demo.summary["attacks"]) >= 1_772_409_600.0 + 86_400.0


def test_table_names_every_attack_with_what_was_found(demo: Demo) -> None:
    rows = [line for line in demo.out.splitlines() if not line.startswith(" ")]
    for attack in demo.summary["attacks"]:
        (line,) = [line for line in rows if attack["entity"] in line.split()]
        assert attack["kind"] in line
        assert ("not found" in line) is not bool(attack["alerts"])
    assert f"found {demo.summary['found']} of {demo.summary['planted']} planted" in demo.out


def test_it_says_what_it_cost_where_things_are_and_what_to_type_next(demo: Demo) -> None:
    assert "cost: " in demo.out
    assert "the log in almenara-demo/conn.log" in demo.out
    assert "almenara alerts list --store almenara-demo/almenara.sqlite" in demo.out
    assert "almenara demo --seed 2" in demo.out
    assert "\x1b" not in demo.out
    assert "replaying" in demo.err


def test_store_holds_the_alerts_that_were_counted(demo: Demo) -> None:
    store = sqlite3.connect(demo.folder / "almenara-demo" / "almenara.sqlite")
    kept = {row[0] for row in store.execute("SELECT id FROM alerts")}
    store.close()
    named = {name for attack in demo.summary["attacks"] for name in attack["alerts"]}
    assert kept == named | set(demo.summary["others"])


def test_bad_seed_and_unwritable_places_are_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    almenara = CommandLine(monkeypatch, capsys)
    refused = almenara("demo", "--seed", "-1", "--json")
    assert (refused.code, refused.err.splitlines()[0][:12]) == (2, "error: seed:")
    Path("almenara-demo").touch()
    refused = almenara("demo", "--json")
    assert refused.code == 1
    assert len(refused.err.splitlines()) == 1
    assert "cannot be made" in refused.err
