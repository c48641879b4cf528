"""Topics of a Kafka cluster."""

import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from .kafka_clients import Properties, Watch, client, error_of, made
from .kafka_refusals import Right

BROKERS_OWN = -1
"""As many copies as the brokers make of a topic where nobody says how many."""


class TopicPlan(NamedTuple):
    """A topic as it should be."""

    name: str
    partitions: int
    config: Mapping[str, str]


class Topics:
    """Looks at topics and makes those that are missing."""

    def __init__(self, properties: Properties) -> None:
        self._watch = Watch()
        self._admin = made(AdminClient, client(properties, self._watch))

    def partitions(self) -> dict[str, int]:
        """Return the number of partitions of every topic that can be seen."""
        deadline = time.monotonic() + 30.0
        while True:
            try:
                found = self._admin.list_topics(timeout=10.0)
                return {name: len(topic.partitions) for name, topic in found.topics.items()}
            except KafkaException as raised:
                self._admin.poll(0)  # hands over why a login failed
                self._watch.check()
                if time.monotonic() > deadline:
                    raise error_of(raised.args[0], "kafka: metadata") from raised

    def make(self, plans: Sequence[TopicPlan], replicas: int) -> None:
        """Make topics; one that is there by now is no error."""
        wanted = [
            NewTopic(plan.name, plan.partitions, replicas, config=dict(plan.config))
            for plan in plans
        ]
        for name, future in self._admin.create_topics(wanted).items() if wanted else ():
            try:
                future.result(30)
            except KafkaException as raised:
                error = raised.args[0]
                if error.code() != KafkaError.TOPIC_ALREADY_EXISTS:
                    right = Right("Create", "topic", name)
                    raise error_of(error, f"kafka: making topic {name}", right) from raised
