"""What the running engine does about owners that were replaced, lanes that stand still or idle."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from confluent_kafka import Consumer, TopicPartition

from connectors.errors import FencedError
from connectors.kafka_clients import Member, Place
from connectors.kafka_consumer import Changes, GroupConsumer
from connectors.kafka_transactions import Transactions
from live_engine import LiveEngine, matched, small_office
from live_outcome import same, wait_for, wait_until
from stream.lane_log import Overtake, decode
from stream.ownership import Note, read_note
from trouble import PAUSE_S

pytestmark = pytest.mark.integration

LANES = 3
SOON_MS = 6_000


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[list[bytes]]:
    return small_office(tmp_path_factory.mktemp("simulated"), LANES, days=1, internet=100)


def positions(engine: LiveEngine) -> list[tuple[int, Note]]:
    """What is committed of each lane."""
    asked = [TopicPartition(engine.source, k) for k in range(len(engine.lanes))]
    consumer = Consumer({**engine.properties, "group.id": engine.mark})
    try:
        found = consumer.committed(asked, timeout=30.0)
        return [(part.offset, read_note(part.metadata or "")) for part in found]
    finally:
        consumer.close()


def owned(engine: LiveEngine, name: str) -> int:
    """How often a worker has taken a lane."""
    return engine.said(name).count(": generation ")


def count_of(engine: LiveEngine, kind: type) -> int:
    return sum(isinstance(decode(value)[0], kind) for value in engine.log_values())


def settled(engine: LiveEngine) -> int:
    """Return how many documents are published once no more come."""
    count, last = len(engine.published()), -1
    while count != last:
        time.sleep(2.0)
        count, last = len(engine.published()), count
    return count


class Running:
    """Engines without Elasticsearch that are stopped in the end."""

    def __init__(self, folder: Path, kafka: str, lines: list[list[bytes]]) -> None:
        self._folder, self._kafka, self._lines = folder, kafka, lines
        self.engine: LiveEngine | None = None

    def made(self, **run: float | str) -> LiveEngine:
        self.engine = LiveEngine(self._folder, self._kafka, "", self._lines, **run)
        self.engine.set_up()
        return self.engine


@pytest.fixture
def running(tmp_path: Path, kafka_bootstrap: str, lines: list[list[bytes]]) -> Iterator[Running]:
    made = Running(tmp_path, kafka_bootstrap, lines)
    yield made
    if made.engine is not None:
        made.engine.stop()


def test_worker_that_wakes_after_its_lanes_moved_changes_nothing(running: Running) -> None:
    """Stopped past its session with records in hand, while another scores its lanes to the end."""
    engine = running.made(snapshot_s=3)
    expected = engine.expected()
    half = len(max(engine.lanes, key=len)) // 2
    engine.produce(slice(half))
    for role in ("alert", "publish", "score"):
        engine.start(role)
    wait_until(engine, lambda: owned(engine, "score") >= LANES)
    engine.pause("score")
    engine.start("score", "score-2")
    wait_until(engine, lambda: owned(engine, "score-2") >= LANES)
    engine.produce(slice(half, None))
    wait_for(engine, lambda: len(engine.published()), len(expected))
    engine.kill("score-2", signal.SIGTERM)
    before = positions(engine)
    assert [offset for offset, _ in before] == [len(lane) for lane in engine.lanes]
    engine.resume("score")
    wait_until(engine, lambda: owned(engine, "score") >= 2 * LANES)
    after = positions(engine)
    assert [offset for offset, _ in after] == [offset for offset, _ in before]
    for (_, old), (_, new) in zip(before, after, strict=True):
        assert new.generation > old.generation
        assert (new.snapshots, new.start) == (old.snapshots, old.start)
    time.sleep(PAUSE_S)
    same(engine.published(), expected)


def joined(engine: LiveEngine, group: str) -> GroupConsumer:
    """Join a group and wait for lanes."""
    given: list[tuple[str, int]] = []
    nothing = Changes(given.extend, lambda _: None, lambda _: None)
    member = GroupConsumer(engine.properties, group, [engine.source], nothing)
    until = time.monotonic() + 60.0
    while not given:
        assert time.monotonic() < until
        member.read(1, 0.1)
    return member


def test_member_that_was_replaced_commits_nothing(running: Running) -> None:
    """What the group knew of it is refused; without anything known a broker refuses nobody."""
    engine = running.made()
    group, place = f"{engine.mark}-zombie", Place(engine.source, 0, 7, "zombie")
    first = joined(engine, group)
    known = first.group()
    first.close()
    second = joined(engine, group)
    transactions = Transactions(engine.properties, f"{group}-1", 10.0)
    with pytest.raises(FencedError):
        transactions.commit([], lambda _: [place], known)
    assert second.committed([(engine.source, 0)]) == [Place(engine.source, 0, -1, "")]
    stranger = Consumer({**engine.properties, "group.id": group})
    transactions.commit([], lambda _: [place], Member(group, stranger.consumer_group_metadata()))
    assert second.committed([(engine.source, 0)]) == [place]
    stranger.close()
    second.close()
    nobody = Changes(lambda _: None, lambda _: None, lambda _: None)
    lost = GroupConsumer(engine.properties, group, [engine.source], nobody)
    with pytest.raises(FencedError, match="without this member"):
        lost.group()
    lost.close()


def test_lane_that_was_paused_when_it_was_lost_is_read_again(running: Running) -> None:
    """As in the index role, which pauses while Elasticsearch is away and the group goes on."""
    engine = running.made()
    given: list[tuple[str, int]] = []
    lost: list[tuple[str, int]] = []
    changes = Changes(given.extend, lost.extend, lost.extend)
    impatient = {"session.timeout.ms": SOON_MS, "max.poll.interval.ms": SOON_MS}
    properties = {**engine.properties, **impatient}
    member = GroupConsumer(properties, f"{engine.mark}-paused", [engine.source], changes)
    wait_until(engine, lambda: member.read(1, 0.1) == [] and len(given) == LANES)
    member.pause()
    time.sleep(1.2 * SOON_MS / 1e3)
    wait_until(engine, lambda: member.read(1, 0.0) == [] and len(lost) == LANES)
    member.resume()  # nothing is assigned at this moment
    wait_until(engine, lambda: member.read(1, 0.1) == [] and len(given) == 2 * LANES)
    for lane in given[LANES:]:
        member.begin(*lane, 0)
    engine.produce(slice(1))
    read: set[tuple[str, int]] = set()

    def is_all_read() -> bool:
        read.update(record[:2] for record in member.read(10, 0.5))
        return len(read) == LANES

    wait_until(engine, is_all_read, 60.0)
    member.close()


def is_alert(document: dict[str, Any]) -> bool:
    return bool(document["data_stream"]["dataset"] == "almenara.alerts")


def test_lane_that_stands_still_is_overtaken_and_the_log_says_so(
    running: Running, tmp_path: Path
) -> None:
    """The owner of some lanes is stopped, and keeps them; alerts of the others go on.

    The log decided again, by the command, gives the same alerts.
    """
    engine = running.made(idle_s=2, patience_s=8, session_timeout_s=120, max_poll_s=120)
    half = len(max(engine.lanes, key=len)) // 2
    for name in ("score", "score-2", "alert", "publish"):
        engine.start(name.split("-", maxsplit=1)[0], name)
    wait_until(engine, lambda: all(owned(engine, name) for name in ("score", "score-2")))
    engine.produce(slice(half))
    wait_until(engine, lambda: len(engine.published()) > 0)
    engine.pause("score-2")
    before = settled(engine)
    engine.produce(slice(half, None))
    wait_until(engine, lambda: count_of(engine, Overtake) > 0)
    wait_until(engine, lambda: len(engine.published()) > before)
    engine.resume("score-2")
    ends = {k: len(lane) for k, lane in enumerate(engine.lanes)}
    wait_until(engine, lambda: advanced(engine) == ends)  # idle, so all is read
    for name in ("score", "score-2"):
        engine.kill(name, signal.SIGTERM)
    follows = engine.folded(engine.log_values())
    wait_for(engine, lambda: len(engine.published()), len(follows))
    same(engine.published(), follows)
    out = tmp_path / "again.ndjson"
    engine.command("replay", "--store", str(tmp_path / "s"), "--out", str(out), "--log")
    again = [matched(orjson.loads(line)) for line in out.read_bytes().splitlines()]
    alerts = {ident: one for ident, one in follows.items() if is_alert(one)}
    assert alerts
    same([one for one in again if is_alert(one)], alerts)
    assert {position for position, _ in positions(engine)} == {len(x) for x in engine.lanes}


def test_idle_lanes_go_on_by_the_clock_and_a_new_owner_repeats_it(running: Running) -> None:
    """The owner is killed when it has just written that time passes; the next does that again."""
    engine = running.made(idle_s=1, snapshot_s=500)
    half = len(max(engine.lanes, key=len)) // 2
    for role in ("score", "alert", "publish"):
        engine.start(role)
    engine.produce(slice(half))
    wait_until(engine, lambda: set(advanced(engine)) == set(range(LANES)))
    engine.kill("score")
    before = engine.changes()
    engine.start("score")
    wait_until(engine, lambda: owned(engine, "score") >= 2 * LANES)
    engine.produce(slice(half, None))
    ends = {k: len(lane) for k, lane in enumerate(engine.lanes)}
    wait_until(engine, lambda: advanced(engine) == ends)
    engine.kill("score", signal.SIGTERM)
    changes = engine.changes()
    assert {one.offset for one in before} == {min(half, end) for end in ends.values()}
    assert set(before) <= set(changes)
    expected = engine.expected(changes)
    wait_for(engine, lambda: len(engine.published()), len(expected))
    same(engine.published(), expected)
    assert expected != engine.expected()  # without what the log says of the time that passed


def advanced(engine: LiveEngine) -> dict[int, int]:
    """Return before which offset each lane was told last that time passes."""
    return {one.partition: one.offset for one in engine.changes()}
