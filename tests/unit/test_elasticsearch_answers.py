"""What each answer means, through the real client library, against a server that says it."""

import gzip
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from connectors.answers import AwayError, BusyError, MissingError, TooLargeError, outcome_of
from connectors.bulk import BulkWriter, Item
from connectors.elasticsearch import Cluster, ElasticsearchOptions, connect
from connectors.errors import ConnectError, RightsError, SinkError
from loopback_elasticsearch import Asked, Loopback, Said, created, loopback, refused
from memory_index import ALERTS, document

SECRET = "SECRET-9f3a"  # noqa: S105 (must not be seen anywhere)


@contextmanager
def served(*script: Said) -> Iterator[tuple[Cluster, Loopback]]:
    """Connect to a server that answers from a script, then takes every bulk."""
    left = list(script)

    def answer(asked: Asked) -> Said:
        return left.pop(0) if left else created(asked.body)

    with loopback(answer) as server:
        cluster = connect(ElasticsearchOptions((server.url,), api_key=SECRET, timeout_s=5))
        try:
            yield cluster, server
        finally:
            cluster.close()


def writer(cluster: Cluster) -> BulkWriter[None]:
    return BulkWriter(cluster, lambda: True, lambda _seconds: None)


def items(n: int) -> list[Item[None]]:
    return [Item(ALERTS, f"id-{i}", document(i), None) for i in range(n)]


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (refused(429, "es_rejected_execution_exception", SECRET), BusyError),
        (refused(413, "too_large", SECRET), TooLargeError),
        (Said(413, b""), TooLargeError),
        (refused(404, "index_not_found_exception", SECRET), MissingError),
        (refused(503, "unavailable", SECRET), AwayError),
        (Said(502, b"<html>bad gateway</html>"), AwayError),
        (Said(200, b'{"cut off'), AwayError),
        (Said(0, b""), AwayError),
        (refused(403, "cluster_block_exception", "disk usage exceeded"), AwayError),
        (refused(401, "security_exception", SECRET), RightsError),
        (refused(403, "security_exception", SECRET), RightsError),
        (refused(400, "media_type_header_exception", SECRET), ConnectError),
        (refused(400, "parse_exception", SECRET), SinkError),
        (Said(200, {"version": {"number": "2.1"}}, product="OpenSearch"), ConnectError),
    ],
)
def test_refused_request_is_the_error_of_who_has_to_act(said: Said, error: type[Exception]) -> None:
    with served(said) as (cluster, _), pytest.raises(error) as caught:
        cluster.info()
    assert type(caught.value) is error
    assert "elasticsearch: " in str(caught.value)
    assert SECRET not in str(caught.value)


def test_nobody_there_is_said_plainly() -> None:
    with loopback(lambda _asked: Said(200, {})) as server:
        gone = server.url
    with pytest.raises(AwayError, match="no connection, expected one; check address"):
        connect(ElasticsearchOptions((gone,))).info()


def test_busy_server_gets_the_same_documents_again() -> None:
    with served(refused(429, "es_rejected_execution_exception")) as (cluster, server):
        assert writer(cluster).write(items(3)).created == 3
    assert [asked.body for asked in server.asked] == [server.asked[0].body] * 2


def test_only_the_documents_it_refused_for_now_are_sent_again() -> None:
    mixed = Said(
        200,
        {
            "items": [
                {"create": {"status": 201}},
                {"create": {"status": 429, "error": {"type": "es_rejected_execution_exception"}}},
                {"create": {"status": 409, "error": {"type": "version_conflict_engine_exception"}}},
            ]
        },
    )
    with served(mixed) as (cluster, server):
        written = writer(cluster).write(items(3))
    assert (written.created, written.present) == (2, 1)
    assert [b'"id-%d"' % i in server.asked[1].body for i in range(3)] == [False, True, False]


def test_too_large_a_request_is_cut_in_halves() -> None:
    def answer(asked: Asked) -> Said:
        return refused(413, "too_large") if len(asked.body) > 700 else created(asked.body)

    with loopback(answer) as server:
        written = writer(connect(ElasticsearchOptions((server.url,)))).write(items(8))
    assert written.created == 8
    assert written.refused == []


def test_after_a_lost_answer_documents_are_looked_up_before_they_are_sent_again() -> None:
    shards = {"_shards": {"failed": 0}}
    found = {**shards, "hits": {"hits": [{"_id": "id-1"}]}}
    script = (Said(0, b""), Said(200, shards), Said(200, found))
    with served(*script) as (cluster, server):
        written = writer(cluster).write(items(3))
    assert (written.created, written.present) == (2, 1)
    paths = [asked.path.split("?")[0] for asked in server.asked]
    assert paths == ["/_bulk", f"/{ALERTS}/_refresh", f"/{ALERTS}/_search", "/_bulk"]


def test_shard_that_does_not_answer_makes_no_document_look_new() -> None:
    half = Said(200, {"_shards": {"failed": 1}})
    fine = Said(200, {"_shards": {"failed": 0}, "hits": {"hits": []}})
    with (
        served(half, fine) as (cluster, _),
        pytest.raises(AwayError, match=r"1 shards of 'logs-almenara.alerts-default' do not answer"),
    ):
        cluster.known_ids(ALERTS, ["id-1"])


def test_requests_are_compressed_name_us_and_carry_the_key_only_in_its_header() -> None:
    with served() as (cluster, server):
        writer(cluster).write([Item(ALERTS, "id-0", b'{"a":"%b"}' % (b"x" * 50_000), None)])
    (asked,) = server.asked
    headers = {name.lower(): value for name, value in asked.headers.items()}
    assert int(headers["content-length"]) < 1_000 < len(gzip.compress(asked.body, 0))
    assert headers["x-opaque-id"] == "almenara"
    assert headers["authorization"] == f"ApiKey {SECRET}"
    assert "require_data_stream=true" in asked.path
    assert SECRET not in asked.path


@pytest.mark.parametrize(
    ("entry", "kind", "reason"),
    [
        ({"status": 201}, "created", ""),
        ({"status": 201, "failure_store": "used"}, "refused", "failure store took it"),
        ({"status": 201, "failure_store": "not_enabled"}, "created", ""),
        ({"status": 409, "error": {"type": "other"}}, "refused", r"status 409 \(other\)"),
        ({"status": 429, "error": {"type": "x"}}, "again", "429"),
        ({"status": 403, "error": {"type": "cluster_block_exception"}}, "again", "403"),
        ({"status": 400, "error": {"type": "validation_exception"}}, "again", "400"),
        ({"status": 503, "error": {"type": "unavailable_shards_exception"}}, "unsure", "503"),
        (
            {"status": 400, "error": {"type": "document_parsing_exception", "reason": SECRET}},
            "refused",
            r"^status 400 \(document_parsing_exception\)$",
        ),
        (
            {
                "status": 400,
                "error": {
                    "type": "document_parsing_exception",
                    "reason": "[1:42] failed to parse field [source.ip] of type [ip] in document "
                    f"with id '2'. Preview of field's value: '{SECRET}'",
                },
            },
            "refused",
            r": field 'source.ip' is no ip$",
        ),
    ],
)
def test_document_is_settled_by_status_and_type(
    entry: dict[str, object], kind: str, reason: str
) -> None:
    outcome = outcome_of({"create": entry})
    assert outcome.kind == kind
    assert re.search(reason, outcome.reason)
    assert SECRET not in outcome.reason


def test_missing_right_is_named() -> None:
    reason = (
        "action [indices:admin/auto_create] is unauthorized for API key id [x] of user [u] on "
        "indices [logs-x], this action is granted by the index privileges [auto_configure,manage]"
    )
    with pytest.raises(RightsError, match=r"expected the index privilege 'auto_configure' \(or m"):
        outcome_of({"create": {"status": 403, "error": {"type": "s", "reason": reason}}})


def test_missing_stream_says_what_to_run() -> None:
    entry = {"status": 404, "_index": ALERTS, "error": {"type": "resource_not_found_exception"}}
    with pytest.raises(MissingError, match=f"no data stream {ALERTS!r}.*almenara setup elastic"):
        outcome_of({"create": entry})


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "expected one like https://host.example:9200"),
        ("localhost:9200", "expected one like"),
        ("http://localhost", "expected one like"),
        ("http://localhost:port", "expected one like"),
        (f"https://elastic:{SECRET}@localhost:9200", "found a user name in it"),
    ],
)
def test_address_that_cannot_be_meant_is_refused(url: str, said: str) -> None:
    with pytest.raises(ConnectError, match=said) as caught:
        connect(ElasticsearchOptions((url,)))
    assert SECRET not in str(caught.value)


def test_options_that_cannot_be_meant_are_refused(tmp_path: Path) -> None:
    missing = tmp_path / "ca.pem"
    with pytest.raises(ConnectError, match="is no file, expected certificates"):
        connect(ElasticsearchOptions(("https://h:9200",), ca_certs=missing))
    with pytest.raises(RightsError, match="expected one of the two"):
        connect(ElasticsearchOptions(("https://h:9200",), api_key=SECRET, username="u"))


def test_secrets_are_not_shown() -> None:
    options = ElasticsearchOptions(
        ("http://h:9200",), api_key=SECRET, username="u", password=SECRET
    )
    assert SECRET not in repr(options)
    assert "x" * 9 not in repr(Item(ALERTS, "id", b"x" * 9, None))


def test_unchecked_certificates_are_said_aloud(caplog: pytest.LogCaptureFixture) -> None:
    connect(ElasticsearchOptions(("https://h:9200",), verify=False)).close()
    assert "anybody can pose as the server" in caplog.text
