"""Records and positions that Kafka makes visible together.

What a transaction may have lost is never guessed: it is aborted and made anew. Where even that has
no answer, or the broker ended it by itself, the client is thrown away: the next one of the same
transactional id ends what was left open before it begins.

librdkafka's ``send_offsets_to_transaction`` heeds no timeout: where a group's coordinator was lost
it may never return (librdkafka issues 5456 and 5511). So it has a thread of its own.
"""

import logging
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from confluent_kafka import KafkaError, KafkaException, Message, TopicPartition
from confluent_kafka import Producer as Client

from .bounded import OverdueError, within
from .errors import ConnectError, FencedError, StoppedError
from .kafka_clients import FENCED, Headers, Place, Properties, Watch, client, error_of, written

_log = logging.getLogger(__name__)

FLUSH_S = 0.5
STEP_S = 10.0  # longest wait for one step of a transaction
TRY_S = 2.0  # of it at once, so that a process that is told to stop ends soon
ABORT_S = 5.0
OFFSETS_S = 5.0  # it takes milliseconds where it returns at all


class Outgoing(NamedTuple):
    """A record to be sent."""

    topic: str
    partition: int  # -1: by its key
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    timestamp: float = 0.0  # seconds since the epoch, 0 for now


class Transactions:
    """Records and positions that become visible together, or not at all.

    Parameters
    ----------
    properties : mapping
    name : str
        Transactional id. A second instance of the same name fences the first.
    timeout_s : float
        After so long the broker aborts what a dead owner left open.
    watch : Watch, optional
    """

    def __init__(
        self, properties: Properties, name: str, timeout_s: float, watch: Watch | None = None
    ) -> None:
        self._watch = watch or Watch()
        ours = {
            "transactional.id": name,
            "transaction.timeout.ms": int(timeout_s * 1e3),
            "message.max.bytes": 2_000_000,
        }
        self._properties = client(properties, self._watch, **ours)
        self._client: Client | None = None

    def begin(self) -> None:
        """End what an instance before left open; waits until Kafka has said so."""
        if self._client is not None:
            return
        made = Client(self._properties)
        while True:
            try:
                made.init_transactions(TRY_S)
            except KafkaException as raised:
                error: KafkaError = raised.args[0]
                if not error.retriable():
                    raise error_of(error, "kafka: transactions, initialise") from raised
                self._watch.away()
                self._watch.wait()
            else:
                self._client = made
                self._watch.works()
                return

    def commit(
        self,
        records: Sequence[Outgoing],
        places: Callable[[list[int]], Sequence[Place]],
        group: Any,
    ) -> None:
        """Send records and commit positions with them.

        ``places`` is given the offsets at which the records lie, in their order. FencedError where
        another owner has taken over; then nothing of it is visible. After a ConnectError nobody
        knows: whether it is, stands in the committed positions once ``begin`` has returned.
        """
        self.begin()
        try:
            self._do("begin", lambda _: self._open().begin_transaction())
            committed = [written(place) for place in places(self._sent(records))]
            if committed:
                self._do("offsets", lambda s: self._send_offsets(committed, group, s))
            self._do("commit", lambda s: self._open().commit_transaction(s))
        except (FencedError, ConnectError, StoppedError):
            self._abort()
            raise

    def _send_offsets(self, committed: list[TopicPartition], group: Any, seconds: float) -> None:
        made = self._open()
        try:
            within(OFFSETS_S, lambda: made.send_offsets_to_transaction(committed, group, seconds))
        except OverdueError as error:
            self._client = None
            raise ConnectError(f"kafka: transaction, offsets: {error}") from error

    def _open(self) -> Client:
        if self._client is None:
            raise ConnectError("kafka: transactions: found none begun, expected one; begin first")
        return self._client

    def _abort(self) -> None:
        """Abort; where that fails the next transaction begins with another client."""
        made, self._client = self._client, None
        if made is None:
            return
        try:
            made.abort_transaction(ABORT_S)
        except KafkaException as error:
            _log.info("kafka: abort: %s", error.args[0].name())
            made.purge()
        else:
            self._client = made

    def _sent(self, records: Sequence[Outgoing]) -> list[int]:
        offsets = [-1] * len(records)
        failed: list[KafkaError] = []

        def note(k: int) -> Callable[[KafkaError | None, Message], None]:
            def delivered(error: KafkaError | None, message: Message) -> None:
                if error is not None:
                    failed.append(error)
                else:
                    offsets[k] = message.offset() or 0

            return delivered

        for k, record in enumerate(records):
            while True:
                try:
                    self._open().produce(
                        record.topic,
                        partition=record.partition,
                        key=record.key,
                        value=record.value,
                        headers=list(record.headers),
                        timestamp=round(record.timestamp * 1e3),
                        on_delivery=note(k),
                    )
                    break
                except BufferError:
                    self._open().poll(0.1)
                    self._watch.check()
        while self._open().flush(FLUSH_S):
            self._watch.check()
        if failed:
            raise error_of(failed[0], "kafka: a record of a transaction was not delivered")
        return offsets

    def _do(self, what: str, call: Callable[[float], Any]) -> None:
        """Do a step; a retriable failure is tried again for a while."""
        until = time.monotonic() + STEP_S
        while True:
            try:
                call(TRY_S)
            except KafkaException as raised:
                error: KafkaError = raised.args[0]
                is_over = not error.retriable() or time.monotonic() > until
                if error.code() in FENCED or is_over:
                    raise error_of(error, f"kafka: transaction, {what}") from raised
                self._watch.wait()
            else:
                self._watch.works()
                return
