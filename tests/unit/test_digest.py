from candidates_made import DAY, START, candidate, closing
from documents_made import decided, digests
from stream.candidates import LaneRecord, Suppressed
from stream.decisions import AlertSettings
from stream.digest import KEPT_ENTRIES, MAX_ENTRIES
from stream.documents import Encoder
from stream.ids import digest_id
from stream.plane import fold


def test_digest_comes_when_plane_time_passes_midnight_and_before_what_passed_it() -> None:
    decisions = decided([candidate(0), candidate(DAY, "203.0.113.2")])
    assert [type(decision).__name__ for decision in decisions] == [
        "Judged",
        "DayDigest",
        "Judged",
        "DayDigest",
    ]
    whole, rest = digests(decisions)
    assert (whole.day, whole.partial) == ("2022-06-14", False)
    assert (whole.start, whole.end) == (START, START + DAY)
    assert (rest.day, rest.partial, rest.end) == ("2022-06-15", True, START + DAY)


def test_digest_ranks_ten_entities_over_and_under_the_floor() -> None:
    made = [candidate(i, f"203.0.113.{i}", e=(15 - i) * 0.2) for i in range(15)]
    (digest,) = digests(decided(made))
    assert [entry.entity for entry in digest.entries] == [
        f"203.0.113.{i}" for i in range(14, 4, -1)
    ]
    assert [entry.outcome for entry in digest.entries].count("over_floor") == 5


def test_entry_shows_the_strongest_candidate_and_counts_all() -> None:
    weak, strong, mid = (
        candidate(at, e=e, values={"failed_4h": n})
        for at, e, n in ((0, 0.9, 5.0), (60, 0.05, 50.0), (120, 0.8, 7.0))
    )
    (digest,) = digests(decided([weak, strong, mid]))
    (entry,) = digest.entries
    assert entry.candidate == strong.id
    assert "about 50 failed" in entry.sentence
    assert (entry.candidates, entry.alerts) == (3, 2)
    assert (entry.first, entry.last) == (START, START + 120)


def test_victim_of_a_ranked_source_is_only_counted() -> None:
    hit = candidate(10, "10.0.0.5", population="internal destination")
    (digest,) = digests(decided([candidate(0, "203.0.113.9"), hit]))
    assert [entry.entity for entry in digest.entries] == ["203.0.113.9"]
    assert digest.entries[0].candidates == 2


def test_next_day_starts_anew() -> None:
    _, second = digests(decided([candidate(0), candidate(60), candidate(DAY)]))
    assert second.entries[0].candidates == 1
    assert second.counts == {"repeat": 1}


def test_strongest_survive_a_crowd() -> None:
    crowd = [
        candidate(1 + i * 0.01, f"10.{i // 250}.0.{i % 250}", e=5 + i * 0.01) for i in range(900)
    ]
    (digest,) = digests(decided([candidate(0, "203.0.113.1"), *crowd]))
    assert digest.entries[0].entity == "203.0.113.1"
    left_out = digest.counts["entities_left_out"]
    assert KEPT_ENTRIES <= 901 - left_out <= MAX_ENTRIES


def test_candidates_over_a_lanes_limit_are_counted_once() -> None:
    counted = Suppressed("test", 0, START + 30, 77)
    records: list[LaneRecord] = [candidate(0), counted, counted, closing()]
    (digest,) = digests(fold(records, AlertSettings()))
    assert digest.counts == {"alert": 1, "over_limit": 77}


def test_document_of_a_digest_has_entity_strength_counts_sentence_and_candidate() -> None:
    (digest,) = digests(decided([candidate(0, e=0.025)]))
    document = Encoder("replay").digest(digest)
    assert document["event"]["kind"] == "event"
    assert document["event"]["action"] == "digest"
    assert document["event"]["id"] == digest_id("default", "2022-06-14")
    assert document["almenara"]["digest"]["partial"] is True
    assert document["related"]["ip"] == ["203.0.113.9"]
    (incident,) = document["almenara"]["digest"]["incidents"]
    assert incident["entity"] == {"type": "source.ip", "key": "203.0.113.9"}
    assert incident["expected_text"] == "once in 40 days by chance"
    assert incident["candidates"] == 1
    assert incident["sentence"].startswith("203.0.113.9 made 1 connection")
    assert incident["candidate"] == candidate(0).id
