"""Suppressions, feedback and the audit on real servers, by the commands that a user types."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from candidates_made import START, candidate, pulse
from connectors.kafka_producer import Producer
from connectors.kafka_ranges import read_range
from live_engine import LiveEngine
from stream.candidates import Candidate
from stream.lane_log import LogRecord, encode

pytestmark = pytest.mark.integration

LONGEST_S = 90.0


@pytest.fixture
def engine(tmp_path: Path, kafka_bootstrap: str) -> Iterator[LiveEngine]:
    made = LiveEngine(tmp_path, kafka_bootstrap, "", [[]])
    made.set_up()
    yield made
    made.stop()


def documents(engine: LiveEngine, topic: str) -> list[dict[str, Any]]:
    return [orjson.loads(one.value or b"") for one in read_range(engine.properties, topic, 0, 0)]


def wait_for(engine: LiveEngine, what: Callable[[], bool]) -> None:
    until = time.monotonic() + LONGEST_S
    while not what():
        assert time.monotonic() < until, engine.logs()
        time.sleep(0.3)


def send(engine: LiveEngine, *made: Candidate) -> None:
    """Write candidates of one lane into the log, and the pulse that lets them be decided."""
    producer = Producer(engine.properties)
    log: list[LogRecord] = [*made, pulse(made[-1].decided_at - START + 60.0)]
    for one in log:
        producer.send(engine.names.lane, encode(one, 1), partition=0)
    producer.flush()


def test_rules_and_feedback_take_effect_are_listed_and_stand_in_the_audit(
    engine: LiveEngine,
) -> None:
    for role in ("alert", "publish"):
        engine.start(role)
    added = engine.command(
        "suppress",
        "add",
        "--network",
        "203.0.113.0/24",
        "--reason",
        "ours",
        "--author",
        "ana",
    )
    rule = added.split()[1].rstrip(":")
    wait_for(engine, lambda: rule in engine.command("suppress", "list"))
    send(engine, candidate(0, "203.0.113.9"), candidate(1, "198.51.100.7"))
    wait_for(engine, lambda: len(documents(engine, engine.names.candidates)) == 2)
    outcomes = [one["almenara"]["outcome"] for one in documents(engine, engine.names.candidates)]
    assert outcomes == ["suppressed", "alert"]
    (alert,) = documents(engine, engine.names.alerts)

    said = engine.command("feedback", alert["event"]["id"][:12], "false", "--author", "ana")
    assert said.startswith("false: unusual of 198.51.100.7")
    engine.command("suppress", "remove", rule, "--reason", "over", "--author", "ana")
    wait_for(engine, lambda: engine.command("suppress", "list") == "no rules\n")
    send(engine, candidate(4_000, "203.0.113.9"), candidate(90_000, "198.51.100.7"))
    wait_for(engine, lambda: len(documents(engine, engine.names.candidates)) == 4)
    outcomes = [one["almenara"]["outcome"] for one in documents(engine, engine.names.candidates)]
    assert outcomes[2:] == ["alert", "ranked_down"]

    audit = documents(engine, engine.names.audit)
    actions = [one["event"]["action"] for one in audit]
    assert actions[0] == "setup"
    assert actions.count("role_started") == 2
    told = [action for action in actions if action not in ("setup", "role_started")]
    assert told == ["suppression_added", "feedback", "suppression_removed"]
    assert len({one["event"]["id"] for one in audit}) == len(audit)


def test_alert_that_is_unknown_is_refused_with_its_topics(engine: LiveEngine) -> None:
    with pytest.raises(AssertionError, match="unknown in"):
        engine.command("feedback", "abcdef", "true")
    with pytest.raises(AssertionError, match="found 0 rules"):
        engine.command("suppress", "remove", "abcdef", "--reason", "over")
