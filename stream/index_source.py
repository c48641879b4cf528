"""Our own topics as the index role reads them: a member of a consumer group."""

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import inf

from connectors.errors import ConnectError, FencedError
from connectors.kafka_clients import Place, Properties, Record, Watch
from connectors.kafka_consumer import Changes, GroupConsumer

from .log_topic import LogTopic

_log = logging.getLogger(__name__)

Lane = tuple[str, int]
BATCH = 2_000
WAIT_S = 0.2  # so much an alert may wait here for others to come with it


class KafkaSource:
    """Records of our topics for :class:`stream.index.IndexRole`.

    Parameters
    ----------
    properties : mapping
        Of librdkafka.
    group : str
        Consumer group.
    topics : sequence of str
    log : LogTopic
        Is told of records that were gone before they were read.
    watch : Watch
    """

    def __init__(
        self,
        properties: Properties,
        group: str,
        topics: Sequence[str],
        log: LogTopic,
        watch: Watch,
    ) -> None:
        self._assigned: Callable[[Mapping[Lane, int]], None] = lambda _: None
        self._revoked: Callable[[Iterable[Lane]], None] = lambda _: None
        self._log = log
        self._watch = watch
        self._uncommitted: dict[Lane, int] = {}  # while Kafka is away, or the group changes
        self._given: list[Lane] = []
        self._is_member = False
        self._settled: dict[Lane, int] = {}
        self._positions: dict[Lane, int] = {}  # of what is read: the next offset
        self._early: list[Record] = []  # came while all was to be paused
        self._is_paused = False
        self._consumer = GroupConsumer(
            properties,
            group,
            topics,
            Changes(self._assign, self._revoke, self._revoke),
            watch,
        )

    def tells(
        self,
        assigned: Callable[[Mapping[Lane, int]], None],
        revoked: Callable[[Iterable[Lane]], None],
    ) -> None:
        """Say who is told of lanes that come and go."""
        self._assigned, self._revoked = assigned, revoked

    def poll(self) -> Sequence[Record]:
        """Return the next records, of each lane in order; none after a short wait."""
        self._open_given()
        self._commit_again()
        if self._is_paused:
            self._consumer.resume()
            self._is_paused = False
        early, self._early = self._early, []
        return early or self._read(WAIT_S)

    def keep_alive(self, seconds: float) -> None:
        """Wait as a member of the group, with all lanes paused; take no record.

        They stay so until the next poll: else what is fetched ahead grew with every wait.
        """
        until = time.monotonic() + seconds
        self._is_paused = True
        self._consumer.pause()
        while (left := until - time.monotonic()) > 0.0:
            self._early += self._read(min(left, WAIT_S))
            self._consumer.pause()

    def commit(self, positions: Mapping[Lane, int]) -> None:
        """Commit the offset that each lane goes on from; raise FencedError where it is lost."""
        self._uncommitted |= positions
        self._settled |= positions
        try:
            self._consumer.commit([Place(*at, offset) for at, offset in self._uncommitted.items()])
        except ConnectError as error:
            self._watch.doubt()
            _log.info("%s: tried again with the next records", error)
        else:
            self._uncommitted = {}

    def waits_for(self) -> str:
        """Say what it waits for, "" where it is a member of its group."""
        return "" if self._is_member else "the group gave no partition yet"

    def lags(self) -> Iterator[tuple[Lane, int]]:
        """Yield how many records of each lane are not settled yet, where that is known."""
        for lane, position in list(self._settled.items()):
            end = self._consumer.last_end(lane)
            if end is not None:
                yield lane, max(0, end - position)

    def close(self) -> None:
        """Leave the group."""
        self._consumer.close()

    def _commit_again(self) -> None:
        """Commit what was settled and not committed, of lanes that no one took from us."""
        if not self._uncommitted:
            return
        try:
            self.commit({})
        except FencedError as error:  # the group says next whose they are
            _log.info("%s: tried again until the group says whose they are", error)

    def _read(self, wait_s: float) -> list[Record]:
        """Return records of the lanes that are open; of others they come again."""
        records = self._consumer.read(BATCH, wait_s)
        self._skip_gaps()
        out = [r for r in records if r.offset >= self._positions.get((r.topic, r.partition), inf)]
        self._positions |= {(r.topic, r.partition): r.offset + 1 for r in out}
        return out

    def _assign(self, lanes: list[Lane]) -> None:
        self._given += lanes
        self._is_member = True

    def _open_given(self) -> None:
        """Begin to read what was given, at its committed position or at its oldest record."""
        if not self._given:
            return
        try:
            found = self._consumer.committed(self._given)
        except FencedError as error:  # the group says next whose they are
            _log.warning("partitions not owned yet: %s", error)
            return
        for place in found:
            lane = (place.topic, place.partition)
            low, high = self._consumer.ends(*lane)
            self._begin(lane, place.offset if place.offset >= 0 else low)
            self._assigned({lane: high})
        self._given = []

    def _begin(self, lane: Lane, position: int) -> None:
        self._positions[lane] = self._consumer.kept(*lane, position)
        self._log.gap(lane, position, self._positions[lane])
        self._consumer.begin(*lane, self._positions[lane])

    def _skip_gaps(self) -> None:
        """Go on behind records that were gone before they were read, and say so in the log."""
        gone, self._consumer.gone = self._consumer.gone, []
        for lane in gone:
            if lane in self._positions:
                self._begin(lane, self._positions[lane])

    def _revoke(self, lanes: list[Lane]) -> None:
        gone = set(lanes)
        self._given = [lane for lane in self._given if lane not in gone]
        self._early = [r for r in self._early if (r.topic, r.partition) not in gone]
        for lane in lanes:
            self._positions.pop(lane, None)
            self._uncommitted.pop(lane, None)
            self._settled.pop(lane, None)
        self._revoked(lanes)
