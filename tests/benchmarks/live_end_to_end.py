"""Kafka to Elasticsearch against ``almenara replay --lanes`` on the same records.

Simulated days and, where ALMENARA_DATA is set, real ones are dealt by host to six partitions. All
roles take them; the command replays them from files. Up to the last pulse that all lanes have
given, the documents must be equal, but for when they were made.

    python tests/benchmarks/live_end_to_end.py [--hosts 900] [--lanes 6] [--json OUT]

Exits 1 where they differ. Real servers: see docs/performance.md.
"""

import argparse
import os
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from functools import partial
from math import inf
from pathlib import Path
from typing import Any

from about_run import finish, options, progress, table  # first: it configures numba

import numpy as np  # isort: skip
import orjson
from cost_lines import sparse_lines
from live_cost import dealt
from live_deployment import Deployment
from live_lag import Lag

from connectors.elasticsearch import Cluster, ElasticsearchOptions, connect
from stream.elasticsearch_setup import stream_name
from stream.pipeline import Pipeline, PipelineSettings
from stream.simulate.settings import SimulationSettings
from stream.simulate.writers import write_log
from stream.stream_time import PULSE_S

TABLES = "[run]\nidle_s = 500\npatience_s = 600\n"
ROLES = ("score", "alert", "publish", "index")
NOT_COMPARED = ("mode", "created", "ingested")
DAY_S = 86_400.0
WAITED_S = 3_600.0
SETTLE_S = 10.0


def records_of(folder: Path, hosts: int) -> list[bytes]:
    """Return simulated records, then real ones moved behind them in time."""
    path = folder / "conn.ndjson"
    write_log(path, SimulationSettings(days=3, hosts=hosts, seed=11), "zeek-json")
    records = path.read_bytes().splitlines()
    data = os.environ.get("ALMENARA_DATA")
    if not data:
        progress("no real records: ALMENARA_DATA is unset")
        return records
    return records + [line.rstrip(b"\n") for line in moved(sparse_lines(Path(data)), records[-1])]


def moved(lines: list[bytes], last: bytes) -> Iterator[bytes]:
    """Yield real records as if they had come after the last of the others."""
    start = float(orjson.loads(last)["ts"])
    by = start + 60.0 - min(float(orjson.loads(line)["ts"]) for line in lines)
    for line in lines:
        record = orjson.loads(line)
        yield orjson.dumps({**record, "ts": round(record["ts"] + by, 6)})


def matched(document: dict[str, Any]) -> dict[str, Any]:
    """Return a document without when it was made, and without files, which a replay has."""
    out = {name: value for name, value in document.items() if name != "log"}
    for name in ("event", "almenara"):
        out[name] = {key: x for key, x in document[name].items() if key not in NOT_COMPARED}
    source = out["almenara"].get("source")
    if source is not None:
        kept = {key: x for key, x in source.items() if not key.startswith(("file_", "byte_"))}
        out["almenara"]["source"] = kept
    return out


def indexed(cluster: Cluster, namespace: str) -> Iterator[dict[str, Any]]:
    """Yield every document in the data streams, doubles too."""
    stream = stream_name("*", namespace)
    cluster.request("POST", f"/{stream}/_refresh")
    after: list[Any] = []
    while True:
        body: dict[str, Any] = {"size": 1_000, "sort": [{"event.id": "asc"}, {"_doc": "asc"}]}
        if after:
            body["search_after"] = after
        hits = cluster.request("POST", f"/{stream}/_search", body)["hits"]["hits"]
        if not hits:
            return
        yield from (hit["_source"] for hit in hits)
        after = hits[-1]["sort"]


def replayed(deployment: Deployment, folder: Path, lanes: list[list[bytes]]) -> dict[str, Any]:
    """Run the command over the same records; return its documents by id."""
    words = []
    for k, lane in enumerate(lanes):
        file = folder / f"lane{k}.ndjson"
        file.write_bytes(b"\n".join(lane) + b"\n")
        words += ["--lanes", f"{deployment.source}:{k}={file}"]
    store = folder / "replay.db"
    deployment.command("replay", *words, "--stream", "bench", "--store", str(store), "--json")
    found = {}
    with closing(sqlite3.connect(store)) as database:
        for name in ("alerts", "candidates", "digests"):
            for (text,) in database.execute(f"SELECT document FROM {name}"):  # noqa: S608
                document = orjson.loads(text)
                found[document["event"]["id"]] = document
    return found


def decided(document: dict[str, Any]) -> float:
    """Return the stream time at which a document was decided; a partial digest never was."""
    at = datetime.fromisoformat(document["@timestamp"]).timestamp()
    digest = document["almenara"].get("digest")
    if digest is None:
        return at
    return inf if digest["partial"] else at + DAY_S


def different(live: list[Any], replay: dict[str, Any], until: float) -> dict[str, int]:
    """Count what is not the same up to a time."""
    ours = {one["event"]["id"]: matched(one) for one in live if decided(one) < until}
    theirs = {name: matched(one) for name, one in replay.items() if decided(one) < until}
    return {
        "documents": len(theirs),
        "doubled": len(live) - len({one["event"]["id"] for one in live}),
        "missing": len(theirs.keys() - ours.keys()),
        "too many": len(ours.keys() - theirs.keys()),
        "other": sum(ours[name] != theirs[name] for name in ours.keys() & theirs.keys()),
    }


def last_pulses(lanes: list[list[bytes]]) -> list[float]:
    """Return the time of the last pulse of every lane."""
    out = []
    for lane in lanes:
        pipeline = Pipeline(PipelineSettings())
        bounds = np.cumsum([0, *map(len, lane)]).astype(np.int64)
        payload, times = b"".join(lane), np.full(len(lane), np.nan)
        pipeline.process(payload, bounds, np.arange(len(lane)), times)
        out.append(pipeline.now // PULSE_S * PULSE_S)
    return out


def main(arguments: argparse.Namespace) -> None:
    """Run both and compare."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lanes = dealt(records_of(folder, arguments.hosts), arguments.lanes)
        n = sum(map(len, lanes))
        progress(f"{n:,} records, {len(lanes)} lanes")
        at = last_pulses(lanes)
        with Deployment(folder, len(lanes), TABLES, namespace="default") as deployment:
            deployment.command("setup", "elasticsearch", str(deployment.file))
            cluster = connect(ElasticsearchOptions(urls=(deployment.elasticsearch,)))
            cluster.request("DELETE", f"/_data_stream/{stream_name('*', 'default')}")
            for role in ROLES:
                deployment.start(role)
            scored_s, indexed_s = run_through(deployment, lanes, at)
            live = settled(cluster)
            cluster.request("DELETE", f"/_data_stream/{stream_name('*', 'default')}")
            cluster.close()
        progress("replaying")
        replay = replayed(deployment, folder, lanes)
    figures = {
        "records": n,
        "lanes": len(lanes),
        "seconds to score all": scored_s,
        "seconds to decide and publish all": indexed_s,
        **different(live, replay, min(at)),
    }
    rows = [[key, f"{value:,.0f}"] for key, value in figures.items()]
    finish(arguments, table(["", ""], rows), figures)
    if figures["doubled"] or figures["missing"] or figures["too many"] or figures["other"]:
        sys.exit(1)


def run_through(
    deployment: Deployment, lanes: list[list[bytes]], at: list[float]
) -> tuple[float, float]:
    """Send all records; return the seconds until they were scored, and until all was published."""
    began = time.monotonic()
    deployment.produce(lanes)
    log, lag = deployment.log_of_lanes(), Lag(deployment)
    deployment.wait_for(lambda: log.reached(at), "all scored", WAITED_S)
    scored_s = time.monotonic() - began
    progress(f"scored in {scored_s:.0f} s")
    for role in ("alert", "publish"):
        deployment.wait_for(partial(has_none, lag, role), f"{role} done", WAITED_S)
    lag.close()
    return scored_s, time.monotonic() - began


def has_none(lag: Lag, role: str) -> bool:
    """Whether a role has read all there is."""
    time.sleep(1.0)
    return lag.of(role) == 0


def settled(cluster: Cluster) -> list[Any]:
    """Return all documents once no more come."""
    path, count, last = f"/{stream_name('*', 'default')}/_count", -1, -2
    while count != last:
        time.sleep(SETTLE_S)
        last, count = count, cluster.request("GET", path)["count"]
    return list(indexed(cluster, "default"))


if __name__ == "__main__":
    parser = options(__doc__ or "")
    parser.add_argument("--hosts", type=int, default=900)
    parser.add_argument("--lanes", type=int, default=6)
    main(parser.parse_args())
