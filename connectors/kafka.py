"""Kafka: batches in, records and transactions out. The only importer of confluent_kafka.

Errors come in three kinds: a broker that is away is waited for (librdkafka does so by itself, and
says so once through the log), one that refuses us is a RightsError, an owner that was replaced is a
FencedError. What a transaction may have lost is never guessed: it is aborted and made anew.
"""

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from confluent_kafka import (
    OFFSET_BEGINNING,
    OFFSET_INVALID,
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    TopicPartition,
)
from confluent_kafka import Producer as _Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from .errors import ConnectError, FencedError, RightsError

_log = logging.getLogger(__name__)

Properties = Mapping[str, str | int | float | bool]
Headers = Sequence[tuple[str, bytes]]

_REFUSED = {
    KafkaError._AUTHENTICATION,  # noqa: SLF001 (librdkafka's own error codes begin so)
    KafkaError._SSL,  # noqa: SLF001
    KafkaError.SASL_AUTHENTICATION_FAILED,
    KafkaError.TOPIC_AUTHORIZATION_FAILED,
    KafkaError.GROUP_AUTHORIZATION_FAILED,
    KafkaError.CLUSTER_AUTHORIZATION_FAILED,
    KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
}
_FENCED = {
    KafkaError._FENCED,  # noqa: SLF001
    KafkaError.INVALID_PRODUCER_EPOCH,
    KafkaError.PRODUCER_FENCED,
    KafkaError.ILLEGAL_GENERATION,
    KafkaError.UNKNOWN_MEMBER_ID,
    KafkaError.FENCED_INSTANCE_ID,
    KafkaError.STALE_MEMBER_EPOCH,
    KafkaError.FENCED_MEMBER_EPOCH,
}
FLUSH_S = 1.0


class Record(NamedTuple):
    """One record as it lies in the log."""

    topic: str
    partition: int
    offset: int
    timestamp: float  # seconds since the epoch, NaN where it has none
    key: bytes | None
    value: bytes | None
    headers: Headers


class Place(NamedTuple):
    """A position in a partition: the next offset to be read, and a note committed with it."""

    topic: str
    partition: int
    offset: int
    note: str = ""


def error_of(error: KafkaError, subject: str) -> Exception:
    """Return our error for one of Kafka's."""
    if error.code() in _FENCED:
        return FencedError(f"{subject}: {error.name()}, another owner took over")
    if error.code() in _REFUSED:
        return RightsError(
            f"{subject}: refused ({error.str()}), expected the right to; `almenara setup kafka"
            " --print-roles` lists what each role needs"
        )
    return ConnectError(f"{subject}: {error.name()} ({error.str()}), expected an answer of Kafka")


class _Watch:
    """Says once that Kafka is away and once that it is back; keeps a refusal for the caller."""

    def __init__(self) -> None:
        self.refusal: RightsError | None = None
        self._is_away = False

    def heard(self, error: KafkaError) -> None:
        if error.code() in _REFUSED:
            self.refusal = RightsError(
                f"kafka: refused ({error.str()}), check user, password and CA"
            )
        elif error.code() == KafkaError._ALL_BROKERS_DOWN and not self._is_away:  # noqa: SLF001
            self._is_away = True
            _log.warning("kafka is away; waiting for it")

    def works(self) -> None:
        if self._is_away:
            self._is_away = False
            _log.warning("kafka is back")

    def check(self) -> None:
        if self.refusal is not None:
            raise self.refusal


def _client(properties: Properties, watch: _Watch, **ours: Any) -> dict[str, Any]:
    return {"error_cb": watch.heard, "logger": _quiet, **properties, **ours}


_quiet = logging.getLogger(f"{__name__}.librdkafka")
_quiet.setLevel(logging.CRITICAL)  # while a broker is down its clients write a line a second


class Producer:
    """Sends records; what could not be delivered is an error at the next call.

    Idempotent: the broker drops what a retry sends twice, and keeps the order of each partition.
    """

    def __init__(self, properties: Properties) -> None:
        self._watch = _Watch()
        self._failed: KafkaError | None = None
        # of the codecs gzip is the one that aiokafka, which Faust reads with, knows by itself
        ours = {"enable.idempotence": True, "linger.ms": 20, "compression.type": "gzip"}
        self._producer = _Producer(_client(properties, self._watch, **ours))

    def send(
        self,
        topic: str,
        value: bytes | None,
        *,
        key: bytes | None = None,
        partition: int = -1,
        headers: Headers = (),
    ) -> None:
        """Send a record; waits where the local queue is full."""
        while True:
            self._check()
            try:
                self._producer.produce(
                    topic,
                    value=value,
                    key=key,
                    partition=partition,
                    headers=list(headers),
                    on_delivery=self._delivered,
                )
            except BufferError:
                self._producer.poll(0.1)
            else:
                self._producer.poll(0)
                return

    def flush(self, running: Callable[[], bool] = lambda: True) -> bool:
        """Wait until all was delivered; return False where ``running`` ended that."""
        while self._producer.flush(FLUSH_S):
            self._check()
            if not running():
                return False
        self._check()
        return True

    def _delivered(self, error: KafkaError | None, _message: Message) -> None:
        if error is None:
            self._watch.works()
        else:
            self._failed = self._failed or error

    def _check(self) -> None:
        self._watch.check()
        if self._failed is not None:
            raise error_of(self._failed, "kafka: a record was not delivered")


class Transactions:
    """Records and positions that become visible together, or not at all.

    Parameters
    ----------
    properties : mapping
    name : str
        Transactional id. A second instance of the same name fences the first.
    timeout_s : float
        After so long the broker aborts what a dead owner left open.
    """

    def __init__(self, properties: Properties, name: str, timeout_s: float) -> None:
        self._watch = _Watch()
        self._places: list[tuple[str, int, int]] = []
        ours = {
            "transactional.id": name,
            "transaction.timeout.ms": int(timeout_s * 1e3),
            "message.max.bytes": 2_000_000,
        }
        self._producer = _Producer(_client(properties, self._watch, **ours))
        self._do("initialise", self._producer.init_transactions, 60.0)

    def commit(
        self,
        records: Sequence[tuple[str, int, bytes | None, bytes | None, Headers]],
        places: Callable[[list[int]], Sequence[Place]],
        group: Any,
    ) -> None:
        """Send records (topic, partition, key, value, headers) and commit positions with them.

        ``places`` is given the offsets at which the records lie, in their order. FencedError where
        another owner has taken over; then nothing of it is visible.
        """
        self._do("begin", self._producer.begin_transaction)
        try:
            offsets = self._sent(records)
            committed = [_written(place) for place in places(offsets)]
            if committed:
                self._do("offsets", self._producer.send_offsets_to_transaction, committed, group)
            self._do("commit", self._producer.commit_transaction)
        except (FencedError, ConnectError):
            try:
                self._producer.abort_transaction(10.0)
            except KafkaException as error:
                _log.info("kafka: abort: %s", error.args[0].name())
            raise

    def _sent(
        self, records: Sequence[tuple[str, int, bytes | None, bytes | None, Headers]]
    ) -> list[int]:
        offsets = [-1] * len(records)
        failed: list[KafkaError] = []

        def note(k: int) -> Callable[[KafkaError | None, Message], None]:
            def delivered(error: KafkaError | None, message: Message) -> None:
                if error is not None:
                    failed.append(error)
                else:
                    offsets[k] = message.offset() or 0

            return delivered

        for k, (topic, partition, key, value, headers) in enumerate(records):
            while True:
                try:
                    self._producer.produce(
                        topic,
                        partition=partition,
                        key=key,
                        value=value,
                        headers=list(headers),
                        on_delivery=note(k),
                    )
                    break
                except BufferError:
                    self._producer.poll(0.1)
        while self._producer.flush(FLUSH_S):
            self._watch.check()
        if failed:
            raise error_of(failed[0], "kafka: a record of a transaction was not delivered")
        return offsets

    def _do(self, what: str, call: Callable[..., Any], *arguments: Any) -> None:
        """Do a step; a retriable failure is tried again."""
        while True:
            self._watch.check()
            try:
                call(*arguments)
            except KafkaException as raised:
                error: KafkaError = raised.args[0]
                if error.code() in _FENCED or not error.retriable():
                    raise error_of(error, f"kafka: transaction, {what}") from raised
                time.sleep(0.2)
            else:
                return


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
        self._watch = _Watch()
        ours = {
            "group.id": group,
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "auto.offset.reset": "earliest",
            "isolation.level": "read_committed",
        }
        if properties.get("group.protocol") != "consumer":
            ours["partition.assignment.strategy"] = "cooperative-sticky"
        self._consumer = Consumer(_client(properties, self._watch, **ours))
        self._consumer.subscribe(
            list(topics),
            on_assign=lambda _, parts: on_assign(_names(parts)),
            on_revoke=lambda _, parts: on_revoke(_names(parts)),
            on_lost=lambda _, parts: on_lost(_names(parts)),
        )

    def read(self, most: int, timeout_s: float) -> list[Record]:
        """Return what has come, at most so many records, in the order of each partition."""
        self._watch.check()
        messages = self._consumer.consume(most, timeout_s)
        out = []
        for message in messages:
            error = message.error()
            if error is None:
                out.append(_record(message))
            elif error.code() in _REFUSED:
                raise error_of(error, "kafka: reading")
            elif error.code() != KafkaError._PARTITION_EOF:  # noqa: SLF001
                _log.warning("kafka: reading: %s", error.name())
        if out:
            self._watch.works()
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
                if error.code() in _REFUSED or error.code() in _FENCED:
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
            self._consumer.commit(offsets=[_written(place) for place in places], asynchronous=False)
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
        return _ends(self._consumer, topic, partition)[0]

    def end(self, topic: str, partition: int) -> int:
        """Return the offset that the next record will have."""
        return _ends(self._consumer, topic, partition)[1]

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
    watch = _Watch()
    ours = {
        "group.id": "almenara-reader",
        "enable.auto.commit": False,
        "enable.partition.eof": True,
        "isolation.level": "read_committed",
        "auto.offset.reset": "earliest",
    }
    consumer = Consumer(_client({**properties, "group.protocol": "classic"}, watch, **ours))
    try:
        last = _ends(consumer, topic, partition)[1] if stop is None else stop
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
                    yield _record(message)
                elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001
                    return
                elif error.code() in _REFUSED:
                    raise error_of(error, f"kafka: reading {topic}")
    finally:
        consumer.close()


def _ends(consumer: Consumer, topic: str, partition: int) -> tuple[int, int]:
    while True:
        try:
            low, high = consumer.get_watermark_offsets(
                TopicPartition(topic, partition), timeout=10.0
            )
        except KafkaException as raised:
            error = raised.args[0]
            if error.code() in _REFUSED or error.code() == KafkaError._UNKNOWN_TOPIC:  # noqa: SLF001
                raise error_of(error, f"kafka: end of {topic}") from raised
            time.sleep(0.2)
        else:
            return int(low), int(high)


class TopicPlan(NamedTuple):
    """A topic as it should be."""

    name: str
    partitions: int
    config: Mapping[str, str]


class Topics:
    """Looks at topics and makes those that are missing."""

    def __init__(self, properties: Properties) -> None:
        self._watch = _Watch()
        self._admin = AdminClient(_client(properties, self._watch))

    def partitions(self) -> dict[str, int]:
        """Return the number of partitions of every topic that can be seen."""
        deadline = time.monotonic() + 30.0
        while True:
            try:
                found = self._admin.list_topics(timeout=10.0)
                return {name: len(topic.partitions) for name, topic in found.topics.items()}
            except KafkaException as raised:
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
                    raise error_of(error, f"kafka: making topic {name}") from raised


def _record(message: Message) -> Record:
    kind, stamp = message.timestamp()
    return Record(
        message.topic() or "",
        message.partition() or 0,
        message.offset() or 0,
        stamp / 1e3 if kind else float("nan"),
        message.key(),
        message.value(),
        _headers(message.headers()),
    )


def _headers(found: Any) -> Headers:
    """Return headers as pairs; confluent_kafka types them as a mapping too."""
    return [(name, value or b"") for name, value in found or ()]


def _names(parts: Sequence[TopicPartition]) -> list[tuple[str, int]]:
    return [(part.topic, part.partition) for part in parts]


def _written(place: Place) -> TopicPartition:
    return TopicPartition(place.topic, place.partition, place.offset, metadata=place.note)
