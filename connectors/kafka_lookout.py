"""Looks at topics, groups and rights without being a member of anything. Nothing is changed.

Every call ends: what takes longer than a few seconds is a ConnectError, a refusal a RightsError.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, NamedTuple, TypeVar

from confluent_kafka import (
    Consumer,
    ConsumerGroupTopicPartitions,
    KafkaError,
    KafkaException,
    TopicCollection,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._config import ConfigResource
from confluent_kafka.admin._resource import ResourceType

from .errors import ConnectError, RightsError
from .kafka_clients import (
    Place,
    Properties,
    Record,
    error_of,
    made,
    record_of,
    silent,
)
from .kafka_refusals import REFUSED, Right

Answer = TypeVar("Answer")

TIMEOUT_S = 8.0
FETCH_S = 0.5
RETRY_S = 0.2
STARTING = {
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.NOT_COORDINATOR,
}


class GroupView(NamedTuple):
    """A consumer group as its coordinator sees it."""

    state: str  # "stable", "empty", "dead" …
    members: int


class ClusterView(NamedTuple):
    """What answers."""

    cluster: str
    brokers: int
    topics: Mapping[str, int]  # partitions of every topic that can be seen


class Heard:
    """Keeps what librdkafka says beside its calls: they time out, and this says why."""

    def __init__(self) -> None:
        self._errors: dict[int, KafkaError] = {}

    def __call__(self, error: KafkaError) -> None:
        """Take an error that belongs to no call."""
        self._errors.setdefault(error.code(), error)

    def check(self) -> None:
        """Raise the refusal there was."""
        for code, error in self._errors.items():
            if code in REFUSED:
                raise RightsError(f"kafka: refused ({error.str()}), check user, password and CA")


class Lookout:
    """A pair of clients that look, and belong to no group.

    Parameters
    ----------
    properties : mapping
    """

    def __init__(self, properties: Properties) -> None:
        self._heard = Heard()
        given = {**properties, "group.protocol": "classic"}
        ours = {
            "group.id": "almenara-reader",
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "isolation.level": "read_committed",
            "socket.connection.setup.timeout.ms": int(TIMEOUT_S * 1e3),
        }
        admin = {name: value for name, value in given.items() if name != "group.protocol"}
        quiet: dict[str, Any] = {"error_cb": self._heard, "logger": silent}
        self._admin = made(AdminClient, {**admin, **quiet})
        self._consumer = made(Consumer, {**given, **quiet, **ours})

    def __enter__(self) -> "Lookout":
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close both clients."""
        self._consumer.close()

    def cluster(self) -> ClusterView:
        """Return who answers, and the topics that can be seen."""
        found = self._asked("metadata", lambda: self._admin.list_topics(timeout=TIMEOUT_S))
        topics = {name: len(topic.partitions) for name, topic in found.topics.items()}
        return ClusterView(str(found.cluster_id), len(found.brokers), topics)

    def ends(self, topic: str, partition: int) -> tuple[int, int]:
        """Return the offset of the oldest record of a partition, and that of the next."""
        place = TopicPartition(topic, partition)
        low, high = self._asked(
            f"ends of {topic}",
            lambda: self._consumer.get_watermark_offsets(place, timeout=TIMEOUT_S),
        )
        return int(low), int(high)

    def committed(self, group: str, places: Sequence[tuple[str, int]]) -> list[Place]:
        """Return what a group has committed of each, offset -1 where nothing."""
        if not places:
            return []
        asked = ConsumerGroupTopicPartitions(group, [TopicPartition(*place) for place in places])
        subject = f"offsets of group {group}"
        found = self._asked(
            subject,
            lambda: self._admin.list_consumer_group_offsets([asked], request_timeout=TIMEOUT_S)[
                group
            ].result(TIMEOUT_S),
            Right("Describe", "group", group),
        )
        for part in found.topic_partitions:
            if part.error is not None:
                right = Right("Describe", "topic", part.topic)
                raise error_of(part.error, f"kafka: {subject}", right)
        return [
            Place(part.topic, part.partition, max(-1, part.offset), part.metadata or "")
            for part in found.topic_partitions
        ]

    def group(self, name: str) -> GroupView:
        """Return the state of a consumer group and how many members it has."""
        found = self._asked(
            f"group {name}",
            lambda: self._admin.describe_consumer_groups([name], request_timeout=TIMEOUT_S)[
                name
            ].result(TIMEOUT_S),
            Right("Describe", "group", name),
        )
        return GroupView(found.state.name.lower(), len(found.members))

    def configuration(self, topic: str) -> dict[str, str]:
        """Return the settings of a topic. Needs DescribeConfigs on it."""
        resource = ConfigResource(ResourceType.TOPIC, topic)
        found = self._asked(
            f"settings of {topic}",
            lambda: self._admin.describe_configs([resource], request_timeout=TIMEOUT_S)[
                resource
            ].result(TIMEOUT_S),
        )
        return {name: str(entry.value) for name, entry in found.items()}

    def operations(self, topic: str) -> set[str] | None:
        """Return what this login may do with a topic (READ, WRITE …), None where nobody says."""
        found = self._asked(
            f"rights on {topic}",
            lambda: self._admin.describe_topics(
                TopicCollection([topic]),
                include_authorized_operations=True,
                request_timeout=TIMEOUT_S,
            )[topic].result(TIMEOUT_S),
        )
        given = found.authorized_operations
        return None if given is None else {operation.name for operation in given}

    def group_operations(self, name: str) -> set[str] | None:
        """Return what this login may do with a group (READ, DESCRIBE …), None where nobody says."""
        found = self._asked(
            f"rights on group {name}",
            lambda: self._admin.describe_consumer_groups(
                [name], include_authorized_operations=True, request_timeout=TIMEOUT_S
            )[name].result(TIMEOUT_S),
        )
        given = found.authorized_operations
        return None if given is None else {operation.name for operation in given}

    def records(self, topic: str, partition: int, start: int, stop: int) -> list[Record]:
        """Return the records from one offset to another; fewer where no more come in time."""
        out: list[Record] = []
        if stop <= start:
            return out
        self._consumer.assign([TopicPartition(topic, partition, start)])
        until = time.monotonic() + TIMEOUT_S
        try:
            while time.monotonic() < until:
                for message in self._consumer.consume(1_000, FETCH_S):
                    error = message.error()
                    if error is not None:
                        right = Right("Read", "topic", topic)
                        raise error_of(error, f"kafka: reading {topic}", right)
                    record = record_of(message)
                    if record.offset < stop:
                        out.append(record)
                position = self._consumer.position([TopicPartition(topic, partition)])[0].offset
                if position >= stop:
                    break
        finally:
            self._consumer.unassign()
        return out

    def _asked(self, subject: str, call: Callable[[], Answer], *rights: Right) -> Answer:
        """Ask; again where a coordinator is only just starting. ``rights``: that it needs."""
        until = time.monotonic() + TIMEOUT_S
        while True:
            try:
                return call()
            except KafkaException as raised:
                error: KafkaError = raised.args[0]
                if error.code() in STARTING and time.monotonic() < until:
                    time.sleep(RETRY_S)
                    continue
                self._check()
                raise error_of(error, f"kafka: {subject}", *rights) from raised
            except TimeoutError as raised:
                self._check()
                raise ConnectError(
                    f"kafka: {subject}: no answer in {TIMEOUT_S:g} s, expected one; check address"
                    " and brokers"
                ) from raised

    def _check(self) -> None:
        """Raise why a call took too long, where librdkafka has told it by now."""
        self._admin.poll(RETRY_S)
        self._consumer.poll(0.0)
        self._heard.check()
