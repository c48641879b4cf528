"""What all of our Kafka clients share: records, positions, errors, and what is said of a broker.

Only the modules ``connectors.kafka_*`` import confluent_kafka. A broker that is away is waited for
until the process is told to stop, one that refuses us is a RightsError, an owner that was replaced
is a FencedError.
"""

import logging
import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from math import nan
from typing import Any, NamedTuple, TypeVar

from confluent_kafka import KafkaError, KafkaException, Message, TopicPartition

from .errors import ConnectError, FencedError, OptionsError, RightsError, StoppedError
from .kafka_refusals import REFUSED, Right, refusal

_log = logging.getLogger(__name__)

silent = logging.getLogger(f"{__name__}.librdkafka")
silent.setLevel(logging.CRITICAL)  # while a broker is down its clients write a line a second

Properties = Mapping[str, str | int | float | bool]
Headers = Sequence[tuple[str, bytes]]
Made = TypeVar("Made")

RETRY_S = 0.2
AWAY_S = 3.0  # without any answer, after which it is said

FENCED = {
    KafkaError._FENCED,  # noqa: SLF001 (librdkafka's own error codes begin so)
    KafkaError.INVALID_PRODUCER_EPOCH,
    KafkaError.PRODUCER_FENCED,
    KafkaError.ILLEGAL_GENERATION,
    KafkaError.UNKNOWN_MEMBER_ID,
    KafkaError.FENCED_INSTANCE_ID,
    KafkaError.STALE_MEMBER_EPOCH,
    KafkaError.FENCED_MEMBER_EPOCH,
}


class Record(NamedTuple):
    """One record as it lies in the log."""

    topic: str
    partition: int
    offset: int
    timestamp: float  # seconds since the epoch, NaN where it has none
    key: bytes | None
    value: bytes | None
    headers: Headers


class Place(NamedTuple):
    """A position in a partition: the next offset to be read, and a note committed with it."""

    topic: str
    partition: int
    offset: int
    note: str = ""


class Member(NamedTuple):
    """A member of a consumer group, for whom a transaction commits positions."""

    group: str
    metadata: Any


def error_of(error: KafkaError, subject: str, *rights: Right) -> Exception:
    """Return our error for one of Kafka's; ``rights`` are those that the call needs."""
    if error.code() in FENCED:
        return FencedError(f"{subject}: {error.name()}, another owner took over")
    if error.code() in REFUSED:
        return refusal(error, rights)
    return ConnectError(f"{subject}: {error.name()} ({error.str()}), expected an answer of Kafka")


class Watch:
    """How it goes with Kafka: says once that it is away and once that it is back.

    One for all clients of a process, so that it is said once. Every wait of a client asks it
    whether to go on.

    Parameters
    ----------
    goes_on : callable
        Whether a wait may go on; where it says no, the wait ends with a StoppedError.
    """

    def __init__(self, goes_on: Callable[[], bool] = lambda: True) -> None:
        self._goes_on = goes_on
        self._refusal: RightsError | None = None
        self._silent_since: float | None = None
        self._is_said = False
        self.is_doubtful = False  # a client lost all its brokers; some only let idle ones go
        _watches.add(self)

    @property
    def is_away(self) -> bool:
        """Whether the last that was asked had no answer."""
        return self._silent_since is not None

    def heard(self, error: KafkaError, *rights: Right) -> None:
        """Take an error that belongs to no call; ``rights`` are those that the client needs."""
        if error.code() in REFUSED:
            self._refusal = refusal(error, rights)
        elif error.code() == KafkaError._ALL_BROKERS_DOWN:  # noqa: SLF001
            self.doubt()

    def doubt(self) -> None:
        """Have it looked at whether Kafka answers."""
        self.is_doubtful = True

    def away(self) -> None:
        """Note that a call had no answer; a moment without one is not worth a word."""
        now = time.monotonic()
        self._silent_since = self._silent_since or now
        if not self._is_said and now - self._silent_since >= AWAY_S:
            self._is_said = True
            _log.warning("kafka is away; waiting for it")

    def works(self) -> None:
        """Note that something was answered."""
        self.is_doubtful = False
        if self._silent_since is not None and self._is_said:
            away_s = time.monotonic() - self._silent_since
            _log.warning("kafka is back after %.0f s", away_s)
        self._silent_since, self._is_said = None, False

    def refused(self) -> None:
        """Raise the refusal there was."""
        if self._refusal is not None:
            raise self._refusal

    def check(self) -> None:
        """Raise the refusal there was, or StoppedError where the process was told to stop."""
        self.refused()
        if not self._goes_on():
            raise StoppedError("kafka: told to stop while waiting for it")

    def wait(self) -> None:
        """Wait a moment for Kafka to come back."""
        self.check()
        time.sleep(RETRY_S)


_watches: weakref.WeakSet[Watch] = weakref.WeakSet()


def is_kafka_away() -> bool:
    """Return whether a client of this process waits for Kafka."""
    return any(watch.is_away for watch in list(_watches))


def client(properties: Properties, watch: Watch, *rights: Right, **ours: Any) -> dict[str, Any]:
    """Return the configuration of a client; ``rights`` are those that it needs."""

    def heard(error: KafkaError) -> None:
        watch.heard(error, *rights)

    return {"error_cb": heard, "logger": silent, **properties, **ours}


def made(kind: Callable[[dict[str, Any]], Made], configuration: dict[str, Any]) -> Made:
    """Make a client; OptionsError where librdkafka does not take its configuration.

    It reads keys and certificates there, and says which of its properties is wrong, not the value.
    """
    try:
        return kind(configuration)
    except KafkaException as raised:
        raise OptionsError(
            f"kafka: {raised.args[0].str()}, expected what librdkafka takes; correct [kafka]"
        ) from raised


def record_of(message: Message) -> Record:
    """Return a message as a record."""
    kind, stamp = message.timestamp()
    headers: Any = message.headers()  # pairs; confluent_kafka types them as a mapping too
    return Record(
        message.topic() or "",
        message.partition() or 0,
        message.offset() or 0,
        stamp / 1e3 if kind else nan,
        message.key(),
        message.value(),
        [(name, value or b"") for name, value in headers] if headers else (),
    )


def names_of(parts: Sequence[TopicPartition]) -> list[tuple[str, int]]:
    """Return topic and partition of each."""
    return [(part.topic, part.partition) for part in parts]


def written(place: Place) -> TopicPartition:
    """Return a position as it is committed."""
    return TopicPartition(place.topic, place.partition, place.offset, metadata=place.note)
