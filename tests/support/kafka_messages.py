"""Messages as a consumer gives them."""

from collections.abc import Iterable

from confluent_kafka import TIMESTAMP_CREATE_TIME, TIMESTAMP_NOT_AVAILABLE, Message

from connectors.kafka_batches import Batch


def message(
    offset: int,
    value: bytes | None,
    *,
    key: bytes | None = None,
    at: float | None = None,
    lane: tuple[str, int] = ("zeek.conn", 0),
    headers: Iterable[tuple[str, bytes]] = (),
) -> Message:
    """Return a message; ``at`` in seconds since the epoch, None for one without a time."""
    stamp = (TIMESTAMP_NOT_AVAILABLE, -1) if at is None else (TIMESTAMP_CREATE_TIME, int(at * 1e3))
    return Message(
        topic=lane[0],
        partition=lane[1],
        offset=offset,
        key=key,
        value=value,
        headers=list(headers),
        timestamp=stamp,
    )


def batch(values: Iterable[bytes | None], first: int = 0) -> Batch:
    """Return values as records of one partition, from an offset on."""
    return Batch.of([message(first + k, value) for k, value in enumerate(values)])
