"""Roles on a real Kafka with TLS, logins and rights: with just the printed ones, and with fewer."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from command_line import SMALL
from connectors.elasticsearch import Cluster, ElasticsearchOptions, connect
from connectors.errors import RightsError
from connectors.kafka_producer import Producer
from live_engine import LiveEngine, by_source
from live_outcome import indexed, same, wait_for
from real_servers import drop
from secure_engine import USER_OF_MTLS, Logins, secure_engine, settings_of
from stream.kafka_rights import rights_of
from stream.roles import run_role
from stream.simulate.writers import write_log

pytestmark = pytest.mark.integration

RUNNING = ("score", "alert", "publish", "index")
SHORT_S = 120.0
MARK = "MARK"  # stands for the names of a deployment, which each run draws anew

PARTS = {
    "score": [
        ("Read", "topic", "MARK.conn"),
        ("Read", "group", "MARK"),
        ("Write", "topic", "MARK.lane.v1"),
        ("Read", "topic", "MARK.lane.v1"),
        ("Write", "topic", "MARK.state.v1"),
        ("Read", "topic", "MARK.state.v1"),
        ("Write", "topic", "MARK.dlq.v1"),
        ("Write", "transactional-id", "MARK-score-"),
        ("Describe", "group", "almenara-reader"),
    ],
    "publish": [
        ("Read", "topic", "MARK.decisions.v1"),
        ("Read", "group", "MARK-publish-MARK"),
        ("Write", "topic", "MARK.alerts.v1"),
        ("Write", "topic", "MARK.candidates.v1"),
        ("Write", "topic", "MARK.drift.v1"),
        ("Write", "topic", "MARK.audit.v1"),
        ("Write", "topic", "MARK.control.v1"),
        ("Write", "transactional-id", "MARK-publish-MARK"),
        ("Write", "topic", "MARK.lane.v1"),
    ],
    "index": [
        ("Read", "topic", "MARK.alerts.v1"),
        ("Read", "topic", "MARK.candidates.v1"),
        ("Read", "topic", "MARK.drift.v1"),
        ("Read", "topic", "MARK.audit.v1"),
        ("Read", "group", "MARK-index-MARK"),
        ("Write", "topic", "MARK.dlq.v1"),
        ("Write", "topic", "MARK.lane.v1"),
    ],
    "alert": [
        ("Read", "topic", "MARK.lane.v1"),
        ("Write", "topic", "MARK.lane.v1"),
        ("Write", "topic", "MARK.decisions.v1"),
        ("Read", "group", "MARK-alert-MARK"),
        ("Create", "topic", "MARK-alert-MARK-"),
        ("Read", "topic", "MARK-alert-MARK-"),
        ("Write", "topic", "MARK-alert-MARK-"),
        ("Describe", "group", "almenara-reader"),
    ],
}
ALWAYS = {
    "score": ("Write", "topic", "MARK.state.v1"),
    "publish": ("Write", "topic", "MARK.alerts.v1"),
    "index": ("Read", "topic", "MARK.alerts.v1"),
    "alert": ("Write", "topic", "MARK.decisions.v1"),
}
"""One of each role is taken away in every run, the others with ``-m slow``."""
EACH = [
    pytest.param(
        role,
        k,
        id="-".join([role, *right]).replace("MARK", ""),
        marks=() if right == ALWAYS[role] else pytest.mark.slow,
    )
    for role, rights in PARTS.items()
    for k, right in enumerate(rights)
]


def lines(folder: Path) -> list[list[bytes]]:
    """A small day with attacks, dealt to two lanes."""
    write_log(folder / "conn.ndjson", SMALL, "zeek-json")
    return by_source((folder / "conn.ndjson").read_bytes().splitlines(), 2)


@pytest.fixture(scope="module")
def logins(secure_servers: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Logins:
    return Logins(secure_servers, tmp_path_factory.mktemp("logins"))


@pytest.fixture(scope="module")
def cluster(secure_servers: dict[str, str], logins: Logins) -> Iterator[Cluster]:
    made = connect(
        ElasticsearchOptions(
            urls=(secure_servers["ALMENARA_TEST_ELASTICSEARCH"],),
            username=secure_servers["ALMENARA_TEST_ELASTICSEARCH_USER"],
            password=logins.password,
            ca_certs=Path(secure_servers["ALMENARA_TEST_CA"]),
        )
    )
    yield made
    made.close()


@pytest.fixture(scope="module")
def worked(
    secure_servers: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
    logins: Logins,
    cluster: Cluster,
) -> Iterator[LiveEngine]:
    """An engine that ran with TLS and SCRAM, a login with the printed rights for each role."""
    folder = tmp_path_factory.mktemp("scram")
    engine = secure_engine(folder, secure_servers, logins, lines(folder))
    admin = engine.environment
    printed = rights_of(settings_of(engine), "User:{role}")
    try:
        engine.produce()
        for one in printed:
            if one.role in RUNNING:
                user = logins.user(one.rights)
                engine.environment = admin | logins.environment(user)
                engine.start(one.role)
        arrived(engine, cluster)
        engine.stop()
        engine.environment = admin
        yield engine
    finally:
        engine.stop()
        drop(cluster, engine.mark)


def arrived(engine: LiveEngine, cluster: Cluster) -> None:
    """Wait until all documents that a replay makes are in Elasticsearch, and are the same."""
    expected = engine.expected()
    assert len({document["data_stream"]["dataset"] for document in expected.values()}) == 2
    wait_for(engine, lambda: len(indexed(cluster, engine)), len(expected))
    same(indexed(cluster, engine), expected)


def test_engine_runs_with_scram_and_just_the_printed_rights(worked: LiveEngine) -> None:
    assert worked.processes == {}  # all ran and documents arrived: see the fixture


def test_engine_runs_with_mtls_and_just_the_printed_rights(
    secure_servers: dict[str, str], tmp_path: Path, logins: Logins, cluster: Cluster
) -> None:
    engine = secure_engine(tmp_path, secure_servers, logins, lines(tmp_path))
    try:
        said = engine.command("setup", "kafka", "--grant", "--principal", USER_OF_MTLS)
        assert f"{USER_OF_MTLS}: grant Write on topic {engine.mark}.state.v1" in said
        again = engine.command("setup", "kafka", "--grant", "--principal", USER_OF_MTLS)
        assert again == "nothing to change\n"
        engine.produce()
        engine.environment = engine.environment | logins.environment_of_mtls()
        for name in ("ALMENARA_KAFKA__USERNAME", "ALMENARA_KAFKA__PASSWORD_FILE"):
            engine.environment.pop(name)
        for role in RUNNING:
            engine.start(role)
        arrived(engine, cluster)
    finally:
        engine.stop()
        drop(cluster, engine.mark)


def test_each_printed_right_is_taken_away_below(worked: LiveEngine) -> None:
    for one in rights_of(settings_of(worked), "User:x"):
        if one.role in RUNNING:
            assert [r[:3] for r in one.rights] == [
                (operation, resource, name.replace(MARK, worked.mark))
                for operation, resource, name in PARTS[one.role]
            ]


@pytest.mark.parametrize(("role", "k"), EACH)
def test_one_right_fewer_is_named(worked: LiveEngine, logins: Logins, role: str, k: int) -> None:
    operation, _, _ = PARTS[role][k]
    group = {"ALMENARA_KAFKA__GROUP": worked.mark}
    if role in ("publish", "index") or operation == "Create":
        group = {"ALMENARA_KAFKA__GROUP": f"{worked.mark}-{role}-{k}"}  # all is new to it
    (printed,) = (
        one.rights for one in rights_of(settings_of(worked, **group), "") if one.role == role
    )
    fewer = [right for n, right in enumerate(printed) if n != k]
    environment = worked.environment | group | logins.environment(logins.user(fewer))
    spoil(worked, role)
    said = STARTS[role](worked, environment)
    assert "refused, expected the right " + operation in said
    assert f"{printed[k].resource} {printed[k].name}" in said


def spoil(engine: LiveEngine, role: str) -> None:
    """Give the role what it has to write: a dead letter, a state, a document."""
    producer = Producer(engine.properties)
    if role == "score":
        engine.produce(slice(0, 50))
        producer.send(engine.source, b"no log line", partition=0)
    elif role == "index":
        producer.send(engine.names.alerts, b'{"@timestamp": "no document of ours"}')
    producer.flush()


def in_this_process(role: str) -> "Starter":
    def start(engine: LiveEngine, environment: dict[str, str]) -> str:
        until = time.monotonic() + SHORT_S
        settings = settings_of(engine, **environment)
        with pytest.raises(RightsError) as caught:
            run_role(role, settings, lambda: time.monotonic() < until)
        return str(caught.value)

    return start


def in_its_process(role: str) -> "Starter":
    """Start a role that may leave something behind: a member that its group waits for, a thread."""

    def start(engine: LiveEngine, environment: dict[str, str]) -> str:
        kept, engine.environment = engine.environment, environment
        try:
            engine.start(role, "fewer")
            code = engine.processes["fewer"].wait(SHORT_S)
        finally:
            engine.environment = kept
            engine.stop()
        log = engine.file.with_name("fewer.log")
        said = log.read_text()
        log.unlink()
        assert code == 5, said
        return next(line for line in said.splitlines() if line.startswith("error:"))

    return start


Starter = Callable[[LiveEngine, dict[str, str]], str]
STARTS: dict[str, Starter] = {
    "score": in_its_process("score"),
    "publish": in_this_process("publish"),
    "index": in_this_process("index"),
    "alert": in_its_process("alert"),
}
