"""What a process counts of itself, in the text format of Prometheus.

Counters move once a batch, never once a record. What can be read off a role when somebody asks
(gauges) costs nothing before: it is set by a ``pull`` at each scrape.
"""

import threading
from collections.abc import Callable
from importlib.metadata import version
from typing import cast

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.process_collector import ProcessCollector

from .metrics_table import BUCKETS, BUILD, Meter, of_role

Pull = Callable[["Meters"], None]

# a second line for each counter that nobody reads; the function has no types
cast(Callable[[], None], disable_created_metrics)()


class Meters:
    """The metrics of one role, by their definition.

    Parameters
    ----------
    role : str
        Which metrics there are; of those of another role nothing is kept.
    """

    def __init__(self, role: str) -> None:
        self.registry = CollectorRegistry()
        self._lock = threading.Lock()
        self._pulls: list[Pull] = []
        self._counters: dict[Meter, Counter] = {}
        self._gauges: dict[Meter, Gauge] = {}
        self._histograms: dict[Meter, Histogram] = {}
        for meter in of_role(role):
            self._make(meter)
        ProcessCollector(registry=self.registry)
        self.set(BUILD, 1.0, version("almenara"), role)

    def _make(self, meter: Meter) -> None:
        if meter.kind == "counter":
            self._counters[meter] = Counter(
                meter.name, meter.meaning, meter.labels, registry=self.registry
            )
        elif meter.kind == "gauge":
            self._gauges[meter] = Gauge(
                meter.name, meter.meaning, meter.labels, registry=self.registry
            )
        else:
            self._histograms[meter] = Histogram(
                meter.name, meter.meaning, meter.labels, registry=self.registry, buckets=BUCKETS
            )

    def count(self, meter: Meter, more: float = 1.0, *labels: str) -> None:
        """Add to a counter."""
        counter = self._counters[meter]
        (counter.labels(*labels) if labels else counter).inc(more)

    def set(self, meter: Meter, value: float, *labels: str) -> None:
        """Set a gauge."""
        gauge = self._gauges[meter]
        (gauge.labels(*labels) if labels else gauge).set(value)

    def forget(self, meter: Meter) -> None:
        """Take a gauge with labels out, until it is set again."""
        self._gauges[meter].clear()

    def took(self, meter: Meter, seconds: float, *labels: str) -> None:
        """Note a latency."""
        histogram = self._histograms[meter]
        (histogram.labels(*labels) if labels else histogram).observe(seconds)

    def pulls(self, pull: Pull) -> None:
        """Let ``pull`` set gauges at each scrape, in the scraping thread."""
        self._pulls.append(pull)

    def text(self, accept: str = "") -> tuple[bytes, str]:
        """Return all as text, and its content type, in the format that the reader accepts."""
        encode, kind = choose_encoder(accept)
        with self._lock:
            for pull in self._pulls:
                pull(self)
            return encode(self.registry), kind
