"""The command that starts, breaks and stops real servers for tests, and clean streams on them."""

import json
import os
import shlex
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from connectors.elasticsearch import Cluster
from connectors.errors import SinkError
from stream.elasticsearch_setup import carry_out, planned, stream_name

COMMAND = "ALMENARA_TEST_SERVICES"


def services(*arguments: str, folder: Path | None = None) -> str:
    """Run the command: ``kill elasticsearch``; with a folder, on a set of servers of its own."""
    environment = dict(os.environ)
    if COMMAND not in environment:
        pytest.skip(f"{COMMAND} is unset")
    if folder is not None:
        environment["ALMENARA_SERVICES"] = str(folder)
    done = subprocess.run(
        [*shlex.split(environment[COMMAND]), *arguments],
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        timeout=120,
    )
    return done.stdout


@contextmanager
def own_secure_servers(folder: Path) -> Iterator[dict[str, str]]:
    """Start a Kafka and an Elasticsearch with TLS, logins and rights; give their environment."""
    try:
        services("up", "--secure", folder=folder)
        yield json.loads(services("env", "--json", folder=folder))
    finally:
        services("down", folder=folder)


def new_namespace() -> str:
    """Return a namespace that nobody else has."""
    return f"test{uuid.uuid4().hex[:12]}"


def put_templates(cluster: Cluster) -> None:
    """Put our templates only: the first bulk makes the stream of a new namespace from them."""
    changes = planned(cluster, new_namespace())
    carry_out(cluster, [change for change in changes if change.subject.startswith("index")])


def drop(cluster: Cluster, namespace: str) -> None:
    """Delete the data streams of a namespace."""
    with suppress(SinkError):
        cluster.request("DELETE", f"/_data_stream/{stream_name('*', namespace)}")


def count(cluster: Cluster, stream: str) -> tuple[int, int]:
    """Return how many documents a stream holds, and how many different ids (10,000 at most)."""
    cluster.request("POST", f"/{stream}/_refresh")
    body = {"size": 10_000, "_source": False, "track_total_hits": True}
    found = cluster.request("POST", f"/{stream}/_search", body)["hits"]
    return found["total"]["value"], len({hit["_id"] for hit in found["hits"]})
