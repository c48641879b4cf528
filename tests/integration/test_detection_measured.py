"""Small runs of the scripts that measure detection: the figures of docs/detection.md stay true."""

import importlib
import json
from pathlib import Path
from typing import Any

import pytest

from source_tree import ROOT

BETTER_THAN = 0.75  # recall
FALSE_A_DAY = 1.0


@pytest.fixture(autouse=True)
def beside_the_scripts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT / "tests" / "benchmarks")


def figures(script: str, folder: Path, *words: str) -> dict[str, Any]:
    """Run a script and return the figures it wrote."""
    out = folder / "figures.json"
    assert importlib.import_module(script).main([*words, "--json", str(out)]) == 0
    written: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    assert len(written["sources"]) == 16
    return dict(written["figures"])


def test_scans_and_held_out_attackers_are_found_in_a_benign_day(
    data_folder: Path, tmp_path: Path
) -> None:
    assert data_folder.is_dir()
    words = ("--sets", "010,psad", "--seeds", "1", "--light", "")
    found = figures("episodes", tmp_path, *words)
    assert list(found) == ["010 as is", "010 re-addressed", "psad as is", "psad re-addressed"]
    for case in found.values():
        assert case["recall_told"] >= BETTER_THAN
        assert case["false_a_day"] <= FALSE_A_DAY
    assert found["psad as is"]["within_2_min"] == 1.0
    assert found["psad re-addressed"]["within_2_min"] == 1.0


def test_expected_entities_a_day_come_about_as_often_as_expected(tmp_path: Path) -> None:
    """Two weeks: 140 entities under E = 10 are nominal, and 14 under E = 1, for each detector.

    So few under E = 1 may be fewer than half by chance, so only too many fail.
    """
    found = figures("honesty", tmp_path, "--weeks", "2")
    assert list(found) == ["tails", "den_stream", "kit_net", "fused"]
    for populations in found.values():
        for levels in populations.values():
            assert 0.5 <= levels["10"]["ratio"] <= 2.0
            assert levels["1"]["ratio"] <= 2.0
    assert found["fused"]["all"]["0.1"]["counted"] <= 4


def test_repeating_attack_stays_strange_for_200_rows(tmp_path: Path) -> None:
    words = ("--sites", "1", "--normal-days", "2", "--attacks", "host sweep, each minute")
    found = figures("level_shift", tmp_path, *words, "--factors", "")
    (attack,) = found["attacks"].values()
    assert attack["runs"] == 1
    assert attack["worst_at_row"]["200"] <= 1.0


def test_shift_of_all_hosts_is_normal_within_48_hours(tmp_path: Path) -> None:
    words = ("--sites", "1", "--normal-days", "3", "--after-days", "3", "--attacks", "none")
    found = figures("level_shift", tmp_path, *words, "--factors", "4")
    (shift,) = found["shifts"].values()
    assert len(shift["after"]) == 3
    assert shift["after_48_h"] <= 2.0
