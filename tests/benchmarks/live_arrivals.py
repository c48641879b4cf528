"""When each alert reaches each place on its way, for measuring where its seconds go."""

import threading
import time
from collections.abc import Callable
from datetime import datetime

import orjson
from confluent_kafka import Consumer, Message, TopicPartition
from live_deployment import Deployment

from connectors.elasticsearch import Cluster
from stream.elasticsearch_setup import stream_name
from stream.ids import alert_id

SEARCH_S = 0.05
POLL_S = 0.005


class Arrivals(threading.Thread):
    """Notes when something is first seen; ended by ``stop``.

    All times are seconds since the epoch, by the id of the alert; ``pulses`` holds the stream time
    of each pulse and when it came.
    """

    def __init__(self, deployment: Deployment, cluster: Cluster) -> None:
        super().__init__(daemon=True)
        self.candidates: dict[str, float] = {}
        self.decided_at: dict[str, float] = {}
        self.pulses: list[tuple[float, float]] = []
        self.decisions: dict[str, float] = {}
        self.alerts: dict[str, float] = {}
        names = deployment.names
        self._done = threading.Event()
        takes: dict[str, Callable[[Message], None]] = {
            names.lane: self._lane,
            names.decisions: self._decision,
            names.alerts: self._alert,
        }
        self._readers = [
            threading.Thread(target=self._read, args=(deployment, topic, take), daemon=True)
            for topic, take in takes.items()
        ]
        self._search = Search(cluster, stream_name("alerts", deployment.mark))

    @property
    def found(self) -> dict[str, float]:
        """When a search found each alert."""
        return self._search.at

    @property
    def taken(self) -> dict[str, float]:
        """When the index role took each alert."""
        return self._search.ingested

    def run(self) -> None:
        """Read and search until it is to stop."""
        for reader in self._readers:
            reader.start()
        while not self._done.wait(SEARCH_S):
            self._search.more()
        for reader in self._readers:
            reader.join()

    def stop(self) -> None:
        """End."""
        self._done.set()
        self.join()

    def _read(self, deployment: Deployment, topic: str, take: Callable[[Message], None]) -> None:
        # one connection each: what waits for a record of one topic would hold up the others
        consumer = Consumer({**deployment.properties, "group.id": "bench", "fetch.wait.max.ms": 10})
        consumer.assign([TopicPartition(topic, 0, 0)])
        while not self._done.is_set():
            for message in consumer.consume(1_000, POLL_S):
                if message.error() is None and message.value():
                    take(message)
        consumer.close()

    def _lane(self, message: Message) -> None:
        now, value = time.time(), message.value() or b""
        if b'"kind":"pulse"' in value:
            self.pulses.append((float(orjson.loads(value)["at"]), now))
        elif b'"kind":"candidate"' in value:
            record = orjson.loads(value)
            ident = alert_id(record["id"])
            self.candidates.setdefault(ident, now)
            self.decided_at.setdefault(ident, float(record["decided_at"]))

    def _decision(self, message: Message) -> None:
        now = time.time()
        for kind, document in orjson.loads(message.value() or b"")["documents"]:
            if kind == "alerts":
                self.decisions.setdefault(document["event"]["id"], now)

    def _alert(self, message: Message) -> None:
        self.alerts.setdefault(orjson.loads(message.value() or b"")["event"]["id"], time.time())

    def released(self) -> dict[str, float]:
        """Return when the pulse came that let each candidate be decided, of one lane."""
        out = {}
        for ident, at in self.decided_at.items():
            came = [when for pulse, when in self.pulses if pulse > at]
            if came:
                out[ident] = min(came)
        return out


class Search:
    """Notes when documents of a stream are found by a search, without a refresh of its own."""

    def __init__(self, cluster: Cluster, stream: str) -> None:
        self.at: dict[str, float] = {}
        self.ingested: dict[str, float] = {}
        self._cluster = cluster
        self._stream = stream

    def more(self) -> None:
        """Search for what came last."""
        body = {
            "size": 200,
            "sort": [{"event.ingested": "desc"}],
            "_source": ["event.id", "event.ingested"],
        }
        found = self._cluster.request("POST", f"/{self._stream}/_search", body)
        now = time.time()
        for hit in found["hits"]["hits"]:
            event = hit["_source"]["event"]
            self.at.setdefault(event["id"], now)
            self.ingested[event["id"]] = datetime.fromisoformat(event["ingested"]).timestamp()
