"""Records that could not be taken, kept untouched in a topic with the reason.

Headers are named as in docs/operations.md; the record's own come first. A value over the largest
record is cut to its first 64 KiB, and its length and digest say what it was.
"""

import hashlib
import socket
from functools import cache
from importlib.metadata import version
from typing import Any

from connectors.kafka_producer import Producer

from .dead_letter_view import attempts_of
from .metrics import Meters
from .metrics_table import DEAD_LETTERS

LARGEST = 900_000  # bytes of a value; brokers take a million by default
KEPT = 65_536
LONGEST_REASON = 512
CLASSES = {"decode": "DecodeError", "rekey": "DecodeError", "index": "RejectedError"}
"""What went wrong, by stage, as a class of errors."""


class DeadLetterTopic:
    """Where a role's dead letters go.

    Parameters
    ----------
    producer : Producer
    topic : str
    stage : str
        What could not be done: "decode" or "index".
    meters : Meters, optional
    """

    def __init__(
        self, producer: Producer, topic: str, stage: str, meters: Meters | None = None
    ) -> None:
        self._producer = producer
        self._topic = topic
        self._stage = stage
        self._meters = meters

    def __call__(self, record: Any, reason: str) -> None:
        """Keep a record for good, with the reason."""
        self.send(record, reason)
        self._producer.flush()

    def send(self, record: Any, reason: str) -> None:
        """Send a record on its way, with the reason."""
        value, headers = letter(record, reason, self._stage)
        self._producer.send(self._topic, value, key=record.key, headers=headers)
        if self._meters is not None:
            self._meters.count(DEAD_LETTERS, 1, self._stage)


def letter(record: Any, reason: str, stage: str) -> tuple[bytes, list[tuple[str, bytes]]]:
    """Return value and headers of a dead letter; its key is the record's own."""
    value = record.value or b""
    about = {
        **_about(stage),
        "dlq.error.message": reason[:LONGEST_REASON],
        "dlq.source.topic": record.topic,
        "dlq.source.partition": str(record.partition),
        "dlq.source.offset": str(record.offset),
        "dlq.source.timestamp": f"{record.timestamp:.3f}",
        "dlq.attempts": str(1 + attempts_of(record.headers)),
    }
    if len(value) > LARGEST:
        about["dlq.source.bytes"] = str(len(value))
        about["dlq.source.blake2b"] = hashlib.blake2b(value, digest_size=16).hexdigest()
        value = value[:KEPT]
    return value, [*record.headers, *((name, text.encode()) for name, text in about.items())]


@cache
def _about(stage: str) -> dict[str, str]:
    """Return what all dead letters of a stage say of their writer."""
    return {
        "dlq.stage": stage,
        "dlq.error.class": CLASSES.get(stage, "RecordError"),
        "dlq.host": socket.gethostname(),
        "dlq.version": version("almenara"),
    }
