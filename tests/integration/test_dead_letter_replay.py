"""Dead letters on a real Kafka: shown, and put back once."""

import time
import uuid
from pathlib import Path

import orjson
import pytest

from command_line import CommandLine
from connectors.kafka_clients import Record
from connectors.kafka_producer import Producer
from connectors.kafka_ranges import read_range
from connectors.kafka_topics import TopicPlan, Topics
from stream.dead_letter_view import ATTEMPTS
from stream.dead_letters import LARGEST, DeadLetterTopic
from stream.topics import TopicNames

pytestmark = pytest.mark.integration

BAD = b"no log line \x1b[2J SECRET"


class Deployment:
    """Topics, settings and dead letters of one test."""

    def __init__(self, folder: Path, kafka: str) -> None:
        self.mark = f"t{uuid.uuid4().hex[:8]}"
        self.names = TopicNames(self.mark)
        self.source = f"{self.mark}.conn"
        self.properties = {"bootstrap.servers": kafka}
        self.file = folder / "almenara.toml"
        self.file.write_text(
            f'namespace = "{self.mark}"\n[kafka]\nbootstrap = "{kafka}"\ngroup = "{self.mark}"\n'
            f'prefix = "{self.mark}"\n[[source]]\ntopics = ["{self.source}"]\n'
        )
        topics = Topics(self.properties)
        topics.make(self.names.plans(), 1)
        topics.make([TopicPlan(self.source, 2, {})], 1)
        producer = Producer(self.properties)
        unread = DeadLetterTopic(producer, self.names.dead_letters, "decode")
        refused = DeadLetterTopic(producer, self.names.dead_letters, "index")
        for k in range(3):
            unread.send(self.record(self.source, k, BAD), "unknown format")
        unread.send(self.record(self.source, 3, b"x" * (LARGEST + 1)), "too long")
        refused.send(self.record(self.names.alerts, 9, b'{"a":1}', 0), "field 'a' is no ip")
        producer.flush()

    def record(self, topic: str, offset: int, value: bytes, partition: int = 1) -> Record:
        return Record(topic, partition, offset, 1_700_000_000.0, b"key", value, [("own", b"1")])

    def read(self, topic: str, partition: int, least: int = 0) -> list[Record]:
        """Return what is there; what was committed just now may take a moment to be seen."""
        until = time.monotonic() + 30.0
        while True:
            found = list(read_range(self.properties, topic, partition, 0))
            if len(found) >= least or time.monotonic() > until:
                return found
            time.sleep(0.2)


@pytest.fixture
def deployment(tmp_path: Path, kafka_bootstrap: str) -> Deployment:
    return Deployment(tmp_path, kafka_bootstrap)


@pytest.fixture
def almenara(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(monkeypatch, capsys)


def test_newest_come_first_and_payloads_only_when_asked_for(
    deployment: Deployment, almenara: CommandLine
) -> None:
    done = almenara("dlq", "show", deployment.file, "--json")
    rows = orjson.loads(done.out)
    assert [row["offset"] for row in rows] == [4, 3, 2, 1, 0]
    assert [row["cut"] for row in rows] == [False, True, False, False, False]
    assert rows[1]["bytes"] == LARGEST + 1
    assert "SECRET" not in done.out
    done = almenara("dlq", "show", deployment.file, "--limit", "2", "--reason", "unknown")
    assert done.code == 0
    assert done.out.count("unknown format") == 2
    assert "SECRET" not in done.out
    done = almenara("dlq", "show", deployment.file, "--stage", "decode", "--limit", "4", "--value")
    assert r"no log line \x1b[2J SECRET" in done.out
    assert "\x1b" not in done.out


def test_records_go_back_as_they_were_and_once(
    deployment: Deployment, almenara: CommandLine
) -> None:
    done = almenara("dlq", "replay", deployment.file, "--stage", "decode")
    assert done.code == 2
    assert "--to-source" in done.err
    done = almenara("dlq", "replay", deployment.file, "--stage", "decode", "--dry-run", "--json")
    planned = orjson.loads(done.out)
    assert planned == {
        "put_back": {deployment.source: 3},
        "of_another_stage": 1,
        "cut": 1,
        "topic_missing": 0,
        "dry_run": True,
    }
    assert deployment.read(deployment.source, 1) == []
    replay = ("dlq", "replay", deployment.file, "--stage", "decode", "--to-source")
    done = almenara(*replay, "--json")
    assert orjson.loads(done.out) == {**planned, "dry_run": False}
    (first, *others) = deployment.read(deployment.source, 1, 3)
    assert len(others) == 2
    assert (first.key, first.value) == (b"key", BAD)
    assert list(first.headers) == [("own", b"1"), (ATTEMPTS, b"1")]
    assert "nothing to put back" in almenara(*replay).out
    assert len(deployment.read(deployment.source, 1)) == 3
    done = almenara("dlq", "replay", deployment.file)
    assert f"{deployment.names.alerts}: 1 put back" in done.out
    (document,) = deployment.read(deployment.names.alerts, 0, 1)
    assert document.value == b'{"a":1}'


def test_record_that_fails_again_says_how_often(
    deployment: Deployment, almenara: CommandLine
) -> None:
    almenara("dlq", "replay", deployment.file)
    (document,) = deployment.read(deployment.names.alerts, 0, 1)
    producer = Producer(deployment.properties)
    DeadLetterTopic(producer, deployment.names.dead_letters, "index")(document, "again")
    (newest, *_) = orjson.loads(almenara("dlq", "show", deployment.file, "--json").out)
    assert (newest["reason"], newest["attempts"], newest["class"]) == ("again", 2, "RejectedError")
