"""The scripts that measure detection: what is planted, what counts as found, and what is false."""

import importlib
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from candidates_made import START, candidate, lane
from source_tree import ROOT
from stream import events
from stream.candidates import Candidate
from stream.decisions import AlertSettings, Decision
from stream.events import EventBatch, Position
from stream.evidence import Witness
from stream.plane import fold

MAPPED = 0xFFFF_0000_0000
HOST = MAPPED | 0x0A00_0005
HOUR = 3_600.0
SCANNER, LIGHT, STRANGER = "198.51.100.7", "198.51.100.200", "192.0.2.77"


@pytest.fixture(autouse=True)
def beside_the_scripts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT / "tests" / "benchmarks")


@pytest.fixture
def script() -> ModuleType:
    return importlib.import_module("injected_days")


def connections(source: int, ts: list[float], *, failed: bool = True) -> EventBatch:
    """Connections from 198.51.100.x to a host of somebody else."""
    batch = EventBatch.empty(len(ts))
    batch.real[:, events.TS] = ts
    batch.real[:, events.DURATION] = 1.0
    batch.address[:, events.SRC_LO] = MAPPED | 0xC633_6400 + source
    batch.address[:, events.DST_LO] = MAPPED | 0x0A09_0909
    batch.code[:, events.OUTCOME] = events.ATTEMPT if failed else events.ESTABLISHED
    batch.code[:, events.SRC_LOCAL] = 0
    batch.code[:, events.DST_LOCAL] = 1
    return batch


def material(script: ModuleType) -> Any:
    """Return a benign day of one host, one scanner and three light ones."""
    benign = connections(0, [START + 600.0 * k for k in range(140)], failed=False)
    benign.address[:, events.SRC_LO] = HOST
    benign.code[:, events.SRC_LOCAL] = 1
    scan = connections(7, [50.0, 10.0, 20.0])
    light = [connections(200 + k, [5.0 * k]) for k in range(3)]
    return script.Material(benign, (0, HOST), {"008": [script.Episode("one", scan)]}, light)


def test_planted_episode_keeps_its_rhythm_and_stands_in_write_order(script: ModuleType) -> None:
    stuff = material(script)
    rng = np.random.default_rng(3)
    day = script.compose(stuff, stuff.episodes["008"], rng, light=2)
    (plant,) = day.planted
    assert plant.source == SCANNER
    assert np.diff(plant.ts).tolist() == pytest.approx([10.0, 30.0])
    assert START + 2 * HOUR <= plant.ts[0] <= START + 0.9 * 24 * HOUR
    ends = day.batch.real[:, events.TS] + day.batch.real[:, events.DURATION]
    assert len(ends) == 140 + 3 + 2
    assert (np.diff(ends) >= 0.0).all()
    assert day.batch.offset.tolist() == list(range(145))
    assert len(day.light) == 2
    assert day.light <= {"198.51.100.200", "198.51.100.201", "198.51.100.202"}


def test_readdressed_episode_hits_the_benign_host_and_leaves_the_original_alone(
    script: ModuleType,
) -> None:
    stuff = material(script)
    rng = np.random.default_rng(3)
    episodes = stuff.episodes["008"]
    day = script.compose(stuff, episodes, rng, to_host=True)
    scan = day.batch.address[:, events.SRC_LO] == MAPPED | 0xC633_6407
    assert set(day.batch.address[scan, events.DST_LO].tolist()) == {HOST}
    assert HOST not in episodes[0].events.address[:, events.DST_LO]
    assert episodes[0].events.real[0, events.TS] == 50.0


def test_no_source_lengthens_the_day(script: ModuleType) -> None:
    """A light scanner that comes back 20 hours later would make two days of one."""
    stuff = material(script)
    late = [connections(200 + k, [0.0, 20 * HOUR]) for k in range(3)]
    rng = np.random.default_rng(3)
    day = script.compose(stuff._replace(light=late), stuff.episodes["008"], rng, light=3)
    assert day.batch.real[:, events.TS].max() < START + 25 * HOUR
    assert len(day.light) == 3


def test_psad_scans_come_from_outside(script: ModuleType) -> None:
    scan = connections(1, [1.0, 2.0])
    scan.code[:, events.SRC_LOCAL] = 1
    moved = script.from_outside(scan, 2)
    assert script.source_of(moved) == "203.0.113.3"
    assert moved.code[:, events.SRC_LOCAL].tolist() == [0, 0]


def test_fixed_rule_counts_what_fails_with_a_half_life_of_four_hours() -> None:
    flagged = importlib.import_module("fixed_rule").flagged
    burst = connections(1, [START + k for k in range(6)])
    assert list(flagged(burst, 5.0)) == ["198.51.100.1"]
    assert flagged(burst, 5.0)["198.51.100.1"] == START + 5 + 1.0  # a sixth makes up for fading
    assert flagged(burst, 8.0) == {}
    slow = connections(1, [START + 4 * HOUR * k for k in range(60)])
    assert flagged(slow, 2.01) == {}  # 1 + 1/2 + 1/4 …
    assert len(flagged(slow, 1.9)) == 1
    established = connections(1, [START + k for k in range(60)], failed=False)
    assert flagged(established, 5.0) == {}
    burst.code[:, events.SRC_LOCAL] = 1
    assert flagged(burst, 5.0) == {}


def injected(script: ModuleType, ts: float) -> Any:
    """Return a day in which a scanner began at ``ts`` and one light scanner came by."""
    plant = script.Planted("one", SCANNER, np.array([ts, ts + 1.0]))
    batch = connections(7, [START + k for k in range(8)])
    return script.InjectedDay(batch, (plant,), frozenset({LIGHT}))


def scored(script: ModuleType, *candidates: Candidate) -> Any:
    decisions: list[Decision] = list(fold(lane(candidates), AlertSettings(), [("test", 0)]))
    score = importlib.import_module("episode_scores").score
    return score(injected(script, START + 40.0), decisions, 1.0)


def test_alert_of_the_source_finds_its_episode(script: ModuleType) -> None:
    result = scored(script, candidate(100.0, SCANNER, 0.3))
    ((_, found),) = result.found
    assert (found.alert, found.told, found.strong) == (START + 100.0,) * 3
    assert np.isfinite(found.rules[0])
    assert result.false == {}


def test_weak_or_early_candidate_finds_nothing(script: ModuleType) -> None:
    weak = candidate(100.0, SCANNER, 3.0)
    early = candidate(200.0, SCANNER, 0.3, warming_up="10 minutes of stream seen")
    ((_, found),) = scored(script, weak, early).found
    assert (found.alert, found.told, found.strong) == (np.inf,) * 3


def test_alert_of_the_victim_tells_of_the_source_whose_evidence_it_shows(
    script: ModuleType,
) -> None:
    witness = Witness(Position(1, 0), START, SCANNER)
    victim = candidate(
        100.0, "10.9.9.9", 0.3, population="internal destination", evidence=(witness,)
    )
    result = scored(script, victim)
    ((_, found),) = result.found
    assert (found.alert, found.told) == (np.inf, START + 100.0)
    assert result.false == {}


def test_alerts_of_others_are_false_and_say_what_they_are(script: ModuleType) -> None:
    result = scored(
        script,
        candidate(100.0, LIGHT, 0.3),
        candidate(200.0, STRANGER, 0.2),
        candidate(300.0, LIGHT, 0.001),
    )
    kinds = [kind.split(",")[0] for kind in result.false.elements()]
    assert sorted(kinds) == ["external source of the benign day", "light scanner"]
    assert result.false_strong == 2


def test_host_under_light_scanners_is_a_false_alert_of_its_own_kind(script: ModuleType) -> None:
    peers = [LIGHT, LIGHT, SCANNER, STRANGER]
    evidence = tuple(Witness(Position(k, 0), START, peer) for k, peer in enumerate(peers))
    victim = candidate(100.0, "10.9.9.9", 0.3, population="internal destination", evidence=evidence)
    ((kind, count),) = scored(script, victim).false.items()
    assert kind.startswith("host that light scanners knock at")
    assert count == 1
