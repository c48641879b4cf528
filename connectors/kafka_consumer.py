"""Records in from Kafka, as a member of a group."""

import logging
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from confluent_kafka import (
    OFFSET_INVALID,
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    TopicPartition,
)

from .bounded import OverdueError, within
from .errors import ConnectError, FencedError
from .kafka_batches import Batch, by_partition
from .kafka_clients import (
    FENCED,
    Member,
    Place,
    Properties,
    Record,
    Watch,
    client,
    error_of,
    made,
    names_of,
    written,
)
from .kafka_ranges import PROBE_S, end_now_of, ends_of
from .kafka_refusals import REFUSED, Right

_log = logging.getLogger(__name__)

ASK_S = 5.0  # longest wait for one answer
LOOK_S = 1.0  # between two looks at where partitions end
CATCH_UP_S = 10.0  # for which a log may end before a position
GONE = KafkaError._AUTO_OFFSET_RESET  # noqa: SLF001 (librdkafka's own error codes begin so)

Lane = tuple[str, int]


class Changes(NamedTuple):
    """Who is told of lanes that come and go, within ``read``."""

    assigned: Callable[[list[Lane]], None]
    revoked: Callable[[list[Lane]], None]
    lost: Callable[[list[Lane]], None]  # another member has them already


class GroupConsumer:
    """Reads topics as a member of a consumer group; nothing is committed by itself.

    A position that its log does not hold is never set by itself either: whoever is assigned a lane
    calls ``begin`` with the offset to read from, and ``gone`` names lanes that ran out.

    Parameters
    ----------
    properties : mapping
    group : str
    topics : sequence of str
        Names, or one ``^regex``.
    changes : Changes
    watch : Watch, optional
    """

    def __init__(
        self,
        properties: Properties,
        group: str,
        topics: Sequence[str],
        changes: Changes,
        watch: Watch | None = None,
    ) -> None:
        self._watch = watch or Watch()
        self._group = group
        names = [Right("Read", "topic", topic) for topic in topics]
        self._rights = (Right("Read", "group", group), *names)
        self._member = ""
        self._ends: dict[Lane, int] = {}
        self._next: dict[Lane, int] = {}  # behind the last record that was given
        self._read_to: dict[Lane, int] = {}  # where the log ended, markers of transactions too
        self._looked_at = 0.0
        self.gone: list[Lane] = []
        """Lanes whose next record is not kept any more; ``begin`` them anew, and empty this."""
        ours = {
            "group.id": group,
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "enable.partition.eof": True,
            "auto.offset.reset": "error",
            "isolation.level": "read_committed",
        }
        if properties.get("group.protocol") != "consumer":
            ours["partition.assignment.strategy"] = "cooperative-sticky"
        self._consumer = made(Consumer, client(properties, self._watch, *self._rights, **ours))

        def assigned(consumer: Consumer, parts: list[TopicPartition]) -> None:
            self._member = consumer.memberid() or ""
            changes.assigned(names_of(parts))

        self._consumer.subscribe(
            list(topics),
            on_assign=assigned,
            on_revoke=lambda _, parts: changes.revoked(names_of(parts)),
            on_lost=lambda _, parts: changes.lost(names_of(parts)),
        )

    def read(self, most: int, timeout_s: float) -> list[Record]:
        """Return what has come, at most so many records, in the order of each partition."""
        return [one for batch in self.batches(most, timeout_s).values() for one in batch]

    def batches(self, most: int, timeout_s: float) -> dict[Lane, Batch]:
        """Return what has come by topic and partition, at most so many records in all."""
        self._watch.refused()
        good = []
        for message in self._consumer.consume(most, timeout_s):
            if (error := message.error()) is None:
                good.append(message)
            else:
                self._take_error(message, error)
        out = by_partition(good)
        self._next.update({lane: int(batch.offsets[-1]) + 1 for lane, batch in out.items()})
        if out:
            self._watch.works()
        elif self._watch.is_doubtful or self._watch.is_away:
            self._probe()
        self._look()
        return out

    def _take_error(self, message: Message, error: KafkaError) -> None:
        topic, partition = message.topic() or "", message.partition() or 0
        if error.code() in REFUSED:
            named = [Right("Read", "topic", topic)] if topic else []
            raise error_of(error, "kafka: reading", *named, *self._rights)
        if error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001
            self._read_to[topic, partition] = message.offset() or 0
        elif error.code() == GONE:
            self.gone.append((topic, partition))
        else:
            _log.warning("kafka: reading: %s", error.name())

    def _probe(self) -> None:
        """Find out whether Kafka answers."""
        try:
            self._consumer.list_topics(timeout=PROBE_S)
        except KafkaException:
            self._watch.away()
        else:
            self._watch.works()

    def reached(self, topic: str, partition: int) -> int:
        """Return the end of a lane's log as it was last come to, -1 before.

        Its last records may be marks of transactions, which nobody is given.
        """
        return self._read_to.get((topic, partition), -1)

    def begin(self, topic: str, partition: int, offset: int) -> None:
        """Read a lane that is assigned from an offset on, paused as it may have been before."""
        lane = TopicPartition(topic, partition, offset)
        self._next[topic, partition] = offset
        self._read_to.pop((topic, partition), None)
        self._consumer.incremental_unassign([lane])
        self._consumer.incremental_assign([lane])
        self._consumer.resume([lane])  # librdkafka keeps what was paused so, whoever has it

    def kept(self, topic: str, partition: int, offset: int) -> int:
        """Return where reading goes on: at ``offset`` if the log holds it, else at its oldest.

        A log may end before an offset for a moment, after a broker was lost: that is waited out.
        """
        until = time.monotonic() + CATCH_UP_S
        low, high = self.ends(topic, partition)
        while offset > high and time.monotonic() < until:
            self._watch.wait()
            low, high = self.ends(topic, partition)
        return offset if low <= offset <= high else low

    def committed(self, places: Sequence[Lane]) -> list[Place]:
        """Return the committed position of each, offset -1 where there is none; waits for it."""
        asked = [TopicPartition(topic, partition) for topic, partition in places]
        while True:
            try:
                found = self._consumer.committed(asked, timeout=ASK_S)
                break
            except KafkaException as raised:
                error = raised.args[0]
                if error.code() in REFUSED or error.code() in FENCED:
                    raise error_of(error, "kafka: committed offsets", *self._rights) from raised
                self._watch.away()
                self._watch.wait()
        self._watch.works()
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
        offsets = [written(place) for place in places]
        try:
            within(ASK_S, lambda: self._consumer.commit(offsets=offsets, asynchronous=False))
        except KafkaException as raised:
            raise error_of(raised.args[0], "kafka: commit", *self._rights) from raised
        except OverdueError as error:  # it may still be done, and does no harm then
            raise ConnectError(f"kafka: commit: {error}") from error

    def group(self) -> Member:
        """Return what a transaction needs to commit positions for this member.

        FencedError where it is a member no more: a broker asks nobody else for a generation, so
        that such a transaction would commit whatever the new owner has done.
        """
        found = self._consumer.consumer_group_metadata()
        if not self._member or self._consumer.memberid() != self._member:
            raise FencedError("kafka: the group goes on without this member")
        return Member(self._group, found)

    def since(self, topic: str, partition: int, at: float) -> int:
        """Return the offset of the first record as young as ``at`` (seconds since the epoch).

        Where there is none, that of the next record. Waits for an answer.
        """
        asked = TopicPartition(topic, partition, int(at * 1e3))
        while True:
            try:
                (found,) = self._consumer.offsets_for_times([asked], timeout=ASK_S)
            except KafkaException as raised:
                error = raised.args[0]
                if error.code() in REFUSED:
                    raise error_of(error, f"kafka: times of {topic}") from raised
                self._watch.away()
                self._watch.wait()
            else:
                return found.offset if found.offset >= 0 else self.ends(topic, partition)[1]

    def pause(self) -> None:
        """Take no more records of what is assigned now."""
        self._consumer.pause(self._consumer.assignment())

    def resume(self) -> None:
        """Take records of all that is assigned again."""
        self._consumer.resume(self._consumer.assignment())

    def ends(self, topic: str, partition: int) -> tuple[int, int]:
        """Return the offset of the oldest record, and that of the next; waits for an answer."""
        return ends_of(self._consumer, self._watch, topic, partition)

    def end_now(self, topic: str, partition: int) -> int | None:
        """Return the offset that the next record will have, None where nobody answers at once."""
        return end_now_of(self._consumer, topic, partition)

    def is_at_end(self, topic: str, partition: int) -> bool | None:
        """Whether no record is left in a lane, None where nobody answers at once."""
        end = self.end_now(topic, partition)
        return None if end is None else end <= self._read_so_far((topic, partition))

    def _read_so_far(self, lane: Lane) -> int:
        return max(self._next.get(lane, 0), self._read_to.get(lane, 0))

    def last_end(self, place: Lane) -> int | None:
        """Return the end of a partition as last told by a broker, None before; asks nobody.

        Where only markers of transactions are left to read, it is behind the last record.
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
                lane = (part.topic, part.partition)
                is_read = self._read_so_far(lane) >= high
                ends[lane] = self._next.get(lane, int(high)) if is_read else int(high)
        self._ends = ends

    def close(self) -> None:
        """Leave the group."""
        try:
            self._consumer.close()
        except KafkaException as raised:
            _log.info("kafka: close: %s", raised.args[0].name())
