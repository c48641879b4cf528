"""Records out to Kafka."""

import time
from math import inf

from confluent_kafka import KafkaError, KafkaException, Message
from confluent_kafka import Producer as Client

from .kafka_clients import Headers, Properties, Watch, client, error_of, made
from .kafka_refusals import Right

FLUSH_S = 0.5
QUIET_S = 5.0  # without a delivery, while some are due, Kafka is away


class Producer:
    """Sends records; what could not be delivered is an error at the next call.

    Idempotent: the broker drops what a retry sends twice, and keeps the order of each partition.
    What cannot be delivered now waits for as long as the process runs.
    """

    def __init__(self, properties: Properties, watch: Watch | None = None) -> None:
        self._watch = watch or Watch()
        self._failed: tuple[KafkaError, str] | None = None
        self._delivered_at = time.monotonic()
        # of the codecs gzip is the one that aiokafka, which Faust reads with, knows by itself
        ours = {
            "enable.idempotence": True,
            "linger.ms": 20,
            "compression.type": "gzip",
            "message.timeout.ms": 0,
        }
        self._producer = made(Client, client(properties, self._watch, **ours))

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
                self._wait(0.1)
            except KafkaException as raised:
                self._poll(topic)  # after a fatal error this raises its reason
                raise _failure(raised, topic) from raised
            else:
                self._poll(topic)
                return

    def flush(self, within_s: float = inf) -> bool:
        """Wait until all was delivered; return False where it is not within so many seconds."""
        now = time.monotonic()
        self._delivered_at, until = now, now + within_s
        while self._producer.flush(max(0.0, min(FLUSH_S, until - time.monotonic()))):
            if time.monotonic() >= until:
                return False
            self._wait(0.0)
        self._check()
        return True

    def _poll(self, topic: str) -> None:
        try:
            self._producer.poll(0)
        except KafkaException as raised:
            raise _failure(raised, topic) from raised

    def _wait(self, seconds: float) -> None:
        self._producer.poll(seconds)
        if time.monotonic() - self._delivered_at > QUIET_S:
            self._watch.away()
        self._watch.check()
        self._check()

    def _delivered(self, error: KafkaError | None, message: Message) -> None:
        if error is None:
            self._delivered_at = time.monotonic()
            self._watch.works()
        else:
            self._failed = self._failed or (error, message.topic() or "")

    def _check(self) -> None:
        self._watch.refused()
        if self._failed is not None:
            error, topic = self._failed
            subject = "kafka: a record was not delivered"
            raise error_of(error, subject, Right("Write", "topic", topic))


def _failure(raised: KafkaException, topic: str) -> Exception:
    return error_of(raised.args[0], "kafka: producing", Right("Write", "topic", topic))
