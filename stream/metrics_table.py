"""Every metric that a role shows: the only definition of names, labels and meanings."""

from typing import Literal, NamedTuple

Kind = Literal["counter", "gauge", "histogram"]

BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
"""Seconds; upper ends of the histograms of latency."""


class Meter(NamedTuple):
    """One metric. Labels are names of our own or of topics: their values are bounded."""

    name: str
    kind: Kind
    role: str  # that shows it
    labels: tuple[str, ...]
    meaning: str


def _counter(role: str, name: str, meaning: str, *labels: str) -> Meter:
    return Meter(f"almenara_{name}_total", "counter", role, labels, meaning)


def _gauge(role: str, name: str, meaning: str, *labels: str) -> Meter:
    return Meter(f"almenara_{name}", "gauge", role, labels, meaning)


def _latency(role: str, name: str, meaning: str, *labels: str) -> Meter:
    return Meter(f"almenara_{name}_latency_seconds", "histogram", role, labels, meaning)


BUILD = _gauge(
    "every", "build", "Always 1; says which release and role answers.", "version", "role"
)
IS_READY = _gauge("every", "ready", "1 where `/health/ready` answers 200, else 0.")
STEP_AGE = _gauge("every", "step_age_seconds", "Time since the main loop was last heard of.")
KAFKA_AWAY = _gauge(
    "every", "kafka_away", "1 where a client of this process waits for Kafka, else 0."
)
LAG = _gauge(
    "every",
    "lag_records",
    "Records of a partition that were not taken yet, as of the last answer of Kafka.",
    "topic",
    "partition",
)
DEAD_LETTERS = _counter(
    "score, rekey, index", "dead_letters", "Records sent to the dead letters.", "stage"
)

RECORDS = _counter("score, rekey", "records", "Records taken.", "topic", "partition")
BYTES = _counter("score, rekey", "bytes", "Bytes of the records taken.", "topic", "partition")
PARSED = _counter(
    "score",
    "parsed_records",
    "Records by what became of them: events, unused, header or rejected.",
    "dialect",
    "status",
)
NO_EVENT = _counter(
    "score",
    "records_without_event",
    "Records that were rejected or not used, by reason.",
    "dialect",
    "reason",
)
CANDIDATES = _counter("score", "candidates", "Candidates made.")
ROWS = _counter("score", "rows", "Rows of features judged.")
LATE = _counter("score", "late_events", "Events behind stream time.")
AHEAD = _counter("score", "ahead_events", "Events too far ahead of stream time.")
EVICTED = _counter(
    "score", "evicted", "Entities, pairs and services forgotten because a table was full."
)
CLOSED_EARLY = _counter("score", "windows_closed_early", "Windows closed for want of room.")
CANDIDATE_LATENCY = _latency(
    "score", "candidate", "From the time of a record to its candidate in the log of lanes."
)
LANES = _gauge("score", "lanes", "Lanes that this worker owns.")
GENERATION = _gauge(
    "score", "lane_generation", "How often a lane has changed owners.", "topic", "partition"
)
STREAM_TIME = _gauge(
    "score", "stream_time_seconds", "Stream time of a lane, since the epoch.", "topic", "partition"
)
SNAPSHOT_AGE = _gauge(
    "score",
    "snapshot_age_seconds",
    "Time since a lane's last snapshot was taken, or since it was taken over.",
    "topic",
    "partition",
)
SNAPSHOT_BYTES = _gauge(
    "score",
    "snapshot_bytes",
    "Size of the last snapshot of a lane by this worker, compressed.",
    "topic",
    "partition",
)
SNAPSHOTS = _counter("score", "snapshots", "Snapshots committed.")
SNAPSHOTS_DROPPED = _counter(
    "score", "snapshots_dropped", "Snapshots that could not be committed; the next holds more."
)
ABSTAINING = _gauge(
    "score", "abstaining", "Detectors that raised and abstain since, by population and lane."
)

KEYED = _counter("rekey", "keyed_records", "Records sent on under the key of their host.", "topic")
KEYED_AGAIN = _counter(
    "rekey", "keyed_again", "Records read again because their transaction was not committed."
)

DECISIONS = _counter(
    "alert",
    "decisions",
    "Decisions sent: alert, repeat, over_floor, budget_missed, suppressed, warming_up, digest,"
    " drift, audit.",
    "outcome",
)
DRIFT = _counter("alert", "drift_signals", "Signals of drift sent.", "kind", "stage")
LATE_DECISIONS = _counter("alert", "late_decisions", "Candidates that came after their turn.")
BUDGET = _gauge("alert", "budget", "Alerts allowed in any 24 hours.")
BUDGET_LEFT = _gauge(
    "alert", "budget_left", "Alerts left in the 24 hours up to the state last written."
)
DECIDED = _gauge(
    "alert", "decision_number", "Number of the next decision, as of the state last written."
)
STATE_BYTES = _gauge("alert", "plane_state_bytes", "Size of the state of all decisions, as JSON.")
KNOWN_LANES = _gauge("alert", "known_lanes", "Lanes that the plane knows.")
OVERTAKEN = _gauge("alert", "overtaken_lanes", "Lanes that are not waited for any more.")
REPEATS = _gauge("alert", "repeated_candidates", "Candidates dropped as repeats, ever.")
IGNORED = _gauge("alert", "ignored_records", "Records of owners that were replaced, ever.")

PUBLISHED = _counter("publish", "published", "Documents sent to our topics.", "kind")
PUBLISH_REPEATS = _counter("publish", "repeated_decisions", "Decisions dropped as sent before.")
PUBLISH_EARLY = _counter(
    "publish", "early_decisions", "Decisions left out until they come again behind a missing one."
)
PUBLISH_LATENCY = _latency(
    "publish",
    "published",
    "From the time of a candidate's record to its documents in our topics.",
    "kind",
)

CREATED = _counter("index", "documents_created", "Documents created.")
PRESENT = _counter("index", "documents_present", "Documents that were there already.")
REFUSED = _counter("index", "documents_refused", "Documents that went to the dead letters.")
RETRIES = _counter("index", "bulk_retries", "Bulks sent again, in whole or in part.")
ELASTICSEARCH_UP = _gauge(
    "index", "elasticsearch_up", "1 where Elasticsearch answered when last asked, else 0."
)
INDEX_LATENCY = _latency(
    "index",
    "indexed",
    "From the time of a candidate's record to its documents acknowledged by Elasticsearch.",
    "kind",
)

METERS: tuple[Meter, ...] = tuple(
    value for value in list(globals().values()) if isinstance(value, Meter)
)
"""All of them, in this order."""


def of_role(role: str) -> list[Meter]:
    """Return the metrics of a role (score, rekey, alert, publish or index)."""
    return [meter for meter in METERS if meter.role == "every" or role in meter.role.split(", ")]
