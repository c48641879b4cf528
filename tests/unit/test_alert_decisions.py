"""What becomes of a candidate, one rule a test."""

import pytest

from candidates_made import DAY, START, candidate, closing, pulse
from detectors.errors import ModelError
from documents_made import decided, digests, judged, outcomes
from stream.candidates import LaneRecord
from stream.decisions import AlertSettings
from stream.plane import AlertPlane, fold

PLAIN = AlertSettings()


def test_candidate_over_the_floor_is_no_alert() -> None:
    assert outcomes(decided([candidate(e=1.01)])) == ["over_floor"]


def test_candidate_at_the_floor_is_an_alert() -> None:
    assert outcomes(decided([candidate(e=1.0)])) == ["alert"]


def test_expectation_is_corrected_for_voting_populations() -> None:
    (one,) = judged(decided([candidate(e=0.4, voting_populations=3)]))
    assert one.expected == pytest.approx(1.2)
    assert one.outcome == "over_floor"


def test_expectation_is_corrected_for_lanes_heard_in_24_hours() -> None:
    """Lane b ended more than a day before the second candidate."""
    records: list[LaneRecord] = [
        pulse(0, "b"),
        closing("b"),
        candidate(DAY - 1, "203.0.113.1", e=0.3),
        candidate(DAY + 1, "203.0.113.2", e=0.3),
        closing(),
    ]
    both, alone = judged(fold(records, PLAIN, [("test", 0), ("b", 0)]))
    assert (both.lanes, alone.lanes) == (2, 1)
    assert both.expected == pytest.approx(0.6)
    assert alone.expected == pytest.approx(0.3)


def test_nothing_is_decided_before_every_named_lane_has_passed_it() -> None:
    plane = AlertPlane(PLAIN, [("test", 0), ("b", 0)])
    plane.take(candidate(5))
    assert plane.take(pulse(10)) == []
    assert plane.take(pulse(5, "b")) == []  # a pulse at 5 does not promise the time 5 itself
    assert outcomes(plane.take(pulse(5.1, "b"))) == ["alert"]


def test_candidate_behind_what_was_decided_is_late_and_judged_at_once() -> None:
    plane = AlertPlane(PLAIN)
    plane.take(candidate(100, "203.0.113.1"))
    plane.take(pulse(200))
    (late,) = judged(plane.take(candidate(50, "203.0.113.2", topic="unannounced")))
    assert late.late
    assert late.outcome == "alert"
    assert late.plane_time == START + 100


def test_candidate_in_time_is_not_late() -> None:
    assert [one.late for one in judged(decided([candidate(1), candidate(2, "203.0.113.2")]))] == [
        False,
        False,
    ]


def test_decisions_are_numbered_in_order() -> None:
    made = [candidate(i * 30_000.0, f"203.0.113.{i}") for i in range(6)]
    assert [decision.number for decision in decided(made)] == list(range(8))  # and two digests


def test_warming_up_gates_the_alert_and_keeps_the_candidate() -> None:
    made = [candidate(0, warming_up="52 rows, expected 300"), candidate(60, warming_up="")]
    first, second = judged(decided(made))
    assert (first.outcome, second.outcome) == ("warming_up", "alert")
    (digest,) = digests(decided(made[:1]))
    assert digest.entries[0].warming_up == "52 rows, expected 300"


def test_budget_stops_and_says_so() -> None:
    made = [candidate(i * 4_000.0, f"203.0.113.{i}") for i in range(4)]
    assert outcomes(decided(made, AlertSettings(budget=2))) == [
        "alert",
        "alert",
        "budget_missed",
        "budget_missed",
    ]


def test_late_candidate_is_charged_at_plane_time() -> None:
    """Charged at its own time, 10 s, it would be out of the last 24 h at DAY + 100."""
    plane = AlertPlane(AlertSettings(budget=1))
    plane.take(candidate(5_000, "203.0.113.1", e=20.0))
    plane.take(pulse(5_010))
    assert outcomes(plane.take(candidate(10, "203.0.113.2", topic="b"))) == ["alert"]
    plane.take(closing("b"))
    plane.take(candidate(DAY + 100, "203.0.113.3"))
    plane.take(candidate(DAY + 5_000, "203.0.113.4"))
    assert outcomes(plane.take(closing())) == ["budget_missed", "alert"]


def test_budget_of_nothing_raises_nothing() -> None:
    assert outcomes(decided([candidate(e=1e-6)], AlertSettings(budget=0))) == ["budget_missed"]


def test_of_one_event_the_source_is_judged_before_the_destination() -> None:
    """The order of rule 17 leaves them equal; who did it then reads better than whom it hit."""
    victim = candidate(5, "10.0.0.5", population="internal destination", e=0.1)
    source = candidate(5, "203.0.113.9", e=0.9)
    for made in ([victim, source], [source, victim]):
        decisions = judged(decided(made))
        assert [one.candidate.entity for one in decisions] == ["203.0.113.9", "10.0.0.5"]


def test_state_of_another_version_is_refused() -> None:
    with pytest.raises(ModelError, match="version 7, expected 3"):
        AlertPlane(PLAIN).restore({"version": 7})


def test_run_without_candidates_decides_nothing() -> None:
    assert list(fold([pulse(0), closing()], PLAIN)) == []
