"""Ranges of one partition, read without a group, and where its log begins and ends."""

from collections.abc import Iterator

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition

from .kafka_clients import Properties, Record, Watch, client, error_of, made, record_of
from .kafka_refusals import REFUSED, Right

ASK_S = 5.0
PROBE_S = 1.0
READER = "almenara-reader"
"""Group that readers of ranges name; they commit nothing, and librdkafka looks it up anyway."""


def read_range(
    properties: Properties,
    topic: str,
    partition: int,
    start: int,
    stop: int | None = None,
    *,
    watch: Watch | None = None,
) -> Iterator[Record]:
    """Yield the committed records of one partition from ``start`` up to ``stop``, or to its end."""
    watch = watch or Watch()
    consumer = _reader(properties, watch)
    try:
        last = ends_of(consumer, watch, topic, partition)[1] if stop is None else stop
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
                    rights = Right("Read", "topic", topic), Right("Describe", "group", READER)
                    raise error_of(error, f"kafka: reading {topic}", *rights)
    finally:
        consumer.close()


class LogEnds:
    """Looks where a partition begins and ends and how far a group has come, from any thread.

    Parameters
    ----------
    properties : mapping
    watch : Watch
    group : str, optional
    """

    def __init__(self, properties: Properties, watch: Watch, group: str = READER) -> None:
        self._properties = properties
        self._watch = watch
        self._group = group
        self._consumer = _reader(properties, watch, group)

    def range(self, topic: str, partition: int, start: int, stop: int) -> Iterator[Record]:
        """Yield the committed records of one partition from ``start`` up to ``stop``."""
        return read_range(self._properties, topic, partition, start, stop, watch=self._watch)

    def ends(self, topic: str, partition: int) -> tuple[int, int]:
        """Return the offset of the oldest record, and that of the next; waits for an answer."""
        return ends_of(self._consumer, self._watch, topic, partition)

    def end_now(self, topic: str, partition: int) -> int | None:
        """Return the offset that the next record will have, None where nobody answers at once."""
        end = end_now_of(self._consumer, topic, partition)
        if end is None:
            self._watch.away()
        else:
            self._watch.works()
        return end

    def lag_now(self, topic: str, partition: int) -> tuple[int, int] | None:
        """Return the group's committed offset, and that of the next record.

        The first is -1 where there is none; None where nobody answers at once.
        """
        end = self.end_now(topic, partition)
        asked = [TopicPartition(topic, partition)]
        try:
            found = self._consumer.committed(asked, timeout=PROBE_S)[0].offset
        except KafkaException as raised:
            if raised.args[0].code() in REFUSED:
                right = Right("Read", "group", self._group)
                raise error_of(raised.args[0], "kafka: committed offsets", right) from raised
            return None
        return None if end is None else (max(-1, found), end)


def _reader(properties: Properties, watch: Watch, group: str = READER) -> Consumer:
    ours = {
        "group.id": group,
        "enable.auto.commit": False,
        "enable.partition.eof": True,
        "isolation.level": "read_committed",
        "auto.offset.reset": "earliest",
    }
    right = Right("Describe", "group", group)
    given = client({**properties, "group.protocol": "classic"}, watch, right, **ours)
    return made(Consumer, given)


def ends_of(consumer: Consumer, watch: Watch, topic: str, partition: int) -> tuple[int, int]:
    """Return the offset of the oldest record, and that of the next; waits for an answer."""
    place = TopicPartition(topic, partition)
    while True:
        try:
            low, high = consumer.get_watermark_offsets(place, timeout=ASK_S)
        except KafkaException as raised:
            error = raised.args[0]
            if error.code() in REFUSED or error.code() == KafkaError._UNKNOWN_TOPIC:  # noqa: SLF001
                right = Right("Describe", "topic", topic)
                raise error_of(error, f"kafka: end of {topic}", right) from raised
            watch.away()
            watch.wait()
        else:
            watch.works()
            return int(low), int(high)


def end_now_of(consumer: Consumer, topic: str, partition: int) -> int | None:
    """Return the offset that the next record will have, None where nobody answers at once."""
    place = TopicPartition(topic, partition)
    try:
        return int(consumer.get_watermark_offsets(place, timeout=PROBE_S)[1])
    except KafkaException as raised:
        error = raised.args[0]
        if error.code() in REFUSED:
            right = Right("Describe", "topic", topic)
            raise error_of(error, f"kafka: end of {topic}", right) from raised
        return None
