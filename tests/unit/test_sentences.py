from typing import Any

import pytest

from candidates_made import NAN, candidate
from stream.classes import class_of
from stream.sentences import reason, sentence, size
from stream.strength import expected_text, risk_score, rounded, severity

INSIDE: dict[str, Any] = {
    "population": "internal source",
    "entity": "10.0.0.7",
    "typical_of": "entity",
}
VICTIM: dict[str, Any] = {"population": "internal destination", "entity": "10.0.0.5"}


def window(**counts: float) -> dict[str, float]:
    return {"events": 1, "failed": 0, "peers": 1, "ports": 1, "main_port": 443} | counts


SAID: list[tuple[dict[str, Any], str]] = [
    (
        {
            **INSIDE,
            "window": window(events=500, failed=400, peers=412, main_port=445),
            "typical": {"peers_window": 3.0},
        },
        "10.0.0.7 contacted 412 hosts on port 445 in 60 s; it usually contacts 3",
    ),
    (
        {
            "window": window(events=64, failed=64, ports=64, main_port=-1),
            "typical": {"ports_window": 0.6},
        },
        "203.0.113.9 tried 64 ports on 10.0.0.5 in 60 s; sources like it usually use 1",
    ),
    (
        {
            **VICTIM,
            "window": window(events=64, failed=64, ports=64, main_port=-1),
            "typical": {"ports_window": 2.0},
        },
        "10.0.0.5 was contacted on 64 ports by 203.0.113.9 in 60 s; "
        "destinations like it are usually contacted on 2",
    ),
    (
        {
            **VICTIM,
            "event": {"source_ip": "203.0.113.9"},
            "window": window(events=4_096, peers=900),
            "typical": {"events_window": 12.0},
            "typical_of": "entity",
        },
        "10.0.0.5 received 4,096 connections from 900 hosts on port 443 in 60 s; "
        "it usually receives 12",
    ),
    (
        {
            "window": window(failed=1, main_port=3389),
            "values": {"failed_4h": 44.7, "events_4h": 50.0, "peers_4h": 1.0, "ports_4h": 2.9},
            "typical": {"failed_4h": 1.2},
        },
        "203.0.113.9 made about 45 failed connections to 10.0.0.5 on about 3 ports "
        "in the last hours; sources like it usually make 1",
    ),
    (
        {
            **VICTIM,
            "values": {"peers_4h": 1_234.0},
            "typical": {"peers_4h": 400.0},
            "window": window(peers=80),
        },
        "10.0.0.5 was contacted by about 1,200 hosts on port 443 in the last hours; "
        "destinations like it are usually contacted by 400",
    ),
    (
        {
            "window": window(events=70, peers=1, main_port=22),
            "typical": {"events_window": 0.0},
            "values": {"events_window": 70.0},
        },
        "203.0.113.9 made 70 connections to 10.0.0.5 on port 22 in 60 s; "
        "sources like it usually make none",
    ),
    (
        {
            **INSIDE,
            "values": {"bytes_out_15m": 4.2e9, "bytes_out_24h": 4.2e9, "peers_4h": 1.0},
            "typical": {"bytes_out_15m": 3.1e6, "bytes_out_24h": 9e6},
            "event": {"destination_ip": "198.51.100.9", "destination_local": False},
        },
        "10.0.0.7 sent about 4.2 GB to 198.51.100.9 within the last hour; it usually sends 3.1 MB",
    ),
    (
        {**VICTIM, "values": {"bytes_out_24h": 2e6}},
        "10.0.0.5 received about 2.0 MB in the last days",
    ),
    (
        {"values": {"port_rarity": 4.0}, "window": window(main_port=4_786)},
        "203.0.113.9 made connections to 10.0.0.5 on port 4786, which is rare here",
    ),
    (
        {
            **VICTIM,
            "values": {"novel_ports_4h": 1.0, "events_24h": 40.0},
            "window": window(main_port=4_444),
        },
        "10.0.0.5 was contacted by 203.0.113.9 on port 4444, not seen with it before",
    ),
    (
        {
            **INSIDE,
            "values": {"novel_internal_4h": 12.0},
            "window": window(peers=14, novel_peers=12),
        },
        "10.0.0.7 contacted 12 hosts not seen with it before on port 443 in 60 s",
    ),
    ({}, "203.0.113.9 made 1 connection to 10.0.0.5 on port 443 in 60 s"),
]


@pytest.mark.parametrize(("fields", "said"), SAID)
def test_sentence_says_what_the_numbers_say(fields: dict[str, Any], said: str) -> None:
    made = candidate(**fields)
    assert sentence(made, class_of(made)) == said


def test_usual_value_that_is_not_less_is_left_out() -> None:
    made = candidate(values={"failed_4h": 5.0}, typical={"failed_4h": 7.0}, window=window(failed=1))
    assert "usually" not in sentence(made, "unusual")


def test_reason_that_reads_like_the_usual_gives_way_to_the_next() -> None:
    """0.9 ports against 0.6 is one against one; nine failures against two say more."""
    made = candidate(
        values={"ports_4h": 0.9, "failed_4h": 9.0},
        typical={"ports_window": 0.6, "ports_4h": 0.6, "failed_4h": 2.0},
    )
    assert sentence(made, "unusual") == (
        "203.0.113.9 made about 9 failed connections to 10.0.0.5 on port 443 in the last hours; "
        "sources like it usually make 2"
    )


def test_reason_that_cannot_be_counted_gives_way_to_the_next() -> None:
    made = candidate(values={"peers_4h": NAN, "failed_4h": 9.0}, window=window(peers=0))
    assert "about 9 failed connections" in sentence(made, "unusual")


def test_reason_ends_with_how_often_chance_shows_as_much() -> None:
    made = candidate(**VICTIM)
    said = reason(made, "it did", 0.025, 0.0)
    assert said == "it did; a destination this strange is expected once in 40 days by chance"


@pytest.mark.parametrize(
    ("expected", "resolution", "text"),
    [
        (0.025, 0.0, "once in 40 days by chance"),
        (0.025, 0.3, "less than once in 3 days by chance"),
        (0.4, 0.3, "once in 2 days by chance"),
        (0.6, 0.0, "once in 2 days by chance"),
        (0.9, 0.0, "about once a day by chance"),
        (0.9, 1.0, "less than once a day by chance"),
        (3.4, 0.0, "about 3 times a day by chance"),
        (1 / 123, 0.0, "once in 120 days by chance"),
        (1 / 1_500, 0.0, "once in 4 years by chance"),
        (1e-9, 0.0, "once in over 1,000 years by chance"),
        (0.0, 0.0, "once in over 1,000 years by chance"),
        (1e300, 0.0, "over a million times a day by chance"),
    ],
)
def test_expectation_reads_as_people_say_it(expected: float, resolution: float, text: str) -> None:
    assert expected_text(expected, resolution) == text


@pytest.mark.parametrize(
    ("expected", "value"),
    [(3.0, 21), (1.0, 21), (0.31, 21), (0.3, 47), (0.11, 47), (0.1, 73), (0.011, 73), (0.01, 99)],
)
def test_severity_has_the_steps_of_the_rule(expected: float, value: int) -> None:
    assert severity(expected) == value


def test_risk_score_falls_with_expectation_and_meets_the_severities() -> None:
    grid = [10 ** (power / 20) for power in range(-140, 140)]
    scores = [risk_score(expected) for expected in grid]
    assert scores == sorted(scores, reverse=True)
    assert (scores[0], scores[-1]) == (100.0, 0.0)
    assert [risk_score(e) for e in (1.0, 0.3, 0.1, 0.01)] == [21.0, 47.0, 73.0, 99.0]


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.4, "0"), (45.2, "45"), (99.6, "100"), (1_234.0, "1,200"), (995.0, "1,000")],
)
def test_counts_are_rounded_for_people(value: float, text: str) -> None:
    assert rounded(value) == text


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (0.0, "0 B"),
        (999.0, "999 B"),
        (1_500.0, "1.5 kB"),
        (99.9e6, "100 MB"),
        (2.5e15, "2,500.0 TB"),
    ],
)
def test_bytes_are_written_for_people(amount: float, text: str) -> None:
    assert size(amount) == text
