"""What a lane's pipeline hands to the alerting plane: candidates, pulses and drift signals.

A heavy day has tens of thousands of candidates, so these are tuples: cheap to make.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from .drift_signals import DriftSignal
from .events import Position
from .evidence import Witness
from .readings import Readings


class Verdict(NamedTuple):
    """What one detector says of a row."""

    detector: str
    score: float
    expected: float  # E: entities a day of this population at least this strange; NaN not ready
    votes: bool


class RepresentativeEvent(NamedTuple):
    """The entity's last event in the window, decoded. Numbers are -1, texts "" where unset."""

    ts: float
    duration: float
    source_ip: str
    source_port: int
    destination_ip: str
    destination_port: int
    transport: int
    action: str
    outcome: str
    bytes_out: float
    bytes_in: float
    packets_out: float
    packets_in: float
    source_local: bool
    destination_local: bool
    app: str
    rule: str
    user: str
    observer: str


class Window(NamedTuple):
    """What the entity did in its window up to the row. Counts are exact but for evicted pairs."""

    start: float  # stream time; it ends 60 s later
    events: int
    failed: int  # denied, dropped, rejected or unanswered
    peers: int  # distinct addresses on the other side
    internal_peers: int
    novel_peers: int  # not seen with this entity before
    ports: int  # distinct destination ports
    main_port: int  # destination port of more than half of the events, else -1
    bytes_out: float
    bytes_in: float
    first_ts: float
    last_ts: float


class Candidate(NamedTuple):
    """The row at which an entity's window passes the candidate cut, or grows tenfold past it."""

    id: str  # 32 hexadecimal digits
    namespace: str
    stream: str
    topic: str
    partition: int
    position: Position  # the event at which it was decided
    decided_at: float  # stream time
    population: str  # "external source", "internal source", "internal destination"
    entity: str  # the bare address
    step: int
    expected: float  # fused E of this population, not corrected for populations and lanes
    resolution: float  # the smallest E the data can tell; below it say "less than"
    verdicts: tuple[Verdict, ...]
    readings: Readings
    window: Window
    event: RepresentativeEvent
    evidence: Sequence[Witness]  # in order; the last is ``event``
    warming_up: str  # "" or why this may not become an alert yet
    fingerprint: str  # of the pipeline's settings
    feature_set: str  # name and fingerprint of the feature set
    models: tuple[str, ...]  # fingerprint of each detector's configuration and prior
    voting_populations: int  # populations of this lane with a voting detector


class Pulse(NamedTuple):
    """A lane's promise: nothing with ``decided_at`` < ``at`` follows from it. At the end: inf."""

    topic: str
    partition: int
    at: float


@dataclass(frozen=True, slots=True)
class Suppressed:
    """Candidates over a lane's limit of one minute of stream time, counted in one record."""

    topic: str
    partition: int
    decided_at: float
    count: int


LaneRecord = Candidate | Pulse | Suppressed | DriftSignal
