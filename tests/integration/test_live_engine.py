"""The engine on real servers: nothing lost, nothing doubled, and the same as a replay."""

import os
import random
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.elasticsearch import Cluster, ElasticsearchOptions, connect
from live_engine import LiveEngine, by_source, duplicates, matched
from real_servers import drop
from stream.elasticsearch_setup import stream_name
from stream.simulate.settings import SimulationSettings
from stream.simulate.writers import write_log

pytestmark = pytest.mark.integration

LANES = 3
ROLES = ("score", "alert", "publish", "index")
LONGEST_S = 240.0


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[list[bytes]]:
    """A day and a half of a small office with attacks, dealt to lanes by source."""
    path = tmp_path_factory.mktemp("simulated") / "conn.ndjson"
    settings = SimulationSettings(days=3, hosts=12, seed=3, internet_sources_per_day=400)
    write_log(path, settings, "zeek-json")
    return by_source(path.read_bytes().splitlines(), LANES)


@pytest.fixture
def cluster(elasticsearch_url: str) -> Iterator[Cluster]:
    made = connect(ElasticsearchOptions(urls=(elasticsearch_url,)))
    yield made
    made.close()


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


def indexed(cluster: Cluster, engine: LiveEngine) -> list[Any]:
    """Every document in the data streams, doubles too."""
    stream = stream_name("*", engine.mark)
    cluster.request("POST", f"/{stream}/_refresh")
    found: list[Any] = []
    after: list[Any] = []
    while True:
        body: dict[str, Any] = {"size": 1_000, "sort": [{"event.id": "asc"}, {"_doc": "asc"}]}
        if after:
            body["search_after"] = after
        hits = cluster.request("POST", f"/{stream}/_search", body)["hits"]["hits"]
        if not hits:
            return found
        found += [matched(hit["_source"]) for hit in hits]
        after = hits[-1]["sort"]


def wait_for(engine: LiveEngine, count: Callable[[], int], expected: int) -> None:
    """Wait until so many documents are there, and a moment more for any that are too many."""
    until = time.monotonic() + LONGEST_S
    while count() < expected:
        assert time.monotonic() < until, f"{count()} of {expected}\n{engine.logs()}"
        for name, process in engine.processes.items():
            assert process.poll() is None, f"{name} ended\n{engine.logs()}"
        time.sleep(0.5)
    time.sleep(2.0)


def same(found: list[Any], expected: dict[str, Any]) -> None:
    ids = [document["event"]["id"] for document in found]
    assert not list(duplicates(ids))
    assert set(ids) == set(expected)
    assert {document["event"]["id"]: document for document in found} == expected


def test_second_setup_changes_nothing(engine: LiveEngine) -> None:
    assert engine.command("setup", "kafka").startswith("nothing to change")
    assert engine.command("setup", "elasticsearch").startswith("nothing to change")


def test_documents_equal_those_of_a_replay_through_kills_of_every_role(
    engine: LiveEngine, cluster: Cluster
) -> None:
    """Twenty kills at random moments; the seed is told, so that a failure can be repeated."""
    seed = int(os.environ.get("ALMENARA_SEED") or random.SystemRandom().randrange(1_000_000))
    sys.stderr.write(f"ALMENARA_SEED={seed}\n")
    rng = random.Random(seed)
    expected = engine.expected()
    assert len(expected) > 100
    for role in ROLES:
        engine.start(role)
    part = len(max(engine.lanes, key=len)) // 20 + 1
    for k in range(20):
        engine.produce(slice(k * part, (k + 1) * part))
        time.sleep(rng.uniform(0.2, 2.0))
        role = rng.choice(ROLES)
        engine.kill(role, rng.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGTERM]))
        engine.start(role)
    wait_for(engine, lambda: len(engine.published()), len(expected))
    same(engine.published(), expected)
    wait_for(engine, lambda: len(indexed(cluster, engine)), len(expected))
    same(indexed(cluster, engine), expected)
