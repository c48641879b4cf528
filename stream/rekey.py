"""The re-keying role: records that come in any order of hosts go out keyed by host.

Each partition is judged by itself, so what one host does should stand in one. This role reads
topics that are not keyed so, and writes every record as it is, under the address that it is about,
to a topic of ours. Positions and records are committed in one transaction (consume, transform,
produce): a record is there once, whoever is killed when.
"""

import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from connectors.errors import ConnectError, FencedError, SourceError, StoppedError
from connectors.kafka_batches import Batch
from connectors.kafka_clients import Place, Properties, Record, Watch
from connectors.kafka_consumer import Changes, GroupConsumer
from connectors.kafka_producer import Producer
from connectors.kafka_transactions import Outgoing, Transactions

from .addresses import address_text
from .dead_letters import letter
from .events import DST_HI, DST_LO, HEADER, REJECTED_RECORD, SRC_HI, SRC_LO
from .formats.parse_settings import ParseSettings
from .formats.parser import Parsed, Parser
from .log_topic import LogTopic
from .metrics import Meters
from .metrics_rekey import RekeyCounts
from .reject_share import Share
from .stopping import Stopping
from .topics import TopicNames

_log = logging.getLogger(__name__)

Lane = tuple[str, int]
STAGE = "rekey"
LARGEST = 1_900_000  # bytes of a value; topics of keyed records take two million
ADDRESSES = {"source": (SRC_HI, SRC_LO), "destination": (DST_HI, DST_LO)}
FROM = "almenara.from"  # header: topic, partition and offset that a record was read from
OURS: dict[str, str | int] = {
    "partitioner": "murmur2_random",  # as Java's clients, which may write to the topic beside us
    "compression.type": "lz4",
    "linger.ms": 5,
}


class Keyed(NamedTuple):
    """How the records of a topic are keyed, and where they go."""

    parse: ParseSettings
    by: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RekeySettings:
    """What a re-keying worker is told.

    Parameters
    ----------
    properties : mapping
        Of librdkafka.
    group : str
    sources : tuple of str
        Topics, or one ``^regex``.
    keyed : callable
        Says of a topic how it is keyed.
    topics : TopicNames
    worker : str
        Name of this worker, another one each start.
    batch : int
        Most records of a transaction.
    batch_s, transaction_s : float
    reject_share : float
        Share of a partition's records that may be rejects before it stops the worker.
    """

    properties: Properties
    group: str
    sources: tuple[str, ...]
    keyed: Callable[[str], Keyed]
    topics: TopicNames
    worker: str
    batch: int = 10_000
    batch_s: float = 0.2
    transaction_s: float = 10.0
    reject_share: float = 0.5


class RekeyRole:
    """Gives records their keys until it is told to stop."""

    def __init__(
        self,
        settings: RekeySettings,
        running: Callable[[], bool],
        meters: Meters | None = None,
    ) -> None:
        self._settings = settings
        self._counts = RekeyCounts(meters or Meters("rekey"), settings.topics.dead_letters)
        self._running = running
        self._watch = Watch(Stopping(running))
        self._lanes: dict[Lane, _Lane] = {}
        self._given: list[Lane] = []
        self._is_member = False
        self._transactions = Transactions(
            {**settings.properties, **OURS},
            f"{settings.group}-{settings.worker}",
            settings.transaction_s,
            self._watch,
        )
        self._log = LogTopic(Producer(settings.properties, self._watch), settings.topics.lane)
        self._consumer = GroupConsumer(
            settings.properties,
            settings.group,
            settings.sources,
            Changes(self._assigned, self._forget, self._forget),
            self._watch,
        )
        self._counts.tell(
            lambda: {name: lane.position for name, lane in list(self._lanes.items())},
            self._consumer.last_end,
        )

    def waits_for(self) -> str:
        """Say what it waits for, "" where it keys."""
        return "" if self._is_member else "the group gave no partitions yet"

    def run(self) -> None:
        """Work until told to stop."""
        try:
            while self._running():
                self.step()
        except StoppedError as error:
            _log.warning("%s", error)
        self._consumer.close()

    def step(self) -> None:
        """Key what has come."""
        self._open_given()
        batches = self._consumer.batches(self._settings.batch, self._settings.batch_s)
        self._skip_gaps()
        for (topic, _), lane in self._lanes.items():
            lane.read_as(self._settings.keyed(topic))
        known = [(self._lanes[name], part) for name, part in batches.items() if name in self._lanes]
        if known:
            self._forward(known)

    def _forward(self, parts: "Sequence[tuple[_Lane, Batch]]") -> None:
        out = [made for lane, records in parts for made in lane.keyed(records)]
        places = [lane.place for lane, _ in parts]
        try:
            self._transactions.commit(out, lambda _: places, self._consumer.group())
        except (FencedError, ConnectError) as error:  # where it stands is asked for again
            _log.warning("%d records not keyed yet: %s", len(out), error)
            self._counts.again(len(out))
            self._given = list({*self._given, *self._lanes})
            self._lanes.clear()
        else:
            self._counts.sent([(lane.place, records) for lane, records in parts], out)

    def _assigned(self, names: list[Lane]) -> None:
        self._given += names
        self._is_member = True

    def _open_given(self) -> None:
        """Find out where to go on, when no transaction of ours can change that any more."""
        if not self._given:
            return
        self._transactions.begin()
        try:
            found = self._consumer.committed(self._given)
        except FencedError as error:  # the group says next whose they are
            _log.warning("partitions not owned yet: %s", error)
            return
        for place in found:
            name = (place.topic, place.partition)
            keyed = self._settings.keyed(place.topic)
            share = Share(name, self._settings.reject_share, self._settings.topics.dead_letters)
            self._lanes[name] = _Lane(name, keyed, share)
            is_new = place.offset < 0
            self._begin(name, self._consumer.ends(*name)[0] if is_new else place.offset)
        self._given = []

    def _begin(self, name: Lane, position: int) -> None:
        kept = self._consumer.kept(*name, position)
        self._log.gap(name, position, kept)
        self._consumer.begin(*name, kept)
        self._lanes[name].position = kept

    def _skip_gaps(self) -> None:
        """Go on behind records that were gone before they were read, and say so in the log."""
        gone, self._consumer.gone = self._consumer.gone, []
        for name in gone:
            if name in self._lanes:
                self._begin(name, self._lanes[name].position)

    def _forget(self, names: list[Lane]) -> None:
        self._given = [name for name in self._given if name not in names]
        for name in names:
            self._lanes.pop(name, None)


class _Lane:
    """A partition that is read: its parser, and where it stands."""

    def __init__(self, name: Lane, keyed: Keyed, share: Share) -> None:
        self._name = name
        self._keyed = keyed
        self._share = share
        self._parser = Parser(keyed.parse)
        self._dead_letters = share.dead_letters
        self.position = 0

    def read_as(self, keyed: Keyed) -> None:
        """Read what follows with other dialects, where they were changed."""
        if keyed.parse != self._keyed.parse:
            self._keyed, self._parser = keyed, Parser(keyed.parse)

    @property
    def place(self) -> Place:
        """What is committed."""
        return Place(*self._name, self.position)

    def keyed(self, records: Batch) -> list[Outgoing]:
        """Return records with their keys, and dead letters; move on behind them."""
        parsed = self._parser.parse(*records.columns())
        if (parsed.status == HEADER).any():
            raise SourceError(
                f"{self._name[0]} {self._name[1]}: found a header line, expected records that stand"
                " alone; name the source's columns"
            )
        keys = keys_of(parsed, records.offsets, self._keyed.by)
        out = [
            self._refused(record, self._parser.reasons[reason])
            if status == REJECTED_RECORD
            else self._sent(record, key)
            for record, key, status, reason in zip(
                records, keys, parsed.status.tolist(), parsed.reason.tolist(), strict=True
            )
        ]
        self.position = int(records.offsets[-1]) + 1
        self._share.add(len(records), int((parsed.status == REJECTED_RECORD).sum()))
        return out

    def _sent(self, record: Record, key: bytes | None) -> Outgoing:
        if len(record.value or b"") > LARGEST:
            return self._refused(record, f"over {LARGEST} bytes")
        told = f"{record.topic}:{record.partition}:{record.offset}".encode()
        return Outgoing(
            self._keyed.target,
            -1,
            record.key if key is None else key,
            record.value,
            [*record.headers, (FROM, told)],
            0.0 if math.isnan(record.timestamp) else record.timestamp,
        )

    def _refused(self, record: Record, reason: str) -> Outgoing:
        value, headers = letter(record, reason, STAGE)
        return Outgoing(self._dead_letters, -1, record.key, value, headers)


def keys_of(parsed: Parsed, offsets: NDArray[np.int64], by: str) -> list[bytes | None]:
    """Return the key of each record: the address in its first event, None where it has none."""
    batch = parsed.batch
    at = np.searchsorted(batch.offset, offsets)
    at_most = np.minimum(at, max(len(batch.offset) - 1, 0))
    if not len(batch.offset):
        return [None] * len(offsets)
    has_event = batch.offset[at_most] == offsets
    hi, lo = (batch.address[at_most, column].tolist() for column in ADDRESSES[by])
    return [
        address_text(h, low).encode() if has else None
        for h, low, has in zip(hi, lo, has_event.tolist(), strict=True)
    ]
