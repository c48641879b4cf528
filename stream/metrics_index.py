"""What the index role is counted by, and whether Elasticsearch answers."""

import threading
import time
from collections.abc import Sequence
from dataclasses import replace

from connectors.elasticsearch import ElasticsearchOptions, connect
from connectors.errors import ConnectError, RightsError, SinkError
from connectors.kafka_clients import Record

from .index import IndexRole
from .index_source import KafkaSource
from .metrics import Meters
from .metrics_table import (
    CREATED,
    ELASTICSEARCH_UP,
    INDEX_LATENCY,
    LAG,
    PRESENT,
    REFUSED,
    RETRIES,
    Meter,
)
from .published import ALERTS, CANDIDATES
from .record_times import ages

PROBE_S = 2.0  # longest wait for an answer
KEPT_S = 5.0  # an answer counts for so long


class Probe:
    """Asks Elasticsearch who it is, at most once in some seconds, on a connection of its own."""

    def __init__(self, options: ElasticsearchOptions) -> None:
        self._cluster = connect(replace(options, timeout_s=PROBE_S))
        self._lock = threading.Lock()
        self._asked_at = float("-inf")
        self._said = ""

    def waits_for(self) -> str:
        """Return what is wrong with Elasticsearch, "" where it answers."""
        with self._lock:
            if time.monotonic() - self._asked_at > KEPT_S:
                self._said = self._ask()
                self._asked_at = time.monotonic()
            return self._said

    def _ask(self) -> str:
        try:
            self._cluster.info()
        except RightsError:
            return "elasticsearch refuses the login, or the privilege 'monitor' is missing"
        except (ConnectError, SinkError):
            return "elasticsearch does not answer"
        return ""

    def close(self) -> None:
        """Close the connection."""
        self._cluster.close()


class IndexPull:
    """Brings the counts of an index role up to date at each scrape.

    Parameters
    ----------
    role : IndexRole
    source : KafkaSource
    probe : Probe
    """

    def __init__(self, role: IndexRole, source: KafkaSource, probe: Probe) -> None:
        self._role = role
        self._source = source
        self._probe = probe
        self._told: dict[Meter, int] = {}

    def __call__(self, meters: Meters) -> None:
        """Set and count."""
        counts = self._role.counts
        for meter, count in (
            (CREATED, counts.created),
            (PRESENT, counts.present),
            (REFUSED, counts.refused),
            (RETRIES, self._role.retries),
        ):
            meters.count(meter, count - self._told.get(meter, 0))
            self._told[meter] = count
        meters.set(ELASTICSEARCH_UP, float(not self._probe.waits_for()))
        meters.forget(LAG)
        for (topic, partition), lag in self._source.lags():
            meters.set(LAG, lag, topic, str(partition))


def note_settled(meters: Meters, records: Sequence[Record], alerts: str) -> None:
    """Note how long the documents of these records took from the records they come from."""
    for record in records:
        kind = ALERTS if record.topic == alerts else CANDIDATES
        for age in ages([record.headers]):
            meters.took(INDEX_LATENCY, age, kind)
