"""Snapshots and ownership of lanes, committed in transactions beside the scoring."""

import logging
import time
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYetError
from dataclasses import replace
from typing import Any, NamedTuple

from connectors.errors import ConnectError
from connectors.kafka_clients import Place, Watch
from connectors.kafka_transactions import Transactions

from .arrays import Arrays
from .ownership import Note, block_key, state_partition
from .score_settings import ScoreSettings
from .snapshots import blocks, pack

_log = logging.getLogger(__name__)

Lane = tuple[str, int]


class Taken(NamedTuple):
    """A copy of a lane's state, the position it belongs to, and where the log ended."""

    position: int
    note: Note
    log: int
    state: Arrays


class SnapshotWriter:
    """Writes what a worker commits, one thing after the other, in a thread of its own.

    Parameters
    ----------
    settings : ScoreSettings
    watch : Watch
    """

    def __init__(self, settings: ScoreSettings, watch: Watch) -> None:
        self._settings = settings
        self._watch = watch
        name = f"{settings.group}-score-{settings.worker}"
        self._transactions = Transactions(settings.properties, name, settings.transaction_s, watch)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="snapshots")
        self._writing: dict[Lane, Future[tuple[Note, int]]] = {}

    def claim(self, own: Place, group: Any) -> None:
        """Commit the ownership of a lane, waiting for Kafka.

        FencedError where the group has gone on by then.
        """
        is_said = False
        while True:
            claim = self._thread.submit(self._transactions.commit, [], lambda _: [own], group)
            try:
                return claim.result()
            except ConnectError as error:
                if not is_said:
                    _log.warning("%s %d: not owned yet: %s", own.topic, own.partition, error)
                is_said = True
                self._watch.wait()

    def is_writing(self, name: Lane) -> bool:
        """Whether a lane's snapshot is on its way."""
        return name in self._writing

    def write(self, name: Lane, taken: Taken, group: Any) -> None:
        """Begin to write a lane's snapshot with its position."""
        self._writing[name] = self._thread.submit(self._commit, name, taken, group)

    def outcome(self, name: Lane, until: float) -> tuple[Note, int] | None:
        """Return the new note and the bytes written, waiting for it until then (monotonic).

        None where there is no snapshot, or none yet. Raises what went wrong.
        """
        writing = self._writing.get(name)
        if writing is None:
            return None
        try:
            made = writing.result(max(0.0, until - time.monotonic()))
        except NotYetError:
            if not writing.done():
                return None
            raise
        finally:
            if writing.done():
                del self._writing[name]
        return made

    def forget(self, name: Lane) -> None:
        """Take no interest in a snapshot any more; the group refuses it if it comes too late."""
        self._writing.pop(name, None)

    def close(self) -> None:
        """Let what is begun end."""
        self._thread.shutdown()

    def _commit(self, name: Lane, taken: Taken, group: Any) -> tuple[Note, int]:
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
                owner=taken.note.generation,
                start=min(offsets),
                stop=max(offsets) + 1,
                blocks=len(offsets),
                log=taken.log,
            )
            made.append(note)
            return [Place(*name, taken.position, note.text())]

        self._transactions.commit(records, places, group)
        return made[0], len(data)
