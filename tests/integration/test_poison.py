"""Poison through the running engine on real servers: each in its place, and the stream goes on.

A snapshot that is refused has its own tests (test_lane_starts.py).
"""

import hashlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from connectors.elasticsearch import Cluster
from connectors.kafka_clients import Record
from connectors.kafka_ranges import read_range
from connectors.kafka_topics import TopicPlan, Topics
from lane_state import candidates, committed, pulse, told
from live_engine import LiveEngine
from real_servers import drop
from source_tree import ROOT
from stream.candidates import Candidate, Pulse
from stream.configuration.parts import pipeline_settings
from stream.dead_letters import KEPT
from stream.elasticsearch_setup import stream_name
from stream.lane_log import Gap
from stream.pipeline import Pipeline
from stream.settings import load_settings
from stream.simulate.settings import SimulationSettings
from stream.simulate.writers import write_log

pytestmark = pytest.mark.integration

LONGEST_S = 300.0
LARGEST = 10_000_000
GARBAGE = b"\x00\xff\xfe no log \x80" * 3
HUGE = b"\xff" + b"no log " * 750_000
FROM_2099 = (
    b'{"ts":4070908800.0,"id.orig_h":"10.10.0.14","id.orig_p":5,"id.resp_h":"192.0.2.1",'
    b'"id.resp_p":80,"proto":"tcp","conn_state":"SF"}'
)
DETECTORS = """
[detection.detectors.tails]
votes = true
[detection.detectors.raising]
"""


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    path = tmp_path_factory.mktemp("simulated") / "conn.ndjson"
    settings = SimulationSettings(days=1, hosts=12, seed=3, internet_sources_per_day=400)
    write_log(path, settings, "zeek-json")
    return path.read_bytes().splitlines()[:6_000]


@pytest.fixture
def with_plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install the detector that raises, as a distribution of somebody else's."""
    about = tmp_path / "plugins" / "raising-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: raising\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(
        "[almenara.detectors]\nraising = raising_detector:Raising\n"
    )
    support = ROOT / "tests" / "support"
    monkeypatch.setenv("PYTHONPATH", f"{about.parent}:{support}")
    monkeypatch.syspath_prepend(about.parent)


@pytest.fixture
def engine(
    tmp_path: Path, kafka_bootstrap: str, elasticsearch_url: str, cluster: Cluster
) -> Iterator[LiveEngine]:
    made = LiveEngine(tmp_path, kafka_bootstrap, elasticsearch_url, [[]])
    plan = TopicPlan(made.source, 1, {"max.message.bytes": str(LARGEST)})
    Topics(made.properties).make([plan], 1)
    made.set_up()
    yield made
    made.stop()
    drop(cluster, made.mark)


def produce(engine: LiveEngine, topic: str, values: list[bytes | None], **headers: str) -> None:
    producer = Producer({**engine.properties, "message.max.bytes": LARGEST})
    for value in values:
        producer.produce(topic, value, partition=0, headers=list(headers.items()))
        producer.poll(0)
    assert producer.flush(60) == 0


def wait(engine: LiveEngine, is_done: Callable[[], bool]) -> None:
    until = time.monotonic() + LONGEST_S
    while not is_done():
        assert time.monotonic() < until, engine.logs()
        for name, process in engine.processes.items():
            assert process.poll() is None, f"{name} ended\n{engine.logs()}"
        time.sleep(0.3)


def alone(engine: LiveEngine, values: list[bytes | None]) -> tuple[Pipeline, list[Any]]:
    """Return a pipeline that took the same, and what it made."""
    pipeline = Pipeline(pipeline_settings(load_settings(engine.file, {}), engine.source, 0))
    plain = [value or b"" for value in values]
    bounds = np.cumsum([0, *map(len, plain)]).astype(np.int64)
    times = np.full(len(plain), np.nan)
    _, made = pipeline.process(b"".join(plain), bounds, np.arange(len(plain)), times)
    return pipeline, made


def dead_letters(engine: LiveEngine) -> list[Record]:
    return list(read_range(engine.properties, engine.names.dead_letters, 0, 0))


@pytest.mark.usefixtures("with_plugin")
def test_records_that_break_a_parser_or_a_detector_leave_the_rest_as_it_is(
    engine: LiveEngine, lines: list[bytes]
) -> None:
    engine.file.write_text(engine.file.read_text() + DETECTORS)
    values: list[bytes | None] = list(lines)
    for at, poison in ((50, GARBAGE), (900, None), (2_000, HUGE), (3_000, FROM_2099)):
        values.insert(at, poison)
    pipeline, made = alone(engine, values)
    assert [one.split()[0] for one in pipeline.abstained] == ["raising"] * len(pipeline.abstained)
    assert pipeline.abstained
    engine.start("score")
    produce(engine, engine.source, values)
    last = max(one.at for one in made if isinstance(one, Pulse))
    wait(engine, lambda: pulse(engine) >= last)
    assert pulse(engine) == last < 2e9  # a record from 2099 moves no time
    assert {one.id for one in candidates(engine)} == {
        one.id for one in made if isinstance(one, Candidate)
    }
    assert "detector raising abstains" in engine.logs()
    by_offset = {dict(one.headers)["dlq.source.offset"]: one for one in dead_letters(engine)}
    assert set(by_offset) >= {b"50", b"2000"}
    assert by_offset[b"50"].value == GARBAGE
    huge = dict(by_offset[b"2000"].headers)
    assert by_offset[b"2000"].value == HUGE[:KEPT]
    assert huge["dlq.source.bytes"] == str(len(HUGE)).encode()
    assert huge["dlq.source.blake2b"] == hashlib.blake2b(HUGE, digest_size=16).hexdigest().encode()
    assert {dict(one.headers)["dlq.stage"] for one in by_offset.values()} == {b"decode"}


def test_records_that_are_gone_before_they_are_read_are_a_gap_in_the_log(
    engine: LiveEngine, lines: list[bytes]
) -> None:
    engine.start("score")
    produce(engine, engine.source, list(lines[:1_000]))
    _, made = alone(engine, list(lines[:1_000]))
    last = max(one.at for one in made if isinstance(one, Pulse))
    wait(engine, lambda: pulse(engine) >= last)
    engine.kill("score", 15)
    position, _ = committed(engine)
    assert position == 1_000
    produce(engine, engine.source, list(lines[1_000:3_000]))
    admin = AdminClient({**engine.properties})
    for future in admin.delete_records([TopicPartition(engine.source, 0, 1_500)]).values():
        future.result(20)
    engine.start("score")
    wait(engine, lambda: pulse(engine) > last)
    (gap,) = [one for one in told(engine) if isinstance(one, Gap)]
    assert gap[:4] == (engine.source, 0, 1_000, 1_500)


def test_document_that_the_index_refuses_is_a_dead_letter_and_the_next_is_written(
    engine: LiveEngine, cluster: Cluster
) -> None:
    stream = stream_name("alerts", engine.mark)

    def document(number: int, **more: object) -> bytes:
        return orjson.dumps(
            {
                "@timestamp": "2026-03-02T00:00:00Z",
                "data_stream": {
                    "type": "logs",
                    "dataset": "almenara.alerts",
                    "namespace": engine.mark,
                },
                "event": {"id": f"id-{number}"},
                **more,
            }
        )

    refused = document(2, unheard_of="a field that the strict mapping does not have")
    engine.start("index")
    produce(engine, engine.names.alerts, [document(1), refused, GARBAGE, document(3)])

    def written() -> set[str]:
        cluster.request("POST", f"/{stream}/_refresh")
        hits = cluster.request("POST", f"/{stream}/_search", {"size": 10})["hits"]["hits"]
        return {hit["_source"]["event"]["id"] for hit in hits}

    wait(engine, lambda: written() == {"id-1", "id-3"} and len(dead_letters(engine)) == 2)
    assert {one.value for one in dead_letters(engine)} == {refused, GARBAGE}
    assert {dict(one.headers)["dlq.stage"] for one in dead_letters(engine)} == {b"index"}
