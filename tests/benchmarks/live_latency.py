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
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from about_run import finish, options, progress, table  # first: it configures numba

import numpy as np  # isort: skip
import orjson
from confluent_kafka import Consumer, Producer, TopicPartition
from live_deployment import Deployment

from connectors.elasticsearch import Cluster, ElasticsearchOptions, connect
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


class Arrivals(threading.Thread):
    """Notes when candidates come into the lane log."""

    def __init__(self, deployment: Deployment) -> None:
        super().__init__(daemon=True)
        self.at: dict[str, float] = {}
        self._done = threading.Event()
        self._consumer = Consumer({**deployment.properties, "group.id": "bench"})
        self._consumer.assign([TopicPartition(deployment.names.lane, 0, 0)])

    def run(self) -> None:
        """Take what comes."""
        while not self._done.is_set():
            for message in self._consumer.consume(1_000, 0.02):
                value = message.value()
                if value and b'"kind":"candidate"' in value:
                    self.at.setdefault(orjson.loads(value)["id"], time.time())
        self._consumer.close()

    def stop(self) -> None:
        """End."""
        self._done.set()
        self.join()


class Searchable(threading.Thread):
    """Notes when alerts are found by a search, ten times a second."""

    def __init__(self, cluster: Cluster, stream: str) -> None:
        super().__init__(daemon=True)
        self.at: dict[str, float] = {}
        self._cluster = cluster
        self._stream = stream
        self._done = threading.Event()

    def run(self) -> None:
        """Search for what was not found yet."""
        while not self._done.wait(0.1):
            body = {
                "size": 500,
                "sort": [{"event.ingested": "desc"}],
                "_source": ["event.id"],
                "query": {"bool": {"must_not": {"terms": {"event.id": list(self.at)}}}},
            }
            found = self._cluster.request("POST", f"/{self._stream}/_search", body)
            for hit in found["hits"]["hits"]:
                self.at.setdefault(hit["_source"]["event"]["id"], time.time())

    def stop(self) -> None:
        """End."""
        self._done.set()
        self.join()


def makers(deployment: Deployment, records: Sequence[bytes]) -> tuple[dict[str, int], float]:
    """Return the record that makes each candidate, and the time of the last pulse."""
    settings = load_settings(deployment.file, {})
    pipeline, found = Pipeline(pipeline_settings(settings, deployment.source, 0)), {}
    for k, record in enumerate(records):
        bounds = np.array([0, len(record)])
        _, made = pipeline.process(record, bounds, np.array([k]), np.array([np.nan]))
        found.update({one.id: k for one in made if isinstance(one, Candidate)})
    return found, pipeline.now // PULSE_S * PULSE_S


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
            by_id, _ = makers(deployment, records)
            _, at = makers(deployment, records[:n_warm])
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
            cluster = connect(ElasticsearchOptions(urls=(deployment.elasticsearch,)))
            arrivals = Arrivals(deployment)
            searchable = Searchable(cluster, stream_name("alerts", deployment.mark))
            arrivals.start()
            searchable.start()
            time.sleep(AFTER_S)
            known = set(arrivals.at) | set(searchable.at)
            sent = paced(deployment, records[n_warm:], rate)
            time.sleep(AFTER_S)
            arrivals.stop()
            searchable.stop()
            cluster.request("DELETE", f"/_data_stream/{stream_name('*', deployment.mark)}")
            cluster.close()
    candidate_s = [
        when - sent[by_id[one] - n_warm]
        for one, when in arrivals.at.items()
        if one not in known and by_id.get(one, -1) >= n_warm
    ]
    by_alert = {alert_id(one): k for one, k in by_id.items()}
    alert_s = [
        when - sent[by_alert[one] - n_warm]
        for one, when in searchable.at.items()
        if one not in known and by_alert.get(one, -1) >= n_warm
    ]
    rows = [
        quantiles("produce to candidate in the log", candidate_s),
        quantiles("produce to searchable alert", alert_s),
    ]
    head = ["seconds", "n", "p50", "p99", "largest"]
    ended = f"capacity {capacity:,.0f} records/s, measured at {rate:,.0f}/s, one worker, one lane"
    figures = {"capacity": capacity, "rate": rate, "candidate": candidate_s, "alert": alert_s}
    finish(arguments, f"{table(head, rows)}\n{ended}", figures)


if __name__ == "__main__":
    parser = options(__doc__ or "")
    parser.add_argument("--hosts", type=int, default=200)
    parser.add_argument("--rate", type=float, default=0.0, help="records/s; half of the capacity")
    main(parser.parse_args())
