"""The servers of the environment answer through the locked client libraries."""

import uuid

import pytest
from confluent_kafka import Consumer, Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic
from elasticsearch import Elasticsearch

pytestmark = pytest.mark.integration


def test_kafka_keeps_what_was_produced(kafka_bootstrap: str) -> None:
    topic = f"almenara-test-{uuid.uuid4()}"
    admin = AdminClient({"bootstrap.servers": kafka_bootstrap})
    admin.create_topics([NewTopic(topic, 1, 1)])[topic].result(30)
    producer = Producer({"bootstrap.servers": kafka_bootstrap})
    producer.produce(topic, b"one")
    assert producer.flush(30) == 0
    consumer = Consumer(
        {
            "bootstrap.servers": kafka_bootstrap,
            "group.id": topic,
            "auto.offset.reset": "earliest",
        }
    )
    try:
        consumer.subscribe([topic])
        (record,) = consumer.consume(1, timeout=30)
        assert record.value() == b"one"
    finally:
        consumer.close()
        admin.delete_topics([topic])[topic].result(30)


def test_elasticsearch_finds_what_was_indexed(elasticsearch_url: str) -> None:
    index = f"almenara-test-{uuid.uuid4()}"
    with Elasticsearch(elasticsearch_url, request_timeout=30) as client:
        client.index(index=index, id="1", document={"a": 1}, refresh=True)
        try:
            found = client.search(index=index, query={"term": {"a": 1}})
            assert [hit["_id"] for hit in found["hits"]["hits"]] == ["1"]
        finally:
            client.indices.delete(index=index)
