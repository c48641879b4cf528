"""The index role: from our own topics into the data streams, each document once.

Order: create in bulk, hand what is refused to the dead letters, then commit. So a death at
any point repeats work and loses none. What is repeated is told by the document's id: the server
answers that it is there, and where a rollover has hidden it from that check, the look-up of
redelivered records finds it (:class:`connectors.bulk.BulkWriter`).
"""

import logging
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import orjson

from connectors.bulk import BulkLimits, BulkTarget, BulkWriter, Item, Written
from connectors.errors import FencedError

from .nesting import instant

Lane = tuple[str, int]
"""Topic and partition."""

STREAM = re.compile(r"logs-almenara\.(alerts|candidates|drift|audit)-[a-z0-9][a-z0-9_.-]{0,99}")
LONGEST_ID = 512  # bytes, the server's own limit of an _id

_log = logging.getLogger(__name__)


class Record(Protocol):
    """A record of one of our topics."""

    @property
    def topic(self) -> str:
        """Its topic."""

    @property
    def partition(self) -> int:
        """Its partition."""

    @property
    def offset(self) -> int:
        """Its offset."""

    @property
    def value(self) -> bytes | None:
        """The document as JSON; None for a tombstone."""


class RecordSource(Protocol):
    """Where records come from: a member of a consumer group.

    It calls :meth:`IndexRole.assigned` and :meth:`IndexRole.revoked` from within ``poll`` and
    ``keep_alive``, before it returns records of what was assigned.
    """

    def poll(self) -> Sequence[Record]:
        """Return the next records, of each lane in order; none after a short wait."""

    def keep_alive(self, seconds: float) -> None:
        """Wait as a member of the group, with all lanes paused, new ones too; take no record."""

    def commit(self, positions: Mapping[Lane, int]) -> None:
        """Commit the offset that each lane goes on from; raise FencedError where it is lost."""


class DeadLetters(Protocol):
    """Where records go that can never be written. Must have them for good when it returns."""

    def __call__(self, record: Any, reason: str) -> None:
        """Keep a record; the reason holds no value of it."""


@dataclass(slots=True)
class IndexCounts:
    """What the role has done so far."""

    created: int = 0
    present: int = 0  # were there already
    refused: int = 0  # went to the dead letters


class UnfitError(ValueError):
    """A record that is no document of ours: to the dead letters with it."""


class IndexRole:
    """Brings records into Elasticsearch.

    Parameters
    ----------
    source : RecordSource
        Records to write.
    target : BulkTarget
        The server.
    dead_letters : DeadLetters
        Takes what is refused, with the reason.
    now : callable
        Wall clock in seconds since the epoch, for ``event.ingested``.
    running : callable
        Whether to go on.
    limits : BulkLimits, optional
        Of a bulk and of the waits.
    """

    def __init__(
        self,
        *,
        source: RecordSource,
        target: BulkTarget,
        dead_letters: DeadLetters,
        now: Callable[[], float],
        running: Callable[[], bool],
        limits: BulkLimits | None = None,
    ) -> None:
        self._source = source
        self._dead_letters = dead_letters
        self._now = now
        self._running = running
        self._writer: BulkWriter[Record] = BulkWriter(target, running, source.keep_alive, limits)
        self._redelivered: dict[Lane, int] = {}
        self._lost: set[Lane] = set()
        self.counts = IndexCounts()
        self.settled: Callable[[Sequence[Any]], None] = lambda _: None
        """Told of records that were settled and committed."""

    @property
    def retries(self) -> int:
        """Bulks that were sent again, in whole or in part."""
        return self._writer.retries

    def assigned(self, ends: Mapping[Lane, int]) -> None:
        """Take lanes over: records before ``ends`` (high watermarks) may have been written before.

        Whoever had the lane before may have written more than was committed.
        """
        self._redelivered |= ends

    def revoked(self, lanes: Iterable[Lane]) -> None:
        """Let lanes go: what is not written of them yet is dropped, the next owner has it."""
        for lane in lanes:
            self._redelivered.pop(lane, None)
            self._lost.add(lane)

    def run(self) -> None:
        """Write until ``running`` says no.

        Raises
        ------
        RightsError
            A privilege is missing; nothing of that batch is committed.
        SinkError
            There is no data stream to write to, or the server refuses whole requests.
        """
        while self._running():
            self.step()

    def step(self) -> int:
        """Write what one poll gives; return how many records were settled."""
        self._lost.clear()
        records = self._source.poll()
        if not records or not self._running():
            return 0
        self._lost.clear()  # the poll gives no record of what was revoked in it
        items = list(self._items(records))
        unsure = {item.id for item in items if self._may_be_there(item.origin)}
        written = self._writer.write(items, unsure, lambda item: not self._is_lost(item.origin))
        if written.undone:
            return 0  # told to stop: what is settled comes again and is found
        self._count(written)
        self._commit(records)
        self.settled(records)
        return len(records)

    def _items(self, records: Iterable[Record]) -> Iterable[Item[Record]]:
        ingested = instant(self._now())
        for record in records:
            try:
                yield item_of(record, ingested)
            except UnfitError as error:
                self._refuse(record, str(error))

    def _may_be_there(self, record: Record) -> bool:
        return record.offset < self._redelivered.get((record.topic, record.partition), 0)

    def _is_lost(self, record: Record) -> bool:
        return (record.topic, record.partition) in self._lost

    def _count(self, written: Written[Record]) -> None:
        self.counts.created += written.created
        self.counts.present += written.present
        for item, reason in written.refused:
            self._refuse(item.origin, reason)

    def _refuse(self, record: Record, reason: str) -> None:
        self.counts.refused += 1
        _log.warning(
            "record %s:%d:%d goes to the dead letters: %s",
            record.topic,
            record.partition,
            record.offset,
            reason,
        )
        self._dead_letters(record, reason)

    def _commit(self, records: Iterable[Record]) -> None:
        positions = {(record.topic, record.partition): record.offset + 1 for record in records}
        kept = {lane: offset for lane, offset in positions.items() if lane not in self._lost}
        if not kept:
            return
        try:
            self._source.commit(kept)
        except FencedError as error:
            _log.warning("%s; the next owner finds what was written", error)
            return
        for lane, offset in kept.items():
            if offset >= self._redelivered.get(lane, offset + 1):
                del self._redelivered[lane]


def item_of(record: Record, ingested: str | None) -> Item[Record]:
    """Return the document of a record on its way to its data stream.

    Raises UnfitError for what is no document of ours; the text repeats no value of it.
    """
    try:
        document = orjson.loads(record.value or b"")
        parts = document["data_stream"]
        stream = f"{parts['type']}-{parts['dataset']}-{parts['namespace']}"
        event = document["event"]
        found = event["id"]
    except orjson.JSONDecodeError as error:
        raise UnfitError("found no JSON, expected a document") from error
    except (KeyError, TypeError) as error:
        raise UnfitError("found no data_stream or event.id, expected a document of ours") from error
    if not STREAM.fullmatch(stream):
        raise UnfitError("data_stream: found another one, expected one of ours")
    if not isinstance(found, str) or not 0 < len(found.encode()) <= LONGEST_ID:
        raise UnfitError(f"event.id: found no id, expected 1 to {LONGEST_ID} bytes of text")
    event["ingested"] = ingested
    return Item(stream, found, orjson.dumps(document), record)
