"""Simulated telemetry into a topic as a collector sends it: keyed by source, at a set rate."""

import time
from collections.abc import Iterable

from connectors.kafka_producer import Producer
from connectors.kafka_topics import TopicPlan, Topics

from .configuration.tables import Settings
from .simulate.writers import Line


def make_topic(settings: Settings, topic: str, partitions: int) -> None:
    """Make the topic where it is missing."""
    topics = Topics(settings.kafka.properties())
    if topic not in topics.partitions():
        topics.make([TopicPlan(topic, partitions, {})], 1)


def feed(settings: Settings, topic: str, lines: Iterable[Line], rate: float) -> int:
    """Send lines, at most ``rate`` a second on average (0: no limit); return how many."""
    producer = Producer(settings.kafka.properties())
    began, sent = time.monotonic(), 0
    for source, line in lines:
        ahead_s = sent / rate - (time.monotonic() - began) if rate else 0.0
        if ahead_s > 0.0:
            time.sleep(ahead_s)
        producer.send(topic, line, key=source)
        sent += 1
    producer.flush()
    return sent
