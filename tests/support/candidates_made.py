"""Candidates for tests, with only what a test is about said out loud."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from stream.candidates import (
    Candidate,
    Pulse,
    RepresentativeEvent,
    Verdict,
    Window,
)
from stream.events import Position
from stream.evidence import Witness
from stream.features.feature_set import CONNECTION_SET
from stream.ids import candidate_ids
from stream.readings import Readings

DAY = 86_400.0
START = 1_655_164_800.0  # 2022-06-14T00:00:00Z

QUIET_WINDOW = Window(
    start=START,
    events=1,
    failed=0,
    peers=1,
    internal_peers=1,
    novel_peers=0,
    ports=1,
    main_port=443,
    bytes_out=300.0,
    bytes_in=900.0,
    first_ts=START + 1.0,
    last_ts=START + 1.0,
)

SOME_EVENT = RepresentativeEvent(
    ts=START + 1.0,
    duration=0.5,
    source_ip="203.0.113.9",
    source_port=51_000,
    destination_ip="10.0.0.5",
    destination_port=443,
    transport=6,
    action="unknown",
    outcome="attempt",
    bytes_out=300.0,
    bytes_in=900.0,
    packets_out=3.0,
    packets_in=4.0,
    source_local=False,
    destination_local=True,
    app="",
    rule="",
    user="",
    observer="",
)

NAN = float("nan")


def readings(
    values: dict[str, float] | None = None,
    typical: dict[str, float] | None = None,
    typical_of: str = "peers",
) -> Readings:
    """Every feature of the set; those named come first, with falling contributions."""
    values, typical = values or {}, typical or {}
    unknown = (values.keys() | typical.keys()) - set(CONNECTION_SET.names)
    assert not unknown, unknown
    names = [*values, *(name for name in CONNECTION_SET.names if name not in values)]
    return Readings(
        tuple(names),
        np.array([values.get(name, 0.0) for name in names]),
        np.array([typical.get(name, NAN) for name in names]),
        np.array([0.5 ** (k + 1) if names[k] in values else 0.0 for k in range(len(names))]),
        frozenset(range(len(names))) if typical_of == "entity" else frozenset(),
    )


def candidate(
    at: float = 0.0, entity: str = "203.0.113.9", e: float = 0.5, **changes: Any
) -> Candidate:
    """One candidate decided ``at`` seconds after START; any field of it, or of a part, by name.

    ``window``, ``event`` take dicts of changes; ``values`` and ``typical`` make the readings.
    """
    window = QUIET_WINDOW._replace(
        **{
            "start": START + at // 60 * 60,
            "first_ts": START + at,
            "last_ts": START + at,
            **changes.pop("window", {}),
        },
    )
    population = changes.get("population", "external source")
    ours = "destination_ip" if "destination" in population else "source_ip"
    event = SOME_EVENT._replace(**{"ts": START + at, ours: entity, **changes.pop("event", {})})
    position = Position(*changes.pop("position", (int(at * 10), 0)))
    peer = event.source_ip if ours == "destination_ip" else event.destination_ip
    made = Candidate(
        id="",
        namespace="default",
        stream="test",
        topic="test",
        partition=0,
        position=position,
        decided_at=START + at,
        population=population,
        entity=entity,
        step=0,
        expected=e,
        resolution=0.0,
        verdicts=(Verdict("tails", 21.5, e, votes=True),),
        readings=readings(
            changes.pop("values", None),
            changes.pop("typical", None),
            changes.pop("typical_of", "peers"),
        ),
        window=window,
        event=event,
        evidence=(Witness(position, START + at, peer),),
        warming_up="",
        fingerprint="f" * 16,
        feature_set=f"{CONNECTION_SET.name}:{CONNECTION_SET.fingerprint}",
        models=("tails 0123456789abcdef prior-1",),
        voting_populations=1,
    )
    made = made._replace(**changes)
    return made._replace(id=id_of(made))


def id_of(made: Candidate) -> str:
    """Return the id that a candidate's content gives."""
    lane = made.namespace, made.stream, made.topic, made.partition
    window = made.population, made.entity, made.window.start, made.step
    return next(candidate_ids(lane, [window], made.fingerprint))


def pulse(at: float, topic: str = "test", partition: int = 0) -> Pulse:
    """Make the pulse of a lane ``at`` seconds after START."""
    return Pulse(topic, partition, START + at)


def closing(topic: str = "test", partition: int = 0) -> Pulse:
    """Make the pulse that ends a lane."""
    return Pulse(topic, partition, float("inf"))


def lane(candidates: Iterable[Candidate], every: float = 10.0) -> list[Candidate | Pulse]:
    """Candidates of one lane in order with a pulse after each boundary passed, and the closing."""
    records: list[Candidate | Pulse] = []
    last = None
    for made in candidates:
        boundary = (made.decided_at - START) // every * every
        if last is None or boundary > last:
            records.append(pulse(boundary, made.topic, made.partition))
            last = boundary
        records.append(made)
    if records:
        records.append(closing(records[0].topic, records[0].partition))
    return records
