"""What the lanes of a score worker are counted by: what changed of each since it was looked at."""

import math
import threading
import time
from collections.abc import Callable

from connectors.kafka_batches import Batch
from connectors.kafka_clients import Headers

from .candidates import Candidate
from .lane_log import LogRecord
from .metrics import Meters, Pull
from .metrics_table import (
    ABSTAINING,
    AHEAD,
    BYTES,
    CANDIDATE_LATENCY,
    CANDIDATES,
    CLOSED_EARLY,
    EVICTED,
    GENERATION,
    LAG,
    LANES,
    LATE,
    NO_EVENT,
    PARSED,
    RECORDS,
    ROWS,
    SNAPSHOT_AGE,
    SNAPSHOT_BYTES,
    STREAM_TIME,
    Meter,
)
from .owned_lane import OwnedLane
from .record_times import written

Name = tuple[str, int]
Counts = dict[tuple[Meter, tuple[str, ...]], int]

OF_PIPELINE = {
    "late": LATE,
    "ahead": AHEAD,
    "rows": ROWS,
    "evicted": EVICTED,
    "closed_early": CLOSED_EARLY,
    "candidates": CANDIDATES,
}
NO_DIALECT = "none"  # records in which no dialect was recognised


class LaneMeters:
    """Counts what the lanes of a worker do: what has changed of each since it was looked at last.

    Looking costs some microseconds a dialect, so it is done at a scrape and when a lane goes.

    Parameters
    ----------
    meters : Meters
    """

    def __init__(self, meters: Meters) -> None:
        self._meters = meters
        self._lock = threading.Lock()
        self._seen: dict[Name, tuple[OwnedLane, Counts]] = {}

    def opened(self, name: Name, lane: OwnedLane) -> None:
        """Count a lane from here on: what its snapshot brought was counted by an owner before."""
        with self._lock:
            self._seen[name] = (lane, counts_of(name, lane))

    def closed(self, name: Name) -> None:
        """Count what is new of a lane for the last time."""
        self.look(name)
        with self._lock:
            self._seen.pop(name, None)

    def look(self, name: Name) -> None:
        """Count what is new of a lane."""
        with self._lock:
            if name not in self._seen:
                return
            lane, before = self._seen[name]
            now = counts_of(name, lane)
            self._seen[name] = (lane, now)
            for (meter, labels), count in now.items():
                more = count - before.get((meter, labels), 0)
                if more > 0:
                    self._meters.count(meter, more, *labels)

    def headers(self, made: LogRecord, batch: Batch | None) -> Headers:
        """Return the headers of what a batch made, and note how long a candidate took."""
        if not isinstance(made, Candidate) or not batch:
            return ()
        at = record_time(batch, made.position.offset)
        if not math.isnan(at):
            self._meters.took(CANDIDATE_LATENCY, max(0.0, time.time() - at))
        return written(made.id, at)

    def pull(self, end: Callable[[Name], int | None]) -> Pull:
        """Return what sets the gauges of lanes; ``end`` knows where a lane's log was last seen."""

        def pull(meters: Meters) -> None:
            for meter in (LAG, GENERATION, STREAM_TIME, SNAPSHOT_AGE, SNAPSHOT_BYTES):
                meters.forget(meter)
            owned = {name: lane for name, (lane, _) in list(self._seen.items())}
            for name, lane in owned.items():
                self.look(name)
                _set_gauges(meters, name, lane, end(name))
            meters.set(LANES, len(owned))
            meters.set(ABSTAINING, sum(len(lane.pipeline.abstained) for lane in owned.values()))

        return pull


def _set_gauges(meters: Meters, name: Name, lane: OwnedLane, end: int | None) -> None:
    where = (name[0], str(name[1]))
    if end is not None:
        meters.set(LAG, max(0, end - lane.position), *where)
    meters.set(GENERATION, lane.note.generation, *where)
    meters.set(SNAPSHOT_AGE, time.monotonic() - lane.snapshot_at, *where)
    meters.set(SNAPSHOT_BYTES, lane.snapshot_bytes, *where)
    if lane.pipeline.times is not None:
        meters.set(STREAM_TIME, lane.pipeline.now, *where)


def counts_of(name: Name, lane: OwnedLane) -> Counts:
    """Return the counters of a lane as metrics with labels."""
    where, pipeline = (name[0], str(name[1])), lane.pipeline
    found: Counts = {(RECORDS, where): lane.records, (BYTES, where): lane.bytes}
    for counter, count in pipeline.counts().items():
        if counter in OF_PIPELINE:
            found[OF_PIPELINE[counter], ()] = count
    for dialect, statuses in pipeline.parser.counts().items():
        for status, count in statuses.items():
            if count:
                found[PARSED, (dialect or NO_DIALECT, status)] = count
    for dialect, reasons in pipeline.parser.reason_counts().items():
        for reason, count in reasons.items():
            found[NO_EVENT, (dialect or NO_DIALECT, reason)] = count
    return found


def record_time(records: Batch, offset: int) -> float:
    """Return the time of the record at an offset, of the oldest where it is not among them."""
    k = records.place(offset)
    is_there = k < len(records) and records.offsets[k] == offset
    return records[k if is_there else 0].timestamp
