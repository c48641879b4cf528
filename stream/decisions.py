"""What the alerting plane is told, and what it decides. Values only."""

from dataclasses import dataclass
from typing import Any, Literal

from detectors.errors import ConfigError

from .candidates import Candidate
from .control import Control
from .drift_signals import DriftSignal
from .suppression import Suppression

State = dict[str, Any]
"""A part's state as JSON: dicts, lists, strings, finite numbers, booleans and None."""

Key = tuple[float, str, int, int, int, int, bool, str]
"""Order of judgement: decided_at, topic, partition, offset, index, step; then, among candidates of
one event, sources before destinations (who did it reads better than whom it hit), then the id."""

Outcome = Literal[
    "alert", "repeat", "over_floor", "ranked_down", "budget_missed", "suppressed", "warming_up"
]
"""What became of a candidate. ``over_floor``: not strange enough. ``ranked_down``: strange enough,
but feedback on others like it took it over the floor. ``repeat``: its incident has an alert
already, and it is not ten times stronger."""

MAX_BUDGET = 500  # charges are state, and the state is bounded
MAX_SUPPRESSIONS = 1_000
DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class AlertSettings:
    """Settings of one alerting plane. None of them enters an id.

    ``floor`` is in expected entities a day, ``budget`` in alerts in any 24 h, ``quiet_s`` is the
    time without a candidate under the floor after which an incident is over. It is a day because
    networks have a daily rhythm: what comes back each night has gaps shorter than that, and must
    not be a new incident each night.
    """

    floor: float = 1.0
    budget: int = 10
    quiet_s: float = DAY_S
    silence_s: float = 3_600.0
    suppressions: tuple[Suppression, ...] = ()
    namespace: str = "default"

    def __post_init__(self) -> None:
        """Raise ConfigError where a value cannot be meant."""
        if not self.floor > 0.0:
            raise ConfigError(
                f"floor: {self.floor!r} a day, expected more than 0; set it to 1 for the default"
            )
        if not 0 <= self.budget <= MAX_BUDGET:
            raise ConfigError(
                f"budget: {self.budget!r} alerts a day, expected 0 to {MAX_BUDGET}; "
                "set it to 0 for no alerts"
            )
        if not self.quiet_s > 0.0:
            raise ConfigError(f"quiet_s: {self.quiet_s!r} s, expected more than 0; set it to 86400")
        if not self.silence_s > 0.0:
            raise ConfigError(
                f"silence_s: {self.silence_s!r} s, expected more than 0; set it to 3600"
            )
        if len(self.suppressions) > MAX_SUPPRESSIONS:
            raise ConfigError(
                f"suppressions: found {len(self.suppressions)}, expected at most "
                f"{MAX_SUPPRESSIONS}; write networks instead of addresses"
            )


@dataclass(frozen=True, slots=True)
class IncidentView:
    """The incident of a candidate as it stood after the candidate was folded into it."""

    id: str
    entity: str  # whom it was opened for
    count: int  # candidates so far
    step: int  # alerts before this decision
    first_seen: float  # stream time


@dataclass(frozen=True, slots=True)
class Judged:
    """The decision on one candidate. E and resolution are corrected (rule 13)."""

    number: int
    candidate: Candidate
    outcome: Outcome
    class_name: str
    sentence: str
    expected: float
    resolution: float
    lanes: int
    plane_time: float
    late: bool
    incident: IncidentView
    suppression: Suppression | None
    rank: float  # E as feedback ranks it, ``expected`` without feedback


@dataclass(frozen=True, slots=True)
class DigestEntry:
    """An entity in the digest: its strongest candidate of the day, and counts of the day."""

    entity: str
    population: str
    candidate: str
    alert: str  # id of the day's last alert of this entity, "" without
    class_name: str
    sentence: str
    expected: float
    resolution: float
    outcome: str  # of the strongest
    warming_up: str
    candidates: int
    alerts: int
    first: float
    last: float
    rank: float  # of the strongest, by feedback


@dataclass(frozen=True, slots=True)
class DayDigest:
    """The day's strongest incidents, strongest first, and what else was counted."""

    number: int
    namespace: str
    day: str  # 2026-11-21, UTC
    start: float
    end: float  # midnight, or plane time where partial
    partial: bool
    entries: tuple[DigestEntry, ...]
    counts: dict[str, int]  # by outcome, and "over_limit"


@dataclass(frozen=True, slots=True)
class Drifted:
    """A drift signal in its place among the decisions."""

    number: int
    namespace: str
    signal: DriftSignal


@dataclass(frozen=True, slots=True)
class Audited:
    """What was read from the log beside the lanes' records, and what came of it."""

    number: int
    namespace: str
    offset: int  # of its record in the log
    record: Control
    before: str = ""  # what it took the place of
    refused: bool = False  # it changed nothing: there is no such rule
    evicted: tuple[str, ...] = ()  # rules that had to make room


Decision = Judged | DayDigest | Drifted | Audited
