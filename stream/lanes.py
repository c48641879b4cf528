"""The lanes a plane listens to: how far each has come, and which were heard of lately."""

from collections.abc import Iterable
from dataclasses import astuple, dataclass
from math import inf, isfinite
from typing import Any

from .candidates import Candidate, Pulse, Suppressed
from .decisions import DAY_S, State
from .drift_signals import DriftSignal, drift_id

Name = tuple[str, int]  # topic, partition
MAX_LANES = 256
MAX_RECENT = 8_192  # ids by which repeats at one decided_at are told
PREFIX = 16  # 64 bits of an id are enough for that


@dataclass(slots=True)
class Lane:
    """What is known of one lane. All times are stream times."""

    pulse: float = -inf  # nothing follows before this
    heard: float = -inf  # the largest finite time in any of its records
    newest: float = -inf  # decided_at of its newest candidate
    over_limit: float = -inf  # decided_at of its newest count of candidates over the limit
    drifted: float = -inf  # time of its newest drift signal
    generation: int = 0  # the highest owner heard of
    overtaken: bool = False  # patience ran out: not waited for until its next pulse


class Lanes:
    """Known lanes, at most ``MAX_LANES``: the one heard longest ago is forgotten, and counted.

    Lanes are named at the start or known from their first record. Nothing is decided before every
    known lane has passed it.
    """

    def __init__(self, names: Iterable[Name]) -> None:
        self._lanes: dict[Name, Lane] = {}
        self._recent: dict[str, None] = {}
        self.forgotten = 0
        for name in names:
            self._lane(name)

    def _lane(self, name: Name) -> Lane:
        lane = self._lanes.get(name)
        if lane is None:
            if len(self._lanes) >= MAX_LANES:
                del self._lanes[min(self._lanes, key=lambda known: self._lanes[known].heard)]
                self.forgotten += 1
            lane = self._lanes[name] = Lane()
        return lane

    def owned(self, name: Name, generation: int) -> bool:
        """Note a lane's owner; return False if a later one was heard of already."""
        lane = self._lane(name)
        lane.generation = max(lane.generation, generation)
        return generation == lane.generation

    def overtake(self, name: Name) -> None:
        """Wait for a lane no longer, until its next pulse."""
        self._lane(name).overtaken = True

    def behind(self, at: float) -> dict[Name, float]:
        """Return the pulses of the lanes that are waited for before ``at`` is decided."""
        return {
            name: lane.pulse
            for name, lane in self._lanes.items()
            if not lane.overtaken and lane.pulse <= at
        }

    def pulse(self, record: Pulse) -> None:
        """Note how far a lane has come."""
        lane = self._lane((record.topic, record.partition))
        lane.overtaken = False
        lane.pulse = max(lane.pulse, record.at)
        if isfinite(record.at):
            lane.heard = max(lane.heard, record.at)

    def pulse_of(self, name: Name) -> float:
        """Return how far a lane has come, minus infinity where it has not begun."""
        return self._lane(name).pulse

    def is_new(self, record: Candidate | Suppressed | DriftSignal) -> bool:
        """Note a record; return False if it is a repeat of one already noted.

        A lane's candidates come with rising ``decided_at``: one before the newest is a repeat, one
        at the newest is told by its id. So do its drift signals and its counts, each by itself.
        """
        lane = self._lane((record.topic, record.partition))
        if isinstance(record, Suppressed):
            is_new = record.decided_at > lane.over_limit
            lane.over_limit = max(lane.over_limit, record.decided_at)
            at = record.decided_at
        elif isinstance(record, DriftSignal):
            at = record.at
            is_new = at >= lane.drifted and self._is_first(drift_id("", record))
            lane.drifted = max(lane.drifted, at)
        else:
            at = record.decided_at
            is_new = at >= lane.newest and self._is_first(record.id)
            lane.newest = max(lane.newest, at)
        if is_new:
            lane.heard = max(lane.heard, at)
        return is_new

    def _is_first(self, ident: str) -> bool:
        mark = ident[:PREFIX]
        if mark in self._recent:
            return False
        self._recent[mark] = None
        if len(self._recent) > MAX_RECENT:
            del self._recent[next(iter(self._recent))]
        return True

    @property
    def horizon(self) -> float:
        """The time that every known lane has passed, but for those that were overtaken."""
        waited_for = (lane.pulse for lane in self._lanes.values() if not lane.overtaken)
        return min(waited_for, default=-inf)

    def heard_lately(self, at: float) -> int:
        """Return how many lanes were heard of in the 24 h up to plane time ``at``, at least 1.

        When a candidate is judged every lane has either passed it or ended, so the number does not
        depend on how the lanes' records were mixed.
        """
        return max(1, sum(lane.heard > at - DAY_S for lane in self._lanes.values()))

    def state(self) -> State:
        """Return all that is known; infinite times as their words."""
        return {
            "lanes": [[*name, *map(_written, astuple(lane))] for name, lane in self._lanes.items()],
            "recent": list(self._recent),
            "forgotten": self.forgotten,
        }

    def restore(self, state: State) -> None:
        """Take up a state that ``state`` returned."""
        self._lanes = {(topic, part): _lane_of(fields) for topic, part, *fields in state["lanes"]}
        self._recent = dict.fromkeys(state["recent"])
        self.forgotten = state["forgotten"]


def _lane_of(fields: list[Any]) -> Lane:
    pulse, heard, newest, over_limit, drifted, generation, overtaken = fields
    return Lane(
        float(pulse),
        float(heard),
        float(newest),
        float(over_limit),
        float(drifted),
        generation,
        overtaken,
    )


def _written(time: float) -> float | str:
    return time if isfinite(time) else str(time)  # JSON has no infinity
