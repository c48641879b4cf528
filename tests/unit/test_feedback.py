"""What feedback does to the rank of candidates, and that without it nothing changes."""

import orjson

from candidates_made import DAY, candidate
from documents_made import decided, digests, judged, outcomes
from stream.candidates import Candidate
from stream.control import Feedback, Label
from stream.decisions import AlertSettings, Decision
from stream.documents import Encoder
from stream.feedback import LARGEST_FACTOR, MAX_LABELS, FeedbackRanker, traits_of
from stream.plane import AlertPlane
from stream.published import encode_decision

NOISE = {"bytes_out_15m": 9e9}
ATTACK = {"failed_4h": 45.0}


def noise(at: float, host: int, e: float = 0.3) -> Candidate:
    return candidate(at, f"10.0.0.{host}", e, population="internal source", values=NOISE)


def attack(at: float, host: int, e: float = 0.3) -> Candidate:
    return candidate(at, f"203.0.113.{host}", e, values=ATTACK)


def word(label: Label, about: Candidate) -> Feedback:
    return Feedback(about.id, "", label, "ana", "", traits_of(about, "unusual"), about.decided_at)


def factor(ranker: FeedbackRanker, made: Candidate) -> float:
    return ranker.factor(made, "unusual")


def told(label: Label, *about: Candidate) -> FeedbackRanker:
    ranker = FeedbackRanker()
    for one in about:
        said = word(label, one)
        ranker.learn(said.candidate, said.label, said.traits)
    return ranker


def test_without_feedback_and_for_what_shares_nothing_the_factor_is_one() -> None:
    assert factor(FeedbackRanker(), noise(0, 1)) == 1.0
    other = attack(0, 1)
    assert told("false", noise(0, 1)).factor(other, "flood") == 1.0


def test_false_ranks_down_the_same_most_its_kind_less_and_true_up() -> None:
    ranker = told("false", noise(0, 1))
    assert LARGEST_FACTOR > factor(ranker, noise(9, 1)) > factor(ranker, noise(9, 2)) > 1.0
    ranker = told("true", noise(0, 1))
    assert 1 / LARGEST_FACTOR < factor(ranker, noise(9, 1)) < factor(ranker, noise(9, 2)) < 1.0


def test_expected_ranks_down_this_entity_in_this_class_and_nothing_else() -> None:
    ranker = told("expected", noise(0, 1))
    assert factor(ranker, noise(9, 1)) > 3.0
    assert factor(ranker, noise(9, 2)) == 1.0
    assert ranker.factor(noise(9, 1), "flood") == 1.0


def test_factor_stays_within_its_bounds_however_much_is_said() -> None:
    down = told("false", *(noise(k, 1) for k in range(200)))
    up = told("true", *(noise(k, 1) for k in range(200)))
    assert 1 / LARGEST_FACTOR <= factor(up, noise(9, 1)) < 0.2
    assert 5.0 < factor(down, noise(9, 1)) <= LARGEST_FACTOR


def test_later_word_on_the_same_candidate_takes_the_place_of_the_first() -> None:
    ranker = told("false", noise(0, 1))
    said = word("true", noise(0, 1))
    assert ranker.learn(said.candidate, said.label, said.traits) == "false"
    assert factor(ranker, noise(9, 1)) == factor(told("true", noise(0, 1)), noise(9, 1))


def test_labels_are_bounded_and_what_is_forgotten_is_counted() -> None:
    made = [noise(k, k % 200) for k in range(MAX_LABELS + 7)]
    ranker = told("false", *made)
    assert ranker.forgotten == 7
    assert ranker.state()["labels"] == told("false", *made[7:]).state()["labels"]


def test_ranker_goes_on_from_its_state_to_the_last_bit() -> None:
    ranker = told("false", *(noise(k, k % 5) for k in range(40)))
    again = FeedbackRanker()
    again.restore(orjson.loads(orjson.dumps(ranker.state())))
    assert factor(again, noise(9, 3)).hex() == factor(ranker, noise(9, 3)).hex()


def run(made: list[Candidate], words: list[Feedback], settings: AlertSettings) -> list[Decision]:
    plane = AlertPlane(settings)
    for offset, said in enumerate(words):
        plane.control(offset, said)
    for one in made:
        plane.take(one)
    return plane.close()


def values_of(decisions: list[Decision]) -> list[bytes]:
    return [encode_decision(decision, Encoder("live")) for decision in decisions]


def test_feedback_on_what_never_comes_again_changes_no_byte() -> None:
    settings = AlertSettings(budget=3)
    made = [attack(k * 60.0, k % 9) for k in range(30)]
    stranger = word("false", noise(0, 1))
    stranger = stranger._replace(traits=stranger.traits._replace(class_name="flood"))
    spoken = run(made, [stranger], settings)
    silent = run(made, [], settings)
    renumbered = [orjson.loads(value)["documents"] for value in values_of(spoken)]
    assert renumbered == [orjson.loads(value)["documents"] for value in values_of(silent)]
    assert values_of(silent) == values_of(decided(made, settings))


def test_what_feedback_took_over_the_floor_says_so_and_stays_in_the_candidates() -> None:
    first = noise(0, 1, 0.5)
    decisions = run([noise(100, 1, 0.5)], [word("false", first)], AlertSettings())
    (one,) = judged(decisions)
    assert one.outcome == "ranked_down"
    document = Encoder("live").candidate(one)
    assert document["almenara"]["outcome"] == "ranked_down"
    assert document["almenara"]["expected_per_day"] == 0.5
    assert document["almenara"]["feedback"]["rank_per_day"] == one.rank > 1.0


def test_what_is_ten_times_under_the_floor_alerts_whatever_was_said() -> None:
    words = [word("false", noise(k, 1)) for k in range(200)]
    assert outcomes(run([noise(900, 1, 0.1)], words, AlertSettings())) == ["alert"]


def test_what_is_over_the_floor_is_not_lifted_under_it() -> None:
    words = [word("true", noise(k, 1)) for k in range(200)]
    assert outcomes(run([noise(900, 1, 1.5)], words, AlertSettings())) == ["over_floor"]


def test_reserve_goes_by_the_rank() -> None:
    """Budget 5 has a reserve of 1, and three an hour: two an hour fill the rest."""
    settings = AlertSettings(budget=5)
    made = [noise(k * 3_000.0, k, 0.09) for k in range(4)]
    late = attack(14_000.0, 1, 0.095)
    assert outcomes(run([*made, late], [], settings)) == ["alert"] * 4 + ["budget_missed"]
    liked = [word("true", attack(k, 1)) for k in range(5)]
    assert outcomes(run([*made, late], liked, settings))[-1] == "alert"


def test_digest_goes_by_the_rank() -> None:
    made = [noise(0, 1, 2.0), attack(1, 1, 3.0)]
    words = [word("false", noise(k, 1)) for k in range(3)]
    for said, first in (([], "10.0.0.1"), (words, "203.0.113.1")):
        assert digests(run(made, said, AlertSettings()))[0].entries[0].entity == first


def test_feedback_on_false_alerts_brings_more_true_ones_into_the_budget() -> None:
    """A hundred chatty hosts fill the budget of ten each day; four attacks a day come among them.

    Ten false alerts are told as such after the first day; the days after are compared.
    """
    days = [
        sorted(
            [noise(d * DAY + k * 2_000.0, 20 * d + k, 0.2 + 0.01 * k) for k in range(40)]
            + [attack(d * DAY + 9_000.0 + k * 20_000.0, 4 * d + k, 0.25) for k in range(4)],
            key=lambda one: one.decided_at,
        )
        for d in range(4)
    ]
    later = [one for day in days[1:] for one in day]
    settings = AlertSettings(budget=10)
    words = [word("false", one) for one in days[0] if one.population == "internal source"][:10]

    def found(decisions: list[Decision]) -> int:
        alerts = [one for one in judged(decisions) if one.outcome == "alert"]
        return sum(one.candidate.population == "external source" for one in alerts)

    before, after = found(run(later, [], settings)), found(run(later, words, settings))
    assert before <= 6
    assert after == 12  # all four of each day
