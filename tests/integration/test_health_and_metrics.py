"""What a running engine says of itself by HTTP, on real servers."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from connectors.elasticsearch import Cluster
from http_pages import asked, free_port, samples, shows_what_the_page_says
from live_engine import LiveEngine, by_source
from real_servers import drop, services
from stream.simulate.settings import SimulationSettings
from stream.simulate.writers import write_log

pytestmark = pytest.mark.integration

ROLES = ("score", "alert", "publish", "index")
LONGEST_S = 240.0


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[list[bytes]]:
    path = tmp_path_factory.mktemp("simulated") / "conn.ndjson"
    write_log(path, SimulationSettings(days=1, hosts=6, seed=5), "zeek-json")
    lanes = by_source(path.read_bytes().splitlines(), 2)
    lanes[0].insert(100, b"this is no log line")
    return lanes


@pytest.fixture
def engine(
    tmp_path: Path,
    kafka_bootstrap: str,
    elasticsearch_url: str,
    cluster: Cluster,
    lines: list[list[bytes]],
) -> Iterator[LiveEngine]:
    made = LiveEngine(tmp_path, kafka_bootstrap, elasticsearch_url, lines)
    made.set_up()
    yield made
    made.stop()
    drop(cluster, made.mark)


def published(port: int) -> dict[str, float]:
    """Return how many documents a publisher sent, by kind."""
    families = text_string_to_metric_families(asked(port, "/metrics")[1])
    return {
        sample.labels["kind"]: sample.value
        for family in families
        for sample in family.samples
        if sample.name == "almenara_published_total"
    }


def wait_until(engine: LiveEngine, said: Callable[[], object]) -> None:
    until = time.monotonic() + LONGEST_S
    while not said():
        assert time.monotonic() < until, engine.logs()
        time.sleep(0.3)


def test_roles_say_that_they_are_ready_and_count_what_they_do(
    engine: LiveEngine, lines: list[list[bytes]]
) -> None:
    ports = {role: free_port() for role in ROLES}
    for role, port in ports.items():
        engine.start(role, "", "--http", f"127.0.0.1:{port}")
    for port in ports.values():
        wait_until(engine, lambda port=port: asked(port, "/health/ready") == (200, "ok\n"))  # type: ignore[misc]
        assert asked(port, "/health/live") == (200, "ok\n")
    engine.produce()
    total = sum(map(len, lines))
    expected = engine.expected()

    def is_done() -> bool:
        sent = published(ports["publish"])
        of_lanes = sent.get("alerts", 0) + sent.get("candidates", 0)
        created = samples(ports["index"]).get("almenara_documents_created_total", 0)
        return of_lanes >= len(expected) and created >= sum(sent.values())

    wait_until(engine, is_done)
    score = samples(ports["score"])
    assert score["almenara_records_total"] == total
    assert score["almenara_bytes_total"] == sum(len(line) for lane in lines for line in lane)
    assert score["almenara_parsed_records_total"] == total
    assert score["almenara_records_without_event_total"] == 1
    assert score["almenara_dead_letters_total"] == 1
    assert score["almenara_lag_records"] == 0
    assert score["almenara_lanes"] == 2
    assert score["almenara_candidate_latency_seconds_count"] == score["almenara_candidates_total"]
    alert, publish = samples(ports["alert"]), samples(ports["publish"])
    sent = published(ports["publish"])
    assert 0 < alert["almenara_decision_number"] <= alert["almenara_decisions_total"]
    assert alert["almenara_plane_state_bytes"] > 100
    assert alert["almenara_budget"] == 10
    assert sent["alerts"] + sent["candidates"] == len(expected)
    assert sent["audit"] > 0
    assert publish["almenara_published_latency_seconds_count"] > 0
    index = samples(ports["index"])
    assert index["almenara_documents_created_total"] == sum(sent.values())
    assert index["almenara_indexed_latency_seconds_count"] > 0
    # markers of transactions behind the last record count until a fetch has come to them
    wait_until(engine, lambda: samples(ports["index"])["almenara_lag_records"] == 0)
    for role, port in ports.items():
        shows_what_the_page_says(role, port)


def test_server_that_is_away_makes_processes_not_ready_and_none_dead(engine: LiveEngine) -> None:
    ports = {role: free_port() for role in ROLES}
    for role, port in ports.items():
        engine.start(role, "", "--http", f"127.0.0.1:{port}")

    def statuses() -> list[int]:
        return [asked(port, "/health/ready")[0] for port in ports.values()]

    wait_until(engine, lambda: statuses() == [200] * 4)
    services("kill", "elasticsearch")
    try:
        wait_until(engine, lambda: statuses() == [200, 200, 200, 503])
        assert "elasticsearch does not answer" in asked(ports["index"], "/health/ready")[1]
    finally:
        services("start", "elasticsearch")
    wait_until(engine, lambda: statuses() == [200] * 4)
    services("kill", "kafka-1")
    try:
        wait_until(engine, lambda: statuses() == [503] * 4)
        assert "no broker of Kafka answers" in asked(ports["score"], "/health/ready")[1]
        assert [samples(port)["almenara_kafka_away"] for port in ports.values()] == [1.0] * 4
        assert [asked(port, "/health/live")[0] for port in ports.values()] == [200] * 4
    finally:
        services("start", "kafka-1")
    wait_until(engine, lambda: statuses() == [200] * 4)
