"""The lane log as its writers have it."""

import logging
import time
from math import inf

from connectors.kafka_clients import Headers
from connectors.kafka_producer import Producer

from .lane_log import Gap, LogRecord, encode

_log = logging.getLogger(__name__)


class LogTopic:
    """Where records of the lane log go.

    Parameters
    ----------
    producer : Producer
    topic : str
    """

    def __init__(self, producer: Producer, topic: str) -> None:
        self._producer = producer
        self._topic = topic

    def write(self, record: LogRecord, generation: int, headers: Headers = ()) -> None:
        """Send a record on its way, with its lane's generation."""
        value = encode(record, generation)
        self._producer.send(self._topic, value, partition=0, headers=headers)

    def gap(self, name: tuple[str, int], expected: int, found: int) -> None:
        """Say that records were gone before they were read; nothing where none were."""
        if found != expected:
            _log.warning("%s %d: a gap: expected record %d, found %d", *name, expected, found)
            self.write(Gap(*name, expected, found, time.time()), 0)

    def flush(self, within_s: float = inf) -> bool:
        """Wait until all is in the log; return False where it is not within so many seconds."""
        return self._producer.flush(within_s)
