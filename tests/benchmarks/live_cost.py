"""CPU time a record from Kafka to candidates, beside a bare client, Faust and the pipeline alone.

All read the same records in one run: 10,000 simulated events/s of 2,000 hosts as Zeek JSON lines.
The score role owns its empty lanes first and is then stopped while the records are written, so that
neither its start nor their making is in the figures.

    python tests/benchmarks/live_cost.py [--events 1000000] [--lanes 2] [--json OUT]

Real servers: see docs/performance.md.
"""

import argparse
import json
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from about_run import finish, options, progress, table  # first: it configures numba

import numpy as np  # isort: skip
from cost_lines import dense_lines
from live_deployment import Deployment

from stream.garbage import settle
from stream.pipeline import Pipeline, PipelineSettings
from stream.stream_time import PULSE_S

MICRO = 1e6
BLOCK = 10_000
TABLES = "[run]\nidle_s = 500\npatience_s = 600\n"
READERS = Path(__file__).with_name("live_readers.py")


def dealt(lines: list[bytes], lanes: int) -> list[list[bytes]]:
    """Deal lines to lanes by the host that begins, as a keyed producer does."""
    parts: list[list[bytes]] = [[] for _ in range(lanes)]
    for line in lines:
        host = line.partition(b'"id.orig_h":')[2][:20].partition(b",")[0]
        parts[sum(host) % lanes].append(line.rstrip(b"\n"))
    return parts


def last_pulses(lanes: list[list[bytes]]) -> tuple[list[float], float]:
    """Run a pipeline a lane; return the time of the last pulse of each, and CPU seconds in all."""
    at, cpu = [], 0.0
    for records in lanes:
        pipeline = Pipeline(PipelineSettings())
        settle()
        for start in range(0, len(records), BLOCK):
            part = records[start : start + BLOCK]
            ends = np.cumsum([0, *map(len, part)]).astype(np.int64)
            payload = np.frombuffer(b"".join(part), np.uint8)
            offsets = np.arange(start, start + len(part))
            began = time.process_time()
            pipeline.process(payload, ends, offsets, np.full(len(part), np.nan))
            cpu += time.process_time() - began
        at.append(pipeline.now // PULSE_S * PULSE_S)
    return at, cpu


def reader(kind: str, deployment: Deployment, count: int) -> dict[str, float]:
    """Run one of the readers to compare with."""
    words = [deployment.properties["bootstrap.servers"], deployment.source, str(count)]
    done = subprocess.run(
        [sys.executable, str(READERS), kind, *words], capture_output=True, check=True
    )
    told = done.stdout[done.stdout.index(b"{") :]  # Faust has drawn a spinner before
    found: dict[str, float] = json.loads(told.splitlines()[0])
    return found


def scored(
    lanes: list[list[bytes]], at: list[float], workers: int, folder: Path
) -> tuple[Deployment, float, float]:
    """Let so many workers score all; return the deployment, CPU and wall seconds."""
    deployment = Deployment(folder, len(lanes), TABLES)
    with deployment:
        names = [deployment.start("score", f"score-{k}") for k in range(workers)]
        log = deployment.log_of_lanes()
        deployment.wait_for(lambda: log.owned(len(lanes) + workers - 1), "lanes owned")
        time.sleep(5.0)  # a rebalance, and what a start leaves to do
        for name in names:
            deployment.signal(name, signal.SIGSTOP)
        deployment.produce(lanes)
        before = sum(deployment.cpu(name) for name in names)
        began = time.monotonic()
        for name in names:
            deployment.signal(name, signal.SIGCONT)
        deployment.wait_for(lambda: log.reached(at), "records scored")
        wall = time.monotonic() - began
        return deployment, sum(deployment.cpu(name) for name in names) - before, wall


def main(arguments: argparse.Namespace) -> None:
    """Measure all on the same records."""
    lines = dense_lines(arguments.events)
    lanes = dealt(lines, arguments.lanes)
    n = len(lines)
    progress("the pipeline alone")
    last_pulses([lane[:BLOCK] for lane in lanes])
    at, alone = last_pulses(lanes)
    figures: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for workers in (1, 2):
            progress(f"{workers} scoring")
            deployment, cpu, wall = scored(lanes, at, workers, Path(folder))
            figures[f"score role, {workers}"] = {"cpu": cpu * MICRO / n, "rate": n / wall}
    progress("bare client")
    found = reader("bare", deployment, n)
    bare = found["cpu"] * MICRO / found["records"]
    figures["bare consume(10000)"] = {"cpu": bare, "rate": found["records"] / found["wall"]}
    progress("Faust")
    found = reader("faust", deployment, min(n, arguments.faust))
    rate = found["records"] / found["wall"]
    figures["Faust, doing nothing"] = {"cpu": found["cpu"] * MICRO / found["records"], "rate": rate}
    figures["pipeline alone"] = {"cpu": alone * MICRO / n, "rate": n / alone}
    bar = 3 * bare + figures["pipeline alone"]["cpu"]
    figures["bar: 3 x bare + pipeline"] = {"cpu": bar, "rate": float("nan")}
    rows = [[name, f"{f['cpu']:.2f}", f"{f['rate']:,.0f}"] for name, f in figures.items()]
    is_held = figures["score role, 1"]["cpu"] <= bar
    text = table(["", "CPU µs a record", "records/s"], rows)
    verdict = "held" if is_held else "missed"
    finish(arguments, f"{text}\n{n:,} records, {arguments.lanes} lanes; bar {verdict}", figures)


if __name__ == "__main__":
    parser = options(__doc__ or "")
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--lanes", type=int, default=2)
    parser.add_argument("--faust", type=int, default=100_000, help="records that Faust reads")
    main(parser.parse_args())
