"""The fold is pure: neither the mixing of lanes nor a stop and restore in between changes it."""

import json
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from candidates_made import START, candidate, closing, lane, pulse
from documents_made import judged
from stream.candidates import Candidate, LaneRecord, Pulse, Suppressed
from stream.control import LONGEST_TEXT
from stream.decisions import (
    MAX_BUDGET,
    AlertSettings,
    Decision,
    DigestEntry,
)
from stream.digest import MAX_ENTRIES, MAX_SENTENCE
from stream.feedback import MAX_LABELS
from stream.ids import content_id
from stream.incidents import MAX_INCIDENTS
from stream.lanes import MAX_LANES, MAX_RECENT
from stream.plane import AlertPlane, fold, key_of
from stream.silence import MAX_TOPICS
from stream.suppression import MAX_LOGGED

LANES = [("a", 0), ("a", 1), ("b", 0)]
SETTINGS = AlertSettings(budget=3, floor=1.0)

moves = st.lists(
    st.tuples(
        st.sampled_from([0.0, 5.0, 700.0, 9_000.0, 50_000.0]),
        st.integers(1, 4),  # which entity
        st.sampled_from([0.001, 0.02, 0.3, 0.3, 5.0]),
        st.sampled_from(["external source", "internal destination"]),
    ),
    max_size=14,
)


def of_lane(name: tuple[str, int], steps: list[tuple[float, int, float, str]]) -> list[LaneRecord]:
    at, made = 0.0, []
    for i, (pause, host, e, population) in enumerate(steps):
        at += pause
        one = candidate(
            at,
            f"10.0.0.{host}" if "internal" in population else f"203.0.113.{host}",
            e,
            population=population,
            position=(i, 0),
            topic=name[0],
            partition=name[1],
            step=i,
        )
        made.append(one)
    records: list[LaneRecord] = [*lane(made)] or [closing(*name)]
    return records


lanes = st.tuples(moves, moves, moves).map(
    lambda steps: [of_lane(name, moved) for name, moved in zip(LANES, steps, strict=True)]
)


def mixed(parts: list[list[LaneRecord]], order: list[int]) -> list[LaneRecord]:
    """Take the next record of the lane that each number of the order names; then what is left."""
    queues = [list(part) for part in parts]
    out = []
    for number in order:
        queue = queues[number % len(queues)]
        if queue:
            out.append(queue.pop(0))
    return out + [record for queue in queues for record in queue]


@settings(max_examples=60)
@given(parts=lanes, one=st.lists(st.integers(0, 2)), other=st.lists(st.integers(0, 2)))
def test_mixing_of_lanes_changes_no_decision(
    parts: list[list[LaneRecord]], one: list[int], other: list[int]
) -> None:
    first = list(fold(mixed(parts, one), SETTINGS, LANES))
    second = list(fold(mixed(parts, other), SETTINGS, LANES))
    assert first == second
    assert [decision.number for decision in first] == list(range(len(first)))
    keys = [key_of(decision.candidate) for decision in judged(first)]
    assert keys == sorted(keys)


@settings(max_examples=60)
@given(parts=lanes, order=st.lists(st.integers(0, 2)), cut=st.integers(0, 60))
def test_plane_goes_on_from_its_state_at_any_record(
    parts: list[list[LaneRecord]], order: list[int], cut: int
) -> None:
    """State as JSON; what was read and not decided is read again, from the start if need be."""
    records = mixed(parts, order)
    whole = list(fold(records, SETTINGS, LANES))
    plane = AlertPlane(SETTINGS, LANES)
    decisions: list[Decision] = []
    for record in records[:cut]:
        decisions += plane.take(record)
    state = orjson.loads(orjson.dumps(plane.state()))
    resumed = AlertPlane(SETTINGS)
    resumed.restore(state)
    for record in records[:cut]:
        if not isinstance(record, Pulse):
            resumed.refill(record)
    assert resumed.state() == plane.state()
    for record in records[cut:]:
        decisions += resumed.take(record)
    assert decisions + resumed.close() == whole


@settings(max_examples=40)
@given(parts=lanes, start=st.integers(0, 30), length=st.integers(1, 30))
def test_records_that_come_again_change_nothing(
    parts: list[list[LaneRecord]], start: int, length: int
) -> None:
    """A producer that was killed writes its last records once more."""
    records = parts[0]
    again = records[start : start + length]
    repeated = [*records[: start + length], *again, *records[start + length :]]
    if again and again[-1] == closing("a", 0):
        repeated = repeated[:-1]
    assert list(fold(repeated, SETTINGS)) == list(fold(records, SETTINGS))


def crowd(n: int, topic: str) -> list[Candidate]:
    """Candidates of n hosts at one time, all as long in writing as they can be."""
    return [
        candidate(1_000.0, f"2001:db8:ffff:ffff:ffff:ffff:{i:x}:ffff", e=0.9 + i * 1e-9)._replace(
            topic=topic,
            partition=i % 300,
            id=content_id(i),
            warming_up="own history of the last 23 h 59 min, expected a whole day",
        )
        for i in range(n)
    ]


def test_state_stays_under_its_limit_when_everything_is_full() -> None:
    topic = "t" * 249  # the longest name Kafka takes
    plane = AlertPlane(AlertSettings(floor=1e9, budget=MAX_BUDGET))
    for made in crowd(MAX_RECENT + 10, topic):
        plane.take(made)
    for partition in range(300):
        plane.take(pulse(2_000.0, topic, partition))
        plane.take(Suppressed(topic, partition, START + 1_500.0, 1))
    plane.close()
    state = plane.state()
    fill(state, topic)
    assert len(state["rulings"]["suppressions"]["rules"]) == MAX_LOGGED
    assert len(state["rulings"]["feedback"]["labels"]) == MAX_LABELS
    assert len(state["lanes"]["lanes"]) == MAX_LANES
    assert len(state["lanes"]["recent"]) == MAX_RECENT
    assert len(state["rulings"]["incidents"]["open"]) == MAX_INCIDENTS
    assert len(state["rulings"]["day"]["kept"]) == MAX_ENTRIES
    assert len(json.dumps(state).encode()) < 900 * 1024


def fill(state: dict[str, Any], topic: str) -> None:
    """Make up the parts that no short run fills: charges, and sentences at their longest."""
    key = list(key_of(candidate()._replace(topic=topic, partition=10_000)))
    number = 1_234_567_890.123456
    state["rulings"]["budget"]["charges"] = [[number, 0.1234567890123456, key]] * MAX_BUDGET
    long = "r" * LONGEST_TEXT
    rule = [long, long, "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "", "internal_share_24h"]
    state["rulings"]["suppressions"]["rules"] = [["f" * 32, [*rule, "exfiltration", number]]] * 150
    idle = [[k, 10**15, number] for k in range(MAX_LANES // MAX_TOPICS)]
    source = [topic, number, number, number, True, idle]
    state["silences"] = [source] * MAX_TOPICS
    label = ["f" * 16, "expected", ["f" * 8] * 6]
    state["rulings"]["feedback"]["labels"] = [label] * MAX_LABELS
    owner = ["destination", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"]
    entry = DigestEntry(
        entity=owner[1],
        population="internal destination",
        candidate="f" * 32,
        alert="f" * 32,
        class_name="exfiltration",
        sentence="s" * MAX_SENTENCE,
        expected=0.1234567890123456,
        resolution=0.1234567890123456,
        outcome="budget_missed",
        warming_up="w" * 60,
        candidates=10**6,
        alerts=10**3,
        first=number,
        last=number,
        rank=0.1234567890123456,
    )
    fields = [getattr(entry, name) for name in DigestEntry.__slots__]
    state["rulings"]["day"]["kept"] = [[owner, fields, key]] * MAX_ENTRIES


def test_evicted_incidents_and_lanes_are_counted() -> None:
    plane = AlertPlane(AlertSettings(floor=1e-9))
    for made in crowd(MAX_INCIDENTS + 7, "t"):
        plane.take(made._replace(partition=int(made.entity.split(":")[-2], 16) % 260))
    plane.close()
    state = plane.state()
    assert state["rulings"]["incidents"]["evicted"] == 7
    assert state["lanes"]["forgotten"] > 0
