"""Bulks are sent until each document is there once, refused, or told to stop."""

import logging
import time
from collections.abc import Callable

import orjson
import pytest

from connectors.answers import AwayError, BusyError, Outcome, TooLargeError
from connectors.bulk import BulkLimits, BulkWriter, Item
from connectors.errors import RightsError
from memory_index import ALERTS, NaiveStream


class Clock:
    """Counts what is waited, and stops the writer after so many waits."""

    def __init__(self, stop_after: int = 1_000_000) -> None:
        self.waited: list[float] = []
        self.stop_after = stop_after

    def wait(self, seconds: float) -> None:
        self.waited.append(seconds)

    def running(self) -> bool:
        return len(self.waited) < self.stop_after


def items(n: int, size: int = 1) -> list[Item[int]]:
    return [Item(ALERTS, f"id-{i}", orjson.dumps({"a": "x" * size}), i) for i in range(n)]


def writer(stream: NaiveStream, clock: Clock | None = None, **limits: int) -> BulkWriter[int]:
    clock = clock or Clock()
    return BulkWriter(stream, clock.running, clock.wait, BulkLimits(**limits))


def failing(times: int, error: Exception) -> Callable[[list[str]], None]:
    left = [times]

    def fail(_ids: list[str]) -> None:
        if left[0]:
            left[0] -= 1
            raise error

    return fail


def test_bulks_are_limited_by_documents_and_by_bytes() -> None:
    stream = NaiveStream()
    written = writer(stream, documents=4).write(items(10))
    assert [len(ids) for ids in stream.bulks] == [4, 4, 2]
    assert written.created == 10
    stream = NaiveStream()
    one = len(items(1, 500)[0].lines())
    writer(stream, size=3 * one).write(items(7, 500))
    assert [len(ids) for ids in stream.bulks] == [3, 3, 1]


def test_document_over_the_limit_of_bytes_goes_alone() -> None:
    stream = NaiveStream()
    mixed = [*items(2), Item(ALERTS, "large", b'{"a":"%b"}' % (b"x" * 900), 0), *items(1)]
    writer(stream, size=500).write(mixed)
    assert ["large"] in stream.bulks


def test_known_id_is_a_success() -> None:
    stream = NaiveStream()
    writer(stream).write(items(3))
    written = writer(stream).write(items(5))
    assert (written.created, written.present, written.undone) == (2, 3, [])


def test_only_refused_for_now_documents_are_sent_again() -> None:
    stream = NaiveStream()
    left = {"id-1": 2, "id-3": 1}

    def outcome(one: str) -> Outcome | None:
        if left.get(one, 0):
            left[one] -= 1
            return Outcome("again", "status 429")
        return None

    stream.outcome = outcome
    written = writer(stream).write(items(4))
    assert stream.bulks == [["id-0", "id-1", "id-2", "id-3"], ["id-1", "id-3"], ["id-1"]]
    assert written.created == 4
    assert stream.looked_up == []  # they were not written for sure


def test_waits_double_up_to_the_longest_with_full_jitter() -> None:
    clock = Clock()
    stream = NaiveStream()
    stream.before = failing(12, BusyError("elasticsearch: busy"))
    writer(stream, clock).write(items(1))
    assert len(stream.bulks) == 13
    assert max(clock.waited) <= 0.5  # slices, so that a stop is noticed
    # each wait is uniform up to min(30, 0.5 * 2 ** n): 15.5 + 6 * 30 = 195.5 s in all at most
    assert 0 < sum(clock.waited) <= 195.5 + 0.5 * 12


def test_lost_answer_and_rollover_double_nothing() -> None:
    stream = NaiveStream()

    def lose(_ids: list[str]) -> None:
        if len(stream.indices) == 1:
            stream.rollover()
            raise AwayError("elasticsearch: no connection, expected one; check it")

    stream.after = lose
    written = writer(stream).write(items(5))
    assert stream.all_ids() == sorted(f"id-{i}" for i in range(5))
    assert (written.created, written.present) == (0, 5)


def test_without_the_look_up_the_same_doubles() -> None:
    """Breaks it on purpose: what the test above guards against does happen."""
    stream = NaiveStream()
    stream.is_blind = True

    def lose(_ids: list[str]) -> None:
        if len(stream.indices) == 1:
            stream.rollover()
            raise AwayError("elasticsearch: no connection, expected one; check it")

    stream.after = lose
    writer(stream).write(items(5))
    assert len(stream.all_ids()) == 10


def test_document_that_may_have_been_written_is_looked_up() -> None:
    stream = NaiveStream()
    states = [Outcome("unsure", "status 503")]
    stream.outcome = lambda one: states.pop() if one == "id-1" and states else None
    assert writer(stream).write(items(3)).created == 3
    assert stream.looked_up == ["id-1"]


def test_process_that_was_stopped_for_a_while_looks_up_before_it_goes_on() -> None:
    """Another owner has written the rest meanwhile, and the stream has rolled over."""
    stream = NaiveStream()

    def stand_still(ids: list[str]) -> None:
        if ids[0] == "id-0":
            stream.indices[-1] |= {f"id-{i}": b"" for i in range(2, 6)}
            stream.rollover()
            time.sleep(0.6)

    stream.after = stand_still
    limits = BulkLimits(documents=2, stale_s=0.3)
    clock = Clock()
    stopped: BulkWriter[int] = BulkWriter(stream, clock.running, clock.wait, limits)
    written = stopped.write(items(6))
    assert stream.all_ids() == [f"id-{i}" for i in range(6)]
    assert (written.created, written.present) == (2, 4)
    assert "id-0" not in stream.looked_up


def test_too_large_a_bulk_is_halved_and_too_large_a_document_is_refused() -> None:
    stream = NaiveStream()

    def refuse(ids: list[str]) -> None:
        if len(ids) > 2 or "id-5" in ids:
            raise TooLargeError("elasticsearch: status 413, expected less")

    stream.before = refuse
    written = writer(stream).write(items(8))
    assert stream.all_ids() == [f"id-{i}" for i in (0, 1, 2, 3, 4, 6, 7)]
    ((item, reason),) = written.refused
    assert item.id == "id-5"
    assert reason.startswith("document of 9 bytes, expected less")


def test_refused_documents_come_back_with_the_reason() -> None:
    stream = NaiveStream()
    stream.outcome = lambda one: Outcome("refused", "no ip") if one == "id-2" else None
    written = writer(stream).write(items(4))
    assert [(item.origin, reason) for item, reason in written.refused] == [(2, "no ip")]
    assert written.created == 3


def test_missing_right_ends_it() -> None:
    stream = NaiveStream()
    stream.before = failing(1, RightsError("elasticsearch: not allowed"))
    with pytest.raises(RightsError):
        writer(stream).write(items(1))


def test_stop_while_the_server_is_away_gives_back_what_is_undone() -> None:
    stream = NaiveStream()
    stream.before = failing(10**9, AwayError("elasticsearch: no connection"))
    written = writer(stream, Clock(stop_after=3), documents=2).write(items(5))
    assert [item.id for item in written.undone] == [f"id-{i}" for i in range(5)]
    assert written.created == 0


def test_unwanted_documents_are_dropped_when_they_would_be_sent_again() -> None:
    stream = NaiveStream()
    wanted = {0, 1, 2}

    def lose(_ids: list[str]) -> None:
        if 1 in wanted:
            wanted.remove(1)
            raise AwayError("elasticsearch: no connection")

    stream.before = lose
    written = writer(stream).write(items(3), wanted=lambda item: item.origin in wanted)
    assert stream.bulks[1] == ["id-0", "id-2"]
    assert written.undone == []


def test_it_says_once_that_the_server_is_away_and_once_that_it_is_back(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stream = NaiveStream()
    stream.before = failing(5, AwayError("elasticsearch: no connection"))
    with caplog.at_level(logging.INFO):
        writer(stream).write(items(1))
    assert [record.getMessage()[:40] for record in caplog.records] == [
        "elasticsearch: no connection (documents ",
        "elasticsearch takes documents again afte",
    ]


@pytest.mark.parametrize(("refusals", "said"), [(2, 0), (3, 2), (40, 2)])
def test_it_says_once_that_documents_are_refused_for_longer_than_a_moment(
    caplog: pytest.LogCaptureFixture, refusals: int, said: int
) -> None:
    stream = NaiveStream()
    left = [refusals]

    def blocked(_one: str) -> Outcome | None:
        left[0] -= 1
        return Outcome("again", "status 403 (cluster_block_exception)") if left[0] >= 0 else None

    stream.outcome = blocked
    assert writer(stream).write(items(1)).created == 1
    assert len(caplog.records) == said
    assert not said or "default: status 403 (cluster_block_exception)" in caplog.messages[0]


def test_what_was_retried_is_counted() -> None:
    stream = NaiveStream()
    stream.before = failing(3, BusyError("elasticsearch: busy"))
    made = writer(stream)
    made.write(items(1))
    assert made.retries == 3
