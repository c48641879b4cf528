"""The engine on real servers that go away for minutes: Elasticsearch first, then Kafka.

Records go on to come while Elasticsearch is away. In the end the documents in Elasticsearch and in
our topics must be those of one pipeline a lane and one fold that nobody disturbed; each role must
have said once that a server is away, and must not have grown meanwhile. Needs the servers of
tests/support/real_servers.py.

    python tests/benchmarks/outages.py --elasticsearch 600 --kafka 120

Exits 1 where documents differ; the table says what the roles said and what memory they had.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from about_run import ROOT, finish, options, progress, table

sys.path.append(str(ROOT / "tests" / "support"))

from connectors.elasticsearch import Cluster, ElasticsearchOptions, connect
from live_engine import LiveEngine, small_office
from live_outcome import indexed, same, wait_for, wait_until
from outage import ELASTICSEARCH, KAFKA, Memory, said, stay
from real_servers import drop, services
from trouble import ROLES

LANES = 6
LONGEST_S = 900.0
STEP_S = 10.0  # between two parts of the records


def without(engine: LiveEngine, server: str, seconds: float, parts: list[slice]) -> Memory:
    """Take a server away for so long while parts of the records are sent, evenly."""
    services("kill", server)
    with Memory(engine) as memory:
        stay(engine, STEP_S)
        for part in parts:
            engine.produce(part)
            stay(engine, (seconds - STEP_S) / len(parts))
        if not parts:
            stay(engine, seconds - STEP_S)
    services("start", server)
    return memory


def lines_of(engine: LiveEngine, server: str, memory: Memory) -> list[list[str]]:
    """Return a line of the table for each role."""
    texts = ELASTICSEARCH if server == "elasticsearch" else KAFKA
    out = []
    for role in ROLES:
        away, back = said(engine, role, texts)
        first, largest, last = memory.first(role), memory.largest(role), memory.of[role][-1]
        out.append([f"{server}: {role}", *(f"{x:.0f}" for x in (first, largest, last))])
        out[-1] += [f"{away}, {back}"]
    return out


def disturbed(engine: LiveEngine, cluster: Cluster, given: argparse.Namespace) -> list[list[str]]:
    """Run through both outages; return the lines of the table."""
    longest = len(max(engine.lanes, key=len))
    n = max(1, int(given.elasticsearch / STEP_S)) + 2
    part = longest // n + 1
    parts = [slice(k * part, (k + 1) * part) for k in range(n)]
    for role in ROLES:
        engine.start(role)
    engine.produce(parts[0])
    wait_until(engine, lambda: len(indexed(cluster, engine)) > 0)
    progress(f"elasticsearch is away for {given.elasticsearch:g} s")
    memory = without(engine, "elasticsearch", given.elasticsearch, parts[1:-1])
    wait_until(engine, lambda: said(engine, "index", ELASTICSEARCH)[1] > 0)
    rows = lines_of(engine, "elasticsearch", memory)
    progress(f"kafka is away for {given.kafka:g} s")
    memory = without(engine, "kafka-1", given.kafka, [])
    engine.produce(parts[-1])
    wait_until(engine, lambda: all(said(engine, role, KAFKA)[1] > 0 for role in ROLES))
    return rows + lines_of(engine, "kafka-1", memory)


def main(given: argparse.Namespace) -> None:
    """Take servers away, then compare."""
    url = os.environ["ALMENARA_TEST_ELASTICSEARCH"]
    cluster = connect(ElasticsearchOptions(urls=(url,)))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lanes = small_office(folder, LANES, given.days)
        engine = LiveEngine(folder, os.environ["ALMENARA_TEST_KAFKA"], url, lanes)
        engine.set_up()
        expected = engine.expected()
        progress(f"{sum(map(len, lanes))} records, {len(expected)} documents are expected")
        try:
            rows = disturbed(engine, cluster, given)
            compared(engine, cluster, expected)
        finally:
            engine.stop()
            progress(engine.logs())
            drop(cluster, engine.mark)
    head = ["MiB", "at first", "largest", "last", "said: away, back"]
    figures = {"documents": len(expected), "rows": rows}
    ended = f"{len(expected)} documents: 0 lost, 0 doubled"
    finish(given, f"{table(head, rows)}\n{ended}", figures)


def compared(engine: LiveEngine, cluster: Cluster, expected: dict[str, Any]) -> None:
    """Wait for all documents, which must be those that are expected, each once."""
    wait_for(engine, lambda: len(engine.published()), len(expected), LONGEST_S)
    same(engine.published(), expected)
    progress("topics: all documents are there once, and equal")
    wait_for(engine, lambda: len(indexed(cluster, engine)), len(expected), LONGEST_S)
    same(indexed(cluster, engine), expected)
    progress("elasticsearch: all documents are there once, and equal")


if __name__ == "__main__":
    parser = options(__doc__ or "")
    parser.add_argument("--elasticsearch", type=float, default=600.0, help="seconds without it")
    parser.add_argument("--kafka", type=float, default=120.0, help="seconds without it")
    parser.add_argument("--days", type=int, default=6, help="of simulated records")
    main(parser.parse_args())
