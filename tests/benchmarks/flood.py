"""A flood of distinct source addresses: memory, accounts, and a scan that hides in its middle.

Two lanes take the beginning of the same flood, each in a process of its own that does nothing else:
one until its tables are just full, one all of it. The peak memory of the second may be at most a
tenth above that of the first; each minute gives at most 1,000 candidates and counts the rest.

    python tests/benchmarks/flood.py [--sources 10000000] [--per-minute 1000000]
                                     [--max-entities 1000000] [--json OUT]
"""

import argparse
import multiprocessing
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import chain
from multiprocessing.connection import Connection
from pathlib import Path

from about_run import finish, options, progress, table  # first: it configures numba

from stream.arrays import Arrays  # isort: skip
from stream.addresses import address_text
from stream.candidates import Candidate, LaneRecord, Suppressed
from stream.cut import PER_MINUTE
from stream.events import EventBatch
from stream.networks import V4_PREFIX
from stream.pipeline import Pipeline, PipelineSettings
from stream.simulate.batch import to_batch
from stream.simulate.loads import SCANNER, address_flood

AT_ONCE = 20_000
MOST = 1.1  # times the memory with tables that are just full
SCANNER_ADDRESS = address_text(0, V4_PREFIX | int(SCANNER))


@dataclass(frozen=True, slots=True)
class Taken:
    """What a lane made of the flood."""

    events: int
    seconds: float  # of CPU
    start_mib: float  # resident before the first event
    peak_mib: float
    entities: int
    evicted: int
    rows: int
    candidates: int
    suppressed: int
    most_a_minute: int
    scanner: int  # candidates of the scanner
    first_scanner: float  # lowest expected per day of them
    entity_bytes: float  # state that grows with max_entities, a slot


@dataclass(frozen=True, slots=True)
class Flood:
    """How large it is."""

    sources: int
    per_minute: int
    max_entities: int


def measure(flood: Flood) -> tuple[Taken, Taken]:
    """Return what a lane with just full tables, and one with the whole flood, came to."""
    _in_own_process(flood, AT_ONCE)  # compiles, which takes memory too
    full = 2 * flood.max_entities  # pairs and services have twice as many slots as entities
    return _in_own_process(flood, full), _in_own_process(flood, flood.sources)


def _in_own_process(flood: Flood, sources: int) -> Taken:
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=take_all, args=(there, flood.max_entities))
    process.start()
    there.close()
    for part in _parts(flood, sources):
        here.send(tuple(part))
    here.send(None)
    taken = here.recv()
    process.join()
    assert isinstance(taken, Taken)
    return taken


def _parts(flood: Flood, sources: int) -> Iterator[EventBatch]:
    """Yield the events of the flood up to so many sources."""
    offset = 0
    for flows in address_flood(flood.sources, per_minute=flood.per_minute):
        batch = to_batch(flows, offset)
        rows = min(flows.rows, sources - offset)
        for start in range(0, rows, AT_ONCE):
            yield batch.rows(start, min(start + AT_ONCE, rows))
        offset += flows.rows
        if offset >= sources:
            return


def take_all(connection: Connection, max_entities: int) -> None:
    """Run a lane on what comes, until None comes; send what it came to."""
    pipeline = Pipeline(PipelineSettings(max_entities=max_entities))
    first = EventBatch(*connection.recv())
    records = pipeline.take(first)
    start_mib = _peak_mib()
    began = time.process_time()
    account = Account()
    account.add(records)
    events = len(first.offset)
    while (columns := connection.recv()) is not None:
        batch = EventBatch(*columns)
        events += len(batch.offset)
        account.add(pipeline.take(batch))
    account.add(pipeline.finish())
    counts = pipeline.counts()
    connection.send(
        Taken(
            events=events,
            seconds=time.process_time() - began,
            start_mib=start_mib,
            peak_mib=_peak_mib(),
            entities=counts["entities"],
            evicted=counts["evicted"],
            rows=counts["rows"],
            candidates=counts["candidates"],
            suppressed=account.suppressed,
            most_a_minute=max(account.minutes.values(), default=0),
            scanner=len(account.scanner),
            first_scanner=min(account.scanner, default=float("nan")),
            entity_bytes=bytes_of(pipeline.snapshot(), max_entities) / max_entities,
        )
    )


class Account:
    """Counts of what a lane told; nothing is kept of it."""

    def __init__(self) -> None:
        self.minutes: Counter[int] = Counter()
        self.suppressed = 0
        self.scanner: list[float] = []

    def add(self, records: list[LaneRecord]) -> None:
        """Count records."""
        for record in records:
            if isinstance(record, Suppressed):
                self.suppressed += record.count
            if isinstance(record, Candidate):
                self.minutes[int(record.decided_at // 60)] += 1
                if record.entity == SCANNER_ADDRESS:
                    self.scanner.append(record.expected)


def bytes_of(state: Arrays, max_entities: int) -> int:
    """Return the size of all arrays that are longer where more entities are kept."""
    few = Pipeline(PipelineSettings(max_entities=max_entities // 2, prior=False)).snapshot()
    return sum(array.nbytes for name, array in state.items() if array.nbytes != few[name].nbytes)


def _peak_mib() -> float:
    """Return the largest resident set of this program, in MiB.

    Of Linux: ``ru_maxrss`` would also count the process that started this one (getrusage(2)).
    """
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def faults(full: Taken, flooded: Taken) -> list[str]:
    """Return what is not as it must be."""
    told = []
    if flooded.peak_mib > MOST * full.peak_mib:
        told.append(
            f"peak memory {flooded.peak_mib:.0f} MiB, expected {MOST} x {full.peak_mib:.0f}"
        )
    if flooded.most_a_minute > PER_MINUTE:
        told.append(f"{flooded.most_a_minute} candidates in a minute, expected {PER_MINUTE}")
    if not flooded.scanner:
        told.append("the scan in the middle is no candidate")
    return told


def main(arguments: argparse.Namespace) -> None:
    """Measure, tell, and fail where something is not as it must be."""
    flood = Flood(arguments.sources, arguments.per_minute, arguments.max_entities)
    progress("the flood in two lanes")
    full, flooded = measure(flood)
    rows = [
        [name, *(f"{value:,.1f}" if isinstance(value, float) else f"{value:,}" for value in pair)]
        for name, *pair in zip(
            asdict(full), asdict(full).values(), asdict(flooded).values(), strict=True
        )
    ]
    wrong = faults(full, flooded)
    text = "\n".join(chain([table(["", "just full", "flood"], rows)], wrong))
    finish(arguments, text, {"full": asdict(full), "flood": asdict(flooded), "wrong": wrong})
    if wrong:
        raise SystemExit(1)


if __name__ == "__main__":
    parser = options(__doc__ or "")
    parser.add_argument("--sources", type=int, default=10_000_000)
    parser.add_argument("--per-minute", type=int, default=1_000_000)
    parser.add_argument("--max-entities", type=int, default=1_000_000)
    main(parser.parse_args())
