"""Servers that are away for a while: every role waits, says so once, and goes on where it was."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.elasticsearch import Cluster
from live_engine import LiveEngine, small_office
from live_outcome import indexed, same, wait_for, wait_until
from outage import ELASTICSEARCH, KAFKA, Memory, said, stay
from real_servers import drop, services
from trouble import ROLES

pytestmark = pytest.mark.integration

LANES = 3
AWAY_S = 60.0
KAFKA_AWAY_S = 30.0
FLAT = 1.25  # of the memory shortly after the server went


@pytest.fixture
def engine(
    tmp_path: Path, kafka_bootstrap: str, elasticsearch_url: str, cluster: Cluster
) -> Iterator[LiveEngine]:
    services("status")
    lines = small_office(tmp_path, LANES, days=2, internet=200)
    made = LiveEngine(tmp_path, kafka_bootstrap, elasticsearch_url, lines)
    made.set_up()
    yield made
    made.stop()
    drop(cluster, made.mark)


def test_elasticsearch_away_for_a_minute_and_kafka_for_half_of_it_lose_and_double_nothing(
    engine: LiveEngine, cluster: Cluster
) -> None:
    """`tests/benchmarks/outages.py` does it one after the other, for longer."""
    expected, third = engine.expected(), len(max(engine.lanes, key=len)) // 3
    for role in ROLES:
        engine.start(role)
    engine.produce(slice(third))
    wait_until(engine, lambda: len(indexed(cluster, engine)) > 0)
    began = time.monotonic()
    services("kill", "elasticsearch")
    engine.produce(slice(third, 2 * third))
    wait_until(engine, lambda: said(engine, "index", ELASTICSEARCH)[0] > 0)
    with Memory(engine) as memory:
        stay(engine, AWAY_S - KAFKA_AWAY_S - (time.monotonic() - began))
        services("kill", "kafka-1")
        stay(engine, KAFKA_AWAY_S)
    services("start", "kafka-1")
    services("start", "elasticsearch")
    engine.produce(slice(2 * third, None))
    wait_for(engine, lambda: len(engine.published()), len(expected))
    same(engine.published(), expected)
    wait_for(engine, lambda: len(indexed(cluster, engine)), len(expected))
    same(indexed(cluster, engine), expected)
    for role in ROLES:
        assert said(engine, role, KAFKA) == (1, 1), engine.said(role)
    away, back = said(engine, "index", ELASTICSEARCH)  # again, where one that begins says 503
    assert 0 < away == back
    for role in ("score", "publish", "index"):  # alerting begins again by itself
        assert memory.largest(role) < FLAT * memory.first(role), memory.of[role]
