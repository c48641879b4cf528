"""The time of the record that a candidate comes from, carried beside it from role to role.

It is a header of our own, so that values stay the same whoever makes them when, and it decides
nothing: where it is missing, nothing is measured.
"""

import math
import time
from collections.abc import Iterable

from connectors.kafka_clients import Headers

HEADER = "almenara_record_time"  # seconds since the epoch
MOST = 100_000  # candidates that wait to be decided; of more the oldest are forgotten


class RecordTimes:
    """Times of records by the id of the candidate, until they are asked for."""

    def __init__(self) -> None:
        self._times: dict[str, bytes] = {}

    def note(self, headers: Headers) -> None:
        """Take the time from a record of the lane log, where it has one."""
        for name, value in headers:
            ident, _, text = value.partition(b" ")
            if name == HEADER and text:
                self._times[ident.decode()] = text
        while len(self._times) > MOST:
            del self._times[next(iter(self._times))]

    def headers_of(self, candidate: str) -> Headers:
        """Return the header for what is decided on a candidate, and forget its time."""
        text = self._times.pop(candidate, None)
        return () if text is None else ((HEADER, text),)


def written(candidate: str, at: float) -> Headers:
    """Return the header of a candidate in the lane log; none where its record has no time."""
    return () if math.isnan(at) else ((HEADER, f"{candidate} {at:.3f}".encode()),)


def carried(headers: Headers) -> Headers:
    """Return the header of a decision as that of its documents."""
    return [(name, value) for name, value in headers if name == HEADER]


def ages(records: Iterable[Headers]) -> list[float]:
    """Return how long ago the records were written that these headers tell of, in seconds."""
    now = time.time()
    found = (value for headers in records for name, value in headers if name == HEADER)
    return [max(0.0, now - at) for value in found if (at := _number(value)) is not None]


def _number(value: bytes) -> float | None:
    try:
        at = float(value)
    except ValueError:  # somebody else's
        return None
    return at if math.isfinite(at) else None
