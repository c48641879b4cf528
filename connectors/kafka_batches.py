"""Records of one partition as they came: columns of all at once, one where it is asked for.

A record costs more Python than its parsing, so the roles that read the users' topics make none of
what they just pass through.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, overload

import numpy as np
from confluent_kafka import Message
from numpy.typing import NDArray

from .kafka_clients import Record, record_of


class Columns(NamedTuple):
    """What is read of n records."""

    payload: NDArray[np.uint8]  # their values on end
    bounds: NDArray[np.int64]  # (n + 1,) where each begins in the payload, and where the last ends
    offsets: NDArray[np.int64]  # (n,)
    times: NDArray[np.float64]  # (n,) seconds since the epoch, NaN where it has none


class Batch(Sequence[Record]):
    """Records of one partition, in order of their offsets.

    Parameters
    ----------
    messages : sequence of Message
        Without errors.
    offsets : (n,) int64
        Of the messages.
    """

    def __init__(self, messages: Sequence[Message], offsets: NDArray[np.int64]) -> None:
        self._messages = messages
        self.offsets = offsets

    @classmethod
    def of(cls, messages: Sequence[Message]) -> "Batch":
        """Return messages as a batch."""
        return cls(messages, np.array([message.offset() for message in messages], np.int64))

    def __len__(self) -> int:
        """Return how many records there are."""
        return len(self._messages)

    @overload
    def __getitem__(self, at: int) -> Record: ...

    @overload
    def __getitem__(self, at: slice) -> "Batch": ...

    def __getitem__(self, at: int | slice) -> "Record | Batch":
        """Return a record, or those of a slice."""
        if isinstance(at, slice):
            return Batch(self._messages[at], self.offsets[at])
        return record_of(self._messages[at])

    def __iter__(self) -> Iterator[Record]:
        """Yield the records one by one."""
        return map(record_of, self._messages)

    def place(self, offset: int) -> int:
        """Return how many of the records come before an offset."""
        return int(np.searchsorted(self.offsets, offset))

    def columns(self) -> Columns:
        """Return what is read of them; a tombstone has no bytes."""
        values = [message.value() or b"" for message in self._messages]
        bounds = np.zeros(len(values) + 1, np.int64)
        np.cumsum([*map(len, values)], out=bounds[1:])
        payload = np.frombuffer(b"".join(values) or b"\0", np.uint8)
        return Columns(payload, bounds, self.offsets, self._times())

    def _times(self) -> NDArray[np.float64]:
        stamps = np.array([message.timestamp() for message in self._messages], np.int64)
        kind, stamp = stamps.reshape(-1, 2).T
        return np.where(kind != 0, stamp / 1e3, np.nan)


def by_partition(messages: Sequence[Message]) -> dict[tuple[str, int], Batch]:
    """Return messages by topic and partition, each in the order they came."""
    parts: dict[tuple[str, int], list[Message]] = {}
    for message in messages:
        name = (message.topic() or "", message.partition() or 0)
        try:
            parts[name].append(message)
        except KeyError:
            parts[name] = [message]
    return {name: Batch.of(part) for name, part in parts.items()}
