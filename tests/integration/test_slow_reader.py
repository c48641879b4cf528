"""What is fetched ahead of a slow pipeline is bounded by the settings, whatever its topic holds."""

import os
import time
import uuid
from pathlib import Path

import pytest
from confluent_kafka import Producer

from connectors.kafka_consumer import Changes, GroupConsumer
from connectors.kafka_topics import TopicPlan, Topics
from stream.settings import load_settings

pytestmark = pytest.mark.integration

QUEUE_MB = 4
PARTITIONS = 4
TOPIC_MB = 240
SLACK_MB = 64  # answers on their way, and what the allocator keeps


def resident_mb() -> float:
    line = Path("/proc/self/statm").read_text().split()[1]
    return int(line) * os.sysconf("SC_PAGE_SIZE") / 1e6


def test_memory_does_not_follow_what_waits_in_the_topic(
    tmp_path: Path, kafka_bootstrap: str
) -> None:
    topic = f"slow{uuid.uuid4().hex[:8]}"
    properties = {"bootstrap.servers": kafka_bootstrap}
    Topics(properties).make([TopicPlan(topic, PARTITIONS, {})], 1)
    producer = Producer({**properties, "linger.ms": 20})
    for number in range(TOPIC_MB * 10):
        producer.produce(topic, os.urandom(100_000), partition=number % PARTITIONS)
        if number % 100 == 0:
            producer.flush(60)
    assert producer.flush(60) == 0
    file = tmp_path / "almenara.toml"
    file.write_text(
        f'[kafka]\nbootstrap = "{kafka_bootstrap}"\n[[source]]\ntopics = ["{topic}"]\n'
        f"[run]\nqueue_mb = {QUEUE_MB}\n"
    )
    given: list[tuple[str, int]] = []
    consumer = GroupConsumer(
        load_settings(file, {}).reading("classic"),
        topic,
        [topic],
        Changes(given.extend, lambda _: None, lambda _: None),
    )
    until = time.monotonic() + 60.0
    while not given and time.monotonic() < until:
        consumer.read(10, 0.1)
    for name in given:
        consumer.begin(*name, 0)
    before, most, seen = resident_mb(), 0.0, 0
    while seen < 50:
        seen += len(consumer.read(1, 0.5))
        time.sleep(0.1)  # a slow pipeline
        most = max(most, resident_mb())
    consumer.close()
    assert most - before < QUEUE_MB + SLACK_MB
