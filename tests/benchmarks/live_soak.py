"""Half an hour at half load: memory, lag and open files of every role, sampled, and their slopes.

The same simulated days come again and again, moved on in time, at half of the capacity that was
measured first. A role is flat where its memory, open files and lag in the last third are as in the
second.

    python tests/benchmarks/live_soak.py --minutes 30 [--lanes 2] [--rate 0] [--json OUT]

Real servers: see docs/performance.md.
"""

import argparse
import re
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from about_run import finish, options, progress, table  # first: it configures numba

from confluent_kafka import Producer  # isort: skip
from live_cost import dealt
from live_deployment import Deployment
from live_lag import Lag

from stream.simulate.settings import SimulationSettings
from stream.simulate.writers import write_log

TABLES = "[run]\nidle_s = 20\npatience_s = 60\n"
ROLES = ("score", "alert", "publish", "index")
SAMPLE_S = 5.0
DAYS = 2
SPAN_S = DAYS * 86_400
FLAT = 1.05
NEAR = {"files": 2.0, "lag": 1_000.0}  # what comes and goes
TS = re.compile(rb'"ts":(\d+)(\.\d+)?')


def moved(records: list[bytes], by_s: int) -> Iterator[bytes]:
    """Yield records as if they had come so much later."""
    for record in records:
        yield TS.sub(lambda m: b'"ts":%d%s' % (int(m[1]) + by_s, m[2] or b""), record, count=1)


def endless(lanes: list[list[bytes]]) -> Iterator[tuple[int, bytes]]:
    """Yield records with their lanes, which take turns, for as long as they are asked for."""
    turn = 0
    while True:
        streams = {k: moved(lane, turn * SPAN_S) for k, lane in enumerate(lanes)}
        while streams:
            for k in list(streams):
                record = next(streams[k], None)
                if record is None:
                    del streams[k]
                else:
                    yield k, record
        turn += 1


def capacity(deployment: Deployment, lanes: list[list[bytes]], at: list[float]) -> float:
    """Return the records a second of one pass as fast as it goes."""
    log = deployment.log_of_lanes()
    deployment.wait_for(lambda: log.owned(len(lanes)), "lanes owned")
    began = time.monotonic()
    deployment.produce(lanes)
    deployment.wait_for(lambda: log.reached(at), "first pass scored")
    return sum(map(len, lanes)) / (time.monotonic() - began)


def sampled(
    deployment: Deployment, records: Iterator[tuple[int, bytes]], rate: float, minutes: float
) -> list[dict[str, float]]:
    """Write records at a rate for so long, and sample on the way."""
    producer = Producer({**deployment.properties, "linger.ms": 5})
    lag, samples = Lag(deployment), []
    began = sampled_at = time.monotonic()
    sent = 0
    while (now := time.monotonic()) - began < minutes * 60.0:
        deployment.alive()
        for _ in range(max(0, int((now - began) * rate) - sent)):
            partition, record = next(records)
            producer.produce(deployment.source, record, partition=partition)
            sent += 1
        producer.poll(0.02)
        if now - sampled_at >= SAMPLE_S:
            sampled_at = now
            sample = {"s": now - began}
            for role in ROLES:
                sample[f"{role} lag"] = float(lag.of(role))
                sample[f"{role} MiB"] = deployment.memory_mib(role)
                sample[f"{role} files"] = float(deployment.handles(role))
            samples.append(sample)
    producer.flush(60)
    lag.close()
    return samples


def main(arguments: argparse.Namespace) -> None:
    """Measure."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "conn.ndjson"
        write_log(path, SimulationSettings(days=DAYS, hosts=60, seed=5), "zeek-json")
        lanes = dealt(path.read_bytes().splitlines(), arguments.lanes)
        at = [float(TS.search(lane[-1])[1]) - 3_600.0 for lane in lanes]  # type: ignore[index]
        with Deployment(Path(name), arguments.lanes, TABLES) as deployment:
            deployment.command("setup", "elasticsearch", str(deployment.file))
            for role in ROLES:
                deployment.start(role)
            progress("capacity")
            measured = capacity(deployment, lanes, at)
            rate = arguments.rate or measured / 2
            progress(f"capacity {measured:,.0f}/s; {arguments.minutes:g} minutes at {rate:,.0f}/s")
            records = endless(lanes)
            for _ in range(sum(map(len, lanes))):
                next(records)  # the first pass is through
            samples = sampled(deployment, records, rate, arguments.minutes)
    figures = {"capacity": measured, "rate": rate, "samples": samples}
    finish(arguments, report(samples, measured, rate), figures)


def report(samples: list[dict[str, float]], measured: float, rate: float) -> str:
    """Return medians of each third of the time, and whether the last is as the second."""
    third = max(1, len(samples) // 3)
    parts = [samples[:third], samples[third : 2 * third], samples[2 * third :]]
    rows = []
    for name in samples[0]:
        if name == "s":
            continue
        first, second, last = (median(one[name] for one in part or samples) for part in parts)
        is_flat = last <= max(second * FLAT, second + NEAR.get(name.split()[1], 0.0))
        largest = max(one[name] for one in samples)
        said = "flat" if is_flat else "grows"
        rows.append([name, *(f"{x:,.0f}" for x in (first, second, last, largest)), said])
    head = ["median of each third", "first", "second", "last", "largest", ""]
    ended = f"capacity {measured:,.0f} records/s, run at {rate:,.0f}/s, {len(samples)} samples"
    return f"{table(head, sorted(rows, key=lambda row: row[0].split()[1]))}\n{ended}"


if __name__ == "__main__":
    parser = options(__doc__ or "")
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--lanes", type=int, default=2)
    parser.add_argument("--rate", type=float, default=0.0, help="records/s; half of the capacity")
    main(parser.parse_args())
