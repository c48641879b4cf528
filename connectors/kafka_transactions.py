"""Records and positions that Kafka makes visible together.

What a transaction may have lost is never guessed: it is aborted and made anew.
"""

import logging
import time
from collections.abc import Callable, Sequence
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Message
from confluent_kafka import Producer as Client

from .errors import ConnectError, FencedError
from .kafka_clients import FENCED, Headers, Place, Properties, Watch, client, error_of, written

_log = logging.getLogger(__name__)

FLUSH_S = 1.0


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
        self._watch = Watch()
        ours = {
            "transactional.id": name,
            "transaction.timeout.ms": int(timeout_s * 1e3),
            "message.max.bytes": 2_000_000,
        }
        self._producer = Client(client(properties, self._watch, **ours))
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
            committed = [written(place) for place in places(offsets)]
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
                if error.code() in FENCED or not error.retriable():
                    raise error_of(error, f"kafka: transaction, {what}") from raised
                time.sleep(0.2)
            else:
                self._watch.works()
                return
