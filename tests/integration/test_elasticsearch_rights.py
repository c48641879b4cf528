"""Set-up, logins and rights on a real Elasticsearch with TLS and security."""

import copy
import hashlib
import os
import ssl
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import orjson
import pytest

from connectors.answers import AwayError
from connectors.bulk import BulkWriter, Item, Written
from connectors.elasticsearch import Cluster, ElasticsearchOptions, connect
from connectors.elasticsearch_objects import (
    create_api_key,
    data_stream,
    index_template,
    missing_privileges,
    put_index_template,
    send,
)
from connectors.errors import RightsError, SinkError
from live_engine import COMMAND
from memory_index import document
from real_servers import count, drop, new_namespace, put_templates
from settings_made import VARIABLES
from stream.elasticsearch_keys import keep_key, key_file, make_key, missing_keys
from stream.elasticsearch_roles import ENGINE, READER, ROLES, SETUP
from stream.elasticsearch_setup import (
    carry_out,
    planned,
    planned_roles,
    stream_name,
    template_of,
)

pytestmark = pytest.mark.integration

SECRET = "SECRET-9f3a"  # noqa: S105 (must not be seen anywhere)
USER = "ALMENARA_TEST_ELASTICSEARCH_USER"


@pytest.fixture(scope="module")
def options(secure_servers: dict[str, str]) -> dict[str, Any]:
    """Options of everybody's connections, without a login."""
    return {
        "urls": (secure_servers["ALMENARA_TEST_ELASTICSEARCH"],),
        "ca_certs": Path(secure_servers["ALMENARA_TEST_CA"]),
    }


@pytest.fixture(scope="module")
def admin(secure_servers: dict[str, str], options: dict[str, Any]) -> Iterator[Cluster]:
    user, password = secure_servers[USER], secure_servers["ALMENARA_TEST_PASSWORD"]
    made = connect(ElasticsearchOptions(**options, username=user, password=password))
    put_templates(made)
    yield made
    made.close()


@pytest.fixture
def namespace(admin: Cluster) -> Iterator[str]:
    """Return a namespace of its own; its streams are made where a test needs them."""
    made = new_namespace()
    yield made
    drop(admin, made)


@contextmanager
def user_with(admin: Cluster, options: dict[str, Any], role: dict[str, Any]) -> Iterator[Cluster]:
    """Make a user that has a role and no keys yet, and connect as that user."""
    name = f"test-{uuid.uuid4().hex[:12]}"
    admin.request("PUT", f"/_security/role/{name}", role)
    admin.request("PUT", f"/_security/user/{name}", {"password": SECRET, "roles": [name]})
    made = connect(ElasticsearchOptions(**options, username=name, password=SECRET))
    yield made
    made.close()


def with_key(options: dict[str, Any], key: str) -> Cluster:
    return connect(ElasticsearchOptions(**options, api_key=key))


def write(cluster: Cluster, stream: str, *, again: bool = False) -> Written[None]:
    """Write one document; ``again`` as one that may have been written before."""
    writer: BulkWriter[None] = BulkWriter(cluster, lambda: True, time.sleep)
    items = [Item(stream, "id-1", document(1, stream), None)]
    return writer.write(items, {"id-1"} if again else frozenset())


def test_second_set_up_changes_nothing(admin: Cluster, namespace: str) -> None:
    first = planned(admin, namespace)
    assert [change.what for change in first] == ["create"] * 4
    assert planned(admin, namespace) == first  # a plan changes nothing
    carry_out(admin, first)
    assert planned(admin, namespace) == []
    carry_out(admin, first)  # somebody was faster: no error


def test_set_up_keeps_documents_as_long_as_is_said(admin: Cluster, namespace: str) -> None:
    carry_out(admin, planned(admin, namespace))
    usual = {"alerts": "365d", "candidates": "30d", "drift": "365d", "audit": "730d"}
    for dataset, retention in usual.items():
        stream = data_stream(admin, stream_name(dataset, namespace))
        assert stream
        assert stream.retention == retention
    changes = planned(admin, namespace, {"candidates": "7d"})
    assert [change.what.split(":")[0] for change in changes] == [
        "update",
        "keep documents for 7d, now 30d",
    ]
    carry_out(admin, changes)
    assert planned(admin, namespace, {"candidates": "7d"}) == []
    carry_out(admin, planned(admin, namespace))


def test_new_fields_reach_streams_that_are_there(admin: Cluster, namespace: str) -> None:
    """An older version's template and stream: the set-up puts the new one and rolls over."""
    older = copy.deepcopy(template_of("alerts"))
    del older["template"]["mappings"]["properties"]["event"]["properties"]["ingested"]
    older["template"]["mappings"]["_meta"]["hash"] = older["_meta"]["hash"] = "older"
    send(admin, put_index_template("almenara-alerts", older))
    stream = stream_name("alerts", namespace)
    body = orjson.loads(document(1, stream))
    body["event"]["ingested"] = "2026-11-21T00:00:00.000000Z"
    item = Item(stream, "id-1", orjson.dumps(body), None)
    writer: BulkWriter[None] = BulkWriter(admin, lambda: True, time.sleep)
    ((_, reason),) = writer.write([item]).refused
    assert "field 'ingested' is not in the mapping" in reason
    changes = planned(admin, namespace)
    assert [change.what.split(":")[0] for change in changes[:2]] == ["update", "roll over"]
    carry_out(admin, changes)
    assert planned(admin, namespace) == []
    assert writer.write([item]).created == 1


def test_template_of_somebody_else_is_left_alone(admin: Cluster, namespace: str) -> None:
    theirs = template_of("drift")
    theirs["_meta"]["managed_by"] = "them"
    send(admin, put_index_template("almenara-drift", theirs))
    with pytest.raises(SinkError, match="managed by 'them', expected 'almenara'; rename it or"):
        planned(admin, namespace)
    send(admin, put_index_template("almenara-drift", template_of("drift")))
    found = index_template(admin, "almenara-drift")
    assert found
    assert found["_meta"]["managed_by"] == "almenara"


def without_roles(admin: Cluster) -> None:
    for name in ROLES:
        with suppress(SinkError):  # a server that is given may have them from a run before
            admin.request("DELETE", f"/_security/role/{name}")


def test_roles_are_made_once(admin: Cluster) -> None:
    without_roles(admin)
    assert [change.what for change in planned_roles(admin)] == ["create"] * 3
    carry_out(admin, planned_roles(admin))
    assert planned_roles(admin) == []


def test_keys_are_made_where_their_file_holds_no_valid_one(
    admin: Cluster, options: dict[str, Any], tmp_path: Path
) -> None:
    folder = tmp_path / "keys"
    with user_with(admin, options, ROLES[SETUP]) as setup:
        assert missing_keys(setup, folder) == [ENGINE, SETUP, READER]
        for name in missing_keys(setup, folder):
            path = keep_key(folder, name, make_key(setup, name))
            assert path.stat().st_mode & 0o777 == 0o600
        assert missing_keys(setup, folder) == []
        key_file(folder, READER).unlink()
        key_file(folder, SETUP).write_text("no key")
        assert missing_keys(setup, folder) == [SETUP, READER]
        revoked = {"name": ENGINE, "owner": True}
        setup.request("DELETE", "/_security/api_key", revoked)
        assert missing_keys(setup, folder) == [ENGINE, SETUP, READER]


def test_command_makes_roles_and_keys_and_then_changes_nothing(
    secure_servers: dict[str, str], admin: Cluster, options: dict[str, Any], tmp_path: Path
) -> None:
    without_roles(admin)
    namespace, keys = new_namespace(), tmp_path / "keys"
    password = tmp_path / "password"
    password.write_text(secure_servers["ALMENARA_TEST_PASSWORD"])
    environment = {
        **os.environ,
        **VARIABLES,
        "ALMENARA_NAMESPACE": namespace,
        "ALMENARA_ELASTICSEARCH__URL": options["urls"][0],
        "ALMENARA_ELASTICSEARCH__CA_CERTS": str(options["ca_certs"]),
        "ALMENARA_ELASTICSEARCH__USERNAME": secure_servers[USER],
        "ALMENARA_ELASTICSEARCH__PASSWORD_FILE": str(password),
    }

    def set_up(*more: str) -> str:
        command = [*COMMAND, "setup", "elasticsearch", "--roles", "--keys-to", str(keys), *more]
        done = subprocess.run(
            command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    try:
        assert set_up("--dry-run").endswith("dry run: nothing was changed\n")
        assert not keys.exists()
        said = set_up()
        assert f"role {ENGINE!r}: create" in said
        assert f"API key {ENGINE!r}: create, its secret into {key_file(keys, ENGINE)}" in said
        secret = key_file(keys, ENGINE).read_text().strip()
        assert secret not in said
        assert missing_privileges(with_key(options, secret), ROLES[ENGINE]) == []
        assert set_up() == "nothing to change\n"
        assert key_file(keys, ENGINE).read_text().strip() == secret
    finally:
        drop(admin, namespace)


def test_engine_key_writes_looks_up_and_can_do_nothing_else(
    admin: Cluster, options: dict[str, Any], namespace: str
) -> None:
    engine = with_key(options, make_key(admin, ENGINE))
    stream = stream_name("alerts", namespace)
    assert engine.info().version
    assert missing_privileges(engine, ROLES[ENGINE]) == []
    assert write(engine, stream, again=True).created == 1
    assert write(engine, stream, again=True).present == 1
    assert write(engine, stream_name("alerts", f"{namespace}x")).created == 1  # a new namespace
    drop(admin, f"{namespace}x")
    for method, path in (
        ("DELETE", f"/_data_stream/{stream}"),
        ("POST", f"/{stream}/_rollover"),
        ("PUT", "/_index_template/almenara-alerts"),
        ("POST", f"/{stream}/_update/id-1"),
    ):
        with pytest.raises((RightsError, SinkError)):
            engine.request(method, path, template_of("alerts") if method == "PUT" else {})
    assert count(admin, stream) == (1, 1)


@pytest.mark.parametrize(
    "privilege", ["monitor", "auto_configure", "create_doc", "maintenance", "read"]
)
def test_engine_with_one_privilege_fewer_says_which(
    admin: Cluster, options: dict[str, Any], namespace: str, privilege: str
) -> None:
    fewer = copy.deepcopy(ROLES[ENGINE])
    for granted in (fewer["cluster"], fewer["indices"][0]["privileges"]):
        if privilege in granted:
            granted.remove(privilege)
    engine = with_key(options, create_api_key(admin, f"fewer-{privilege}", fewer))

    def work() -> None:
        engine.info()
        for _ in range(2):  # the second finds a stream to look the id up in
            write(engine, stream_name("alerts", namespace), again=True)

    with pytest.raises(RightsError, match=f"privilege '{privilege}'.*--print-roles"):
        work()
    pattern = "" if privilege == "monitor" else " on 'logs-almenara.*'"
    (lacking,) = missing_privileges(engine, ROLES[ENGINE])
    assert lacking.endswith(f"privilege {privilege!r}{pattern}")


@pytest.mark.parametrize(
    "privilege", ["", "manage_index_templates", "manage_own_api_key", "manage"]
)
def test_set_up_needs_what_its_role_says(
    admin: Cluster, options: dict[str, Any], namespace: str, tmp_path: Path, privilege: str
) -> None:
    held = copy.deepcopy(ROLES[SETUP])
    for granted in (held["cluster"], held["indices"][0]["privileges"]):
        if privilege in granted:
            granted.remove(privilege)

    def set_up(setup: Cluster) -> str:
        key = make_key(setup, ENGINE)
        assert setup.info().version
        carry_out(setup, planned(setup, namespace, {"alerts": "9d"}))
        assert planned(setup, namespace, {"alerts": "9d"}) == []
        return key

    with user_with(admin, options, held) as setup:
        if privilege:
            with pytest.raises(RightsError, match=rf"privilege.*\b{privilege}\b") as caught:
                set_up(setup)
            assert SECRET not in str(caught.value)
        else:
            key = set_up(setup)
            keep_key(tmp_path, ENGINE, key)
            assert missing_keys(setup, tmp_path) == [SETUP, READER]
            engine = with_key(options, key)
            assert missing_privileges(engine, ROLES[ENGINE]) == []
            assert write(engine, stream_name("alerts", namespace), again=True).created == 1
            carry_out(admin, planned(admin, namespace))


def test_reader_finds_and_cannot_write(
    admin: Cluster, options: dict[str, Any], namespace: str
) -> None:
    reader = with_key(options, make_key(admin, READER))
    stream = stream_name("alerts", namespace)
    assert write(admin, stream).created == 1
    admin.request("POST", f"/{stream}/_refresh")
    assert reader.request("POST", f"/{stream}/_search")["hits"]["total"]["value"] == 1
    with pytest.raises(RightsError, match="index privilege 'create_doc'"):
        write(reader, stream)


def test_refused_login_is_said_without_the_secret(options: dict[str, Any]) -> None:
    key = "bm9wZTpTRUNSRVQ="  # nope:SECRET
    for login in (
        ElasticsearchOptions(**options, api_key=key),
        ElasticsearchOptions(**options, username="elastic", password=SECRET),
    ):
        with pytest.raises(RightsError, match="the login was refused") as caught:
            connect(login).info()
        assert key not in str(caught.value)
        assert SECRET not in str(caught.value)


def test_no_login_is_a_refused_login(options: dict[str, Any]) -> None:
    with pytest.raises(RightsError, match="the login was refused"):
        connect(ElasticsearchOptions(**options)).info()


def test_server_is_known_by_its_certificate(options: dict[str, Any], admin: Cluster) -> None:
    url = options["urls"][0]
    key = make_key(admin, ENGINE)
    with pytest.raises(AwayError, match="TLS failed, expected a certificate that is trusted"):
        connect(ElasticsearchOptions((url,), api_key=key)).info()
    with pytest.raises(AwayError, match="expected"):
        connect(ElasticsearchOptions((url.replace("https", "http"),), api_key=key)).info()

    host, port = url.removeprefix("https://").split(":")
    served = ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate((host, int(port))))
    served_print = hashlib.sha256(served).hexdigest()
    known = ElasticsearchOptions((url,), api_key=key, fingerprint=served_print)
    assert connect(known).info().version
    with pytest.raises(AwayError, match="TLS failed"):
        connect(ElasticsearchOptions((url,), api_key=key, fingerprint="0" * 64)).info()
