"""What a lane, or the plane, says when "normal" itself seems to change. Values only."""

from typing import Literal, NamedTuple

from .ids import content_id

DriftKind = Literal["schema", "volume", "score", "silence", "resumed"]
Stage = Literal["began", "ended", "adopted"]
"""Of a change: it was noticed, it is as before, or it has lasted for a week and is usual now."""


class DriftSignal(NamedTuple):
    """One change. ``value`` and ``reference`` are in the unit that ``unit`` names."""

    topic: str
    partition: int
    at: float  # stream time at which it was noticed
    kind: DriftKind
    subject: str  # what changed: a status, a detector, a topic
    population: str  # "" where it is not about one
    method: str  # what noticed it
    value: float  # now
    reference: float  # what was usual
    distance: float  # how far the two are apart, in the method's own measure
    unit: str
    since: float  # stream time of the first of what was compared
    events: int  # that were compared; 0 where nothing came
    stage: Stage = "began"


def drift_id(namespace: str, signal: DriftSignal) -> str:
    """Return the id of a signal: a hash of where, when and about what it is.

    Nothing begins and ends at one time.
    """
    place = (signal.topic, signal.partition, signal.at)
    return content_id("drift", namespace, *place, signal.kind, signal.subject, signal.population)
