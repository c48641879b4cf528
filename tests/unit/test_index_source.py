"""A member of a group that was let go of: it goes on, and commits when it is a member again."""

from collections.abc import Sequence
from typing import Any

import pytest

from connectors.errors import FencedError
from connectors.kafka_clients import Place, Record, Watch
from connectors.kafka_consumer import Changes
from stream import index_source
from stream.index_source import KafkaSource

LANE = ("alerts", 0)


class LetGo:
    """A consumer whose group has forgotten it, until it is told otherwise."""

    def __init__(self, _p: Any, _group: str, _topics: Sequence[str], changes: Changes, _w: Watch):
        self.changes = changes
        self.gone: list[tuple[str, int]] = []
        self.is_member = True
        self.commits: list[list[Place]] = []

    def committed(self, lanes: Sequence[tuple[str, int]]) -> list[Place]:
        self._fence()
        return [Place(*lane, 3) for lane in lanes]

    def commit(self, places: list[Place]) -> None:
        self._fence()
        self.commits.append(places)

    def read(self, _most: int, _timeout_s: float) -> list[Record]:
        return []

    def ends(self, _topic: str, _partition: int) -> tuple[int, int]:
        return 0, 9

    def kept(self, _topic: str, _partition: int, offset: int) -> int:
        return offset

    def begin(self, _topic: str, _partition: int, _offset: int) -> None:
        pass

    def _fence(self) -> None:
        if not self.is_member:
            raise FencedError("kafka: commit: UNKNOWN_MEMBER_ID, another owner took over")


class Log:
    """No record is gone."""

    def gap(self, _lane: tuple[str, int], before: int, after: int) -> None:
        assert before == after


@pytest.fixture
def member(monkeypatch: pytest.MonkeyPatch) -> tuple[KafkaSource, LetGo]:
    made: list[LetGo] = []

    def consumer_of(*told: Any) -> LetGo:
        made.append(LetGo(*told))
        return made[0]

    monkeypatch.setattr(index_source, "GroupConsumer", consumer_of)
    log: Any = Log()
    source, (consumer,) = KafkaSource({}, "group", ["alerts"], log, Watch()), made
    consumer.changes.assigned([LANE])
    source.poll()
    return source, consumer


def test_a_lost_member_goes_on_and_commits_what_it_keeps(
    member: tuple[KafkaSource, LetGo],
) -> None:
    source, consumer = member
    consumer.is_member = False
    with pytest.raises(FencedError):
        source.commit({LANE: 5})
    assert source.poll() == []
    consumer.is_member = True
    source.poll()
    assert consumer.commits == [[Place(*LANE, 5)]]


def test_nothing_is_committed_for_a_lane_that_was_lost(member: tuple[KafkaSource, LetGo]) -> None:
    source, consumer = member
    consumer.is_member = False
    with pytest.raises(FencedError):
        source.commit({LANE: 5})
    consumer.changes.lost([LANE])
    consumer.is_member = True
    source.poll()
    assert consumer.commits == []


def test_positions_are_asked_for_until_the_group_answers(
    member: tuple[KafkaSource, LetGo],
) -> None:
    source, consumer = member
    told: list[dict[tuple[str, int], int]] = []
    source.tells(lambda ends: told.append(dict(ends)), lambda _: None)
    consumer.is_member = False
    consumer.changes.assigned([LANE])
    assert source.poll() == []
    assert told == []
    consumer.is_member = True
    source.poll()
    assert told == [{LANE: 9}]
