"""``almenara doctor`` and ``status`` on real servers: each trouble has a line of its own."""

import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._acl import AclBinding, AclOperation, AclPermissionType
from confluent_kafka.admin._resource import ResourcePatternType, ResourceType

from command_line import CommandLine
from connectors.elasticsearch import ElasticsearchOptions, connect
from connectors.kafka_topics import TopicPlan, Topics
from real_servers import drop
from stream.elasticsearch_roles import ENGINE, ROLES
from stream.topics import TopicNames, change_log

pytestmark = pytest.mark.integration

WRONG = "wrong-SECRET"


@pytest.fixture
def almenara(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(monkeypatch, capsys)


def told(almenara: CommandLine, file: Path) -> tuple[int, dict[str, dict[str, Any]], str]:
    """Run the doctor; return its code, its checks by name, and all that it said."""
    done = almenara("doctor", file, "--json")
    return done.code, {row["name"]: row for row in orjson.loads(done.out)}, done.out + done.err


def failed(rows: dict[str, dict[str, Any]]) -> list[str]:
    return [name for name, row in rows.items() if row["state"] == "failed"]


class Plain:
    """A deployment on servers without logins."""

    def __init__(self, folder: Path, kafka: str, elasticsearch: str) -> None:
        self.mark = f"t{uuid.uuid4().hex[:8]}"
        self.kafka, self.elasticsearch, self._folder = kafka, elasticsearch, folder
        self.properties = {"bootstrap.servers": kafka}

    def file(self, **other: str) -> Path:
        """Write settings; ``other`` has another address."""
        made = self._folder / f"{len(list(self._folder.iterdir()))}.toml"
        made.write_text(
            f'namespace = "{self.mark}"\n[kafka]\ngroup = "{self.mark}"\nprefix = "{self.mark}"\n'
            f'bootstrap = "{other.get("kafka", self.kafka)}"\n[elasticsearch]\n'
            f'url = "{other.get("elasticsearch", self.elasticsearch)}"\n'
            f'[[source]]\ntopics = ["{self.mark}.conn"]\n[run]\nhttp = "127.0.0.1:1"\n'
        )
        return made


@pytest.fixture
def plain(tmp_path: Path, kafka_bootstrap: str, elasticsearch_url: str) -> Iterator[Plain]:
    made = Plain(tmp_path, kafka_bootstrap, elasticsearch_url)
    yield made
    cluster = connect(ElasticsearchOptions(urls=(elasticsearch_url,)))
    drop(cluster, made.mark)
    cluster.close()


def test_what_is_not_set_up_is_told_and_after_the_set_up_all_is_well(
    plain: Plain, almenara: CommandLine
) -> None:
    file, names = plain.file(), TopicNames(plain.mark)
    code, rows, _ = told(almenara, file)
    assert code == 4
    plans = (*names.plans(), change_log(plain.mark, plain.mark))
    topics = [f"topic {plain.mark}.conn", *(f"topic {plan.name}" for plan in plans)]
    assert [name for name in failed(rows) if name.startswith("topic")] == topics
    assert "almenara setup kafka" in rows[f"topic {names.lane}"]["do"]
    assert almenara("status", file).code == 4
    almenara("setup", "kafka", file)
    almenara("setup", "elasticsearch", file)
    Topics(plain.properties).make([TopicPlan(f"{plain.mark}.conn", 3, {})], 1)
    done = almenara("doctor", file)
    assert done.code == 0, done.out
    assert "✗" not in done.out
    assert done.out.splitlines()[-1].endswith("checks passed")
    done = almenara("status", file, "--json")
    assert done.code == 0
    found = orjson.loads(done.out)
    assert [group["role"] for group in found["groups"]] == ["score", "alert", "publish", "index"]
    assert [lane["position"] for lane in found["lanes"]] == [None, None, None]
    assert [stream["documents"] for stream in found["data_streams"]] == [0, 0, 0, 0]
    assert {process["said"] for process in found["processes"]} == {"no answer"}


def test_topics_that_others_made_are_told(plain: Plain, almenara: CommandLine) -> None:
    names = TopicNames(plain.mark)
    Topics(plain.properties).make(
        [
            TopicPlan(names.lane, 2, {"cleanup.policy": "delete"}),
            TopicPlan(names.state, 8, {"cleanup.policy": "delete"}),
        ],
        1,
    )
    _, rows, _ = told(almenara, plain.file())
    assert rows[f"topic {names.lane}"]["found"] == "2 partitions, expected 1"
    assert rows[f"topic {names.state}"]["found"] == "cleanup.policy delete, expected compact"


def test_servers_that_are_not_there_are_told_each(plain: Plain, almenara: CommandLine) -> None:
    file = plain.file(kafka="no-such-host.invalid:9092", elasticsearch="http://127.0.0.1:1")
    code, rows, _ = told(almenara, file)
    assert (code, failed(rows)) == (4, ["kafka: name", "elasticsearch: TCP"])
    assert rows["kafka: login"]["state"] == "skipped"
    code, rows, _ = told(almenara, plain.file(kafka="127.0.0.1:1"))
    assert (code, rows["kafka: TCP"]["state"]) == (4, "failed")
    port = plain.elasticsearch.rpartition(":")[2]
    code, rows, _ = told(almenara, plain.file(kafka=f"127.0.0.1:{port}"))
    assert (code, rows["kafka: protocol"]["found"]) == (4, "no answer of Kafka")


class Secure:
    """Servers with logins, and settings for them."""

    def __init__(self, folder: Path, servers: dict[str, str]) -> None:
        self.servers, self._folder = servers, folder
        self.password = servers["ALMENARA_TEST_PASSWORD"]

    def file(self, **other: str) -> Path:
        """Write settings, those of an administrator unless told otherwise."""
        servers = self.servers
        ca = other.get("ca", servers["ALMENARA_TEST_CA"])
        login = f'username = "{servers["ALMENARA_TEST_ELASTICSEARCH_USER"]}"\npassword = '
        login += f'"{other.get("password", self.password)}"'
        if "api_key" in other:
            login = f'api_key = "{other["api_key"]}"'
        made = self._folder / f"{uuid.uuid4().hex}.toml"
        made.write_text(
            f'[kafka]\nbootstrap = "{servers["ALMENARA_TEST_KAFKA_SASL_SSL"]}"\nca = "{ca}"\n'
            f'username = "{other.get("user", servers["ALMENARA_TEST_ADMIN"])}"\n'
            f'password = "{other.get("password", self.password)}"\n'
            f'[elasticsearch]\nurl = "{servers["ALMENARA_TEST_ELASTICSEARCH"]}"\n'
            f'ca_certs = "{ca}"\n{login}\n[[source]]\ntopics = ["conn"]\n'
        )
        return made

    def properties(self) -> dict[str, str]:
        return {
            "bootstrap.servers": self.servers["ALMENARA_TEST_KAFKA_SASL_SSL"],
            "security.protocol": "SASL_SSL",
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": self.servers["ALMENARA_TEST_ADMIN"],
            "sasl.password": self.password,
            "ssl.ca.location": self.servers["ALMENARA_TEST_CA"],
        }


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory, secure_servers: dict[str, str]) -> Secure:
    made = Secure(tmp_path_factory.mktemp("secure"), secure_servers)
    Topics(made.properties()).make([TopicPlan("conn", 1, {})], 1)
    return made


def test_administrator_may_do_everything(secure: Secure, almenara: CommandLine) -> None:
    file = secure.file()
    almenara("setup", "kafka", file)
    almenara("setup", "elasticsearch", file)
    code, rows, said = told(almenara, file)
    assert (code, failed(rows)) == (0, []), said
    assert "trusted" in rows["kafka: TLS"]["found"]
    assert "as admin (SCRAM-SHA-512)" in rows["kafka: login"]["found"]
    assert rows["elasticsearch: privileges"]["found"] == "all of almenara-engine"
    assert secure.password not in said


def test_wrong_password_is_told_and_shown_nowhere(secure: Secure, almenara: CommandLine) -> None:
    code, rows, said = told(almenara, secure.file(password=WRONG))
    assert (code, failed(rows)) == (5, ["kafka: login", "elasticsearch: login"])
    assert "Authentication failed" in rows["kafka: login"]["found"]
    assert "password" in rows["kafka: login"]["do"]
    assert "SECRET" not in said


def test_certificate_of_another_ca_is_told(
    secure: Secure, almenara: CommandLine, tmp_path: Path
) -> None:
    other = tmp_path / "other.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=other"),
            *("-keyout", str(tmp_path / "key.pem"), "-out", str(other)),
        ],
        check=True,
        capture_output=True,
    )
    code, rows, _ = told(almenara, secure.file(ca=str(other)))
    assert (code, failed(rows)) == (4, ["kafka: TLS", "elasticsearch: TLS"])
    assert "not trusted" in rows["kafka: TLS"]["found"]
    assert "kafka.ca" in rows["kafka: TLS"]["do"]
    assert "elasticsearch.ca_certs" in rows["elasticsearch: TLS"]["do"]


def test_right_that_is_missing_is_named(secure: Secure, almenara: CommandLine) -> None:
    almenara("setup", "kafka", secure.file())
    almenara("setup", "elasticsearch", secure.file())
    names, user = TopicNames(), secure.servers["ALMENARA_TEST_USER"]
    grant(secure, user, ResourceType.TOPIC, names.lane, AclOperation.READ)
    grant(secure, user, ResourceType.TOPIC, "conn", AclOperation.READ)
    grant(secure, user, ResourceType.GROUP, "almenara", AclOperation.DESCRIBE)
    lacking = {**ROLES[ENGINE], "indices": [{**ROLES[ENGINE]["indices"][0]}]}
    lacking["indices"][0]["privileges"] = ["auto_configure", "create_doc", "read"]
    code, rows, _ = told(almenara, secure.file(user=user, api_key=api_key(secure, lacking)))
    assert code == 5  # the first that failed: a topic that may not be written
    assert rows["topic conn"]["state"] == "ok"
    assert rows[f"topic {names.lane}"]["found"] == "no right to Write"
    assert rows["group almenara"]["found"] == "no right to Read"
    assert "may not Describe" in rows[f"topic {names.state}"]["do"]
    lack = rows["elasticsearch: privileges"]
    assert lack["found"] == "missing: index privilege 'maintenance' on 'logs-almenara.*'"
    assert "--print-roles" in lack["do"]
    assert rows["elasticsearch: write"]["state"] == "skipped"


def grant(
    secure: Secure, user: str, kind: ResourceType, name: str, operation: AclOperation
) -> None:
    binding = AclBinding(
        kind,
        name,
        ResourcePatternType.LITERAL,
        f"User:{user}",
        "*",
        operation,
        AclPermissionType.ALLOW,
    )
    admin = AdminClient({**secure.properties()})
    admin.create_acls([binding])[binding].result(30)


def api_key(secure: Secure, role: dict[str, Any]) -> str:
    cluster = connect(
        ElasticsearchOptions(
            urls=(secure.servers["ALMENARA_TEST_ELASTICSEARCH"],),
            username=secure.servers["ALMENARA_TEST_ELASTICSEARCH_USER"],
            password=secure.password,
            ca_certs=Path(secure.servers["ALMENARA_TEST_CA"]),
        )
    )
    try:
        body = {"name": uuid.uuid4().hex, "role_descriptors": {"one": role}}
        return str(cluster.request("POST", "/_security/api_key", body)["encoded"])
    finally:
        cluster.close()
