"""Sources that fell silent, told from what idle owners write into the log (rule 6).

An owner that stands at the end of its log writes how far stream time has passed without a record. A
source is silent once that was the case of all its lanes for an hour, and for twice as long as it
was silent before: sources that rest each night are told of once. Nothing here reads a clock.
"""

from dataclasses import dataclass, field
from math import inf
from typing import Any

from .drift_signals import DriftKind, DriftSignal
from .lanes import MAX_LANES

MAX_TOPICS = 32
TIMES_USUAL = 2.0
HALF_LIFE_S = 7 * 86_400.0  # of the longest silence of the past
HOUR_S = 3_600.0


@dataclass(slots=True)
class _Source:
    """What is known of a topic. All times are stream times."""

    heard: float  # when a record came last
    now: float  # how far any of its lanes has come
    usual: float = 0.0  # the longest silence of the past, as of ``heard``
    told: bool = False
    idle: dict[int, tuple[int, float]] = field(
        default_factory=dict
    )  # offset and time, by partition


class Silences:
    """Topics with idle owners, at most ``MAX_TOPICS``: the one heard longest ago is forgotten.

    Parameters
    ----------
    silence_s : float
        Least silence that is told.
    """

    def __init__(self, silence_s: float) -> None:
        self._silence_s = silence_s
        self._sources: dict[str, _Source] = {}

    def pulse(self, topic: str, partition: int, at: float) -> DriftSignal | None:
        """Take a pulse; one that an idle owner did not announce comes from records."""
        source = self._sources.get(topic)
        if source is None or at <= source.idle.get(partition, (0, at - 1.0))[1]:
            return None
        return self._came(topic, source, partition, at)

    def idle(
        self, topic: str, partition: int, offset: int, span: tuple[float, float]
    ) -> list[DriftSignal]:
        """Take what an idle owner wrote: the offset it waits for, and the times it goes between."""
        pulse, at = span
        made: list[DriftSignal | None] = []
        source = self._sources.get(topic)
        if source is None:
            source = self._met(topic, pulse if pulse <= at and pulse > -inf else at)
        last = source.idle.get(partition)
        if last is not None and last[0] != offset:  # records came, however late
            made.append(self._came(topic, source, partition, max(pulse, last[1])))
        source.idle[partition] = offset, at
        self._make_room()
        source.now = max(source.now, at)
        gap = at - source.heard
        usual = _faded(source, at)
        limit = max(self._silence_s, TIMES_USUAL * usual)
        if gap > limit and not source.told:
            source.told = True
            made.append(
                _signal("silence", topic, partition, (source.heard, at), usual, gap / limit)
            )
        return [signal for signal in made if signal is not None]

    def _make_room(self) -> None:
        """Of too many lanes forget one of the source that has most: it is met again."""
        if sum(len(source.idle) for source in self._sources.values()) > MAX_LANES:
            most = max(self._sources.values(), key=lambda source: len(source.idle))
            del most.idle[next(iter(most.idle))]

    def _met(self, topic: str, at: float) -> _Source:
        if len(self._sources) >= MAX_TOPICS:
            del self._sources[min(self._sources, key=lambda name: self._sources[name].heard)]
        source = self._sources[topic] = _Source(at, at)
        return source

    def _came(self, topic: str, source: _Source, partition: int, at: float) -> DriftSignal | None:
        """Note that records came: now, as far as other lanes of the source tell what that is."""
        at = max(at, source.now)
        gap, usual = at - source.heard, _faded(source, at)
        since, was_told = source.heard, source.told
        source.usual, source.told = max(gap, usual), False
        source.heard = source.now = at
        if not was_told:
            return None
        return _signal("resumed", topic, partition, (since, at), usual, 0.0)

    def state(self) -> list[Any]:
        """Return all that is known."""
        return [
            [topic, s.heard, s.now, s.usual, s.told, [[k, *idle] for k, idle in s.idle.items()]]
            for topic, s in self._sources.items()
        ]

    def restore(self, state: list[Any]) -> None:
        """Take up a state that ``state`` returned."""
        self._sources = {
            topic: _Source(heard, now, usual, told, {k: (offset, at) for k, offset, at in idle})
            for topic, heard, now, usual, told, idle in state
        }


def _faded(source: _Source, at: float) -> float:
    return float(source.usual * 0.5 ** (max(0.0, at - source.heard) / HALF_LIFE_S))


def _signal(
    kind: DriftKind,
    topic: str,
    partition: int,
    span: tuple[float, float],
    usual: float,
    distance: float,
) -> DriftSignal:
    since, at = span
    return DriftSignal(
        topic=topic,
        partition=partition,
        at=at,
        kind=kind,
        subject=topic,
        population="",
        method="idle owners",
        value=(at - since) / HOUR_S,
        reference=usual / HOUR_S,
        distance=distance,
        unit="hours",
        since=since,
        events=0,
    )
