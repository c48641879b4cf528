"""How a worker becomes the owner of a lane."""

import logging
import time
from collections.abc import Iterator
from dataclasses import replace
from math import inf

from connectors.kafka_clients import Place, Record, Watch
from connectors.kafka_consumer import GroupConsumer
from connectors.kafka_ranges import read_range
from detectors.errors import ModelError

from .lane_beginning import LaneBeginning
from .lane_log import Start
from .log_topic import LogTopic
from .owned_lane import OwnedLane
from .ownership import CHOICES, Note, Recorded, read_snapshot, recorded_of
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
        self._beginning = LaneBeginning(settings, consumer, self._range)

    def open(self, place: Place, log: LogTopic) -> OwnedLane:
        """Become a lane's owner: fence the owner before, restore, and say so in the log.

        FencedError where the group has given the lane to another by then.
        """
        name = (place.topic, place.partition)
        begin = self._beginning.of(place, log)
        note = replace(begin.note, generation=begin.note.generation + 1)
        self._writer.claim(Place(*name, begin.committed, note.text()), self._consumer.group())
        pipeline = Pipeline(self._settings.pipeline(*name))
        if note.blocks and not begin.learns_until:
            self._restore(pipeline, name, note)
        log.write(Start(*name, time.time()), note.generation)
        log.flush()
        now = time.monotonic()
        lane = OwnedLane(
            pipeline,
            note,
            begin.start,
            Recorded([], -inf) if begin.learns_until else self._recorded(name, begin.start, note),
            now,
            snapshot_at=now,
            snapshot_bytes=1,
            committed=begin.committed,
            begun=note.begun,
            learns_until=begin.learns_until,
        )
        lane.heard_now = pipeline.now
        self._consumer.begin(*name, begin.start)
        _log.info("%s %d: generation %d from offset %d", *name, note.generation, begin.start)
        return lane

    def kept(self, name: Lane, position: int, log: LogTopic) -> int:
        """Return where a lane is read on from; where that is another place, the log is told."""
        return self._beginning.kept(name, position, log)

    def _restore(self, pipeline: Pipeline, name: Lane, note: Note) -> None:
        try:
            state = read_snapshot(self._settings.group, *name, note, self._state)
            pipeline.restore(state)
        except ModelError as error:
            raise ModelError(f"{name[0]} {name[1]}: {error}; {CHOICES}") from error
        self._writer.keep_room(state)

    def _recorded(self, name: Lane, start: int, note: Note) -> Recorded:
        """Return what owners before wrote since the snapshot, as far as the fold heard them.

        It hears them until it reads who the new owner is, which is in the log by now.
        """
        topic = self._settings.topics.lane
        records = self._range(topic, 0, note.log, self._consumer.ends(topic, 0)[1])
        return recorded_of(name, start, records, note.owner)

    def _state(self, partition: int, start: int, stop: int) -> Iterator[Record]:
        return self._range(self._settings.topics.state, partition, start, stop)

    def _range(self, topic: str, partition: int, start: int, stop: int) -> Iterator[Record]:
        properties = self._settings.properties
        return read_range(properties, topic, partition, start, stop, watch=self._watch)
