"""Two namespaces with one prefix would decide each other's lanes: the second is refused."""

import subprocess
from pathlib import Path

import pytest

from candidates_made import candidate
from connectors.kafka_producer import Producer
from live_engine import COMMAND, LiveEngine
from stream.lane_log import encode

pytestmark = pytest.mark.integration


@pytest.fixture
def engine(tmp_path: Path, kafka_bootstrap: str) -> LiveEngine:
    made = LiveEngine(tmp_path, kafka_bootstrap, "", [[]])
    made.set_up()
    return made


def namespace_of(engine: LiveEngine, name: str) -> None:
    """Let a candidate of a namespace be in the log."""
    producer = Producer(engine.properties)
    made = candidate(namespace=name)
    producer.send(engine.names.lane, encode(made, 1), partition=0)
    producer.flush()


def refused(engine: LiveEngine, *words: str) -> str:
    done = subprocess.run(
        [*COMMAND, *words, str(engine.file)], capture_output=True, check=False, timeout=120
    )
    assert done.returncode == 2, done.stderr.decode()
    return done.stderr.decode()


def test_prefix_of_another_namespace_is_refused(engine: LiveEngine) -> None:
    assert engine.command("setup", "kafka") == "nothing to change\n"
    namespace_of(engine, "blue")
    told = f"'{engine.mark}' is that of namespace 'blue', expected one of '{engine.mark}' alone"
    assert told in refused(engine, "setup", "kafka")
    for role in ("score", "alert"):
        assert told in refused(engine, "run", "--role", role)
    namespace_of(engine, engine.mark)  # who was there before is not kept out
    assert engine.command("setup", "kafka") == "nothing to change\n"
