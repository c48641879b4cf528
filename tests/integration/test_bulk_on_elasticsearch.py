"""The index role and a real Elasticsearch: through poison, rollovers, stops and kills."""

import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

import orjson
import pytest

from connectors.answers import MissingError, Outcome
from connectors.bulk import BulkLimits, BulkTarget, BulkWriter, Item
from connectors.elasticsearch import Cluster, ElasticsearchOptions, connect
from documents_made import every_kind
from memory_index import NaiveMember, NaiveTopic, PlainRecord
from real_servers import count, drop, new_namespace, put_templates, services
from stream.elasticsearch_setup import DATASETS, stream_name
from stream.index import IndexRole

pytestmark = pytest.mark.integration


class Killed(BaseException):
    """The process is gone: nothing catches this."""


class DiesAfterBulk:
    """Hands bulks on, and dies before the answer is heard."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster

    def bulk(self, body: bytes) -> list[Outcome]:
        self.cluster.bulk(body)
        raise Killed

    def known_ids(self, stream: str, ids: Sequence[str]) -> set[str]:
        return self.cluster.known_ids(stream, ids)


@pytest.fixture(scope="module")
def cluster(elasticsearch_url: str) -> Iterator[Cluster]:
    made = connect(ElasticsearchOptions((elasticsearch_url,)))
    put_templates(made)
    yield made
    made.close()


@pytest.fixture
def namespace(cluster: Cluster) -> Iterator[str]:
    made = new_namespace()
    yield made
    drop(cluster, made)


def small(number: int, namespace: str, **changes: Any) -> dict[str, Any]:
    return {
        "@timestamp": "2026-11-21T00:00:00.000000Z",
        "data_stream": {"type": "logs", "dataset": "almenara.alerts", "namespace": namespace},
        "event": {"id": f"id-{number:06}"},
        **changes,
    }


def topic_of(documents: Sequence[dict[str, Any]]) -> NaiveTopic:
    return NaiveTopic.of(
        PlainRecord("t", 0, offset, orjson.dumps(one)) for offset, one in enumerate(documents)
    )


class Run:
    """A role from a topic in memory to the server."""

    def __init__(self, topic: NaiveTopic, target: BulkTarget, batch: int = 1_000) -> None:
        self.member = NaiveMember(topic, batch)
        self.member.on_wait = lambda: time.sleep(0.05)
        self.dead: list[tuple[PlainRecord, str]] = []
        self.role = IndexRole(
            source=self.member,
            target=target,
            dead_letters=lambda record, reason: self.dead.append((record, reason)),
            now=time.time,
            running=lambda: True,
            limits=BulkLimits(longest_wait_s=0.5, first_wait_s=0.1),
        )
        self.member.join(self.role)

    def all(self) -> None:
        while self.role.step():
            pass


def test_strict_templates_take_every_document_that_we_make(
    cluster: Cluster, namespace: str
) -> None:
    documents = every_kind()
    for one in documents:
        one["data_stream"]["namespace"] = namespace
    run = Run(topic_of(documents), cluster)
    run.all()
    assert run.dead == []
    held = sum(count(cluster, stream_name(d, namespace))[0] for d in DATASETS)
    assert held == len({one["event"]["id"] for one in documents}) == run.role.counts.created


def test_time_of_ingest_can_be_searched(cluster: Cluster, namespace: str) -> None:
    Run(topic_of([small(1, namespace)]), cluster).all()
    stream = stream_name("alerts", namespace)
    assert count(cluster, stream) == (1, 1)
    query = {"query": {"range": {"event.ingested": {"gte": "now-5m", "lte": "now+5m"}}}}
    assert cluster.request("POST", f"/{stream}/_search", query)["hits"]["total"]["value"] == 1


def test_poison_goes_to_the_dead_letters_with_the_reason_and_the_stream_goes_on(
    cluster: Cluster, namespace: str
) -> None:
    secret = "SECRET-9f3a"  # noqa: S105 (must not be seen in a reason)
    documents = [small(n, namespace) for n in range(20)]
    documents[3]["unknown_field"] = secret
    documents[5]["source"] = {"ip": secret}
    documents[7]["@timestamp"] = secret
    del documents[9]["@timestamp"]
    documents[11]["almenara"] = {"window": {"events": "many"}}
    documents[13]["almenara"] = secret
    topic = topic_of(documents)
    run = Run(topic, cluster)
    run.all()
    reasons = {record.offset: reason for record, reason in run.dead}
    assert sorted(reasons) == [3, 5, 7, 9, 11, 13]
    assert "field 'unknown_field' is not in the mapping" in reasons[3]
    assert "field 'source.ip' is no ip" in reasons[5]
    assert "field '@timestamp' is no date" in reasons[7]
    assert "field '@timestamp' is missing" in reasons[9]
    assert "field 'almenara.window.events' is no long" in reasons[11]
    assert not any(secret in reason for reason in reasons.values())
    assert count(cluster, stream_name("alerts", namespace)) == (14, 14)
    assert topic.committed == {("t", 0): 20}


def test_what_is_there_already_is_a_success(cluster: Cluster, namespace: str) -> None:
    topic = topic_of([small(n, namespace) for n in range(50)])
    Run(topic, cluster).all()
    topic.committed.clear()
    again = Run(topic, cluster)
    again.all()
    assert (again.role.counts.created, again.role.counts.present) == (0, 50)


def die_and_roll_over(cluster: Cluster, namespace: str) -> NaiveTopic:
    """Write a batch, die before the commit, and roll the stream over."""
    topic = topic_of([small(n, namespace) for n in range(300)])
    with pytest.raises(Killed):
        Run(topic, DiesAfterBulk(cluster)).role.step()
    assert topic.committed == {}
    cluster.request("POST", f"/{stream_name('alerts', namespace)}/_rollover")
    return topic


def test_rollover_and_a_kill_between_bulk_and_commit_double_nothing(
    cluster: Cluster, namespace: str
) -> None:
    topic = die_and_roll_over(cluster, namespace)
    run = Run(topic, cluster)
    run.all()
    assert count(cluster, stream_name("alerts", namespace)) == (300, 300)
    assert run.role.counts.present == 300
    assert topic.committed == {("t", 0): 300}


def test_without_the_look_up_the_same_doubles(cluster: Cluster, namespace: str) -> None:
    """Breaks it on purpose: the server does take the same id again after a rollover."""
    topic = die_and_roll_over(cluster, namespace)
    run = Run(topic, cluster)
    run.role.revoked([("t", 0)])  # forgets what was redelivered
    run.all()
    assert count(cluster, stream_name("alerts", namespace)) == (600, 300)


def test_missing_template_stops_instead_of_making_an_index_with_guessed_types(
    cluster: Cluster,
) -> None:
    writer: BulkWriter[None] = BulkWriter(cluster, lambda: True, time.sleep)
    with pytest.raises(MissingError, match="run almenara setup elasticsearch"):
        writer.write([Item("logs-almenara.nothing-x", "1", b"{}", None)])


def test_documents_wait_while_the_write_index_is_blocked(cluster: Cluster, namespace: str) -> None:
    """As an administrator does, and as the server does by itself where its disk is full."""
    stream = stream_name("alerts", namespace)
    topic = topic_of([small(0, namespace)])
    Run(topic, cluster).all()
    cluster.request("PUT", f"/{stream}/_settings", {"index.blocks.write": True})
    topic.log[("t", 0)] += topic_of([small(n, namespace) for n in range(5)]).log[("t", 0)][1:]
    run = Run(topic, cluster)

    def unblock() -> None:
        if len(run.member.waits) == 3:
            cluster.request("PUT", f"/{stream}/_settings", {"index.blocks.write": None})

    run.member.on_wait = unblock
    run.all()
    assert run.dead == []
    assert count(cluster, stream) == (5, 5)
    assert run.role.retries >= 1


@pytest.mark.parametrize("how", ["kill", pytest.param("stop", marks=pytest.mark.slow)])
def test_server_that_dies_while_documents_are_written_loses_and_doubles_none(
    cluster: Cluster, namespace: str, how: str
) -> None:
    services("status")  # skips where there is no such command
    total = 2_000
    topic = topic_of([small(n, namespace) for n in range(total)])
    run = Run(topic, cluster, batch=100)
    stream = stream_name("alerts", namespace)

    def break_it() -> None:
        while not topic.committed:  # in the middle of writing
            time.sleep(0.01)
        services(how, "elasticsearch")
        time.sleep(0.5)
        services("start", "elasticsearch")

    breaker = threading.Thread(target=break_it)
    breaker.start()
    run.all()
    breaker.join()
    assert run.role.retries > 0
    assert count(cluster, stream) == (total, total)
    assert topic.committed == {("t", 0): total}
