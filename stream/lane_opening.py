"""How a worker becomes the owner of a lane."""

import logging
import time
from collections.abc import Iterator
from dataclasses import replace

from connectors.kafka_clients import Place, Record, Watch
from connectors.kafka_consumer import GroupConsumer
from connectors.kafka_ranges import read_range

from .lane_log import Advance, Start
from .log_topic import LogTopic
from .owned_lane import OwnedLane
from .ownership import Note, advances_of, read_note, read_snapshot
from .pipeline import Pipeline
from .score_settings import ScoreSettings
from .snapshot_writer import SnapshotWriter

_log = logging.getLogger(__name__)

Lane = tuple[str, int]


class LaneOpening:
    """Claims lanes, restores them, and starts reading them.

    Parameters
    ----------
    settings : ScoreSettings
    consumer : GroupConsumer
    writer : SnapshotWriter
    watch : Watch
    """

    def __init__(
        self,
        settings: ScoreSettings,
        consumer: GroupConsumer,
        writer: SnapshotWriter,
        watch: Watch,
    ) -> None:
        self._settings = settings
        self._consumer = consumer
        self._writer = writer
        self._watch = watch

    def open(self, place: Place, log: LogTopic) -> OwnedLane:
        """Become a lane's owner: fence the owner before, restore, and say so in the log.

        FencedError where the group has given the lane to another by then.
        """
        name = (place.topic, place.partition)
        start, note = self._from(place, log)
        owned = replace(note, generation=note.generation + 1)
        self._writer.claim(Place(*name, start, owned.text()), self._consumer.group())
        pipeline = Pipeline(self._settings.pipeline(*name))
        if note.blocks:
            pipeline.restore(read_snapshot(self._settings.group, *name, note, self._state))
        log.write(Start(*name, time.time()), owned.generation)
        log.flush()
        advances = self._advances(name, start, note)
        now = time.monotonic()
        lane = OwnedLane(pipeline, owned, start, advances, now, snapshot_at=now, snapshot_bytes=1)
        lane.heard_now = pipeline.now
        self._consumer.begin(*name, start)
        _log.info("%s %d: owned as generation %d from offset %d", *name, owned.generation, start)
        return lane

    def kept(self, name: Lane, position: int, log: LogTopic) -> int:
        """Return where a lane is read on from; where that is another place, the log is told."""
        found = self._consumer.kept(*name, position)
        log.gap(name, position, found)
        return found

    def _from(self, place: Place, log: LogTopic) -> tuple[int, Note]:
        """Return where a lane is read from, and what is known of it there."""
        name, note = (place.topic, place.partition), read_note(place.note)
        is_new = place.offset < 0
        start = self._consumer.ends(*name)[0] if is_new else self.kept(name, place.offset, log)
        if is_new or self._settings.is_fresh:
            end = self._consumer.ends(self._settings.topics.lane, 0)[1]
            note = Note(note.generation, note.snapshots, log=end, owner=note.generation)
        return start, note

    def _advances(self, name: Lane, start: int, note: Note) -> list[Advance]:
        """Return what owners before let pass since the snapshot, as far as the fold heard them.

        It hears them until it reads who the new owner is, which is in the log by now.
        """
        topic = self._settings.topics.lane
        records = self._range(topic, 0, note.log, self._consumer.ends(topic, 0)[1])
        return advances_of(name, start, records, note.owner)

    def _state(self, partition: int, start: int, stop: int) -> Iterator[Record]:
        return self._range(self._settings.topics.state, partition, start, stop)

    def _range(self, topic: str, partition: int, start: int, stop: int) -> Iterator[Record]:
        properties = self._settings.properties
        return read_range(properties, topic, partition, start, stop, watch=self._watch)
