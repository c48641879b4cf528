"""A lane in the hands of its owner: recorded advances are done again, snapshots found again."""

from math import inf

import numpy as np
import pytest

from acme_lines import DIALECT, FEWER, acme_line
from connectors.kafka_clients import Record
from detectors.errors import ModelError
from kafka_messages import batch
from lane_state import without_scratch
from pipeline_runs import feed, quick, simulated_lines, written
from stream.candidates import LaneRecord
from stream.formats.dialect import DialectTexts
from stream.formats.parse_settings import ParseSettings
from stream.lane_log import Advance, Dialects, Start, encode
from stream.owned_lane import OwnedLane
from stream.ownership import (
    Note,
    Recorded,
    block_key,
    read_snapshot,
    recorded_of,
    state_partition,
)
from stream.pipeline import Pipeline
from stream.snapshots import blocks
from stream.stream_time import PULSE_S

TOPIC = "zeek.conn"
START = 1_700_000_000.0


def record(offset: int, value: bytes | None, key: bytes | None = None) -> Record:
    return Record(TOPIC, 0, offset, float("nan"), key, value, ())


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    return simulated_lines(tmp_path_factory.mktemp("simulated"), "zeek-json")[:1_500]


NOTHING = Recorded([], -inf)


def owned(pipeline: Pipeline, position: int, recorded: Recorded = NOTHING) -> OwnedLane:
    again = Recorded(list(recorded.changes), recorded.pulse)
    return OwnedLane(pipeline, Note(generation=2), position, again, heard=0.0)


def test_new_owner_does_recorded_advances_where_they_were_done(lines: list[bytes]) -> None:
    """The first owner took 1,000 records, let 700 s pass and read on; the second has a snapshot."""
    first = Pipeline(quick())
    feed(first, lines[:600])
    snapshot = first.snapshot()
    told = feed(first, lines[600:1_000], first=600)
    at = first.now // PULSE_S * PULSE_S + 700.0
    told += first.advance(at)
    told += feed(first, lines[1_000:], first=1_000)

    second = Pipeline(quick())
    second.restore(snapshot)
    log = [
        record(0, encode(Start(TOPIC, 0), 1)),
        record(1, encode(Advance(TOPIC, 0, 500, at - 9_000.0), 1)),  # the snapshot is past it
        record(2, encode(Advance(TOPIC, 1, 1_000, at + 900.0), 1)),  # of another lane
        record(3, encode(Advance(TOPIC, 0, 1_000, at), 1)),
        record(4, None),
    ]
    lane = owned(second, 600, recorded_of((TOPIC, 0), 600, log))
    again: list[LaneRecord] = []
    assert list(lane.take(batch(lines[600:], 600), again)) == []
    assert written(again) == written(told)
    assert lane.recorded.changes == []
    assert lane.position == len(lines)


def test_advances_of_owners_that_were_replaced_are_not_done_again() -> None:
    """The fold did not hear what followed from them either."""
    log = [
        record(0, encode(Advance(TOPIC, 0, 10, 60.0), 2)),
        record(1, encode(Advance(TOPIC, 0, 11, 70.0), 1)),  # one before the snapshot's owner
        record(2, encode(Start(TOPIC, 1), 9)),
        record(3, encode(Advance(TOPIC, 0, 12, 80.0), 2)),
        record(4, encode(Start(TOPIC, 0), 3)),
        record(5, encode(Advance(TOPIC, 0, 13, 90.0), 2)),  # paused, and awake again
        record(6, encode(Advance(TOPIC, 0, 14, 100.0), 3)),
    ]
    found = recorded_of((TOPIC, 0), 0, log, 2)
    assert [change.offset for change in found.changes] == [10, 12, 14]


def acme(text: str) -> DialectTexts:
    return (("acme.toml", text),)


def test_new_owner_reads_with_the_dialects_of_each_part(lines: list[bytes]) -> None:
    """The first owner read without Acme's dialect, with it, and with one that knows less."""
    mixed = [*lines[:700], *map(acme_line, lines[700:])]
    first = Pipeline(quick())
    told = feed(first, mixed[:600])
    assert first.parser.counts()[""]["rejected"] == 0
    snapshot = first.snapshot()
    told = feed(first, mixed[600:720], first=600)
    assert first.parser.counts()[""]["rejected"] == 20
    first.read_with(acme(DIALECT))
    told += feed(first, mixed[720:1_100], first=720)
    first.read_with(acme(FEWER))
    told += feed(first, mixed[1_100:], first=1_100)
    assert first.parser.counts()["acme.flow"]["events"] == len(lines) - 720
    assert first.parser.counts()[""]["rejected"] == 20

    second = Pipeline(quick(parse=ParseSettings(dialects=acme(FEWER))))  # what its folder says
    second.restore(snapshot)
    log = [
        record(1, encode(Dialects(TOPIC, 0, 720, START, acme(DIALECT)), 1)),
        record(2, encode(Dialects(TOPIC, 1, 730, START, ()), 1)),  # of another lane
        record(3, encode(Dialects(TOPIC, 0, 1_100, START, acme(FEWER)), 1)),
    ]
    lane = owned(second, 600, recorded_of((TOPIC, 0), 600, log))
    again: list[LaneRecord] = []
    refused = list(lane.take(batch(mixed[600:], 600), again))
    assert len(refused) == 20
    assert written(again) == written(told)
    third = Pipeline(quick())
    third.restore(second.snapshot())
    assert third.settings.parse.dialects == acme(FEWER)
    assert without_scratch(third.snapshot()) == without_scratch(first.snapshot())


def test_lane_changes_dialects_only_behind_what_was_told_of_it(lines: list[bytes]) -> None:
    pipeline = Pipeline(quick())
    feed(pipeline, lines[:600])
    change = Dialects(TOPIC, 0, 700, START, ())
    behind = Recorded([], pipeline.now // PULSE_S * PULSE_S - PULSE_S)
    assert owned(pipeline, 600, behind).may_read_with(acme(DIALECT))
    assert not owned(pipeline, 600, behind).may_read_with(())  # those it reads with
    assert not owned(pipeline, 600, Recorded([change], behind.pulse)).may_read_with(acme(DIALECT))
    assert not owned(pipeline, 600, Recorded([], pipeline.now)).may_read_with(acme(DIALECT))


def test_records_before_the_position_are_left_out(lines: list[bytes]) -> None:
    whole = feed(Pipeline(quick()), lines[:900])
    pipeline = Pipeline(quick())
    out = feed(pipeline, lines[:500])
    lane = owned(pipeline, 500)
    list(lane.take(batch(lines[300:900], 300), out))
    assert written(out) == written(whole)
    assert lane.records == 400


def test_time_of_an_idle_lane_passes_by_the_clock_in_whole_pulses(lines: list[bytes]) -> None:
    lane = owned(Pipeline(quick()), 0)
    list(lane.take(batch(lines), []))
    lane.heard = 100.0
    begun = lane.pipeline.now // PULSE_S * PULSE_S
    assert lane.idle_until(100.0) == begun
    assert lane.idle_until(135.0) in {begun + 3 * PULSE_S, begun + 4 * PULSE_S}


def test_record_that_cannot_be_read_is_refused_and_the_rest_is_taken(lines: list[bytes]) -> None:
    lane = owned(Pipeline(quick()), 0)
    values = [*lines[:50], b"\x00 no log", *lines[50:100]]
    (refused,) = lane.take(batch(values), [])
    assert refused.record.offset == 50
    assert refused.reason
    assert (lane.records, lane.refused, lane.position) == (101, 1, 101)


def test_snapshot_is_put_together_from_its_blocks_among_those_of_others() -> None:
    state = {"a": np.random.default_rng(5).integers(0, 256, 2_000_000).astype(np.uint8)}
    parts = list(blocks(state))
    assert len(parts) > 2
    note = Note(snapshots=7, start=10, stop=10 + 2 * len(parts), blocks=len(parts))
    kept: list[Record] = []
    for k, part in enumerate(parts):
        theirs = block_key("g", "other", 3, 7, k)
        kept += [record(10 + 2 * k, b"theirs", theirs)]
        kept += [record(11 + 2 * k, part, block_key("g", TOPIC, 0, 7, k))]

    def read(partition: int, start: int, stop: int) -> list[Record]:
        assert partition == state_partition(TOPIC, 0)
        return [one for one in kept if start <= one.offset < stop]

    found = read_snapshot("g", TOPIC, 0, note, read)
    np.testing.assert_array_equal(found["a"], state["a"])
    del kept[1]
    with pytest.raises(ModelError, match="found 2 of its blocks, expected 3"):
        read_snapshot("g", TOPIC, 0, note, read)


def test_past_is_learnt_and_nothing_is_said_of_it(lines: list[bytes]) -> None:
    lane = owned(Pipeline(quick()), 0)
    lane.learns_until = 700
    alone = Pipeline(quick())
    feed(alone, lines[:700])
    records = batch(lines[:900])
    assert not lane.learn(records[:400])
    assert lane.is_learning
    live = lane.learn(records[400:])
    assert live.offsets.tolist() == list(range(700, 900))
    assert (lane.is_learning, lane.position) == (False, 700)
    assert without_scratch(lane.pipeline.snapshot()) == without_scratch(alone.snapshot())
    out: list[LaneRecord] = []
    list(lane.take(live, out))
    assert written(out) == written(feed(alone, lines[700:900], first=700))


def test_marks_of_transactions_before_the_end_of_the_past_are_passed(lines: list[bytes]) -> None:
    lane = owned(Pipeline(quick()), 0)
    lane.learns_until = 102
    assert not lane.learn(batch(lines[:100]))
    assert lane.is_learning
    (live,) = lane.learn(batch(lines[100:101], 103))
    assert (live.offset, lane.position, lane.is_learning) == (103, 102, False)
