"""Snapshots and ownership of lanes, committed in transactions beside the scoring."""

import logging
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYetError
from dataclasses import replace
from typing import Any, NamedTuple

from connectors.errors import ConnectError
from connectors.kafka_clients import Place, Watch
from connectors.kafka_transactions import Outgoing, Transactions

from .arrays import Arrays
from .ownership import Note, block_key, state_partition
from .score_settings import ScoreSettings
from .snapshots import blocks

_log = logging.getLogger(__name__)

Lane = tuple[str, int]
AT_ONCE = 32  # blocks of a transaction: it has to end before it times out


class Taken(NamedTuple):
    """A copy of a lane's state, the position it belongs to, and where the log ended.

    ``note`` and ``committed``, the position beside it, are those of the snapshot before.
    """

    position: int
    committed: int
    note: Note
    log: int
    begun: float
    state: Arrays


class Made(NamedTuple):
    """A snapshot that is committed: its position, the note beside it, and its bytes."""

    position: int
    note: Note
    size: int


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
        self._writing: dict[Lane, Future[Made]] = {}
        self._room: Arrays = {}

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

    @property
    def is_busy(self) -> bool:
        """Whether a snapshot is on its way: there is memory for one."""
        return any(not writing.done() for writing in self._writing.values())

    def is_writing(self, name: Lane) -> bool:
        """Whether a lane's snapshot is on its way, or its outcome was not taken up yet."""
        return name in self._writing

    def room(self) -> Arrays:
        """Return memory of a snapshot that is written; it is given away once."""
        room, self._room = self._room, {}
        return room

    def keep_room(self, arrays: Arrays) -> None:
        """Take the memory of arrays that nobody needs any more."""
        self._room = arrays

    def write(self, name: Lane, taken: Taken, group: Any) -> None:
        """Begin to write a lane's snapshot with its position."""
        self._writing[name] = self._thread.submit(self._commit, name, taken, group)

    def outcome(self, name: Lane, until: float) -> Made | None:
        """Return what was written, waiting for it until then (monotonic).

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

    def _commit(self, name: Lane, taken: Taken, group: Any) -> Made:
        """Write the blocks, at most so many a transaction, and with the last the new position."""
        number = taken.note.snapshots + 1
        topics, place = self._settings.topics, state_partition(*name)
        records = [
            Outgoing(topics.state, place, block_key(self._settings.group, *name, number, k), part)
            for k, part in enumerate(blocks(taken.state))
        ]
        self._room = taken.state
        written: list[int] = []

        def standing(offsets: list[int]) -> list[Place]:
            written.extend(offsets)
            return [Place(*name, taken.committed, taken.note.text())]

        def changed(offsets: list[int]) -> list[Place]:
            written.extend(offsets)
            return [Place(*name, taken.position, _noted(taken, written).text())]

        *before, last = (records[at : at + AT_ONCE] for at in range(0, len(records), AT_ONCE))
        for part in before:  # refused too where another owner took over
            self._transactions.commit(part, standing, group)
        self._transactions.commit(last, changed, group)
        size = sum(len(record.value or b"") for record in records)
        return Made(taken.position, _noted(taken, written), size)


def _noted(taken: Taken, written: Sequence[int]) -> Note:
    """Return the note beside the position of a snapshot whose blocks lie at these offsets."""
    return replace(
        taken.note,
        snapshots=taken.note.snapshots + 1,
        owner=taken.note.generation,
        start=min(written),
        stop=max(written) + 1,
        blocks=len(written),
        log=taken.log,
        begun=taken.begun,
        before=taken.note.kept(taken.committed),
    )
