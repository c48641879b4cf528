"""Writes documents in bulks until each is there once, or refused for good.

Why not ``elasticsearch.helpers``: measured with 9.5.1, ``helpers.bulk`` raises at the first item
with status 429 instead of sending it again, sleeps in the calling thread where a consumer has to
keep its place in its group, counts a document in the failure store as written, multiplies its
retries with those of the transport, and lets a lost connection out of the middle of a batch without
saying which documents are open. One request with documents that are bytes already has none of that
to undo.
"""

import logging
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

import orjson

from .answers import AwayError, BusyError, Outcome, TooLargeError

Origin = TypeVar("Origin")

FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 30.0
STALE_S = 5.0
"""After so long without a word of the caller another process may own the batch by now, and may have
written it: a process that was stopped for a while does not know. Below any session timeout."""

SLICE_S = 0.5
"""A wait is cut into slices of this length, so that it ends soon after ``running`` says no."""
LOUD = 3
"""Refusals for now in a row before it is said: a busy moment is nothing to wake anybody for."""

_log = logging.getLogger(__name__)
_random = secrets.SystemRandom()


@dataclass(frozen=True, slots=True)
class Item(Generic[Origin]):
    """A document on its way to a data stream; ``origin`` is the caller's own."""

    stream: str
    id: str
    document: bytes = field(repr=False)  # JSON in one line
    origin: Origin

    def lines(self) -> bytes:
        """Return its two lines of a bulk."""
        action = orjson.dumps({"create": {"_index": self.stream, "_id": self.id}})
        return b"%b\n%b\n" % (action, self.document)


@dataclass(slots=True)
class Written(Generic[Origin]):
    """What became of a batch."""

    created: int = 0
    present: int = 0  # was there already: a success
    refused: list[tuple[Item[Origin], str]] = field(default_factory=list)  # with the reason
    undone: list[Item[Origin]] = field(default_factory=list)  # stopped before they were settled


@dataclass(frozen=True, slots=True)
class BulkLimits:
    """How large a bulk may become, and how long a wait."""

    documents: int = 1_000
    size: int = 5_000_000  # bytes before compression
    longest_wait_s: float = LONGEST_WAIT_S
    first_wait_s: float = FIRST_WAIT_S
    stale_s: float = STALE_S


class BulkTarget(Protocol):
    """Where bulks go to."""

    def bulk(self, body: bytes) -> list[Outcome]:
        """Send a bulk; return what became of each document, in order.

        Raises AwayError, BusyError, TooLargeError, RightsError or SinkError.
        """
        ...

    def known_ids(self, stream: str, ids: Sequence[str]) -> set[str]:
        """Return those of the ids that are anywhere in the data stream, as of this moment."""
        ...


class BulkWriter(Generic[Origin]):
    """Creates documents; sends again what was not taken, for as long as ``running`` says so.

    Ids are unique in one backing index only. So an id that may have been written before, and after
    a lost answer each id of that bulk, is looked up in the whole data stream before it is created:
    else a rollover in between would double it. What is left open: a rollover that falls between the
    look-up and the request after it, while another process writes the same.

    Parameters
    ----------
    target : BulkTarget
        The server.
    running : callable
        Whether to go on. It is asked before each request and in each wait.
    wait : callable
        Waits the given seconds, or less. A consumer keeps its place in its group here.
    limits : BulkLimits
        Of a bulk and of the waits.
    """

    def __init__(
        self,
        target: BulkTarget,
        running: Callable[[], bool],
        wait: Callable[[float], object],
        limits: BulkLimits | None = None,
    ) -> None:
        self._target = target
        self._running = running
        self._wait = wait
        self._limits = limits or BulkLimits()
        self._away_since: float | None = None
        self._heard_at = 0.0  # when the caller last said whose the items are
        self.retries = 0
        """Requests that were sent again, in whole or in part."""

    def write(
        self,
        items: Sequence[Item[Origin]],
        unsure: AbstractSet[str] = frozenset(),
        wanted: Callable[[Item[Origin]], bool] = lambda _item: True,
    ) -> Written[Origin]:
        """Write a batch. Returns when each item is settled, or ``running`` says no.

        ``unsure`` holds the ids that may have been written before. An item that is not ``wanted``
        any more when it is sent, is dropped without a word.
        """
        written: Written[Origin] = Written()
        self._heard_at = time.monotonic()
        for chunk in self._chunks(items):
            self._settle(chunk, unsure, wanted, written)
        return written

    def _chunks(self, items: Sequence[Item[Origin]]) -> Iterator[list[Item[Origin]]]:
        chunk: list[Item[Origin]] = []
        size = 0
        for item in items:
            more = len(item.lines())
            if chunk and (len(chunk) >= self._limits.documents or size + more > self._limits.size):
                yield chunk
                chunk, size = [], 0
            chunk.append(item)
            size += more
        if chunk:
            yield chunk

    def _settle(
        self,
        chunk: list[Item[Origin]],
        unsure: AbstractSet[str],
        wanted: Callable[[Item[Origin]], bool],
        written: Written[Origin],
    ) -> None:
        attempt = 0
        while chunk and self._running():
            chunk = [item for item in chunk if wanted(item)]
            if time.monotonic() - self._heard_at > self._limits.stale_s:
                unsure = frozenset(item.id for item in chunk)
            try:
                chunk, unsure = self._unknown(chunk, unsure, written), frozenset()
                left, unsure, trouble = self._send(chunk, written)
            except TooLargeError:
                if len(chunk) == 1:
                    written.refused.append((chunk[0], _too_large(chunk[0])))
                    return
                half = len(chunk) // 2
                self._settle(chunk[:half], frozenset(), wanted, written)
                chunk = chunk[half:]
                continue
            except BusyError as error:
                left, trouble = chunk, str(error)
            except AwayError as error:
                left, trouble = chunk, str(error)
                unsure = frozenset(item.id for item in chunk)
                self._say_away(trouble)
            attempt = attempt + 1 if len(left) == len(chunk) else 1
            chunk = left
            if chunk:
                self.retries += 1
                if attempt >= LOUD:
                    self._say_away(trouble)
                self._pause(attempt)
            else:
                self._say_back()
        written.undone += chunk

    def _unknown(
        self, chunk: list[Item[Origin]], unsure: AbstractSet[str], written: Written[Origin]
    ) -> list[Item[Origin]]:
        """Return the chunk without what is there already."""
        doubtful: dict[str, list[str]] = {}
        for item in chunk:
            if item.id in unsure:
                doubtful.setdefault(item.stream, []).append(item.id)
        known = {
            (stream, found)
            for stream, ids in doubtful.items()
            for found in self._target.known_ids(stream, ids)
        }
        left = [item for item in chunk if (item.stream, item.id) not in known]
        written.present += len(chunk) - len(left)
        return left

    def _send(
        self, chunk: list[Item[Origin]], written: Written[Origin]
    ) -> tuple[list[Item[Origin]], AbstractSet[str], str]:
        """Send a chunk; return what has to be sent again, which ids of it are unsure, and why."""
        outcomes = self._target.bulk(b"".join(map(Item.lines, chunk))) if chunk else []
        left, unsure, trouble = [], set(), ""
        for item, outcome in zip(chunk, outcomes, strict=True):
            if outcome.kind == "created":
                written.created += 1
            elif outcome.kind == "present":
                written.present += 1
            elif outcome.kind == "refused":
                written.refused.append((item, outcome.reason))
            else:
                left.append(item)
                trouble = f"elasticsearch: {item.stream}: {outcome.reason}"
                if outcome.kind == "unsure":
                    unsure.add(item.id)
        return left, unsure, trouble

    def _pause(self, attempt: int) -> None:
        """Wait with full jitter: any time up to the doubled wait before, cut off at the longest."""
        longest = min(
            self._limits.longest_wait_s, self._limits.first_wait_s * 2.0 ** min(attempt - 1, 30)
        )
        left = _random.uniform(0.0, longest)
        while left > 0.0 and self._running():
            self._wait(min(left, SLICE_S))
            self._heard_at = time.monotonic()
            left -= SLICE_S

    def _say_away(self, trouble: str) -> None:
        if self._away_since is None:
            self._away_since = time.monotonic()
            _log.warning("%s (documents wait, and are sent until they are taken)", trouble)

    def _say_back(self) -> None:
        if self._away_since is not None:
            away_s = time.monotonic() - self._away_since
            self._away_since = None
            _log.warning("elasticsearch takes documents again after %.1f s", away_s)


def _too_large(item: Item[Origin]) -> str:
    return f"document of {len(item.document)} bytes, expected less: the server takes none so large"
