"""Time from a kill until scoring is past it, and what snapshots cost, by the number of entities.

A lane is filled with sources that were not seen before. After a snapshot its worker is killed,
while records go on, ten times as fast as the clock; the time is taken from the kill to the first
candidate that is new, or the first pulse that is later than all before (one a second comes), with a
second worker that waited as a standby and without one.

    python tests/benchmarks/live_recovery.py [--entities 100000 1000000] [--json OUT]

Real servers: see docs/performance.md.
"""

import argparse
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from about_run import finish, options, progress, table  # first: it configures numba

import numpy as np  # isort: skip
import orjson
from confluent_kafka import Producer
from live_deployment import Deployment

from connectors.kafka_ranges import read_range

TABLES = """[run]
idle_s = 500
patience_s = 600
snapshot_s = 20
[detection]
max_entities = {}
"""
PER_SECOND = 2_000.0  # of stream time, while the lane is filled
GOES_ON = 1_000  # records a second while the worker is dead
FASTER = 10.0  # than the clock, meanwhile
BEGIN = 1_772_409_600.0


def scans(first: int, count: int, rng: np.random.Generator) -> Iterator[bytes]:
    """Yield connection attempts of sources that were not seen before."""
    sources = rng.integers(1 << 24, 223 << 24, count).tolist()
    for k, source in enumerate(sources, first):
        address = ".".join(str(source >> shift & 255) for shift in (24, 16, 8, 0))
        yield (
            b'{"ts":%.4f,"id.orig_h":"%s","id.orig_p":%d,"id.resp_h":"10.0.0.%d","id.resp_p":%d,'
            b'"proto":"tcp","conn_state":"S0","local_orig":false,"local_resp":true}'
            % (
                BEGIN + k / PER_SECOND,
                address.encode(),
                1_024 + k % 60_000,
                k % 250,
                (22, 80, 443, 3_389)[k % 4],
            )
        )


def sweeps(first: int, count: int, start: float) -> Iterator[bytes]:
    """Yield scans of many ports by new sources."""
    for k in range(first, first + count):
        yield (
            b'{"ts":%.4f,"id.orig_h":"198.51.%d.%d","id.orig_p":%d,"id.resp_h":"10.0.1.%d",'
            b'"id.resp_p":%d,"proto":"tcp","conn_state":"S0","local_orig":false,"local_resp":true}'
            % (
                start + k * FASTER / GOES_ON,
                k // 64 // 250 % 250,
                k // 64 % 250,
                1_024 + k % 60_000,
                k % 200,
                1 + k * 7 % 9_000,
            )
        )


class Feeder(threading.Thread):
    """Goes on writing sweeps at a steady rate until told to stop."""

    def __init__(self, deployment: Deployment, start: float) -> None:
        super().__init__(daemon=True)
        self._deployment = deployment
        self._start = start
        self._next = 0
        self._stopped = threading.Event()

    def run(self) -> None:
        """Write a tenth of a second's records ten times a second."""
        producer = Producer({**self._deployment.properties, "linger.ms": 5})
        step = GOES_ON // 10
        while not self._stopped.wait(0.1):
            for record in sweeps(self._next, step, self._start):
                producer.produce(self._deployment.source, record, partition=0)
            self._next += step
            producer.poll(0)
        producer.flush(30)

    def stop(self) -> int:
        """End; return how many records it wrote."""
        self._stopped.set()
        self.join()
        return self._next


def snapshot_bytes(deployment: Deployment) -> int:
    """Return the bytes of all snapshots that were committed."""
    size = 0
    for partition in range(8):
        for record in read_range(deployment.properties, deployment.names.state, partition, 0):
            size += len(record.value or b"")
    return size


def seen(deployment: Deployment) -> tuple[set[str], float]:
    """Return the ids of all candidates in the lane log, and its last pulse."""
    log = read_range(deployment.properties, deployment.names.lane, 0, 0)
    told = [orjson.loads(record.value or b"{}") for record in log]
    pulses = [float(record["at"]) for record in told if record["kind"] == "pulse"]
    return {record["id"] for record in told if record["kind"] == "candidate"}, max(pulses)


def until_new(deployment: Deployment, known: set[str], pulse: float, end: int) -> None:
    """Wait until something that is new is in the log behind ``end``."""
    began = time.monotonic()
    while time.monotonic() - began < 300.0:
        for record in read_range(deployment.properties, deployment.names.lane, 0, end):
            said = orjson.loads(record.value or b"{}")
            end = record.offset + 1
            is_later = said["kind"] == "pulse" and float(said["at"]) > pulse
            if is_later or (said["kind"] == "candidate" and said["id"] not in known):
                return
        time.sleep(0.1)
    raise SystemExit("nothing new within 300 s")


def log_end(deployment: Deployment) -> int:
    """Return the end of the lane log."""
    *_, last = read_range(deployment.properties, deployment.names.lane, 0, 0)
    end: int = last.offset + 1
    return end


def measure(entities: int, folder: Path, *, standby: bool) -> dict[str, float]:
    """Fill a lane, kill its owner, and see how long its successor takes."""
    deployment = Deployment(folder, 1, TABLES.format(entities))
    with deployment:
        deployment.start("score", "first")
        log = deployment.log_of_lanes()
        deployment.wait_for(lambda: log.owned(1), "lane owned")
        records = list(scans(0, entities, np.random.default_rng(1)))
        progress(f"{entities:,} entities: filling")
        deployment.produce([records])
        at = BEGIN + entities / PER_SECOND // 10 * 10 - 10.0
        deployment.wait_for(lambda: log.reached([at]), "lane filled", 1_200.0)
        input_bytes = sum(map(len, records))
        if standby:
            deployment.start("score", "second")
        feeder = Feeder(deployment, BEGIN + entities / PER_SECOND)
        feeder.start()
        time.sleep(25.0)  # a snapshot is due within it
        progress("killing")
        deployment.stop("first", signal.SIGKILL)
        killed = time.monotonic()
        if not standby:
            deployment.start("score", "second")
        (known, pulse), end = seen(deployment), log_end(deployment)
        until_new(deployment, known, pulse, end)
        took = time.monotonic() - killed
        memory = deployment.memory_mib("second")
        n = feeder.stop()
        input_bytes += 160 * n
        return {
            "seconds": took,
            "snapshots_mb": snapshot_bytes(deployment) / 1e6,
            "input_mb": input_bytes / 1e6,
            "memory_mib": memory,
        }


def main(arguments: argparse.Namespace) -> None:
    """Measure each size, with and without a standby."""
    figures: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for entities in arguments.entities:
            for standby in (True, False):
                name = f"{entities:,}, {'standby' if standby else 'started anew'}"
                figures[name] = measure(entities, Path(folder), standby=standby)
                progress(f"{name}: {figures[name]['seconds']:.1f} s")
    rows = [
        [
            name,
            f"{found['seconds']:.1f}",
            f"{found['snapshots_mb']:.1f}",
            f"{found['input_mb']:.1f}",
            f"{found['snapshots_mb'] / found['input_mb']:.2f}",
            f"{found['memory_mib']:.0f}",
        ]
        for name, found in figures.items()
    ]
    head = ["entities", "kill to new, s", "snapshots MB", "input MB", "share", "memory MiB"]
    finish(arguments, table(head, rows), figures)


if __name__ == "__main__":
    parser = options(__doc__ or "")
    parser.add_argument("--entities", type=int, nargs="+", default=[100_000, 1_000_000])
    main(parser.parse_args())
