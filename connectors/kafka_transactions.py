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
from .kafka_clients import (
    FENCED,
    Headers,
    Member,
    Place,
    Properties,
    Watch,
    client,
    error_of,
    made,
    written,
)
from .kafka_refusals import Right

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
        self._own = Right("Write", "transactional-id", name)
        self._properties = client(properties, self._watch, self._own, **ours)
        self._client: Client | None = None

    def begin(self) -> None:
        """End what an instance before left open; waits until Kafka has said so."""
        if self._client is not None:
            return
        fresh = made(Client, self._properties)
        while True:
            try:
                fresh.init_transactions(TRY_S)
            except KafkaException as raised:
                error: KafkaError = raised.args[0]
                if not error.retriable():
                    raise error_of(error, "kafka: transactions, initialise", self._own) from raised
                self._watch.away()
                self._watch.wait()
            else:
                self._client = fresh
                self._watch.works()
                return

    def commit(
        self,
        records: Sequence[Outgoing],
        places: Callable[[list[int]], Sequence[Place]],
        group: Member,
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
                topics = sorted({place.topic for place in committed})
                rights = [Right("Read", "topic", topic) for topic in topics]
                rights.append(Right("Read", "group", group.group))
                self._do("offsets", lambda s: self._send_offsets(committed, group, s), *rights)
            self._do("commit", lambda s: self._open().commit_transaction(s))
        except (FencedError, ConnectError, StoppedError):
            self._abort()
            raise

    def _send_offsets(self, committed: list[TopicPartition], group: Member, seconds: float) -> None:
        send, member = self._open().send_offsets_to_transaction, group.metadata
        try:
            within(OFFSETS_S, lambda: send(committed, member, seconds))
        except OverdueError as error:
            self._client = None
            raise ConnectError(f"kafka: transaction, offsets: {error}") from error

    def _open(self) -> Client:
        if self._client is None:
            raise ConnectError("kafka: transactions: found none begun, expected one; begin first")
        return self._client

    def _abort(self) -> None:
        """Abort; where that fails the next transaction begins with another client."""
        kept, self._client = self._client, None
        if kept is None:
            return
        try:
            kept.abort_transaction(ABORT_S)
        except KafkaException as error:
            _log.info("kafka: abort: %s", error.args[0].name())
            kept.purge()
        else:
            self._client = kept

    def _sent(self, records: Sequence[Outgoing]) -> list[int]:
        offsets = [-1] * len(records)
        failed: list[tuple[KafkaError, str]] = []

        def note(k: int) -> Callable[[KafkaError | None, Message], None]:
            def delivered(error: KafkaError | None, message: Message) -> None:
                if error is not None:
                    failed.append((error, message.topic() or ""))
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
            error, topic = failed[0]
            subject = "kafka: a record of a transaction was not delivered"
            raise error_of(self._reason(error), subject, Right("Write", "topic", topic))
        return offsets

    def _reason(self, error: KafkaError) -> KafkaError:
        """Return why records were taken back: a client that cannot commit says so when asked to."""
        if error.code() != KafkaError._PURGE_QUEUE:  # noqa: SLF001
            return error
        try:
            self._open().commit_transaction(STEP_S)
        except KafkaException as raised:
            reason: KafkaError = raised.args[0]
            return reason
        return error

    def _do(self, what: str, call: Callable[[float], Any], *rights: Right) -> None:
        """Do a step; a retriable failure is tried again for a while."""
        until = time.monotonic() + STEP_S
        while True:
            try:
                call(TRY_S)
            except KafkaException as raised:
                error: KafkaError = raised.args[0]
                is_over = not error.retriable() or time.monotonic() > until
                if error.code() in FENCED or is_over:
                    subject = f"kafka: transaction, {what}"
                    raise error_of(error, subject, *rights, self._own) from raised
                self._watch.wait()
            else:
                self._watch.works()
                return
