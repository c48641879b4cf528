"""Secrets, right and wrong ones, are in nothing that the engine says, shows or is started with."""

import os
import signal
import subprocess
import time
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from connectors.elasticsearch import ElasticsearchOptions, connect
from http_pages import asked, free_ports
from live_engine import COMMAND, LiveEngine
from real_servers import drop
from secure_engine import Logins, secure_engine, settings_of
from stream.elasticsearch_keys import key_file
from stream.kafka_rights import rights_of
from stream.warm_up import ensure_warm

pytestmark = pytest.mark.integration

BAD = b"no log line"
LONGEST_S = 240.0
PAGES = ("/", "/health/live", "/health/ready", "/metrics")
PROCESSES = ("alert", "publish", "index", "score-1", "rekey")  # in the order of their ports
SHOWN = (
    ["check"],
    ["check", "--json"],
    ["doctor"],
    ["status", "--json"],
    ["setup", "kafka", "--dry-run"],
    ["dlq", "show"],
)
WRONG = "WRONG-5c1f"
WRONG_KEY = f"bm9wZT{WRONG.replace('-', '')}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("secrets")


@pytest.fixture(scope="module")
def logins(secure_servers: dict[str, str], folder: Path) -> Logins:
    return Logins(secure_servers, folder)


@pytest.fixture(scope="module")
def engine(secure_servers: dict[str, str], logins: Logins, folder: Path) -> Iterator[LiveEngine]:
    """An engine with a source to be keyed anew, so that it has all roles."""
    ensure_warm(is_quiet=True)
    made = secure_engine(folder, secure_servers, logins, [[BAD] * 20])
    text = made.file.read_text()
    made.file.write_text(text.replace('format = "auto"', 'format = "zeek.conn"\nrekey = true'))
    made.command("setup", "kafka")
    made.command("setup", "elasticsearch", "--roles", "--keys-to", str(folder / "keys"))
    made.produce()
    yield made
    made.stop()
    cluster = connect(
        ElasticsearchOptions(
            urls=(secure_servers["ALMENARA_TEST_ELASTICSEARCH"],),
            username=secure_servers["ALMENARA_TEST_ELASTICSEARCH_USER"],
            password=logins.password,
            ca_certs=Path(secure_servers["ALMENARA_TEST_CA"]),
        )
    )
    drop(cluster, made.mark)
    cluster.close()


class Tried(NamedTuple):
    """A command with a wrong secret, and what it must come to."""

    environment: dict[str, str]
    words: tuple[str, ...]
    code: int
    expected: str


class Secrets:
    """Secrets of all kinds for an engine: of its login, its key with a password, its API key."""

    def __init__(self, folder: Path, servers: dict[str, str], logins: Logins) -> None:
        self.of_login = f"login-{uuid.uuid4().hex}"
        self.of_key = f"passphrase-{uuid.uuid4().hex}"
        self.key = folder / "client.key"
        source = servers["ALMENARA_TEST_CLIENT_KEY"]
        command = ["openssl", "pkey", "-in", source, "-aes256", "-passout", "stdin"]
        subprocess.run(
            [*command, "-out", self.key], input=self.of_key.encode(), check=True, timeout=60
        )
        self.api_key = key_file(folder / "keys", "almenara-engine").read_text().strip()
        self.shared = logins.password
        self.private_lines = [
            line
            for path in (Path(source), self.key)
            for line in path.read_text().splitlines()
            if len(line) > 40
        ]

    @property
    def all(self) -> list[str]:
        """Every text that may not be seen."""
        return [self.of_login, self.of_key, self.api_key, self.shared, *self.private_lines]


def is_free_of(text: str, secrets: Sequence[str]) -> None:
    """Assert that none of the secrets is there; a failure does not print them either."""
    assert len(secrets) > 0
    found = [n for n, secret in enumerate(secrets) if secret in text]
    assert not found, f"secrets number {found} in a text of {len(text.splitlines())} lines"


def family(pid: int) -> list[int]:
    """Return a process and all that it has started."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += family(int(child))
    return found


def ours() -> dict[str, str]:
    """Return our environment without that of the test's own servers, which has their password."""
    return {name: value for name, value in os.environ.items() if "_TEST_" not in name}


def said_by(engine: LiveEngine, environment: dict[str, str], *words: str) -> tuple[int, str]:
    """Run a command; return its code and all that it said."""
    done = subprocess.run(
        [*COMMAND, *words, str(engine.file)],
        env={**ours(), **environment},
        capture_output=True,
        check=False,
        timeout=LONGEST_S,
    )
    return done.returncode, (done.stdout + done.stderr).decode()


def with_secrets(
    engine: LiveEngine, servers: dict[str, str], logins: Logins, secrets: Secrets, folder: Path
) -> dict[str, str]:
    """Return variables of a login that may do what all roles do; one secret is itself in one."""
    user = f"u{uuid.uuid4().hex[:12]}"
    logins.make(user, secrets.of_login)
    rights = [right for one in rights_of(settings_of(engine), "") for right in one.rights]
    logins.acls.grant(f"User:{user}", set(rights))
    passphrase = folder / "passphrase"
    passphrase.write_text(secrets.of_key)
    kept = {
        name: value
        for name, value in engine.environment.items()
        if name not in {"ALMENARA_KAFKA__PASSWORD_FILE", "ALMENARA_ELASTICSEARCH__PASSWORD_FILE"}
        and name != "ALMENARA_ELASTICSEARCH__USERNAME"
    }
    return {
        **kept,
        "ALMENARA_KAFKA__USERNAME": user,
        "ALMENARA_KAFKA__PASSWORD": secrets.of_login,
        "ALMENARA_KAFKA__CERTIFICATE": servers["ALMENARA_TEST_CLIENT_CERT"],
        "ALMENARA_KAFKA__KEY": str(secrets.key),
        "ALMENARA_KAFKA__KEY_PASSWORD_FILE": str(passphrase),
        "ALMENARA_ELASTICSEARCH__API_KEY_FILE": str(key_file(folder / "keys", "almenara-engine")),
    }


def test_right_secrets_show_nowhere(
    engine: LiveEngine, secure_servers: dict[str, str], logins: Logins, folder: Path
) -> None:
    secrets = Secrets(folder, secure_servers, logins)
    environment = with_secrets(engine, secure_servers, logins, secrets, folder)
    first = free_ports(len(PROCESSES))
    environment["ALMENARA_RUN__HTTP"] = f"127.0.0.1:{first}"
    log = folder / "run.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*COMMAND, "run", str(engine.file)],
            stdout=out,
            stderr=out,
            env={**ours(), **environment, "PYTHONUNBUFFERED": "1"},
        )
    try:
        until = time.monotonic() + LONGEST_S
        ports = range(first, first + len(PROCESSES))
        while not all(asked(port, "/health/ready")[0] == 200 for port in ports):
            assert process.poll() is None, "a role ended"
            assert time.monotonic() < until, "a role is not ready"
            time.sleep(0.3)
        running = family(process.pid)
        assert len(running) == 1 + len(PROCESSES)
        for pid in running:
            is_free_of(Path(f"/proc/{pid}/cmdline").read_text(), secrets.all)
            given = Path(f"/proc/{pid}/environ").read_text()  # the owner's and root's to read
            is_free_of(given.replace(secrets.of_login, ""), secrets.all)
        for port in ports:
            answers = {path: asked(port, path)[1] for path in PAGES}
            assert "almenara_build" in answers["/metrics"]
            is_free_of("".join(answers.values()), secrets.all)
        for words in SHOWN:
            code, said = said_by(engine, environment, *words)
            assert said
            assert code in (0, 5), said  # this login does not look at everything
            is_free_of(said, secrets.all)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(LONGEST_S)
    is_free_of(log.read_text(), secrets.all)
    assert "started" in b"".join(engine.log_values()).decode()
    is_free_of(b"".join(engine.log_values()).decode(), secrets.all)


def test_wrong_secrets_are_refused_without_being_shown(
    engine: LiveEngine, secure_servers: dict[str, str], tmp_path: Path
) -> None:
    no_ca = secure_servers["ALMENARA_TEST_CLIENT_KEY"]
    right = {**engine.environment, "ALMENARA_RUN__HTTP": ""}
    without = {key: v for key, v in right.items() if key != "ALMENARA_KAFKA__PASSWORD_FILE"}
    wrong_login = {**without, "ALMENARA_KAFKA__PASSWORD": WRONG}
    without = {
        key: v
        for key, v in right.items()
        if key not in {"ALMENARA_ELASTICSEARCH__PASSWORD_FILE", "ALMENARA_ELASTICSEARCH__USERNAME"}
    }
    wrong_key = {**without, "ALMENARA_ELASTICSEARCH__API_KEY": WRONG_KEY}
    with_key = {
        **right,
        "ALMENARA_KAFKA__CERTIFICATE": secure_servers["ALMENARA_TEST_CLIENT_CERT"],
        "ALMENARA_KAFKA__KEY": str(locked(Path(no_ca), tmp_path)),
        "ALMENARA_KAFKA__KEY_PASSWORD": WRONG,
    }
    wrong_ca = {**right, "ALMENARA_KAFKA__CA": no_ca}
    private = [line for line in Path(no_ca).read_text().splitlines() if len(line) > 40]
    login, options = "check user, password and CA", "expected what librdkafka takes"
    tried = [
        *(Tried(wrong_login, ("run", "--role", role), 5, login) for role in ("score", "alert")),
        Tried(with_key, ("run", "--role", "alert"), 2, options),
        Tried(wrong_ca, ("run", "--role", "publish"), 2, options),
        Tried(wrong_key, ("run", "--role", "index"), 5, "the login was refused"),
        Tried(with_key, ("doctor",), 2, "the password of the key"),
        Tried(wrong_login, ("status",), 5, login),
    ]
    for said, one in together(engine, tried):
        is_free_of(said, [WRONG, WRONG_KEY, *private])
        assert one.expected in said, f"{one.words}: {said}"
        assert said.endswith(f"\ncode {one.code}"), f"{one.words}: {said}"


def together(engine: LiveEngine, tried: Sequence[Tried]) -> Iterator[tuple[str, Tried]]:
    """Run commands side by side; yield what each said, its code last."""
    started = [
        subprocess.Popen(
            [*COMMAND, *one.words, str(engine.file)],
            env={**ours(), **one.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        for one in tried
    ]
    try:
        for process, one in zip(started, tried, strict=True):
            said = process.communicate(timeout=LONGEST_S)[0].decode()
            yield f"{said}\ncode {process.returncode}", one
    finally:
        for process in started:
            process.kill()
            process.wait()
            assert process.stdout
            process.stdout.close()


def locked(key: Path, folder: Path) -> Path:
    """Write a key that a password keeps."""
    made = folder / "locked.key"
    command = ["openssl", "pkey", "-in", str(key), "-aes256", "-passout", "pass:right"]
    subprocess.run([*command, "-out", str(made)], check=True, timeout=60)
    return made
