"""What a document says, beyond the types of its fields."""

from typing import Any

import orjson
import pytest

from candidates_made import DAY, NAN, START, candidate
from documents_made import alert_document, decided, judged, outcomes
from stream.candidates import Verdict
from stream.classes import CLASSES
from stream.decisions import AlertSettings
from stream.documents import Encoder
from stream.events import Position
from stream.evidence import Witness
from stream.ids import alert_id


def test_time_of_a_document_is_the_time_of_the_decision() -> None:
    document = alert_document(at=90.5, window={"first_ts": START + 61, "last_ts": START + 62.5})
    assert document["@timestamp"] == "2022-06-14T00:01:30.500000Z"
    assert document["event"]["start"] == "2022-06-14T00:01:01.000000Z"
    assert document["event"]["duration"] == 1_500_000_000
    assert document["almenara"]["window"]["end"] == "2022-06-14T00:02:00.000000Z"
    assert "created" not in document["event"]


def test_id_of_an_alert_is_a_hash_of_its_candidates() -> None:
    made = candidate()
    document = alert_document(made)
    assert document["event"]["id"] == alert_id(made.id)
    assert document["almenara"]["candidate"]["id"] == made.id


def test_document_of_a_candidate_is_no_alert_and_says_what_became_of_it() -> None:
    (one,) = judged(decided([candidate(e=5.0)]))
    document = Encoder("live").candidate(one)
    assert document["event"]["kind"] == "event"
    assert document["event"]["id"] == one.candidate.id
    assert document["data_stream"]["dataset"] == "almenara.candidates"
    assert document["almenara"]["outcome"] == "over_floor"


def test_budget_that_stopped_a_candidate_is_named() -> None:
    (one,) = judged(decided([candidate()], AlertSettings(budget=0)))
    assert Encoder("live").candidate(one)["almenara"]["budget_missed"] is True


def test_message_is_the_same_for_all_of_a_class_and_names_no_address() -> None:
    one, other = alert_document(), alert_document(entity="198.51.100.1", at=500)
    assert one["message"] == other["message"] == CLASSES["unusual"]


def test_only_addresses_of_the_evidence_are_related_and_at_most_20() -> None:
    peers = [f"10.0.0.{i}" for i in range(1, 40)]
    evidence = tuple(Witness(Position(i, 0), START, peer) for i, peer in enumerate(peers))
    document = alert_document(evidence=evidence, event={"destination_ip": "10.0.0.1"})
    assert document["related"]["ip"] == ["203.0.113.9", *peers[:19]]


def test_unset_numbers_and_words_are_left_out() -> None:
    unset = {"source_port": -1, "bytes_in": NAN, "packets_out": -1.0, "transport": -1}
    document = alert_document(event=unset)
    assert "port" not in document["source"]
    assert "bytes" not in document["destination"]
    assert "packets" not in document["source"]
    assert "bytes" not in document["network"]
    assert "transport" not in document["network"]
    assert "observer" not in document
    assert "user" not in document


def test_nothing_that_json_lacks_is_written() -> None:
    document = alert_document(
        values={"failed_4h": float("inf")},
        verdicts=(Verdict("kit_net", NAN, NAN, votes=True), Verdict("tails", 1.0, 0.5, votes=True)),
    )
    assert orjson.loads(orjson.dumps(document)) == document
    assert document["almenara"]["detectors"][0] == {"id": "kit_net", "vote": True}


def test_voting_detector_with_the_smallest_expectation_speaks() -> None:
    verdicts = (
        Verdict("den_stream", 9.0, 0.001, votes=False),
        Verdict("tails", 9.0, 0.9, votes=True),
        Verdict("kit_net", 9.0, 0.5, votes=True),
    )
    document = alert_document(verdicts=verdicts, models=("tails 1", "kit_net 22 p"))
    assert document["event"]["provider"] == "kit_net"
    assert document["rule"]["id"] == "kit_net.unusual"
    assert document["rule"]["version"] == "22 p"


@pytest.mark.parametrize(
    ("source", "destination", "direction"),
    [
        (True, True, "internal"),
        (True, False, "outbound"),
        (False, True, "inbound"),
        (False, False, "external"),
    ],
)
def test_direction_is_told_by_the_logs_marks(
    source: bool,  # noqa: FBT001 (pytest passes it)
    destination: bool,  # noqa: FBT001
    direction: str,
) -> None:
    document = alert_document(event={"source_local": source, "destination_local": destination})
    assert document["network"]["direction"] == direction


def test_host_is_the_asset_that_is_known_else_the_observer() -> None:
    inside: dict[str, Any] = {"population": "internal source", "entity": "10.0.0.7"}
    assert alert_document(**inside)["host"]["name"] == "10.0.0.7"
    assert alert_document()["host"]["ip"] == ["10.0.0.5"]
    nobody: dict[str, Any] = {"destination_local": False, "observer": "fw-1"}
    assert alert_document(event=nobody)["host"] == {"name": "fw-1"}


@pytest.mark.parametrize("action", ["denied", "dropped", "reset"])
def test_firewalls_no_is_a_type(action: str) -> None:
    assert "denied" in alert_document(event={"action": action})["event"]["type"]
    assert "allowed" in alert_document(event={"action": "allowed"})["event"]["type"]
    assert alert_document()["event"]["type"] == ["connection", "info"]


def test_threat_is_claimed_only_for_a_class() -> None:
    scan: dict[str, Any] = {"window": {"ports": 64, "failed": 64, "events": 64}}
    document = alert_document(**scan)
    assert document["threat"]["technique"]["subtechnique"]["id"] == ["T1595.001"]
    assert document["event"]["category"] == ["intrusion_detection", "network"]
    assert document["almenara"]["attack"]["version"] == "19.2"
    assert "threat" not in alert_document()
    assert alert_document()["event"]["category"] == ["network"]


def test_places_in_files_are_named_and_change_no_id() -> None:
    (one,) = judged(decided([candidate(position=(42, 0))]))
    named = Encoder("replay", lambda _t, _p, offset: ("a.log", offset * 2)).alert(one)
    assert named["log"]["file"]["path"] == "a.log"
    assert named["almenara"]["source"]["byte_last"] == 84
    assert named["event"]["id"] == Encoder("replay").alert(one)["event"]["id"]
    assert "log" not in Encoder("replay").alert(one)


def test_explanation_says_value_and_what_was_usual() -> None:
    document = alert_document(values={"bytes_out_15m": 5e6}, typical={"bytes_out_15m": 2e3})
    (reading,) = document["almenara"]["explain"]
    assert reading["text"] == (
        "damped bytes to the destination, half-life 15 min: 5.0 MB, usually 2.0 kB for its peers"
    )
    assert reading["contribution"] == 0.5


def test_same_records_give_the_same_documents() -> None:
    made = [candidate(i * DAY / 7, f"203.0.113.{i}", e=0.1 * i) for i in range(20)]
    one, other = decided(made), decided(made)
    assert outcomes(one) == outcomes(other)
    encoder = Encoder("replay")
    assert [encoder.candidate(d) for d in judged(one)] == [
        encoder.candidate(d) for d in judged(other)
    ]


def test_moment_that_no_calendar_holds_is_left_out() -> None:
    document = alert_document(window={"first_ts": NAN, "last_ts": 1e18})
    assert "start" not in document["event"]
    assert "end" not in document["event"]
