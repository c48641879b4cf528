"""The score role: owns lanes of the users' topics and writes their candidates to the lane log.

A lane's snapshot and its position are committed in one transaction. Whoever owns the lane next
restores and reads on from there, and because a pipeline is deterministic it writes the same records
with the same ids, which the fold drops as repeats (docs/delivery.md).
"""

import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import NamedTuple

from connectors.errors import ConnectError, FencedError, SourceError
from connectors.kafka_clients import Place, Record
from connectors.kafka_consumer import GroupConsumer, read_range
from connectors.kafka_producer import Producer
from connectors.kafka_transactions import Transactions

from .arrays import Arrays
from .candidates import LaneRecord
from .dead_letters import DeadLetterTopic
from .garbage import settle
from .lane_log import Advance, LogRecord, Start, encode
from .metrics import Meters
from .metrics_lanes import LaneMeters
from .metrics_table import SNAPSHOTS, SNAPSHOTS_DROPPED
from .owned_lane import OwnedLane
from .ownership import Note, advances_of, block_key, read_note, read_snapshot, state_partition
from .pipeline import Pipeline
from .score_settings import ScoreSettings
from .snapshots import blocks, pack
from .stream_time import PULSE_S

_log = logging.getLogger(__name__)

Lane = tuple[str, int]
LEAST_JUDGED = 1_000  # records of a lane before its share of rejects is judged
REPLAY_S = 10.0  # CPU seconds of work that a snapshot is worth
RETRY_S = 1.0
STATE_SHARE = 0.5  # snapshots are at most so much of the input's bytes


class _Taken(NamedTuple):
    """A copy of a lane's state, the position it belongs to, and where the log ended."""

    position: int
    note: Note
    log: int
    state: Arrays


class ScoreRole:
    """Scores the lanes that the group gives it until it is told to stop."""

    def __init__(self, settings: ScoreSettings, meters: Meters | None = None) -> None:
        self._settings = settings
        self._meters = meters or Meters("score")
        self._lane_meters = LaneMeters(self._meters)
        self._is_member = False
        self.lanes: dict[Lane, OwnedLane] = {}
        self._given: list[Lane] = []
        self._producer = Producer(settings.properties)
        self._dead_letters = DeadLetterTopic(
            self._producer, settings.topics.dead_letters, "decode", self._meters
        )
        name = f"{settings.group}-score-{settings.worker}"
        self._transactions = Transactions(settings.properties, name, settings.transaction_s)
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="snapshots")
        self._writing: dict[Lane, Future[tuple[Note, int]]] = {}
        self._consumer = GroupConsumer(
            settings.properties,
            settings.group,
            settings.sources,
            self._assigned,
            self._revoked,
            self._lost,
        )
        self._meters.pulls(self._lane_meters.pull(self._consumer.last_end))

    def waits_for(self) -> str:
        """Say what it waits for before it scores, "" where it does."""
        if not self._is_member:
            return "the group gave no lanes yet"
        return "lanes are taken over" if self._given else ""

    def run(self, running: Callable[[], bool]) -> None:
        """Work until ``running`` says no; then snapshot all and leave the group."""
        settle()
        while running():
            self.step()
        self.close()

    def step(self) -> None:
        """Take what has come; look after idle lanes and snapshots."""
        records = self._consumer.read(self._settings.batch, self._settings.batch_s)
        self._open_given()
        by_lane: dict[Lane, list[Record]] = {}
        for record in records:
            by_lane.setdefault((record.topic, record.partition), []).append(record)
        for lane, part in by_lane.items():
            self._take(lane, part)
        now = time.monotonic()
        for name in list(self.lanes):
            self._idle(name, now)
            self._finish_snapshot(name)
            if self._is_due(self.lanes[name], now):
                self._snapshot(name)

    def close(self) -> None:
        """Snapshot all lanes and leave."""
        self._consumer.close()  # revokes, which takes the snapshots
        self._producer.flush()
        self._writer.shutdown()

    def _take(self, name: Lane, records: Sequence[Record]) -> None:
        lane = self.lanes.get(name)
        if lane is None:
            return  # revoked while they were on their way
        began = time.process_time()
        out: list[LaneRecord] = []
        for refused in lane.take(records, out):
            self._dead_letters.send(refused.record, refused.reason)
        self._write(name, out, records)
        lane.heard = time.monotonic()
        lane.cpu_since += time.process_time() - began
        share = lane.refused / lane.records if lane.records else 0.0
        if lane.records >= LEAST_JUDGED and share > self._settings.reject_share:
            raise SourceError(
                f"{name[0]} {name[1]}: {lane.refused} of {lane.records} records rejected, expected"
                f" at most {self._settings.reject_share:.0%}; look at them in"
                f" {self._settings.topics.dead_letters}, then set the source's format"
            )

    def _write(self, name: Lane, made: Sequence[LogRecord], batch: Sequence[Record] = ()) -> None:
        generation, topic = self.lanes[name].note.generation, self._settings.topics.lane
        for record in made:
            headers = self._lane_meters.headers(record, batch)
            self._producer.send(topic, encode(record, generation), partition=0, headers=headers)

    def _idle(self, name: Lane, now: float) -> None:
        """Let stream time of a lane that stands at its log's end pass; the log is told first."""
        lane = self.lanes[name]
        if now - lane.heard < self._settings.idle_s or lane.pipeline.times is None:
            return
        t = lane.idle_until(now)
        if t < lane.pipeline.now + PULSE_S or self._consumer.end(*name) > lane.position:
            return
        self._write(name, [Advance(*name, lane.position, t)])
        self._write(name, lane.pipeline.advance(t))

    def _is_due(self, lane: OwnedLane, now: float) -> bool:
        is_time = lane.cpu_since >= REPLAY_S or now - lane.snapshot_at >= self._settings.snapshot_s
        return is_time and lane.bytes_since * STATE_SHARE >= lane.snapshot_bytes > 0

    def _snapshot(self, name: Lane) -> None:
        """Begin to write a snapshot: the copy is taken here, the rest is done beside."""
        if name in self._writing:
            return
        lane = self.lanes[name]
        self._producer.flush()  # what follows from the state must be in the log before the state
        log = self._consumer.end(self._settings.topics.lane, 0)
        lane.bytes_since, lane.cpu_since, lane.snapshot_at = 0, 0.0, time.monotonic()
        state = lane.pipeline.snapshot()
        self._writing[name] = self._writer.submit(
            self._commit, name, _Taken(lane.position, lane.note, log, state), self._consumer.group()
        )

    def _commit(self, name: Lane, taken: _Taken, group: object) -> tuple[Note, int]:
        """Write a snapshot with its position; return the new note and the bytes written."""
        data = pack(taken.state)
        number = taken.note.snapshots + 1
        topics, place = self._settings.topics, state_partition(*name)
        records = [
            (topics.state, place, block_key(self._settings.group, *name, number, k), part, ())
            for k, part in enumerate(blocks(data))
        ]
        made: list[Note] = []

        def places(offsets: list[int]) -> list[Place]:
            note = replace(
                taken.note,
                snapshots=number,
                start=min(offsets),
                stop=max(offsets) + 1,
                blocks=len(offsets),
                log=taken.log,
            )
            made.append(note)
            return [Place(*name, taken.position, note.text())]

        self._transactions.commit(records, places, group)
        return made[0], len(data)

    def _finish_snapshot(self, name: Lane, *, wait: bool = False) -> None:
        """Take up the outcome of a snapshot that was begun."""
        writing = self._writing.get(name)
        if writing is None or not (wait or writing.done()):
            return
        del self._writing[name]
        lane = self.lanes[name]
        try:
            lane.note, lane.snapshot_bytes = writing.result()
            self._meters.count(SNAPSHOTS)
        except (FencedError, ConnectError) as error:  # the next one has more in it
            self._meters.count(SNAPSHOTS_DROPPED)
            _log.warning("snapshot of %s %d dropped: %s", *name, error)

    def _assigned(self, names: list[Lane]) -> None:
        """Note lanes to be opened after the call that gives them: a transaction may hang in it."""
        self._given += names
        self._is_member = True

    def _open_given(self) -> None:
        """Become the owner of what was given, before a record of it is taken."""
        if not self._given:
            return
        log_end = self._consumer.end(self._settings.topics.lane, 0)
        for place in self._consumer.committed(self._given):
            self._open(place, log_end)
        self._given = []

    def _open(self, place: Place, log_end: int) -> None:
        """Become a lane's owner: fence the owner before, restore, and say so in the log."""
        name = (place.topic, place.partition)
        note = read_note(place.note)
        start = place.offset if place.offset >= 0 else self._consumer.start(*name)
        if place.offset < 0 or self._settings.is_fresh:
            note = Note(note.generation, note.snapshots, log=log_end)
        owned = replace(note, generation=note.generation + 1)
        own = Place(*name, start, owned.text())
        self._claim(own)
        pipeline = Pipeline(self._settings.pipeline(*name))
        if note.blocks:
            pipeline.restore(read_snapshot(self._settings.group, *name, note, self._read_state))
        log = read_range(
            self._settings.properties, self._settings.topics.lane, 0, note.log, log_end
        )
        advances = advances_of(*name, start, log)
        now = time.monotonic()
        lane = OwnedLane(pipeline, owned, start, advances, now, snapshot_at=now, snapshot_bytes=1)
        lane.heard_now = pipeline.now
        self.lanes[name] = lane
        self._lane_meters.opened(name, lane)
        self._write(name, [Start(*name)])
        _log.info("%s %d: owned as generation %d from offset %d", *name, owned.generation, start)

    def _claim(self, own: Place) -> None:
        """Commit the ownership of a lane; a broker that is away is waited for."""
        while True:
            group = self._consumer.group()
            claim = self._writer.submit(self._transactions.commit, [], lambda _: [own], group)
            try:
                claim.result()
            except ConnectError as error:
                _log.warning("%s %d: not owned yet: %s", own.topic, own.partition, error)
                time.sleep(RETRY_S)
            else:
                return

    def _read_state(self, partition: int, start: int, stop: int) -> Sequence[Record]:
        properties, topics = self._settings.properties, self._settings.topics
        return list(read_range(properties, topics.state, partition, start, stop))

    def _revoked(self, names: list[Lane]) -> None:
        """Snapshot lanes that go to another owner, which need not read anything twice then."""
        self._given = [name for name in self._given if name not in names]
        for name in names:
            if name not in self.lanes:
                continue
            self._finish_snapshot(name, wait=True)
            if self.lanes[name].bytes_since:
                self._snapshot(name)
                self._finish_snapshot(name, wait=True)
            self._lane_meters.closed(name)
            del self.lanes[name]

    def _lost(self, names: list[Lane]) -> None:
        """Forget lanes that another owner has already."""
        self._given = [name for name in self._given if name not in names]
        for name in names:
            writing = self._writing.pop(name, None)
            if writing is not None:
                writing.exception()
            self._lane_meters.closed(name)
            self.lanes.pop(name, None)
