"""Simulated telemetry on a real Kafka."""

import uuid
from pathlib import Path

import orjson
import pytest

from connectors.kafka_ranges import read_range
from connectors.kafka_topics import Topics
from settings_made import VARIABLES
from stream.feed import feed, make_topic
from stream.settings import load_settings
from stream.simulate.settings import SimulationSettings
from stream.simulate.writers import lines_of, write_log

pytestmark = pytest.mark.integration

LITTLE = SimulationSettings(days=1, hosts=4, internet_sources_per_day=40)


def test_feed_sends_the_lines_of_the_log_keyed_by_source(
    kafka_bootstrap: str, tmp_path: Path
) -> None:
    settings = load_settings(environ={**VARIABLES, "ALMENARA_KAFKA__BOOTSTRAP": kafka_bootstrap})
    topic = f"test.{uuid.uuid4().hex[:8]}"
    make_topic(settings, topic, 2)
    make_topic(settings, topic, 3)  # it is there and left as it is
    properties = settings.kafka.properties()
    assert Topics(properties).partitions()[topic] == 2
    path = tmp_path / "conn.ndjson"
    write_log(path, LITTLE, "zeek-json")
    lines = path.read_bytes().splitlines()
    assert feed(settings, topic, lines_of(LITTLE, "zeek-json"), 0.0) == len(lines)
    lanes = [list(read_range(properties, topic, k, 0)) for k in range(2)]
    assert all(lanes)
    assert sorted(record.value or b"" for lane in lanes for record in lane) == sorted(lines)
    keys = [{record.key for record in lane} for lane in lanes]
    assert not keys[0] & keys[1]
    for record in lanes[0]:
        assert record.key == orjson.loads(record.value or b"")["id.orig_h"].encode()
