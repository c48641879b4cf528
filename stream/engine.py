"""The score role: owns lanes of the users' topics and writes their candidates to the lane log.

A lane's snapshot and its position are committed in one transaction. Whoever owns the lane next
restores and reads on from there, and because a pipeline is deterministic it writes the same records
with the same ids, which the fold drops as repeats (docs/delivery.md).
"""

import logging
import time
from collections.abc import Callable, Sequence
from math import inf

from connectors.errors import ConnectError, FencedError, StoppedError
from connectors.kafka_batches import Batch
from connectors.kafka_clients import Watch
from connectors.kafka_consumer import Changes, GroupConsumer
from connectors.kafka_producer import Producer

from .candidates import LaneRecord
from .control_writing import rebuilt
from .dead_letters import DeadLetterTopic
from .garbage import settle
from .lane_log import Advance, Dialects, LogRecord
from .lane_opening import LaneOpening
from .log_topic import LogTopic
from .metrics import Meters
from .metrics_lanes import LaneMeters
from .metrics_table import SNAPSHOTS, SNAPSHOTS_DROPPED
from .owned_lane import OwnedLane
from .reject_share import check_share
from .score_settings import ScoreSettings
from .snapshot_writer import SnapshotWriter, Taken
from .stopping import Stopping
from .stream_time import PULSE_S

_log = logging.getLogger(__name__)

Lane = tuple[str, int]
AGAIN_S = 60.0  # a fault of our clients that comes back sooner ends the worker
FLUSH_S = 5.0  # a snapshot that has to wait longer for the log is taken later
LEAVE_S = 8.0  # for the snapshots of lanes that go to others, who wait for it
REPLAY_S = 10.0  # CPU seconds of work that a snapshot is worth
STATE_SHARE = 0.5  # snapshots are at most so much of the input's bytes


class ScoreRole:
    """Scores the lanes that the group gives it until it is told to stop."""

    def __init__(
        self,
        settings: ScoreSettings,
        running: Callable[[], bool],
        meters: Meters | None = None,
    ) -> None:
        self._settings = settings
        self._meters = meters or Meters("score")
        self._lane_meters = LaneMeters(self._meters)
        self._is_member = False
        self._running = running
        self._stopping = Stopping(running)
        self._watch = Watch(self._stopping)
        self.lanes: dict[Lane, OwnedLane] = {}
        self._given: list[Lane] = []
        self._failed_at = -inf
        self._begin()
        self._writer = SnapshotWriter(settings, self._watch)
        self._consumer = GroupConsumer(
            settings.properties,
            settings.group,
            settings.sources,
            Changes(self._assigned, self._revoked, self._lost),
            self._watch,
        )
        self._opening = LaneOpening(settings, self._consumer, self._writer, self._watch)
        self._meters.pulls(self._lane_meters.pull(self._consumer.last_end))

    def waits_for(self) -> str:
        """Say what it waits for before it scores, "" where it does."""
        if not self._is_member:
            return "the group gave no lanes yet"
        return "lanes are taken over" if self._given else ""

    def _begin(self) -> None:
        """Send with a client that has not failed."""
        producer, topics = Producer(self._settings.properties, self._watch), self._settings.topics
        self._log = LogTopic(producer, topics.lane)
        self._dead_letters = DeadLetterTopic(producer, topics.dead_letters, "decode", self._meters)

    def run(self) -> None:
        """Work until told to stop; then snapshot all and leave the group."""
        settle()
        while self._running():
            try:
                self.step()
            except StoppedError:
                break
            except ConnectError as error:
                self._begin_again(error)
        self.close()

    def _begin_again(self, error: ConnectError) -> None:
        """Own all lanes anew, from their snapshots: what was sent last may be lost."""
        now = time.monotonic()
        if now - self._failed_at < AGAIN_S:
            raise error
        _log.warning("%s; going on from the last snapshots", error)
        self._failed_at = now
        self._begin()
        self._given += [name for name in self.lanes if name not in self._given]
        for name in list(self.lanes):
            self._drop(name)

    def step(self) -> None:
        """Take what has come; look after idle lanes and snapshots."""
        self._open_given()
        batches = self._consumer.batches(self._settings.batch, self._settings.batch_s)
        self._skip_gaps()
        for lane, records in batches.items():
            self._take(lane, records)
        now = time.monotonic()
        for name in list(self.lanes):
            self._change_dialects(name)
            self._idle(name, now)
            self._finish_snapshot(name)
            if self._is_due(self.lanes[name], now):
                self._snapshot(name)

    def close(self) -> None:
        """Snapshot all lanes and leave."""
        self._consumer.close()  # revokes, which takes the snapshots
        try:
            self._log.flush()
        except StoppedError as error:
            _log.warning("%s: the next owner writes again what is missing", error)
        self._writer.close()

    def _take(self, name: Lane, records: Batch) -> None:
        lane = self.lanes.get(name)
        if lane is None:
            return  # revoked while they were on their way, or not opened yet
        began = time.process_time()
        out: list[LaneRecord] = []
        if lane.is_learning:
            records = self._learn(name, records)
        for refused in lane.take(records, out):
            self._dead_letters.send(refused.record, refused.reason)
        self._write(name, out, records)
        lane.heard = time.monotonic()
        lane.cpu_since += time.process_time() - began
        share, topics = self._settings.reject_share, self._settings.topics
        check_share(name, (lane.refused, lane.records), share, topics.dead_letters)

    def _learn(self, name: Lane, records: Batch) -> Batch:
        """Learn from records of the past; return those that are not."""
        live = self.lanes[name].learn(records)
        if not self.lanes[name].is_learning:
            self._go_live(name)
        return live

    def _go_live(self, name: Lane) -> None:
        """Tell of what follows, and have a snapshot taken at once."""
        lane = self.lanes[name]
        lane.go_live()
        lane.begun, lane.cpu_since = time.time(), inf
        self._log.write(rebuilt(name, lane.records, lane.position), 0)
        _log.info(
            "%s %d: rebuilt from %d records, live from %d", *name, lane.records, lane.position
        )

    def _write(self, name: Lane, made: Sequence[LogRecord], batch: Batch | None = None) -> None:
        generation = self.lanes[name].note.generation
        for record in made:
            self._log.write(record, generation, self._lane_meters.headers(record, batch))

    def _idle(self, name: Lane, now: float) -> None:
        """Let stream time of a lane that stands at its log's end pass; the log is told first."""
        lane = self.lanes[name]
        if lane.is_learning and self._consumer.reached(*name) >= lane.learns_until:
            self._go_live(name)  # what was left were marks of transactions
        if now - lane.heard < self._settings.idle_s or lane.pipeline.times is None:
            return
        t = lane.idle_until(now)
        if t < lane.pipeline.now + PULSE_S:
            return
        is_at_end = self._consumer.is_at_end(*name)
        if is_at_end is None:  # Kafka is away: nobody knows whether records wait
            lane.heard, lane.heard_now = now, lane.pipeline.now
        elif is_at_end:
            self._write(name, [Advance(*name, lane.position, t)])
            self._write(name, lane.pipeline.advance(t))

    def _change_dialects(self, name: Lane) -> None:
        """Read with the dialects that are in the user's folder now; the log is told first."""
        lane, files = self.lanes[name], self._settings.dialects()
        if not lane.may_read_with(files):
            return
        self._write(name, [Dialects(*name, lane.position, time.time(), files)])
        lane.pipeline.read_with(files)
        _log.info("%s %d: read with other dialects from offset %d", *name, lane.position)

    def _skip_gaps(self) -> None:
        """Go on behind records that were gone before they were read, and say so in the log."""
        gone, self._consumer.gone = self._consumer.gone, []
        for name in gone:
            lane = self.lanes.get(name)
            if lane is not None:
                lane.position = self._opening.kept(name, lane.position, self._log)
                self._consumer.begin(*name, lane.position)

    def _is_due(self, lane: OwnedLane, now: float) -> bool:
        if lane.is_learning or self._writer.is_busy:
            return False
        is_time = lane.cpu_since >= REPLAY_S or now - lane.snapshot_at >= self._settings.snapshot_s
        return is_time and lane.bytes_since * STATE_SHARE >= lane.snapshot_bytes > 0

    def _snapshot(self, name: Lane, within_s: float = FLUSH_S) -> None:
        """Begin to write a snapshot: the copy is taken here, the rest is done beside."""
        if self._writer.is_writing(name):
            return
        lane = self.lanes[name]
        lane.snapshot_at = time.monotonic()
        # what follows from the state must be in the log before the state
        log = self._consumer.end_now(self._settings.topics.lane, 0)
        if log is None or not self._log.flush(within_s):
            return
        state = lane.pipeline.snapshot(self._writer.room())
        taken = Taken(lane.position, lane.committed, lane.note, log, lane.begun, state)
        try:
            self._writer.write(name, taken, self._consumer.group())
        except FencedError as error:
            _log.warning("snapshot of %s %d dropped: %s", *name, error)
            return
        lane.bytes_since, lane.cpu_since = 0, 0.0

    def _finish_snapshot(self, name: Lane, until: float = -inf) -> None:
        """Take up the outcome of a snapshot that was begun, waiting for it until then."""
        lane = self.lanes[name]
        try:
            made = self._writer.outcome(name, until)
        except (FencedError, ConnectError) as error:  # the next one has more in it
            self._meters.count(SNAPSHOTS_DROPPED)
            _log.warning("snapshot of %s %d dropped: %s", *name, error)
            lane.bytes_since += int(lane.snapshot_bytes / STATE_SHARE)
        else:
            if made is not None:
                self._meters.count(SNAPSHOTS)
                lane.committed, lane.note, lane.snapshot_bytes = made

    def _assigned(self, names: list[Lane]) -> None:
        """Note lanes to be opened after the call that gives them: a transaction may hang in it."""
        self._given += names
        self._is_member = True

    def _open_given(self) -> None:
        """Become the owner of what was given; until then its records are left where they are."""
        if not self._given:
            return
        try:
            for place in self._consumer.committed(self._given):
                name = (place.topic, place.partition)
                self.lanes[name] = self._opening.open(place, self._log)
                self._lane_meters.opened(name, self.lanes[name])
                self._given.remove(name)
        except FencedError as error:  # the group says next whose they are
            _log.warning("lanes not owned yet: %s", error)

    def _revoked(self, names: list[Lane]) -> None:
        """Snapshot lanes that go to another owner, which need not read anything twice then."""
        self._given = [name for name in self._given if name not in names]
        until = time.monotonic() + LEAVE_S
        for name in names:
            if name in self.lanes:
                self._leave(name, until)

    def _leave(self, name: Lane, until: float) -> None:
        """Snapshot a lane if it can be done by then, and let it go."""
        try:
            self._finish_snapshot(name, until)
            if self.lanes[name].bytes_since and not self.lanes[name].is_learning:
                self._snapshot(name, until - time.monotonic())
                self._finish_snapshot(name, until)
        except (StoppedError, ConnectError) as error:
            _log.warning("%s %d: let go without a snapshot: %s", *name, error)
        self._drop(name)

    def _lost(self, names: list[Lane]) -> None:
        """Forget lanes that another owner has already."""
        self._given = [name for name in self._given if name not in names]
        for name in names:
            self._drop(name)

    def _drop(self, name: Lane) -> None:
        self._writer.forget(name)
        self._lane_meters.closed(name)
        self.lanes.pop(name, None)
