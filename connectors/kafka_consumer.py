"""Records in from Kafka: as a member of a group, or a range of one partition."""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from confluent_kafka import (
    OFFSET_BEGINNING,
    OFFSET_INVALID,
    Consumer,
    KafkaError,
    KafkaException,
    TopicPartition,
)

from .kafka_clients import (
    FENCED,
    REFUSED,
    Place,
    Properties,
    Record,
    Watch,
    client,
    error_of,
    names_of,
    record_of,
    written,
)

_log = logging.getLogger(__name__)

LOOK_S = 1.0  # between two looks at where partitions end


class GroupConsumer:
    """Reads topics as a member of a consumer group; nothing is committed by itself.

    Parameters
    ----------
    properties : mapping
    group : str
    topics : sequence of str
        Names, or one ``^regex``.
    on_assign, on_revoke, on_lost : callable
        Take (topic, partition) pairs, within ``read``.
    """

    def __init__(
        self,
        properties: Properties,
        group: str,
        topics: Sequence[str],
        on_assign: Callable[[list[tuple[str, int]]], None],
        on_revoke: Callable[[list[tuple[str, int]]], None],
        on_lost: Callable[[list[tuple[str, int]]], None],
    ) -> None:
        self._watch = Watch()
        self._ends: dict[tuple[str, int], int] = {}
        self._looked_at = 0.0
        ours = {
            "group.id": group,
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "auto.offset.reset": "earliest",
            "isolation.level": "read_committed",
        }
        if properties.get("group.protocol") != "consumer":
            ours["partition.assignment.strategy"] = "cooperative-sticky"
        self._consumer = Consumer(client(properties, self._watch, **ours))
        self._consumer.subscribe(
            list(topics),
            on_assign=lambda _, parts: on_assign(names_of(parts)),
            on_revoke=lambda _, parts: on_revoke(names_of(parts)),
            on_lost=lambda _, parts: on_lost(names_of(parts)),
        )

    def read(self, most: int, timeout_s: float) -> list[Record]:
        """Return what has come, at most so many records, in the order of each partition."""
        self._watch.check()
        messages = self._consumer.consume(most, timeout_s)
        out = []
        for message in messages:
            error = message.error()
            if error is None:
                out.append(record_of(message))
            elif error.code() in REFUSED:
                raise error_of(error, "kafka: reading")
            elif error.code() != KafkaError._PARTITION_EOF:  # noqa: SLF001
                _log.warning("kafka: reading: %s", error.name())
        if out:
            self._watch.works()
        self._look()
        return out

    def committed(self, places: Sequence[tuple[str, int]]) -> list[Place]:
        """Return the committed position of each, offset -1 where there is none."""
        asked = [TopicPartition(topic, partition) for topic, partition in places]
        while True:
            try:
                found = self._consumer.committed(asked, timeout=10.0)
                break
            except KafkaException as raised:
                error = raised.args[0]
                if error.code() in REFUSED or error.code() in FENCED:
                    raise error_of(error, "kafka: committed offsets") from raised
                time.sleep(0.2)
        return [
            Place(
                p.topic,
                p.partition,
                -1 if p.offset == OFFSET_INVALID else p.offset,
                p.metadata or "",
            )
            for p in found
        ]

    def commit(self, places: Sequence[Place]) -> None:
        """Commit positions, and wait for it."""
        try:
            self._consumer.commit(offsets=[written(place) for place in places], asynchronous=False)
        except KafkaException as raised:
            raise error_of(raised.args[0], "kafka: commit") from raised

    def group(self) -> Any:
        """Return what a transaction needs to commit positions for this member."""
        return self._consumer.consumer_group_metadata()

    def pause(self) -> None:
        """Take no more records of what is assigned now."""
        self._consumer.pause(self._consumer.assignment())

    def resume(self) -> None:
        """Take records of all that is assigned again."""
        self._consumer.resume(self._consumer.assignment())

    def start(self, topic: str, partition: int) -> int:
        """Return the offset of the oldest record that is kept."""
        return ends_of(self._consumer, topic, partition)[0]

    def end(self, topic: str, partition: int) -> int:
        """Return the offset that the next record will have."""
        return ends_of(self._consumer, topic, partition)[1]

    def last_end(self, place: tuple[str, int]) -> int | None:
        """Return the end of a partition as last told by a broker, None before; asks nobody.

        May be called from another thread: the client itself lets one thread in at a time, and is
        nearly always in ``read``.
        """
        return self._ends.get(place)

    def _look(self) -> None:
        """Note the ends that brokers have told with their records, once in a while."""
        now = time.monotonic()
        if now - self._looked_at < LOOK_S:
            return
        self._looked_at = now
        ends = {}
        for part in self._consumer.assignment():
            _, high = self._consumer.get_watermark_offsets(part, cached=True)
            if high >= 0:
                ends[part.topic, part.partition] = int(high)
        self._ends = ends

    def close(self) -> None:
        """Leave the group."""
        try:
            self._consumer.close()
        except KafkaException as raised:
            _log.info("kafka: close: %s", raised.args[0].name())


def read_range(
    properties: Properties, topic: str, partition: int, start: int, stop: int | None = None
) -> Iterator[Record]:
    """Yield the committed records of one partition from ``start`` up to ``stop``, or to its end."""
    watch = Watch()
    ours = {
        "group.id": "almenara-reader",
        "enable.auto.commit": False,
        "enable.partition.eof": True,
        "isolation.level": "read_committed",
        "auto.offset.reset": "earliest",
    }
    consumer = Consumer(client({**properties, "group.protocol": "classic"}, watch, **ours))
    try:
        last = ends_of(consumer, topic, partition)[1] if stop is None else stop
        if last <= start:
            return
        consumer.assign(
            [TopicPartition(topic, partition, start if start >= 0 else OFFSET_BEGINNING)]
        )
        while True:
            watch.check()
            for message in consumer.consume(1_000, 0.5):
                error = message.error()
                if error is None:
                    if (message.offset() or 0) >= last:
                        return
                    yield record_of(message)
                elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001
                    return
                elif error.code() in REFUSED:
                    raise error_of(error, f"kafka: reading {topic}")
    finally:
        consumer.close()


def ends_of(consumer: Consumer, topic: str, partition: int) -> tuple[int, int]:
    """Return the offset of the oldest record, and that of the next; waits for an answer."""
    while True:
        try:
            low, high = consumer.get_watermark_offsets(
                TopicPartition(topic, partition), timeout=10.0
            )
        except KafkaException as raised:
            error = raised.args[0]
            if error.code() in REFUSED or error.code() == KafkaError._UNKNOWN_TOPIC:  # noqa: SLF001
                raise error_of(error, f"kafka: end of {topic}") from raised
            time.sleep(0.2)
        else:
            return int(low), int(high)
