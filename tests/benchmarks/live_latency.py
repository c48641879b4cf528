"""Time from a record's production to its candidate and to its alert, at half of the capacity.

Two days of a small site go through as fast as they can: that is the capacity, and the warm-up that
alerts need. The third is written at half of that rate. Which record makes a candidate is found by a
pipeline that takes the records one by one. Every candidate is let through to an alert.

Stream time runs faster here than the clock. Where it does not, a candidate waits for the next pulse
of its lane, up to 10 s, before it can become an alert; the candidate itself does not.

    python tests/benchmarks/live_latency.py [--hosts 200] [--rate 0] [--json OUT]

Real servers: see docs/performance.md.
"""

import argparse
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from about_run import finish, options, progress, table  # first: it configures numba

import numpy as np  # isort: skip
import orjson
from confluent_kafka import Producer
from live_arrivals import Arrivals
from live_deployment import Deployment

from connectors.elasticsearch import ElasticsearchOptions, connect
from stream.candidates import Candidate
from stream.configuration.parts import pipeline_settings
from stream.elasticsearch_setup import stream_name
from stream.ids import alert_id
from stream.pipeline import Pipeline
from stream.settings import load_settings
from stream.simulate.settings import SimulationSettings
from stream.simulate.writers import write_log
from stream.stream_time import PULSE_S

TABLES = """[run]
idle_s = 500
patience_s = 600
[alerts]
floor = 1000.0
budget = 500
"""
AFTER_S = 5.0  # for what is still on its way at the end
STEP_S = 0.01


def makers(
    deployment: Deployment, records: Sequence[bytes], n_warm: int
) -> tuple[dict[str, int], float]:
    """Return the record behind the first ones that makes each candidate, and their last pulse."""
    settings = load_settings(deployment.file, {})
    pipeline, found = Pipeline(pipeline_settings(settings, deployment.source, 0)), {}
    warm = records[:n_warm]
    bounds = np.cumsum([0, *map(len, warm)]).astype(np.int64)
    pipeline.process(b"".join(warm), bounds, np.arange(n_warm), np.full(n_warm, np.nan))
    at = pipeline.now // PULSE_S * PULSE_S
    for k, record in enumerate(records[n_warm:], n_warm):
        bounds = np.array([0, len(record)])
        _, made = pipeline.process(record, bounds, np.array([k]), np.array([np.nan]))
        found.update({one.id: k for one in made if isinstance(one, Candidate)})
    return found, at


def paced(deployment: Deployment, records: Sequence[bytes], rate: float) -> list[float]:
    """Write records at a rate; return when each was handed to the client."""
    producer = Producer({**deployment.properties, "linger.ms": 1})
    at: list[float] = []
    began = time.time()
    while len(at) < len(records):
        due = min(len(records), int((time.time() - began) * rate))
        for record in records[len(at) : due]:
            producer.produce(deployment.source, record, partition=0)
            at.append(time.time())
        producer.poll(STEP_S)
    producer.flush(60)
    return at


def quantiles(name: str, seconds: list[float]) -> list[str]:
    """Return a line of the table."""
    if not seconds:
        return [name, "0", "", "", ""]
    p50, p99 = np.quantile(seconds, [0.5, 0.99])
    return [name, str(len(seconds)), f"{p50:.3f}", f"{p99:.3f}", f"{max(seconds):.3f}"]


def simulated(folder: Path, hosts: int) -> tuple[list[bytes], int]:
    """Return the records of three days, and how many are of the first two."""
    path = folder / "conn.ndjson"
    settings = SimulationSettings(days=3, hosts=hosts, seed=7, attacks_from_day=3)
    write_log(path, settings, "zeek-json")
    records = path.read_bytes().splitlines()
    third = settings.start + 2 * 86_400.0
    ends = [float(orjson.loads(record)["ts"]) for record in records]
    return records, int(np.searchsorted(np.maximum.accumulate(ends), third))


def main(arguments: argparse.Namespace) -> None:
    """Measure."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        records, n_warm = simulated(folder, arguments.hosts)
        with Deployment(folder, 1, TABLES) as deployment:
            deployment.command("setup", "elasticsearch", str(deployment.file))
            progress(f"{len(records):,} records; which of them make candidates")
            by_id, at = makers(deployment, records, n_warm)
            cluster = connect(ElasticsearchOptions(urls=(deployment.elasticsearch,)))
            for role in ("score", "alert", "publish", "index"):
                deployment.start(role)
            log = deployment.log_of_lanes()
            deployment.wait_for(lambda: log.owned(1), "lane owned")
            progress("two days as fast as they go")
            began = time.monotonic()
            deployment.produce([records[:n_warm]])
            deployment.wait_for(lambda: log.reached([at]), "two days scored")
            capacity = n_warm / (time.monotonic() - began)
            rate = arguments.rate or capacity / 2
            progress(f"capacity {capacity:,.0f}/s; the third day at {rate:,.0f}/s")
            arrivals = Arrivals(deployment, cluster)
            arrivals.start()
            time.sleep(AFTER_S)
            cpu = {role: deployment.cpu(role) for role in deployment.processes}
            began = time.monotonic()
            sent = paced(deployment, records[n_warm:], rate)
            lasted = time.monotonic() - began
            time.sleep(AFTER_S)
            cpu = {role: deployment.cpu(role) - before for role, before in cpu.items()}
            arrivals.stop()
            cluster.request("DELETE", f"/_data_stream/{stream_name('*', deployment.mark)}")
            cluster.close()
    made = {alert_id(one): sent[k - n_warm] for one, k in by_id.items() if k >= n_warm}
    took = stages(made, arrivals)
    head = ["seconds", "n", "p50", "p99", "largest"]
    ended = f"capacity {capacity:,.0f} records/s, measured at {rate:,.0f}/s, one worker, one lane"
    busy = ", ".join(f"{role} {used / lasted:.0%}" for role, used in cpu.items())
    rows = [quantiles(name, seconds) for name, seconds in took.items()]
    figures = {"capacity": capacity, "rate": rate, "cpu": cpu, "lasted": lasted, **took}
    finish(arguments, f"{table(head, rows)}\n{ended}\nof a core: {busy}", figures)


def stages(made: dict[str, float], seen: Arrivals) -> dict[str, list[float]]:
    """Return how long every candidate took from place to place, and on the whole."""
    places = {
        "candidate in the log": seen.candidates,
        "pulse that lets it be decided": seen.released(),
        "decision": seen.decisions,
        "alert in its topic": seen.alerts,
        "taken by the index role": seen.taken,
        "searchable": seen.found,
    }
    out, before = {}, made
    for name, at in places.items():
        out[f"from there to: {name}"] = taken(before, at, made)
        before = at
    out["produce to candidate in the log"] = taken(made, seen.candidates, made)
    out["produce to searchable alert"] = taken(made, seen.found, made)
    return out


def taken(start: dict[str, float], end: dict[str, float], ours: dict[str, float]) -> list[float]:
    """Return the seconds from one place to another of all that were seen in both."""
    return [end[ident] - start[ident] for ident in ours if ident in start and ident in end]


if __name__ == "__main__":
    parser = options(__doc__ or "")
    parser.add_argument("--hosts", type=int, default=200)
    parser.add_argument("--rate", type=float, default=0.0, help="records/s; half of the capacity")
    main(parser.parse_args())
