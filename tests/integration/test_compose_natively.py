"""What docker-compose.yml starts, started without Docker: same commands, same variables.

Only what a container brings is put in place of it: names of hosts, the folder of keys, TLS of the
servers here, and names of a deployment of its own.
"""

import os
import subprocess
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from compose_file import Service, made_passwords, services
from connectors.elasticsearch import Cluster, ElasticsearchOptions, connect
from http_pages import free_port
from live_engine import COMMAND
from real_servers import drop
from secure_engine import Logins
from source_tree import ROOT
from stream.elasticsearch_keys import key_file
from stream.elasticsearch_setup import stream_name
from stream.warm_up import ensure_warm

pytestmark = [pytest.mark.integration, pytest.mark.slow]

LONGEST_S = 900.0
ROLES = ("score", "alert", "publish", "index")
LESS = ("--hosts", "4", "--activity", "0.1", "--internet-sources", "100", "--rate", "0")


class Natively:
    """The services of the file as processes on this machine."""

    def __init__(self, folder: Path, servers: dict[str, str]) -> None:
        self.mark = f"c{uuid.uuid4().hex[:8]}"
        self.keys = folder / "keys"
        self._folder = folder
        self._servers = servers
        self._services = services(ROOT / "docker-compose.yml", made_passwords(folder))
        self.logins = Logins(servers, folder)
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def variables(self, service: Service) -> dict[str, str]:
        """Return the service's variables, but for what is elsewhere here."""
        given = {
            key: str(value).replace("/keys/", f"{self.keys}/")
            for key, value in service["environment"].items()
        }
        user = given["ALMENARA_KAFKA__USERNAME"]
        here = {
            "ALMENARA_KAFKA__BOOTSTRAP": self._servers["ALMENARA_TEST_KAFKA_SASL_SSL"],
            "ALMENARA_KAFKA__CA": self._servers["ALMENARA_TEST_CA"],
            "ALMENARA_KAFKA__PROTOCOL": "sasl_ssl",
            "ALMENARA_KAFKA__MECHANISM": "SCRAM-SHA-512",
            "ALMENARA_KAFKA__GROUP": self.mark,
            "ALMENARA_KAFKA__PREFIX": self.mark,
            "ALMENARA_NAMESPACE": self.mark,
            "ALMENARA_SOURCE__TOPICS": self.topic,
            "ALMENARA_ELASTICSEARCH__URL": self._servers["ALMENARA_TEST_ELASTICSEARCH"],
            "ALMENARA_ELASTICSEARCH__CA_CERTS": self._servers["ALMENARA_TEST_CA"],
            "ALMENARA_RUN__HTTP": f"127.0.0.1:{free_port()}",
            "ALMENARA_RUN__IDLE_S": "2",
        }
        if user == "admin":  # of these servers, not ours to set
            here["ALMENARA_KAFKA__PASSWORD"] = self.logins.password
        if "ALMENARA_ELASTICSEARCH__PASSWORD" in given:
            here["ALMENARA_ELASTICSEARCH__PASSWORD"] = self.logins.password
        return given | here

    @property
    def topic(self) -> str:
        """The topic of the user."""
        return f"{self.mark}-conn"

    def make_logins(self) -> None:
        """Make the users that Kafka's container is told of."""
        for name in (*ROLES, "demo"):
            told = self._services[name]["environment"]
            user = told["ALMENARA_KAFKA__USERNAME"]
            self.logins.make(user, told["ALMENARA_KAFKA__PASSWORD"])

    def start(self, name: str, *more: str) -> None:
        """Start a service."""
        service = self._services[name]
        words = [str(word).replace("zeek.conn", self.topic) for word in service["command"]]
        command: list[str | Path] = [*COMMAND, *words, *more]
        if "entrypoint" in service:
            script = words[0].replace("--keys-to /keys", f"--keys-to {self.keys}")
            command = [*service["entrypoint"], script]
        path = f"{ROOT / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}"
        with (self._folder / f"{name}.log").open("wb") as log:
            self.running[name] = subprocess.Popen(
                command,
                env={**os.environ, **self.variables(service), "PATH": path},
                cwd=self._folder,
                stdout=log,
                stderr=log,
            )

    def wait_for(self, name: str) -> None:
        """Wait until a service that ends has ended, and well."""
        code = self.running.pop(name).wait(LONGEST_S)
        assert code == 0, (self._folder / f"{name}.log").read_text()

    def logs(self) -> str:
        """What was said."""
        return "\n".join(path.read_text()[-1_000:] for path in self._folder.glob("*.log"))

    def stop(self) -> None:
        """End what runs."""
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            try:
                process.wait(45)  # as stop_grace_period says
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@pytest.fixture
def composed(tmp_path: Path, secure_servers: dict[str, str]) -> Iterator[Natively]:
    made = Natively(tmp_path, secure_servers)
    yield made
    made.stop()


@pytest.fixture
def cluster(secure_servers: dict[str, str], composed: Natively) -> Iterator[Cluster]:
    made = connect(
        ElasticsearchOptions(
            urls=(secure_servers["ALMENARA_TEST_ELASTICSEARCH"],),
            username=secure_servers["ALMENARA_TEST_ELASTICSEARCH_USER"],
            password=composed.logins.password,
            ca_certs=Path(secure_servers["ALMENARA_TEST_CA"]),
        )
    )
    yield made
    drop(made, composed.mark)
    made.close()


def documents(cluster: Cluster, dataset: str, mark: str) -> int:
    stream = f"/{stream_name(dataset, mark)}"
    cluster.request("POST", f"{stream}/_refresh")
    answer = cluster.request("POST", f"{stream}/_search", {"track_total_hits": True})
    return int(answer["hits"]["total"]["value"])


def test_candidates_of_the_demo_are_in_elasticsearch(composed: Natively, cluster: Cluster) -> None:
    ensure_warm(is_quiet=True)
    composed.make_logins()
    composed.start("setup")
    composed.wait_for("setup")
    assert key_file(composed.keys, "almenara-engine").stat().st_mode & 0o777 == 0o600
    composed.start("demo", *LESS)
    composed.wait_for("demo")
    for role in ROLES:
        composed.start(role)
    until = time.monotonic() + LONGEST_S
    while not documents(cluster, "candidates", composed.mark):
        assert time.monotonic() < until, composed.logs()
        for name, process in composed.running.items():
            assert process.poll() is None, f"{name} ended\n{composed.logs()}"
        time.sleep(0.5)
    assert documents(cluster, "audit", composed.mark) > 0
