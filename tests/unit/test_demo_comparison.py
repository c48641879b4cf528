"""Planted attacks held against alerts."""

import re
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from stream.demo import AFTER_S, belongs, compare
from stream.demo_report import Kept, lasting, show
from stream.nesting import instant
from stream.simulate.truth import PlantedAttack

START = 1_772_500_000.0
ATTACKER, VICTIM, OTHER = "192.0.2.7", "10.0.0.1", "10.0.0.2"


def planted(kind: str = "port scan", targets: tuple[str, ...] = (VICTIM,)) -> PlantedAttack:
    return PlantedAttack(
        kind=kind,
        strength="brisk",
        origin="external",
        entity=ATTACKER,
        population="external source",
        sources=(ATTACKER,),
        targets=targets,
        ports=1,
        start=START,
        end=START + 60.0,
        events=9,
        records=((0, 8),),
    )


def alert(entity: str, after: float = 30.0, *, shows: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "@timestamp": instant(START + after),
        "event": {"id": f"{entity} {after}"},
        "related": {"ip": [entity, *shows]},
        "almenara": {"entity": {"key": entity}},
    }


@pytest.mark.parametrize(
    ("entity", "after", "shows", "expected"),
    [
        (ATTACKER, 0.0, (), True),
        (ATTACKER, -1.0, (), False),
        (ATTACKER, 60.0 + AFTER_S, (), True),
        (ATTACKER, 61.0 + AFTER_S, (), False),
        (VICTIM, 30.0, (ATTACKER,), True),
        (VICTIM, 30.0, (), True),
        (OTHER, 30.0, (ATTACKER,), False),
        (OTHER, 30.0, (), False),
    ],
)
def test_alert_belongs_by_attacker_or_victim_and_time(
    *, entity: str, after: float, shows: tuple[str, ...], expected: bool
) -> None:
    assert belongs(alert(entity, after, shows=shows), planted()) is expected


def test_one_of_several_victims_counts_only_where_an_attacker_is_shown() -> None:
    sweep = planted("host sweep", (VICTIM, OTHER))
    assert belongs(alert(OTHER, shows=(ATTACKER,)), sweep)
    assert not belongs(alert(OTHER), sweep)


def test_first_alert_tells_how_long_it_took_and_strangers_are_kept_apart() -> None:
    late, early, stranger = alert(ATTACKER, 50.0), alert(VICTIM, 20.0), alert("10.9.9.9", 10.0)
    compared = compare([planted()], [late, stranger, early])
    (finding,) = compared.findings
    assert finding.alerts == (early, late)
    assert finding.after_s == pytest.approx(20.0)
    assert compared.not_planted == (stranger,)
    assert compared.found == 1


@pytest.mark.parametrize("width", [80, 140, 190])
def test_terminal_of_any_width_shows_found_and_missed_within_its_columns(width: int) -> None:
    shown = alert(ATTACKER, 20.0)
    shown["event"]["action"] = "port_scan"
    shown["almenara"]["sentence"] = "192.0.2.7 tried 64 ports on 10.0.0.1 in 60 s; " * 3
    shown["almenara"]["expected_text"] = "once in 40 days by chance"
    later = replace(planted("flood", (OTHER,)), start=START + 90_000.0, end=START + 90_001.0)
    compared = compare([planted(), later], [shown])
    console = Console(file=StringIO(), width=width, force_terminal=True)
    run = {"events": 9, "seconds": 1.0, "events_per_s": 9, "candidates": 1, "alerts": 1}
    show(compared, run, Kept(Path("conn.log"), Path("s.sqlite"), 1), console)
    assert isinstance(console.file, StringIO)
    said = re.sub(r"\x1b\[[0-9;]*m", "", console.file.getvalue())
    assert max(len(line.rstrip()) for line in said.splitlines()) <= width
    assert "after 20 s" in said
    assert "not found" in said
    assert "found 1 of 2 planted attacks, 1 of 2 kinds" in said


def test_attack_without_alert_is_missed() -> None:
    (finding,) = compare([planted()], []).findings
    assert not finding.is_found
    assert finding.after_s is None


@pytest.mark.parametrize(
    ("seconds", "text"), [(3.2, "3 s"), (89, "89 s"), (600, "10 min"), (7_200, "2.0 h")]
)
def test_time_spans_are_said_in_their_natural_unit(seconds: float, text: str) -> None:
    assert lasting(seconds) == text
