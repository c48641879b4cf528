"""What a running engine has come to, and how long to wait for it."""

import time
from collections.abc import Callable
from typing import Any

from connectors.elasticsearch import Cluster
from live_engine import LiveEngine, duplicates, matched
from stream.elasticsearch_setup import stream_name

LONGEST_S = 600.0
MOMENT_S = 2.0


def indexed(cluster: Cluster, engine: LiveEngine) -> list[Any]:
    """Return every document in the data streams, doubles too."""
    stream = ",".join(stream_name(kind, engine.mark) for kind in engine.compared)
    cluster.request("POST", f"/{stream}/_refresh")
    found: list[Any] = []
    after: list[Any] = []
    while True:
        body: dict[str, Any] = {"size": 1_000, "sort": [{"event.id": "asc"}, {"_doc": "asc"}]}
        if after:
            body["search_after"] = after
        hits = cluster.request("POST", f"/{stream}/_search", body)["hits"]["hits"]
        if not hits:
            return found
        found += [matched(hit["_source"]) for hit in hits]
        after = hits[-1]["sort"]


def wait_until(engine: LiveEngine, is_so: Callable[[], bool], longest_s: float = LONGEST_S) -> None:
    """Wait until something holds, while all roles go on."""
    until = time.monotonic() + longest_s
    while not is_so():
        assert time.monotonic() < until, engine.logs()
        for name, process in engine.processes.items():
            assert process.poll() is None, f"{name} ended\n{engine.logs()}"
        time.sleep(0.5)


def wait_for(
    engine: LiveEngine,
    count: Callable[[], int],
    expected: int,
    longest_s: float = LONGEST_S,
) -> None:
    """Wait until so many documents are there, and a moment more for any that are too many."""
    wait_until(engine, lambda: count() >= expected, longest_s)
    time.sleep(MOMENT_S)


def same(found: list[Any], expected: dict[str, Any]) -> None:
    """Assert that documents are those that are expected, each once."""
    ids = [document["event"]["id"] for document in found]
    assert not list(duplicates(ids))
    assert set(ids) == set(expected)
    assert {document["event"]["id"]: document for document in found} == expected
