"""What is committed with a lane's position: who owned it how often, and where its snapshot lies."""

import zlib
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field, replace
from math import inf
from typing import NamedTuple

import orjson

from connectors.kafka_clients import Record
from detectors.errors import ModelError

from .arrays import Arrays
from .candidates import Pulse
from .lane_log import Advance, Dialects, Start, decode
from .snapshots import unpack
from .topics import STATE_PARTITIONS

GENERATIONS = 3  # snapshots of a lane that have room: two that are kept, and one being written


LOOKED_FOR = tuple(
    f'"kind":"{kind}"'.encode() for kind in ("advance", "dialects", "start", "pulse")
)
OF_SNAPSHOT = ("snapshots", "start", "stop", "blocks", "log", "owner")
CHOICES = (
    "`almenara run --state previous` goes on from the snapshot before, `--rebuild 7d` learns from"
    " what its topic keeps, `--state fresh` learns from now on"
)


@dataclass(frozen=True, slots=True)
class Note:
    """The note beside a committed position.

    Parameters
    ----------
    generation : int
        How often the lane has changed owners.
    snapshots : int
        How many snapshots were taken.
    start, stop, blocks : int
        Where the newest snapshot's records lie in their partition of the state topic, other lanes'
        records between them, and how many it has; 0 blocks where there is none.
    log : int
        Offset in the lane log from which advances after the snapshot are found.
    owner : int
        Generation of the owner that took the snapshot.
    begun : float, seconds since the epoch
        When the lane began anew because somebody asked for it: it is done once for each who asks.
    before : dict
        The snapshot before the newest: its position, and the same fields of it; empty where there
        is none.
    """

    generation: int = 0
    snapshots: int = 0
    start: int = 0
    stop: int = 0
    blocks: int = 0
    log: int = 0
    owner: int = 0
    begun: float = 0.0
    before: dict[str, int] = field(default_factory=dict)

    def text(self) -> str:
        """Return the note as it is committed."""
        return orjson.dumps(asdict(self)).decode()

    def kept(self, position: int) -> dict[str, int]:
        """Return what a later note says of this one's snapshot, which belongs to ``position``."""
        if not self.blocks:
            return {}
        return {"position": position, **{name: getattr(self, name) for name in OF_SNAPSHOT}}

    def previous(self) -> tuple[int, "Note"] | None:
        """Return the position and note to go on from the snapshot before, None without one."""
        if not self.before:
            return None
        fields = {name: self.before[name] for name in OF_SNAPSHOT}
        return self.before["position"], replace(self, **fields, before={})


def read_note(text: str) -> Note:
    """Return a committed note; nobody's where another program committed the position."""
    if not text:
        return Note()
    try:
        return Note(**orjson.loads(text))
    except (ValueError, TypeError) as error:
        raise ModelError(
            f"note of a committed position: {error}, expected one of ours; use a consumer group of"
            " Almenara's own"
        ) from error


def state_partition(topic: str, partition: int) -> int:
    """Return the partition of the state topic that keeps a lane's snapshots."""
    return zlib.crc32(f"{topic}:{partition}".encode()) % STATE_PARTITIONS


def block_key(group: str, topic: str, partition: int, snapshot: int, block: int) -> bytes:
    """Return the key of a block: the one of three snapshots before has the same, and goes."""
    return f"{group}/{topic}/{partition}/{snapshot % GENERATIONS}/{block}".encode()


def read_snapshot(
    group: str,
    topic: str,
    partition: int,
    note: Note,
    read: Callable[[int, int, int], Iterable[Record]],
) -> Arrays:
    """Return the snapshot that a lane's note tells of.

    ``read`` gives the records of a partition of the state topic from one offset to another.
    """
    parts: dict[bytes, bytes] = {}
    wanted = [block_key(group, topic, partition, note.snapshots, k) for k in range(note.blocks)]
    ours = set(wanted)
    for record in read(state_partition(topic, partition), note.start, note.stop):
        if record.key in ours and record.value is not None:
            parts[record.key] = record.value
    missing = [key for key in wanted if key not in parts]
    if missing:
        raise ModelError(
            f"snapshot: found {note.blocks - len(missing)} of its blocks, expected {note.blocks}"
        )
    return unpack([parts[key] for key in wanted])


class Recorded(NamedTuple):
    """What owners before have written about a lane since its snapshot."""

    changes: list[Advance | Dialects]  # to be done again, each before the record at its offset
    pulse: float  # stream time of the newest pulse, minus infinity without one


def recorded_of(
    lane: tuple[str, int], offset: int, log: Iterable[Record], generation: int = 0
) -> Recorded:
    """Return a lane's recorded advances and dialects that come at or after a position.

    As in the fold, owners before the highest generation heard of, ``generation`` at first, are
    ignored: what followed from their advances is too.
    """
    found: list[Advance | Dialects] = []
    pulse = -inf
    for record in log:
        if record.value is None or not _tells_of_owners(record.value):
            continue
        told, owner = decode(record.value)
        if not isinstance(told, Start | Advance | Dialects | Pulse):
            continue
        if (told.topic, told.partition) != lane or owner < generation:
            continue
        generation = owner
        if isinstance(told, Pulse):
            pulse = max(pulse, told.at)
        elif not isinstance(told, Start) and told.offset >= offset:
            found.append(told)
    return Recorded(found, pulse)


def _tells_of_owners(value: bytes) -> bool:
    return any(kind in value for kind in LOOKED_FOR)
