from collections.abc import Callable

import pytest

from candidates_made import START, candidate, pulse
from detectors.errors import ConfigError
from documents_made import decided, digests, judged, outcomes
from stream.candidates import Candidate
from stream.control import SuppressionAdded, SuppressionRemoved, suppression_id
from stream.decisions import AlertSettings, Audited
from stream.documents import Encoder
from stream.plane import AlertPlane
from stream.suppression import MAX_LOGGED, Suppression, Suppressions


def rule(**fields: str) -> Suppression:
    return Suppression("known", "ana", **fields)  # type: ignore[arg-type]


FAILING = {"failed_4h": 45.0}


@pytest.mark.parametrize(
    ("of", "made", "other"),
    [
        (rule(entity="203.0.113.9"), candidate(), candidate(entity="203.0.113.10")),
        (rule(network="203.0.113.0/24"), candidate(), candidate(entity="203.0.114.9")),
        (rule(network="2001:db8::/32"), candidate(entity="2001:db8::1"), candidate()),
        (rule(feature="failed_4h"), candidate(values=FAILING), candidate()),
        (rule(class_name="unusual"), candidate(), None),
        (
            rule(network="203.0.113.0/24", feature="failed_4h"),
            candidate(values=FAILING),
            candidate(),
        ),
    ],
)
def test_rule_matches_what_it_names_and_nothing_else(
    of: Suppression, made: Candidate, other: Candidate | None
) -> None:
    rules = Suppressions([of])
    assert rules.match(made, "unusual") is of
    assert other is None or rules.match(other, "unusual") is None


def test_rule_of_a_class_leaves_other_classes_alone() -> None:
    assert Suppressions([rule(class_name="flood")]).match(candidate(), "unusual") is None


def test_rule_is_in_force_until_it_expires_by_stream_time() -> None:
    until = Suppression("maintenance", "ana", entity="203.0.113.9", expires=START + 60)
    made = [candidate(59), candidate(60)]
    settings = AlertSettings(suppressions=(until,))
    assert outcomes(decided(made, settings)) == ["suppressed", "alert"]


def test_suppressed_candidate_names_its_rule_and_stays_out_of_the_digest() -> None:
    settings = AlertSettings(suppressions=(rule(entity="203.0.113.9"),))
    decisions = decided([candidate()], settings)
    assert judged(decisions)[0].suppression == rule(entity="203.0.113.9")
    (digest,) = digests(decisions)
    assert digest.entries == ()
    assert digest.counts == {"suppressed": 1}


def test_rule_holds_from_its_place_in_the_log_until_it_is_taken_back() -> None:
    plane = AlertPlane(AlertSettings())
    of_host = rule(entity="203.0.113.9")
    made = []
    for k in range(3):
        plane.take(candidate(k * 60.0, e=0.5 / 10 ** (2 * k)))
        made += plane.take(pulse(k * 60.0 + 60.0))
        if k == 0:
            made += plane.control(0, SuppressionAdded(of_host, START))
            assert plane.control(1, SuppressionAdded(of_host, START)) == []  # known already
        if k == 1:
            made += plane.control(2, SuppressionRemoved(suppression_id(of_host), "a", "b", START))
    assert outcomes(made) == ["alert", "suppressed", "alert"]
    audited = [one for one in made if isinstance(one, Audited)]
    assert [one.before for one in audited] == ["", "entity 203.0.113.9"]
    assert [one.number for one in made] == list(range(5))


def test_rule_that_is_not_there_is_taken_back_in_vain_and_the_audit_says_so() -> None:
    (audited,) = AlertPlane(AlertSettings()).control(0, SuppressionRemoved("f", "a", "b", START))
    assert isinstance(audited, Audited)
    assert audited.refused
    assert Encoder("live").audit(audited)["event"]["action"] == "refused"


def test_of_too_many_rules_the_expired_go_first_then_the_oldest() -> None:
    rules = Suppressions()
    for k in range(MAX_LOGGED):
        over = START + 5 if k == 7 else float("inf")
        rules.add(str(k), Suppression("known", "ana", entity=f"10.0.0.{k}", expires=over), START)
    one = rule(entity="10.0.1.1")
    assert rules.add("new", one, START + 10) == ["7"]
    assert rules.add("newer", one, START + 10) == ["0"]
    assert rules.evicted == 2
    assert rules.add("newer", one, START + 10) is None


def test_suppressed_repeats_do_not_keep_an_incident_open() -> None:
    """The alert came before the rule; when the rule ends, the same thing is news again."""
    hours = 3_600.0
    until = Suppression("wait", "ana", entity="203.0.113.9", expires=START + 30 * hours)
    plain = AlertSettings(suppressions=(until,))
    other = [candidate(h * hours) for h in range(31)]
    assert outcomes(decided(other, plain))[-1] == "alert"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda: Suppression("why", "ana"), "empty"),
        (lambda: Suppression("", "ana", entity="10.0.0.1"), "no reason"),
        (lambda: Suppression("why", "", entity="10.0.0.1"), "author"),
        (lambda: rule(network="10.0.0.0/99"), "network"),
        (lambda: rule(class_name="flod"), "class_name"),
        (lambda: rule(feature="failed"), "feature"),
    ],
)
def test_rule_that_cannot_be_meant_is_refused(wrong: Callable[[], object], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        wrong()


def test_too_many_rules_are_refused() -> None:
    with pytest.raises(ConfigError, match="1001, expected at most 1000"):
        AlertSettings(suppressions=(rule(entity="10.0.0.1"),) * 1_001)
