"""Each class, and candidates that nearly are one."""

from typing import Any

import pytest

from candidates_made import candidate
from stream.attack import techniques
from stream.classes import CLASSES, MEANINGS, class_of
from stream.facts import Facts

INSIDE: dict[str, Any] = {"population": "internal source", "entity": "10.0.0.7"}
OUTBOUND: dict[str, Any] = {
    **INSIDE,
    "event": {"destination_ip": "198.51.100.9", "destination_local": False},
}
VICTIM: dict[str, Any] = {"population": "internal destination", "entity": "10.0.0.5"}


def window(**counts: float) -> dict[str, Any]:
    return {"window": {"events": 1, "failed": 0, "peers": 1, "ports": 1, "main_port": -1} | counts}


def slow(**values: float) -> dict[str, Any]:
    return {"values": values}


SCAN: dict[str, Any] = window(events=64, failed=60, ports=64)
SLOW_SCAN: dict[str, Any] = slow(events_4h=40.0, failed_4h=36.0, ports_4h=38.0)
SWEEP: dict[str, Any] = window(events=64, failed=60, peers=64, main_port=445)
SLOW_SWEEP: dict[str, Any] = slow(events_4h=40.0, failed_4h=36.0, peers_4h=38.0, ports_4h=1.0)
INNER_SWEEP: dict[str, Any] = {
    **INSIDE,
    **window(events=30, failed=8, peers=20, internal_peers=20, novel_peers=19, main_port=445),
}
GUESS: dict[str, Any] = window(events=64, failed=4, main_port=22)
SLOW_GUESS: dict[str, Any] = {
    **slow(events_4h=50.0, failed_4h=1.0, peers_4h=1.0, ports_4h=1.0),
    **window(main_port=3389),
}
FLOOD: dict[str, Any] = window(events=4096, main_port=443, first_ts=100.0, last_ts=110.0)
FAST_FLOOD: dict[str, Any] = window(events=64, main_port=443, first_ts=100.0, last_ts=102.0)
VICTIM_FLOOD: dict[str, Any] = {
    **VICTIM,
    **window(events=4096, peers=900, main_port=443, first_ts=0.0, last_ts=50.0),
}
THEFT: dict[str, Any] = {
    **OUTBOUND,
    "values": {"bytes_out_15m": 4e9, "bytes_out_24h": 4e9, "bytes_in_15m": 1e7},
    "typical": {"bytes_out_15m": 1e6, "bytes_out_24h": 3e7},
}
BEACON: dict[str, Any] = {
    **OUTBOUND,
    "values": {
        "events_4h": 20.0,
        "peers_4h": 1.0,
        "ports_4h": 1.0,
        "interarrival_spread": 0.02,
    },
    "typical": {"interarrival_spread": 1.3},
}
SERVICE: dict[str, Any] = {
    **VICTIM,
    **window(main_port=4444),
    "values": {"novel_ports_4h": 1.0, "port_rarity": 4.0, "events_24h": 40.0},
}


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("port_scan", SCAN),
        ("port_scan", SLOW_SCAN),
        ("port_scan", {**VICTIM, **SCAN}),
        ("host_sweep", SWEEP),
        ("host_sweep", SLOW_SWEEP),
        ("host_sweep", INNER_SWEEP),
        ("brute_force", GUESS),
        ("brute_force", SLOW_GUESS),
        ("brute_force", {**VICTIM, **GUESS}),
        ("flood", FLOOD),
        ("flood", FAST_FLOOD),
        ("flood", VICTIM_FLOOD),
        ("exfiltration", THEFT),
        ("beaconing", BEACON),
        ("new_service", SERVICE),
        ("unusual", {}),
    ],
)
def test_class_is_named_where_the_features_say_so(name: str, fields: dict[str, Any]) -> None:
    assert class_of(candidate(**fields)) == name


NEAR_MISSES: dict[str, dict[str, Any]] = {
    "nine ports": SCAN | window(events=64, failed=60, ports=9),
    "ports that answer": SCAN | window(events=64, failed=20, ports=64),
    "as many ports as usual": {**SCAN, "typical": {"ports_window": 30.0}},
    "slow, as many ports as usual": {**SLOW_SCAN, "typical": {"ports_4h": 20.0}},
    "nine hosts": window(events=64, failed=60, peers=9, main_port=445),
    "hosts that answer outside": window(events=64, failed=5, peers=64, main_port=443),
    "inner hosts it knows": {
        **INSIDE,
        **window(events=30, failed=2, peers=20, internal_peers=20, novel_peers=3, main_port=445),
    },
    "many hosts on many ports": window(events=64, failed=30, peers=40, ports=8),
    "a destination of many": {**VICTIM, **SWEEP},
    "19 log-ins": window(events=19, main_port=22),
    "log-ins that nobody answers": window(events=40, failed=40, main_port=22),
    "many requests of a web page": window(events=40, main_port=443),
    "as many log-ins as usual": {**GUESS, "typical": {"events_window": 40.0}},
    "slow requests": window(events=299, main_port=443, first_ts=0.0, last_ts=59.0),
    "as many requests as usual": {**FLOOD, "typical": {"events_window": 2_000.0}},
    "many requests to many": window(events=4096, peers=50, ports=2, main_port=443),
    "upload that brings as much back": {
        **THEFT,
        "values": {"bytes_out_15m": 4e9, "bytes_out_24h": 4e9, "bytes_in_15m": 4e9},
    },
    "upload as usual": {**THEFT, "typical": {"bytes_out_15m": 1e9, "bytes_out_24h": 1e9}},
    "upload with nothing known": {**THEFT, "typical": {}},
    "upload to a host inside": {**THEFT, "event": {"destination_local": True}},
    "uneven beacon": {**BEACON, "values": BEACON["values"] | {"interarrival_spread": 0.4}},
    "host that is always even": {**BEACON, "typical": {"interarrival_spread": 0.1}},
    "few beacons": {**BEACON, "values": BEACON["values"] | {"events_4h": 5.0}},
    "new port that refuses": {**SERVICE, **window(failed=1, main_port=4444)},
    "new port of a host just met": {**SERVICE, "values": {"novel_ports_4h": 1.0}},
    "new port that weighs little": {
        **SERVICE,
        "values": {
            "failed_4h": 1.0,
            "ports_4h": 1.0,
            "peers_4h": 1.0,
            "novel_ports_4h": 1.0,
            "events_24h": 40.0,
        },
    },
}


@pytest.mark.parametrize("near", NEAR_MISSES)
def test_near_miss_is_not_named(near: str) -> None:
    assert class_of(candidate(**NEAR_MISSES[near])) == "unusual"


def test_thousand_log_ins_a_minute_are_a_flood() -> None:
    many = window(events=1_024, main_port=22, first_ts=0.0, last_ts=40.0)
    assert class_of(candidate(**many)) == "flood"


def ids_of(name: str, **fields: Any) -> list[str]:
    found = techniques(Facts(candidate(**fields)), name)
    return [technique.sub_id or technique.id for technique in found]


def test_scan_from_outside_is_reconnaissance_and_from_inside_discovery() -> None:
    assert ids_of("port_scan", **SCAN) == ["T1595.001"]
    assert ids_of("port_scan", **INSIDE, **SCAN) == ["T1046"]
    assert ids_of("host_sweep", **INSIDE, **SWEEP) == ["T1018"]
    assert ids_of("port_scan", **VICTIM, **SCAN) == ["T1595.001"]


def test_sweep_inside_that_is_answered_where_hosts_are_run_is_lateral_movement() -> None:
    assert ids_of("host_sweep", **INNER_SWEEP) == ["T1018", "T1021"]


@pytest.mark.parametrize(
    ("name", "technique"),
    [
        ("brute_force", "T1110"),
        ("flood", "T1498"),
        ("exfiltration", "T1048"),
        ("beaconing", "T1071"),
    ],
)
def test_class_has_its_technique(name: str, technique: str) -> None:
    assert ids_of(name) == [technique]


def test_class_without_a_technique_claims_none() -> None:
    assert ids_of("unusual") == ids_of("new_service") == []


def test_every_class_has_a_meaning() -> None:
    assert set(MEANINGS) == set(CLASSES)
