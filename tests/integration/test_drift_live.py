"""Signals of drift on real servers: through kills, in Elasticsearch as in a replay."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from connectors.elasticsearch import Cluster
from lane_state import committed
from live_engine import LiveEngine
from live_outcome import indexed, same, wait_for, wait_until
from real_servers import drop
from weekly_log import PAST, log

pytestmark = pytest.mark.integration

CHANGED = 30  # hours


@pytest.fixture
def engine(
    tmp_path: Path, kafka_bootstrap: str, elasticsearch_url: str, cluster: Cluster
) -> Iterator[LiveEngine]:
    changed = log(PAST, CHANGED, 4.0, spoil=lambda made: made.pop("resp_bytes"))
    lines = [*log(0, PAST), *changed, *log(PAST + CHANGED, 24)]
    lanes = [[line.rstrip(b"\n") for line in lines]]
    made = LiveEngine(tmp_path, kafka_bootstrap, elasticsearch_url, lanes)
    made.compared = ("drift",)
    made.set_up()
    yield made
    made.stop()
    drop(cluster, made.mark)


def has_read(engine: LiveEngine, least: int) -> bool:
    """Whether a snapshot was committed at a position."""
    return committed(engine)[0] >= least


def test_drift_documents_equal_those_of_a_replay_through_kills(
    engine: LiveEngine, cluster: Cluster
) -> None:
    """The worker is killed in the weeks that teach, and as the change is summed up."""
    expected = engine.expected()
    kinds = {one["almenara"]["drift"]["kind"] for one in expected.values()}
    assert {"volume", "schema"} <= kinds
    stages = [one["almenara"]["drift"]["stage"] for one in expected.values()]
    assert {"began", "ended"} <= set(stages)
    for role in ("score", "alert", "publish", "index"):
        engine.start(role)
    records = len(engine.lanes[0])
    changed = len(log(0, PAST + 2))
    for part in (slice(0, records // 2), slice(records // 2, changed)):
        engine.produce(part)
        wait_until(engine, partial(has_read, engine, part.start + 1))
        engine.kill("score")
        engine.start("score")
    engine.produce(slice(changed, records))
    wait_for(engine, lambda: len(engine.published()), len(expected))
    same(engine.published(), expected)
    wait_for(engine, lambda: len(indexed(cluster, engine)), len(expected))
    same(indexed(cluster, engine), expected)
