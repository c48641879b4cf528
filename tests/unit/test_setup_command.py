"""What almenara setup says last, and the rights that it prints."""

import shlex
from pathlib import Path

import orjson
import pytest

from command_line import CommandLine
from connectors.kafka_lookout import ClusterView
from settings_made import VARIABLES
from stream.commands.setup import ending
from stream.kafka_rights import ROLES, rights_of
from stream.settings import load_settings
from stream.status import lanes_of, unkeyed_of


@pytest.mark.parametrize(
    ("following", "file", "said"),
    [
        (["run"], None, "next: almenara run"),
        (
            ["setup elasticsearch", "run"],
            Path("my site.toml"),
            "next: almenara setup elasticsearch 'my site.toml', then almenara run 'my site.toml'",
        ),
    ],
)
def test_what_comes_next_is_said_with_the_file(
    following: list[str], file: Path | None, said: str
) -> None:
    assert ending(following, file, is_changed=True, dry_run=False) == f"\n{said}"


def test_second_run_and_dry_run_say_that_nothing_was_changed() -> None:
    assert ending(["run"], None, is_changed=False, dry_run=False) == "nothing to change"
    assert ending(["run"], None, is_changed=False, dry_run=True) == "nothing to change"
    assert "nothing was changed" in ending(["run"], None, is_changed=True, dry_run=True)


def rights(command_line: CommandLine, *options: str) -> str:
    done = command_line("setup", "kafka", *options)
    assert done.code == 0, done.err
    return done.out


@pytest.fixture
def command_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> CommandLine:
    monkeypatch.chdir(tmp_path)
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    return CommandLine(monkeypatch, capsys)


def test_rights_are_printed_without_a_connection(command_line: CommandLine) -> None:
    said = rights(command_line, "--print-roles")
    for role in set(ROLES) - {"rekey"}:  # no source is keyed anew here
        assert f"\n{role} " in said
    assert "User:almenara-score" in said
    assert "almenara-score-*" in said


def test_rights_are_printed_as_commands_of_kafka(command_line: CommandLine) -> None:
    lines = rights(command_line, "--acls", "--principal", "User:CN={role},O=x y").splitlines()
    (state,) = (shlex.split(line) for line in lines if "state.v1" in line and "=score" in line)
    assert state[:4] == [
        "kafka-acls.sh",
        "--bootstrap-server",
        "localhost:9092",
        "--command-config",
    ]
    assert state[5:8] == ["--add", "--allow-principal", "User:CN=score,O=x y"]
    assert state[8:] == [
        "--operation", "Write", "--operation", "Read", "--topic", "almenara.state.v1",
    ]  # fmt: skip
    assert any(line.endswith("almenara-score- --resource-pattern-type prefixed") for line in lines)


def test_rights_are_printed_as_json(command_line: CommandLine) -> None:
    rows = orjson.loads(rights(command_line, "--print-roles", "--json"))
    assert {row["role"] for row in rows} == set(ROLES) - {"rekey"}
    (row,) = (row for row in rows if row["name"] == "zeek.conn" and row["role"] == "score")
    assert (row["operation"], row["resource"], row["is_prefix"]) == ("Read", "topic", False)


@pytest.mark.parametrize(
    ("topic", "name", "is_prefix"),
    [
        ("a.b", "a.b", False),
        (r"^zeek\..*", "zeek.", True),
        ("^zeek.*", "zeek", True),
        ("^zee?k", "ze", True),
        ("^ab{2}", "a", True),
        (r"^x\.conn$", "x.conn", True),
        ("^a|b", "*", False),
        ("^.*conn", "*", False),
    ],
)
def test_right_to_a_pattern_is_one_to_what_its_matches_begin_with(
    topic: str,
    name: str,
    *,
    is_prefix: bool,
) -> None:
    settings = load_settings(environ={**VARIABLES, "ALMENARA_SOURCE__TOPICS": topic})
    (score,) = (one for one in rights_of(settings, "") if one.role == "score")
    assert score.rights[0] == ("Read", "topic", name, is_prefix)


def test_source_that_is_keyed_anew_is_read_by_rekey_and_scored_from_our_topic() -> None:
    variables = {**VARIABLES, "ALMENARA_SOURCE__NAME": "edge", "ALMENARA_SOURCE__REKEY": "true"}
    settings = load_settings(environ=variables)
    of_role = {one.role: one.rights for one in rights_of(settings, "")}
    keyed = settings.keyed_topic(settings.source[0])
    assert of_role["score"][0] == ("Read", "topic", keyed, False)
    assert ("Read", "topic", "zeek.conn", False) in of_role["rekey"]
    assert ("Write", "topic", keyed, False) in of_role["rekey"]
    assert ("Write", "transactional-id", "almenara-rekey-", True) in of_role["rekey"]
    assert ("Describe", "group", "almenara-rekey", False) in of_role["operator"]


def test_lanes_are_the_partitions_that_are_scored_and_keying_has_its_own() -> None:
    variables = {**VARIABLES, "ALMENARA_SOURCE__NAME": "edge", "ALMENARA_SOURCE__REKEY": "true"}
    settings = load_settings(environ=variables)
    keyed = settings.keyed_topic(settings.source[0])
    view = ClusterView("", 1, {"zeek.conn": 1, keyed: 2, "other": 3})
    assert lanes_of(settings, view) == [(keyed, 0), (keyed, 1)]
    assert unkeyed_of(settings, view) == [("zeek.conn", 0)]
    plain = load_settings(environ=VARIABLES)
    assert lanes_of(plain, view) == [("zeek.conn", 0)]
    assert unkeyed_of(plain, view) == []
