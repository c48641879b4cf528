"""Records of the log that decisions are folded from, as JSON values of `almenara.lane.v1`.

One value is one record of one lane, or of nobody's: control (``stream.control``). Those of a lane
carry its generation: how often its ownership has changed. Floats that JSON does not have are
written as their words.
"""

from collections.abc import Callable
from math import isfinite
from typing import Any, NamedTuple

import numpy as np
import orjson
from numpy.typing import NDArray

from detectors.errors import ModelError

from .candidates import (
    Candidate,
    LaneRecord,
    Pulse,
    RepresentativeEvent,
    Suppressed,
    Verdict,
    Window,
)
from .control import Control, Feedback, Note, SuppressionAdded, SuppressionRemoved
from .control_log import CONTROL_KINDS, read_control, write_control
from .drift_signals import DriftSignal
from .events import Position
from .evidence import Witness
from .formats.dialect import DialectTexts
from .readings import Readings

VERSION = 1


class Start(NamedTuple):
    """A lane has an owner: it will be heard of."""

    topic: str
    partition: int
    at: float = 0.0  # wall clock of the owner, 0 where it is not known


class Advance(NamedTuple):
    """An idle owner lets stream time pass to ``at`` before it reads the record at ``offset``."""

    topic: str
    partition: int
    offset: int
    at: float


class Dialects(NamedTuple):
    """From the record at ``offset`` on a lane is read with these files of the user's dialects."""

    topic: str
    partition: int
    offset: int
    at: float  # wall clock of the owner
    files: DialectTexts


class Overtake(NamedTuple):
    """Patience with a lane ran out: what follows is decided without it until its next pulse."""

    topic: str
    partition: int


class Gap(NamedTuple):
    """Records were gone before they were read: reading goes on at ``found``, not ``expected``.

    Of a lane, or of one of our own topics. Nothing is decided by it; it is there to be told.
    """

    topic: str
    partition: int
    expected: int
    found: int
    at: float = 0.0  # wall clock of the reader, 0 where it is not known


LogRecord = LaneRecord | Start | Advance | Dialects | Overtake | Gap | Control
Json = dict[str, Any]


def encode(record: LogRecord, generation: int) -> bytes:
    """Return the value of a record of the log; control has no generation."""
    if isinstance(record, SuppressionAdded | SuppressionRemoved | Feedback | Note):
        kind = CONTROL_KINDS[type(record)]
        return orjson.dumps({"version": VERSION, "kind": kind, **write_control(record)})
    kind = _KINDS[type(record)]
    place = {"topic": record.topic, "partition": record.partition, "generation": generation}
    return orjson.dumps({"version": VERSION, "kind": kind, **place, **_ENCODERS[kind](record)})


def decode(value: bytes) -> tuple[LogRecord, int]:
    """Return a record of the log and its lane's generation; ModelError where it is none."""
    try:
        found = orjson.loads(value)
        version, kind = found["version"], found["kind"]
        if version != VERSION:
            raise ModelError(
                f"record of the lane log: version {version!r}, expected {VERSION}; use the release"
                " that wrote it"
            )
        if kind in CONTROL_KINDS.values():
            return read_control(kind, found), 0
        return _DECODERS[kind](found), int(found["generation"])
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"record of the lane log: {type(error).__name__} ({error}), expected a record of"
            f" version {VERSION}; nothing but Almenara may write to this topic"
        ) from error


def _written(number: float) -> float | str:
    return number if isfinite(number) else str(number)


def _candidate(made: Candidate) -> Json:
    readings = made.readings.columns
    return {
        "id": made.id,
        "namespace": made.namespace,
        "stream": made.stream,
        "position": [made.position.offset, made.position.index],
        "decided_at": made.decided_at,
        "population": made.population,
        "entity": made.entity,
        "step": made.step,
        "expected": _written(made.expected),
        "resolution": _written(made.resolution),
        "verdicts": [
            [v.detector, _written(v.score), _written(v.expected), v.votes] for v in made.verdicts
        ],
        "features": readings.names,
        "values": [_written(x) for x in readings.values],
        "typical": [_written(x) for x in readings.typical],
        "contributions": [_written(x) for x in readings.contributions],
        "of_entity": sorted(readings.of_entity),
        "window": [_written(x) for x in made.window],
        "event": [_written(x) if isinstance(x, float) else x for x in made.event],
        "evidence": [
            [w.position.offset, w.position.index, _written(w.ts), w.peer] for w in made.evidence
        ],
        "warming_up": made.warming_up,
        "fingerprint": made.fingerprint,
        "feature_set": made.feature_set,
        "models": made.models,
        "voting_populations": made.voting_populations,
    }


def _read_candidate(found: Json) -> Candidate:
    return Candidate(
        id=found["id"],
        namespace=found["namespace"],
        stream=found["stream"],
        topic=found["topic"],
        partition=found["partition"],
        position=Position(*found["position"]),
        decided_at=found["decided_at"],
        population=found["population"],
        entity=found["entity"],
        step=found["step"],
        expected=float(found["expected"]),
        resolution=float(found["resolution"]),
        verdicts=tuple(
            Verdict(name, float(score), float(expected), votes)
            for name, score, expected, votes in found["verdicts"]
        ),
        readings=Readings(
            tuple(found["features"]),
            _floats(found["values"]),
            _floats(found["typical"]),
            _floats(found["contributions"]),
            frozenset(found["of_entity"]),
        ),
        window=_typed(Window, found["window"]),
        event=_typed(RepresentativeEvent, found["event"]),
        evidence=tuple(
            Witness(Position(offset, index), float(ts), peer)
            for offset, index, ts, peer in found["evidence"]
        ),
        warming_up=found["warming_up"],
        fingerprint=found["fingerprint"],
        feature_set=found["feature_set"],
        models=tuple(found["models"]),
        voting_populations=found["voting_populations"],
    )


def _floats(written: list[float | str]) -> NDArray[np.float64]:
    return np.array([float(x) for x in written])


def _typed(kind: Any, fields: list[Any]) -> Any:
    """Make a tuple of its fields; numbers that were written as words become floats again."""
    types = kind.__annotations__.values()
    return kind(*(float(x) if t is float else x for x, t in zip(fields, types, strict=True)))


def _where(found: Json) -> tuple[str, int]:
    return found["topic"], found["partition"]


_KINDS: dict[type[Any], str] = {
    Candidate: "candidate",
    Pulse: "pulse",
    Suppressed: "suppressed",
    Start: "start",
    Advance: "advance",
    Dialects: "dialects",
    Overtake: "overtake",
    Gap: "gap",
    DriftSignal: "drift",
}
_ENCODERS: dict[str, Callable[[Any], Json]] = {
    "candidate": _candidate,
    "pulse": lambda record: {"at": _written(record.at)},
    "suppressed": lambda record: {"decided_at": record.decided_at, "count": record.count},
    "start": lambda record: {"at": record.at},
    "advance": lambda record: {"offset": record.offset, "at": record.at},
    "dialects": lambda record: {
        "offset": record.offset,
        "at": record.at,
        "files": record.files,
    },
    "overtake": lambda _: {},
    "gap": lambda record: {
        "expected": record.expected,
        "found": record.found,
        "at": record.at,
    },
    "drift": lambda record: {
        "fields": [_written(x) if isinstance(x, float) else x for x in record[2:]]
    },
}
_DECODERS: dict[str, Callable[[Json], LogRecord]] = {
    "candidate": _read_candidate,
    "pulse": lambda found: Pulse(*_where(found), float(found["at"])),
    "suppressed": lambda found: Suppressed(*_where(found), found["decided_at"], found["count"]),
    "start": lambda found: Start(*_where(found), found.get("at", 0.0)),
    "advance": lambda found: Advance(*_where(found), found["offset"], found["at"]),
    "dialects": lambda found: Dialects(
        *_where(found),
        found["offset"],
        found["at"],
        tuple((name, text) for name, text in found["files"]),
    ),
    "overtake": lambda found: Overtake(*_where(found)),
    "gap": lambda found: Gap(
        *_where(found), found["expected"], found["found"], found.get("at", 0.0)
    ),
    "drift": lambda found: _typed(DriftSignal, [*_where(found), *found["fields"]]),
}
