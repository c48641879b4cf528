"""The login of people who look, put back and speak: just the printed rights, and fewer."""

import subprocess
from os import environ

import orjson
import pytest

from connectors.kafka_clients import Record
from connectors.kafka_producer import Producer
from connectors.kafka_refusals import Right
from live_engine import COMMAND, LiveEngine
from secure_engine import Logins, secure_engine, settings_of
from stream.dead_letters import letter
from stream.kafka_rights import rights_of

pytestmark = [pytest.mark.integration, pytest.mark.slow]

MARK = "MARK"  # stands for the names of a deployment, which each run draws anew
DOCTOR = ("doctor", "--role", "operator", "--json")
REPLAY = ("dlq", "replay")
FEEDBACK = ("feedback", "abcdef", "true")  # of an alert that nobody knows
COMMANDS = (
    DOCTOR,
    ("status", "--json"),
    ("dlq", "show"),
    REPLAY,
    ("suppress", "list"),
    ("suppress", "add", "--entity", "192.0.2.1", "--reason", "ours"),
)
ALL = [
    ("Describe", "topic", "MARK.", True),
    ("DescribeConfigs", "topic", "MARK.", True),
    ("Read", "topic", "MARK.conn", False),
    ("Read", "topic", "MARK.lane.v1", False),
    ("Read", "topic", "MARK.state.v1", False),
    ("Read", "topic", "MARK.dlq.v1", False),
    ("Read", "topic", "MARK.control.v1", False),
    ("Read", "topic", "MARK.alerts.v1", False),
    ("Read", "topic", "MARK.candidates.v1", False),
    ("Write", "topic", "MARK.lane.v1", False),
    ("Write", "topic", "MARK.alerts.v1", False),
    ("Write", "topic", "MARK.candidates.v1", False),
    ("Write", "topic", "MARK.drift.v1", False),
    ("Write", "topic", "MARK.audit.v1", False),
    ("Describe", "group", "MARK", False),
    ("Describe", "group", "MARK-alert-MARK", False),
    ("Describe", "group", "MARK-publish-MARK", False),
    ("Describe", "group", "MARK-index-MARK", False),
    ("Read", "group", "MARK-dlq-", True),
    ("Write", "transactional-id", "MARK-dlq-", True),
    ("Describe", "group", "almenara-reader", False),
]
NEEDS = {
    ("Describe", "topic", "MARK."): ("status",),
    ("Read", "group", "MARK-dlq-"): REPLAY,
    ("Write", "transactional-id", "MARK-dlq-"): REPLAY,
    ("Describe", "group", "almenara-reader"): FEEDBACK,
}
"""Which command misses a right that doctor does not look at."""


@pytest.fixture(scope="module")
def logins(secure_servers: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Logins:
    return Logins(secure_servers, tmp_path_factory.mktemp("logins"))


@pytest.fixture(scope="module")
def engine(
    secure_servers: dict[str, str], tmp_path_factory: pytest.TempPathFactory, logins: Logins
) -> LiveEngine:
    made = secure_engine(tmp_path_factory.mktemp("operator"), secure_servers, logins, [[b"x"]])
    made.produce()
    producer = Producer(made.properties)
    producer.send(made.names.alerts, b"{}")
    producer.flush()
    return made


def refuse_a_document(engine: LiveEngine) -> None:
    """Let a document be among the dead letters."""
    record = Record(engine.names.alerts, 0, 9, 1_700_000_000.0, b"key", b'{"a":1}', ())
    value, headers = letter(record, "field 'a' is no ip", "index")
    producer = Producer(engine.properties)
    producer.send(engine.names.dead_letters, value, key=record.key, headers=headers)
    producer.flush()


def run(
    engine: LiveEngine, logins: Logins, rights: list[Right], *words: str
) -> "subprocess.CompletedProcess[bytes]":
    """Run a command as a login that has these rights."""
    as_user = logins.environment(logins.user(rights))
    return subprocess.run(
        [*COMMAND, *words, str(engine.file)],
        env={**environ, **engine.environment, **as_user},
        capture_output=True,
        check=False,
        timeout=240,
    )


def printed(engine: LiveEngine) -> list[Right]:
    (granted,) = (one for one in rights_of(settings_of(engine), "") if one.role == "operator")
    return list(granted.rights)


def test_rights_are_those_below(engine: LiveEngine) -> None:
    expected = [(*right[:2], right[2].replace(MARK, engine.mark), right[3]) for right in ALL]
    assert [tuple(right) for right in printed(engine)] == expected


def test_operator_does_all_with_just_the_printed_rights(engine: LiveEngine, logins: Logins) -> None:
    refuse_a_document(engine)
    for words in COMMANDS:
        done = run(engine, logins, printed(engine), *words)
        assert done.returncode == 0, f"{words}: {done.stdout.decode()}{done.stderr.decode()}"
        if words == DOCTOR:
            rows = {row["name"]: row for row in orjson.loads(done.stdout)}
            assert f"topic {engine.names.lane}" in rows
            assert f"group {engine.mark}-publish-{engine.mark}" in rows
            assert "elasticsearch: login" not in rows
        if words == REPLAY:
            assert f"{engine.names.alerts}: 1 put back" in done.stdout.decode()
    done = run(engine, logins, printed(engine), *FEEDBACK)
    assert "unknown in" in done.stderr.decode()  # both topics were read to their ends


@pytest.mark.parametrize("k", range(len(ALL)), ids=["-".join(map(str, r[:3])) for r in ALL])
def test_each_of_them_is_needed(engine: LiveEngine, logins: Logins, k: int) -> None:
    fewer = [right for n, right in enumerate(printed(engine)) if n != k]
    words = NEEDS.get(ALL[k][:3], DOCTOR)
    if words == REPLAY:
        refuse_a_document(engine)
    done = run(engine, logins, fewer, *words)
    said = done.stdout.decode() + done.stderr.decode()
    assert done.returncode in (4, 5), said  # a topic that may not be seen is not there
    name = ALL[k][2].replace(MARK, engine.mark)
    assert name in said, said
