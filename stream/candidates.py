"""What a lane's pipeline hands to the alerting plane: candidates and pulses."""

from dataclasses import dataclass
from typing import NamedTuple

from .events import Position


class Verdict(NamedTuple):
    """What one detector says of a row."""

    detector: str
    score: float
    expected: float  # E: entities a day of this population at least this strange; NaN not ready
    votes: bool


class Reading(NamedTuple):
    """One feature of a flagged row, with what would have been usual."""

    feature: str
    value: float
    typical: float  # NaN where nothing is known yet
    typical_of: str  # "entity" or "peers"
    contribution: float  # share of the row's score, 0 to 1


class Witness(NamedTuple):
    """One event of the evidence: where it stands, when it was, and who was on the other side."""

    position: Position
    ts: float
    peer: str


@dataclass(frozen=True, slots=True)
class RepresentativeEvent:
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


@dataclass(frozen=True, slots=True)
class Window:
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


@dataclass(frozen=True, slots=True)
class Candidate:
    """The row at which an entity's window passes the candidate cut, or grows tenfold past it.

    ``readings`` holds every feature of the row, strongest contribution first.
    """

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
    readings: tuple[Reading, ...]
    window: Window
    event: RepresentativeEvent
    evidence: tuple[Witness, ...]  # in order: first, up to eight between, last
    warming_up: str  # "" or why this may not become an alert yet
    fingerprint: str  # of the pipeline's settings
    feature_set: str  # name and fingerprint of the feature set
    models: tuple[str, ...]  # fingerprint of each detector's configuration and prior
    voting_populations: int  # populations of this lane with a voting detector


@dataclass(frozen=True, slots=True)
class Pulse:
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


LaneRecord = Candidate | Pulse | Suppressed
