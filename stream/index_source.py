"""Our own topics as the index role reads them: a member of a consumer group."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from connectors.kafka_clients import Place, Properties, Record
from connectors.kafka_consumer import GroupConsumer

Lane = tuple[str, int]
BATCH = 2_000
WAIT_S = 0.5


class KafkaSource:
    """Records of our topics for :class:`stream.index.IndexRole`."""

    def __init__(self, properties: Properties, group: str, topics: Sequence[str]) -> None:
        self._assigned: Callable[[Mapping[Lane, int]], None] = lambda _: None
        self._revoked: Callable[[Iterable[Lane]], None] = lambda _: None
        self._early: list[Record] = []  # came while all was to be paused
        self._positions: dict[Lane, int] = {}
        self._is_member = False
        self._consumer = GroupConsumer(
            properties, group, topics, self._assign, self._revoke, self._revoke
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
        early, self._early = self._early, []
        return early or self._consumer.read(BATCH, WAIT_S)

    def keep_alive(self, seconds: float) -> None:
        """Wait as a member of the group, with all lanes paused; take no record."""
        until = time.monotonic() + seconds
        self._consumer.pause()
        try:
            while (left := until - time.monotonic()) > 0.0:
                self._early += self._consumer.read(BATCH, min(left, WAIT_S))
                self._consumer.pause()
        finally:
            self._consumer.resume()

    def commit(self, positions: Mapping[Lane, int]) -> None:
        """Commit the offset that each lane goes on from."""
        self._consumer.commit([Place(*lane, offset) for lane, offset in positions.items()])
        self._positions |= positions

    def waits_for(self) -> str:
        """Say what it waits for, "" where it is a member of its group."""
        return "" if self._is_member else "the group gave no partition yet"

    def lags(self) -> Iterator[tuple[Lane, int]]:
        """Yield how many records of each lane are not settled yet, where that is known."""
        for lane, position in list(self._positions.items()):
            end = self._consumer.last_end(lane)
            if end is not None:
                yield lane, max(0, end - position)

    def close(self) -> None:
        """Leave the group."""
        self._consumer.close()

    def _assign(self, lanes: list[Lane]) -> None:
        self._assigned({lane: self._consumer.end(*lane) for lane in lanes})
        self._is_member = True

    def _revoke(self, lanes: list[Lane]) -> None:
        gone = set(lanes)
        for lane in lanes:
            self._positions.pop(lane, None)
        self._early = [r for r in self._early if (r.topic, r.partition) not in gone]
        self._revoked(lanes)
