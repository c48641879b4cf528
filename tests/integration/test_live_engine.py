"""The engine on real servers: nothing lost, nothing doubled, and the same as a replay."""

import os
import random
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.elasticsearch import Cluster
from live_engine import LiveEngine, small_office
from live_outcome import indexed, same, wait_for
from real_servers import drop, services
from trouble import ROLES, Trouble

pytestmark = pytest.mark.integration

LANES = 3
KILLS = 20


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[list[bytes]]:
    """Three days of a small office with attacks, dealt to lanes by source."""
    return small_office(tmp_path_factory.mktemp("simulated"), LANES)


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


def test_second_setup_changes_nothing(engine: LiveEngine) -> None:
    assert engine.command("setup", "kafka").startswith("nothing to change")
    assert engine.command("setup", "elasticsearch").startswith("nothing to change")


def test_documents_equal_those_of_a_replay_through_kills_of_every_role(
    engine: LiveEngine, cluster: Cluster
) -> None:
    """Kills, pauses, workers that come and go, servers that die; ALMENARA_SEED repeats a run."""
    seed = int(os.environ.get("ALMENARA_SEED") or random.SystemRandom().randrange(1_000_000))
    sys.stderr.write(f"ALMENARA_SEED={seed}\n")
    services("status")
    expected = engine.expected()
    assert len(expected) > 100
    for role in ROLES:
        engine.start(role)
    trouble = Trouble(engine, seed, lambda line: sys.stderr.write(f"{line}\n"))
    part = len(max(engine.lanes, key=len)) // KILLS + 1
    for k, kind in enumerate(trouble.plan(KILLS)):
        engine.produce(slice(k * part, (k + 1) * part))
        trouble.make(kind)
    wait_for(engine, lambda: len(engine.published()), len(expected))
    same(engine.published(), expected)
    wait_for(engine, lambda: len(indexed(cluster, engine)), len(expected))
    same(indexed(cluster, engine), expected)
