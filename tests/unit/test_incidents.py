from candidates_made import DAY, candidate
from documents_made import decided, judged, outcomes
from stream.candidates import Candidate
from stream.decisions import AlertSettings
from stream.ids import incident_id


def victim(at: float, source: str = "203.0.113.9", peers: int = 1, e: float = 0.5) -> Candidate:
    return candidate(
        at,
        "10.0.0.5",
        e,
        population="internal destination",
        event={"source_ip": source},
        window={"peers": peers},
    )


def test_repeat_of_an_alerted_entity_is_folded_and_counted() -> None:
    first, second = judged(decided([candidate(0), candidate(60, e=0.3)]))
    assert (first.outcome, second.outcome) == ("alert", "repeat")
    assert second.incident.id == first.incident.id == incident_id(first.candidate.id)
    assert (first.incident.count, second.incident.count) == (1, 2)
    assert (first.incident.step, second.incident.step) == (0, 1)


def test_tenfold_growth_is_raised_again() -> None:
    made = [candidate(0, e=0.5), candidate(60, e=0.06), candidate(120, e=0.05)]
    assert outcomes(decided(made)) == ["alert", "repeat", "alert"]


def test_growth_is_measured_from_the_last_alert() -> None:
    made = [candidate(i * 60.0, e=e) for i, e in enumerate((0.5, 0.05, 0.02, 0.005))]
    assert outcomes(decided(made)) == ["alert", "alert", "repeat", "alert"]


def test_incident_that_the_budget_stopped_may_still_be_raised() -> None:
    settings = AlertSettings(budget=1)
    made = [candidate(0, "203.0.113.1"), candidate(60), candidate(DAY + 60, e=0.5)]
    assert outcomes(decided(made, settings)) == ["alert", "budget_missed", "alert"]


def test_incident_is_over_after_a_quiet_day() -> None:
    made = [candidate(0), candidate(DAY)]
    first, second = judged(decided(made))
    assert second.outcome == "alert"
    assert second.incident.id != first.incident.id


def test_what_comes_back_each_night_is_one_incident() -> None:
    nights = [candidate(i * DAY - i * 60.0) for i in range(5)]
    assert outcomes(decided(nights)) == ["alert", "repeat", "repeat", "repeat", "repeat"]


def test_faint_noise_does_not_keep_an_alerted_incident_open() -> None:
    noise = [candidate(h * 3_600.0, e=20.0) for h in range(1, 30)]
    made = [candidate(0), *noise, candidate(30 * 3_600.0)]
    assert outcomes(decided(made))[-1] == "alert"


def test_victim_of_one_source_folds_into_the_incident_of_that_source() -> None:
    source, hit = judged(decided([candidate(0, "203.0.113.9"), victim(10)]))
    assert hit.outcome == "repeat"
    assert hit.incident.entity == "203.0.113.9"
    assert hit.incident.id == source.incident.id


def test_victim_of_many_sources_is_an_incident_of_its_own() -> None:
    made = [candidate(0, "203.0.113.9"), victim(10, peers=40)]
    assert outcomes(decided(made)) == ["alert", "alert"]


def test_source_folds_into_the_incident_that_its_victim_opened_for_it() -> None:
    hit, source = judged(decided([victim(0), candidate(10, "203.0.113.9")]))
    assert source.outcome == "repeat"
    assert source.incident.id == hit.incident.id


def test_other_attackers_of_the_same_victim_stay_apart() -> None:
    made = [victim(0), candidate(10, "203.0.113.10"), candidate(20, "203.0.113.11")]
    assert outcomes(decided(made)) == ["alert", "alert", "alert"]


def test_victim_of_a_faint_source_may_be_raised() -> None:
    """The source alone is ordinary; what its victim shows is not."""
    faint, hit = judged(decided([candidate(0, "203.0.113.9", e=20.0), victim(10)]))
    assert (faint.outcome, hit.outcome) == ("over_floor", "alert")
    assert hit.incident.entity == "203.0.113.9"
