"""The compose files and the image: nothing open, nothing unpinned, no secret in them."""

import base64
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from compose_file import Service, made_passwords, services, variables_in
from source_tree import ROOT
from stream.configuration.environment import variables
from stream.lazy_commands import HELP
from stream.settings import read_settings

COMPOSE = ROOT / "docker-compose.yml"
FOR_TESTS = ROOT / "tests" / "servers.yml"
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")
PINNED = re.compile(r":v?\d+\.\d+\.\d+$")
ANY = "*"
SECRET = re.compile(r"PASSWORD$|KEY$|SEED$|JAAS_CONFIG$")
DURATION = re.compile(r"\d+(ms|s|m|h)")
SHAPES: dict[str, Any] = {
    "build": {"context": str, "dockerfile": str},
    "cap_drop": [str],
    "command": [str],
    "depends_on": {
        ANY: {"condition": re.compile(r"service_(started|healthy|completed_successfully)")}
    },
    "entrypoint": [str],
    "environment": {ANY: (str, int)},
    "healthcheck": {
        "test": [str], "interval": DURATION, "timeout": DURATION, "retries": int, "disable": bool,
    },
    "image": str,
    "logging": {"driver": str},
    "mem_limit": re.compile(r"\d+[mg]"),
    "ports": [re.compile(r"[\d.]+:\d+:\d+")],
    "profiles": [str],
    "read_only": bool,
    "restart": re.compile(r"no|always|on-failure(:\d+)?|unless-stopped"),
    "security_opt": [str],
    "stop_grace_period": DURATION,
    "tmpfs": [str],
    "user": str,
    "volumes": [re.compile(r"[\w./-]+:/[\w./-]+(:ro)?")],
}  # fmt: skip
"""What the Compose Specification takes of the keys that we use."""


@pytest.fixture(scope="module")
def passwords(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return made_passwords(tmp_path_factory.mktemp("compose"))


@pytest.fixture(scope="module")
def started(passwords: dict[str, str]) -> dict[str, Service]:
    return services(COMPOSE, passwords)


def ours(found: dict[str, Service]) -> dict[str, Service]:
    return {name: one for name, one in found.items() if one["image"].startswith("almenara:")}


def is_of(value: Any, shape: Any, place: str) -> None:
    """Assert that a value is of a shape: a type, a pattern, a list, or a table with those keys."""
    if isinstance(shape, re.Pattern):
        assert isinstance(value, str), place
        assert shape.fullmatch(value), f"{place}: {value}"
    elif isinstance(shape, list):
        assert isinstance(value, list), place
        for one in value:
            is_of(one, shape[0], place)
    elif isinstance(shape, dict):
        assert isinstance(value, dict), place
        for key, one in value.items():
            assert ANY in shape or key in shape, f"{place}: {key}"
            is_of(one, shape.get(key, shape.get(ANY)), f"{place}: {key}")
    else:
        assert isinstance(value, shape), f"{place}: {value!r}"


def is_once(service: Service) -> bool:
    return service.get("restart") == "no"


def test_every_role_every_server_and_the_set_up_are_there(started: dict[str, Service]) -> None:
    assert set(started) == {
        "kafka", "elasticsearch", "kibana-login", "kibana", "setup", "score", "alert", "publish",
        "index", "demo", "prometheus",
    }  # fmt: skip
    assert {name for name, one in started.items() if is_once(one)} == {
        "kibana-login", "setup", "demo",
    }  # fmt: skip


@pytest.mark.parametrize("path", [COMPOSE, FOR_TESTS], ids=lambda path: path.name)
def test_what_starts_is_pinned_bounded_and_published_on_loopback(
    path: Path, passwords: dict[str, str]
) -> None:
    for name, one in services(path, passwords).items():
        is_of(one, SHAPES, name)
        assert PINNED.search(one["image"]), name
        assert all(port.startswith("127.0.0.1:") for port in one.get("ports", ())), name
        assert one["mem_limit"], name
        if not is_once(one) and not one["image"].startswith("almenara:"):
            assert one["healthcheck"]["test"], name


@pytest.mark.parametrize(
    "wrong",
    [
        {"memlimit": "1g"},
        {"ports": 5},
        {"depends_on": {"kafka": {"condition": "ready"}}},
        {"healthcheck": {"tests": ["x"]}},
        {"environment": {"A": ["x"]}},
    ],
)
def test_what_compose_would_refuse_is_seen(wrong: dict[str, Any]) -> None:
    with pytest.raises(AssertionError):
        is_of(wrong, SHAPES, "kafka")


def test_file_holds_nothing_else(started: dict[str, Service]) -> None:
    raw = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
    assert {key for key in raw if not key.startswith("x-")} == {"name", "services", "volumes"}
    named = {
        volume.partition(":")[0] for one in started.values() for volume in one.get("volumes", ())
    }
    assert {name for name in named if not name.startswith(".")} == set(raw["volumes"])


def test_containers_have_no_powers(started: dict[str, Service]) -> None:
    for name, one in started.items():
        assert one["cap_drop"] == ["ALL"], name
        assert one["security_opt"] == ["no-new-privileges:true"], name
        assert one["user"].split(":")[0] not in {"0", "root"}, name
        assert "docker.sock" not in str(one), name
    for name, one in ours(started).items():
        assert one["read_only"] is True, name
        assert one["tmpfs"], name


def test_order_of_starts_is_by_what_is_ready(started: dict[str, Service]) -> None:
    for name, one in started.items():
        for other, how in one.get("depends_on", {}).items():
            done = (
                "service_completed_successfully" if is_once(started[other]) else "service_healthy"
            )
            assert how == {"condition": done}, f"{name} on {other}"
    for name in ("score", "alert", "publish", "index", "demo"):
        assert set(started[name]["depends_on"]) == {"setup"}


def test_no_secret_stands_in_the_file() -> None:
    raw = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
    for name, one in raw["services"].items():
        for key, value in one.get("environment", {}).items():
            if SECRET.search(key):
                assert "${" in value, f"{name}: {key}"
                assert ":-" not in value, f"{name}: {key} has a default"
        words = str([one.get("command"), one.get("entrypoint"), one.get("healthcheck")])
        assert "${" not in words.replace("${ALMENARA_TOPIC:-", ""), f"{name}: a value in ps"


def test_passwords_are_made_once_for_the_owner_alone(tmp_path: Path) -> None:
    first = made_passwords(tmp_path)
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600
    assert made_passwords(tmp_path) == first
    assert set(first) == variables_in(COMPOSE)
    secrets = [value for name, value in first.items() if name.endswith("_PASSWORD")]
    assert len(set(secrets)) == len(secrets) == 9
    assert all(re.fullmatch(r"[0-9a-f]{48}", secret) for secret in secrets)
    assert len(base64.urlsafe_b64decode(first["CLUSTER_ID"] + "==")) == 16
    assert ".env" in (ROOT / ".gitignore").read_text().split()


def test_our_services_are_given_settings_that_are_right(started: dict[str, Service]) -> None:
    for name, one in ours(started).items():
        given = {key: str(value) for key, value in one["environment"].items()}
        assert set(given) <= set(variables()), name
        if name == "index":  # a file that setup makes
            assert given.pop("ALMENARA_ELASTICSEARCH__API_KEY_FILE").startswith("/keys/")
        reading = read_settings(None, given)
        assert reading.problems == (), name
        words = one["command"][0] if name == "setup" else f"almenara {' '.join(one['command'])}"
        for line in words.strip().splitlines():
            program, command, *_ = shlex.split(line)
            assert program == "almenara", name
            assert command in HELP, name


def test_every_login_is_known_to_kafka(started: dict[str, Service]) -> None:
    logins = started["kafka"]["environment"]["KAFKA_LISTENER_NAME_INTERNAL_PLAIN_SASL_JAAS_CONFIG"]
    known = dict(re.findall(r'user_([\w-]+)="([^"]+)"', logins))
    used = {
        one["environment"]["ALMENARA_KAFKA__USERNAME"]: one["environment"][
            "ALMENARA_KAFKA__PASSWORD"
        ]
        for one in ours(started).values()
    }
    assert used == known


@pytest.mark.parametrize("path", [COMPOSE, FOR_TESTS], ids=lambda path: path.name)
def test_kafka_is_given_all_that_it_needs_once_anything_is_given(
    path: Path, passwords: dict[str, str]
) -> None:
    kafka: dict[str, Any] = services(path, passwords)["kafka"]["environment"]
    cluster = kafka["CLUSTER_ID"]
    assert len(base64.urlsafe_b64decode(cluster + "==")) == 16
    listeners = {pair.split("://")[0] for pair in kafka["KAFKA_LISTENERS"].split(",")}
    protocols = dict(
        pair.split(":") for pair in kafka["KAFKA_LISTENER_SECURITY_PROTOCOL_MAP"].split(",")
    )
    assert listeners == set(protocols)
    advertised = {pair.split("://")[0] for pair in kafka["KAFKA_ADVERTISED_LISTENERS"].split(",")}
    assert advertised == listeners - {kafka["KAFKA_CONTROLLER_LISTENER_NAMES"]}
    assert kafka["KAFKA_INTER_BROKER_LISTENER_NAME"] in advertised
    for factor in ("OFFSETS_TOPIC", "TRANSACTION_STATE_LOG", "SHARE_COORDINATOR_STATE_TOPIC"):
        assert kafka[f"KAFKA_{factor}_REPLICATION_FACTOR"] == 1


def stages() -> list[str]:
    return re.split(r"^(?=FROM )", DOCKERFILE, flags=re.MULTILINE)[1:]


def test_image_is_made_of_what_is_pinned_and_checked() -> None:
    assert re.search(r"^ARG PYTHON=\d+\.\d+\.\d+$", DOCKERFILE, re.MULTILINE)
    assert all(re.match(r"FROM python:\$\{PYTHON\}-[\w-]+", stage) for stage in stages())
    joined = DOCKERFILE.replace("\\\n", " ")
    installs = re.findall(r"pip install (.*?)(?:&&|$)", joined, re.MULTILINE)
    assert len(installs) == 4
    assert [one for one in installs if "--require-hashes" not in one] == [
        "--quiet --python /opt/almenara/bin/python --no-deps /wheel/*.whl"
    ]
    assert not re.search(r"^(ADD|MAINTAINER) |curl|wget|sudo|:latest", DOCKERFILE, re.MULTILINE)


def test_image_runs_as_nobody_special_and_holds_no_build_tools() -> None:
    build, final = stages()
    assert "stream.warm_up" in build
    assert not re.search(r"apt-get|pip|gcc", final)
    assert re.findall(r"^USER (.*)$", final, re.MULTILINE) == ["10001:10001"]
    assert 'ENTRYPOINT ["almenara"]' in final
    assert "/health/ready" in final
    assert "VOLUME /var/cache/almenara" in final


def test_image_takes_only_what_is_named() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in ignored if not line.startswith("#")]
    assert rules[0] == "*"
    assert {rule[1:] for rule in rules if rule.startswith("!")} == {
        "connectors", "detectors", "stream", "training", "pyproject.toml", "constraints.txt",
        "README.md", "LICENSE", "CHANGELOG.md",
    }  # fmt: skip
