"""Where a lane is read from when it gets a new owner."""

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

from connectors.kafka_clients import Place, Record
from connectors.kafka_consumer import GroupConsumer
from detectors.errors import ModelError

from .log_topic import LogTopic
from .ownership import Note, read_note
from .score_settings import ScoreSettings

_log = logging.getLogger(__name__)

Lane = tuple[str, int]
DAY_S = 86_400.0
LEAST_MISSED = 0.05  # days


class Beginning(NamedTuple):
    """Where a lane is read from, and what is committed of it until its next snapshot."""

    start: int
    note: Note
    committed: int
    learns_until: int = 0


class LaneBeginning:
    """Decides where lanes begin: at their newest snapshot, or where somebody asked for.

    Parameters
    ----------
    settings : ScoreSettings
    consumer : GroupConsumer
    read : callable
        Gives the records of a partition (topic, partition, start, stop).
    """

    def __init__(
        self,
        settings: ScoreSettings,
        consumer: GroupConsumer,
        read: Callable[[str, int, int, int], Iterator[Record]],
    ) -> None:
        self._settings = settings
        self._consumer = consumer
        self._read = read

    def of(self, place: Place, log: LogTopic) -> Beginning:
        """Return where a lane begins, by what is committed of it."""
        note, asked = read_note(place.note), self._settings.start
        is_asked = note.begun < asked.asked
        if is_asked and asked.rebuild_s:
            return self._rebuilt(place, note, log)
        if is_asked and asked.state == "previous":
            return self._previous(place, note, log)
        if place.offset < 0 or (is_asked and asked.state == "fresh"):
            return self._fresh(place, note, log)
        start = self.kept((place.topic, place.partition), place.offset, log)
        return Beginning(start, note, start)

    def kept(self, name: Lane, position: int, log: LogTopic) -> int:
        """Return where a lane is read on from; where that is another place, the log is told."""
        found = self._consumer.kept(*name, position)
        log.gap(name, position, found)
        return found

    def _fresh(self, place: Place, note: Note, log: LogTopic) -> Beginning:
        """Begin without a past where the lane stands, a lane that is new at its oldest record."""
        name = (place.topic, place.partition)
        is_new = place.offset < 0
        start = self._consumer.ends(*name)[0] if is_new else self.kept(name, place.offset, log)
        fresh = Note(
            note.generation,
            note.snapshots,
            log=self._consumer.ends(self._settings.topics.lane, 0)[1],
            owner=note.generation,
            begun=time.time(),
            before=note.kept(place.offset),
        )
        return Beginning(start, fresh, start)

    def _previous(self, place: Place, note: Note, log: LogTopic) -> Beginning:
        """Begin at the snapshot before the newest."""
        name, found = (place.topic, place.partition), note.previous()
        if found is None:
            raise ModelError(
                f"{name[0]} {name[1]}: no snapshot before the newest, expected one; start with"
                " --rebuild 7d or --state fresh"
            )
        position, before = found
        start = self.kept(name, position, log)
        return Beginning(start, replace(before, begun=time.time()), start)

    def _rebuilt(self, place: Place, note: Note, log: LogTopic) -> Beginning:
        """Begin with records of the past, up to where the lane would have gone on."""
        name, asked = (place.topic, place.partition), self._settings.start
        low, end = self._consumer.ends(*name)
        until = end if place.offset < 0 else self.kept(name, place.offset, log)
        since = asked.asked - asked.rebuild_s
        start = self._consumer.since(*name, since)
        if start == low and low < end:
            self._tell_what_is_kept(name, low, since)
        if start >= until:
            _log.warning("%s %d: nothing of that time to learn from", *name)
            return self._fresh(Place(*name, until), note, log)
        _log.info("%s %d: learning from records %d to %d", *name, start, until)
        return Beginning(start, note, until, until)

    def _tell_what_is_kept(self, name: Lane, low: int, since: float) -> None:
        """Say where a topic keeps less than is to be learnt from."""
        first = next(self._read(*name, low, low + 1), None)
        days = (first.timestamp - since) / DAY_S if first is not None else 0.0
        if days > LEAST_MISSED:
            _log.warning("%s %d: %.1f of the days asked for are not kept", *name, days)
