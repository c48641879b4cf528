"""Records out to Kafka."""

from confluent_kafka import KafkaError, Message
from confluent_kafka import Producer as Client

from .kafka_clients import Headers, Properties, Watch, client, error_of

FLUSH_S = 1.0


class Producer:
    """Sends records; what could not be delivered is an error at the next call.

    Idempotent: the broker drops what a retry sends twice, and keeps the order of each partition.
    """

    def __init__(self, properties: Properties) -> None:
        self._watch = Watch()
        self._failed: KafkaError | None = None
        # of the codecs gzip is the one that aiokafka, which Faust reads with, knows by itself
        ours = {"enable.idempotence": True, "linger.ms": 20, "compression.type": "gzip"}
        self._producer = Client(client(properties, self._watch, **ours))

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

    def flush(self) -> None:
        """Wait until all was delivered."""
        while self._producer.flush(FLUSH_S):
            self._check()
        self._check()

    def _delivered(self, error: KafkaError | None, _message: Message) -> None:
        if error is None:
            self._watch.works()
        else:
            self._failed = self._failed or error

    def _check(self) -> None:
        self._watch.check()
        if self._failed is not None:
            raise error_of(self._failed, "kafka: a record was not delivered")
