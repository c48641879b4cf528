"""A process that is told to stop gives up waiting soon, and says once how Kafka is."""

import logging
import threading
import time

import pytest
from confluent_kafka import KafkaError

from connectors import kafka_clients
from connectors.bounded import OverdueError, within
from connectors.errors import RightsError, StoppedError
from connectors.kafka_clients import Watch
from stream.stopping import Stopping


def told_away(watch: Watch) -> bool:
    return watch.is_away


def in_doubt(watch: Watch) -> bool:
    return watch.is_doubtful


def test_waits_may_go_on_for_a_moment_after_the_stop() -> None:
    is_running = True
    stopping = Stopping(lambda: is_running, end_s=0.2)
    assert stopping()
    is_running = False
    assert stopping()
    time.sleep(0.3)
    assert not stopping()
    assert stopping.left_s < 0.0


def test_wait_for_kafka_ends_where_the_process_is_to_stop() -> None:
    watch = Watch(lambda: False)
    with pytest.raises(StoppedError, match="told to stop"):
        watch.wait()


def test_refusal_that_belongs_to_no_call_is_raised_where_kafka_is_waited_for() -> None:
    watch = Watch()
    watch.heard(KafkaError(KafkaError._AUTHENTICATION))  # noqa: SLF001 (its own codes begin so)
    with pytest.raises(RightsError, match="check user, password and CA"):
        watch.wait()


def test_absence_is_said_once_and_so_is_the_return(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kafka_clients, "AWAY_S", 0.0)
    watch = Watch()
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            watch.away()
        assert told_away(watch)
        for _ in range(3):
            watch.works()
    assert not told_away(watch)
    assert caplog.messages == ["kafka is away; waiting for it", "kafka is back after 0 s"]


def test_moment_without_an_answer_is_not_worth_a_word(caplog: pytest.LogCaptureFixture) -> None:
    watch = Watch()
    watch.heard(KafkaError(KafkaError._ALL_BROKERS_DOWN))  # noqa: SLF001
    assert in_doubt(watch)
    watch.away()
    watch.works()
    assert not in_doubt(watch)
    assert caplog.messages == []


def test_call_that_does_not_return_is_left_behind() -> None:
    never = threading.Event()
    with pytest.raises(OverdueError, match="has not returned"):
        within(0.1, never.wait)
    never.set()


def test_what_a_bounded_call_gives_or_raises_is_handed_on() -> None:
    def fail() -> None:
        raise ValueError("no")

    assert within(5.0, lambda: None) is None
    assert within(5.0, lambda: 7) == 7
    with pytest.raises(ValueError, match="no"):
        within(5.0, fail)
