"""What a lane tells of change in itself, on weeks of a small log made for it."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import stream.pipeline
from acme_lines import DIALECT, acme_line
from detectors.errors import ModelError
from pipeline_runs import feed, quick, written
from stream.arrays import Arrays
from stream.candidates import LaneRecord, Pulse
from stream.drift_signals import DriftSignal
from stream.lane_drift import LaneDrift
from stream.pipeline import Pipeline
from weekly_log import HOUR, MONDAY, PAST, WEEK, log

KERNEL = (
    b"Mar 24 10:00:00 gw kernel: IN=eth0 OUT= SRC=198.51.100.7 DST=192.0.2.1 LEN=60"
    b" PROTO=TCP SPT=4000 DPT=22\n"
)


def signals(records: Iterable[LaneRecord]) -> list[DriftSignal]:
    return [record for record in records if isinstance(record, DriftSignal)]


def hours_after(start: int, told: Sequence[DriftSignal]) -> list[float]:
    return [(one.at - MONDAY) / HOUR - start for one in told]


@pytest.fixture(scope="module")
def past() -> Arrays:
    """The state after three normal weeks, in which nothing is told."""
    pipeline = Pipeline(quick())
    assert signals(feed(pipeline, log(0, PAST))) == []
    return pipeline.snapshot()


def after(past: Arrays, lines: list[bytes]) -> list[DriftSignal]:
    """Signals of lines that follow the past."""
    pipeline = Pipeline(quick())
    pipeline.restore(past)
    return signals(feed(pipeline, lines, first=1_000_000))


def test_weeks_with_rhythm_and_weekends_are_told_of_nothing(past: Arrays) -> None:
    assert after(past, log(PAST, 2 * WEEK)) == []


@pytest.mark.parametrize("times", [3.0, 1 / 3])
def test_volume_is_told_with_its_size_within_hours_and_when_it_is_as_before(
    past: Arrays, times: float
) -> None:
    start, hours = PAST + 5, 30
    lines = [*log(PAST, 5), *log(start, hours, times), *log(start + hours, 48)]
    told = [one for one in after(past, lines) if one.kind == "volume"]
    assert [(one.subject, one.stage) for one in told] == [
        ("zeek.conn events", "began"),
        ("zeek.conn events", "ended"),
    ]
    began, ended = hours_after(start, told)
    assert 3.0 <= began < 8.0
    assert hours + 3.0 <= ended < hours + 8.0
    assert told[0].since == pytest.approx(MONDAY + start * HOUR, abs=2 * HOUR)
    assert told[0].value / told[0].reference == pytest.approx(times, rel=0.4)


def test_silence_and_jumps_of_time_are_no_change_of_volume(past: Arrays) -> None:
    """Silence is told by the plane; nothing says here how many events did not come."""
    assert after(past, [*log(PAST, 3), *log(PAST + 20, 10), *log(PAST + 2 * WEEK, 10)]) == []


def test_field_that_goes_missing_is_told_by_name(past: Arrays) -> None:
    start = PAST + 9
    spoilt = log(start, 24, spoil=lambda made: made.pop("duration"))
    told = after(past, [*log(PAST, 9), *spoilt, *log(start + 24, 24)])
    assert [(one.kind, one.subject, one.stage) for one in told] == [
        ("schema", "zeek.conn duration", "began"),
        ("schema", "zeek.conn duration", "ended"),
    ]
    assert 3.0 <= hours_after(start, told)[0] < 6.0
    assert told[0].value < 0.1
    assert told[0].reference > 0.9


def test_share_of_records_that_cannot_be_read_is_told(past: Arrays) -> None:
    start = PAST + 9
    lines = log(start, 24)
    lines[::5] = [b"x" * 50 + b"\n"] * len(lines[::5])
    (told,) = after(past, [*log(PAST, 9), *lines])
    assert (told.kind, told.subject) == ("schema", "rejected records")
    assert told.value == pytest.approx(0.2, abs=0.08)
    assert hours_after(start, [told])[0] < 6.0


def test_dialect_that_never_came_is_told_after_the_first_day_alone() -> None:
    pipeline = Pipeline(quick())
    times = MONDAY + np.array([30.0, 50.0]) * HOUR
    out: list[LaneRecord] = []
    for k, lines in enumerate((log(0, 5), log(5, 60))):
        out += feed(pipeline, lines, first=10_000 * k)
    assert signals(out) == []
    lines = log(65, 2) + [KERNEL] * 30 + log(67, 2)
    bounds = np.cumsum([0, *map(len, lines)], dtype=np.int64)
    when = np.full(len(lines), times[0])
    _, records = pipeline.process(b"".join(lines), bounds, np.arange(len(lines)) + 50_000, when)
    (told,) = signals(records)
    assert (told.kind, told.value, told.events) == ("schema", 30.0, 30)
    assert told.subject.endswith(" first events")


def acme(first: int, hours: int) -> list[bytes]:
    return [acme_line(line) + b"\n" for line in log(first, hours)]


def test_dialects_keep_their_weeks_when_the_user_adds_others(past: Arrays) -> None:
    """With a file of the user's, Zeek's dialect has another number."""
    pipeline = Pipeline(quick())
    pipeline.restore(past)
    before = pipeline.parser.dialects.index("zeek.conn")
    pipeline.read_with((("acme.toml", DIALECT),))
    assert pipeline.parser.dialects.index("zeek.conn") != before
    assert signals(feed(pipeline, log(PAST, 48), first=1_000_000)) == []
    (told,) = signals(feed(pipeline, acme(PAST + 48, 1) + log(PAST + 49, 1), first=2_000_000))
    assert told.subject == "acme.flow first events"
    again = Pipeline(quick())
    again.restore(pipeline.snapshot())
    spoilt = log(PAST + 50, 12, spoil=lambda made: made.pop("duration"))
    (same,) = [one for one in signals(feed(again, spoilt, first=3_000_000)) if one.kind == "schema"]
    assert same.subject == "zeek.conn duration"


def test_dialect_that_is_gone_leaves_its_place_to_others(past: Arrays) -> None:
    pipeline = Pipeline(quick())
    pipeline.restore(past)
    pipeline.read_with((("acme.toml", DIALECT),))
    feed(pipeline, [*acme(PAST, 5), *log(PAST + 5, 1)], first=1_000_000)
    pipeline.read_with(())
    feed(pipeline, log(PAST + 6, 1), first=2_000_000)
    pipeline.read_with((("acme.toml", DIALECT.replace("acme.flow", "other.flow")),))
    told = signals(feed(pipeline, [*acme(PAST + 7, 2), *log(PAST + 9, 1)], first=3_000_000))
    assert [one.subject for one in told if one.kind == "schema"] == ["other.flow first events"]


def scored(drift: LaneDrift, hours: range, factor: float, weight: float = 1.0) -> list[DriftSignal]:
    """Give an hour's scores of both detectors again and again, those of the second times more."""
    told = []
    for number in hours:
        rng = np.random.default_rng(number)
        scores = rng.lognormal(1.0, 0.7, (60, 2)) * (1.0, factor)
        tag = np.repeat(np.arange(2), 30)
        drift.scored(tag, np.full(60, weight), scores)
        told += drift.turn((number + 1) * HOUR, 0)
    return told


def test_scores_are_told_by_detector_and_population_after_two_weeks() -> None:
    drift = LaneDrift(("fw", 3), (), ("tails", "other"))
    drift.start(0.0)
    assert scored(drift, range(4 * WEEK), 1.0) == []
    told = scored(drift, range(4 * WEEK, 4 * WEEK + 24), 4.0)
    about = {(one.kind, one.subject, one.population, one.stage) for one in told}
    assert about == {
        ("score", "other", "external source", "began"),
        ("score", "other", "internal source", "began"),
    }
    assert all(one.value / one.reference == pytest.approx(4.0, rel=0.3) for one in told)
    assert max(one.at / HOUR - 4 * WEEK for one in told) < 8.0


def test_rows_that_are_not_learnt_from_change_no_scores() -> None:
    """One loud host makes thousands of rows, and few of them are learnt from."""
    drift = LaneDrift(("fw", 3), (), ("tails", "other"))
    drift.start(0.0)
    for number in range(4 * WEEK):
        rng = np.random.default_rng(number)
        loud = 50.0 if number > 3 * WEEK else 1.0
        drift.scored(np.zeros(500, np.int64), np.zeros(500), np.full((500, 2), 9.0 * loud))
        drift.scored(np.zeros(30, np.int64), np.ones(30), rng.lognormal(1.0, 0.7, (30, 2)))
        assert drift.turn((number + 1) * HOUR, 0) == []


def test_signals_come_before_the_pulse_of_their_time(past: Arrays) -> None:
    pipeline = Pipeline(quick())
    pipeline.restore(past)
    records = feed(pipeline, log(PAST, 8, 5.0), first=1_000_000)
    at = next(k for k, one in enumerate(records) if isinstance(one, DriftSignal))
    following = [one for one in records[at:] if isinstance(one, Pulse)]
    assert following[0].at == signals(records)[0].at
    assert all(one.at < following[0].at for one in records[:at] if isinstance(one, Pulse))


CHANGED = [*log(PAST, 2), *log(PAST + 2, 12, 4.0), *log(PAST + 14, 10)]


def spoilt() -> Iterator[bytes]:
    """Yield lines of which some cannot be read, some hold nothing and some are of another kind."""
    for k, line in enumerate(CHANGED):
        yield line
        if k % 9 == 0:
            yield (b"\n", b"nothing to be read here\n", KERNEL)[k % 3]


MIXED = list(spoilt())


@given(cuts=st.lists(st.integers(0, len(MIXED)), max_size=9))
@settings(max_examples=8, deadline=None)
def test_any_split_and_any_stop_gives_the_same_signals(past: Arrays, cuts: list[int]) -> None:
    whole = Pipeline(quick())
    whole.restore(past)
    wanted = feed(whole, MIXED, first=1_000_000)
    assert len(signals(wanted)) >= 2
    parts = Pipeline(quick())
    parts.restore(past)
    found = feed(parts, MIXED, cuts, first=1_000_000)
    assert written(found) == written(wanted)
    stop = cuts[0] if cuts else 100
    before, later = Pipeline(quick()), Pipeline(quick())
    before.restore(past)
    found = feed(before, MIXED[:stop], first=1_000_000)
    later.restore(before.snapshot())
    found += feed(later, MIXED[stop:], first=1_000_000 + stop)
    assert written(found) == written(wanted)


@given(cuts=st.lists(st.integers(0, 40), max_size=8))
@settings(max_examples=20, deadline=None)
def test_first_events_of_a_lane_are_left_out_alike_for_any_split(cuts: list[int]) -> None:
    """An hour ends between the first three events, which start stream time."""
    lines = [b"nothing\n", *log(0, 1)[-1:], b"nothing\n", *log(1, 2)[:12], KERNEL, *log(4, 1)]
    whole, parts = Pipeline(quick()), Pipeline(quick())
    feed(whole, lines)
    feed(parts, lines, cuts)
    kept = parts.snapshot()
    assert all(
        np.array_equal(array, kept[name], equal_nan=array.dtype.kind == "f")
        for name, array in whole.snapshot().items()
        if name.startswith("drift.")
    )


def test_snapshot_of_before_drift_was_watched_is_refused(
    past: Arrays, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream.pipeline, "SNAPSHOT_FORMAT", 1)
    old = Pipeline(quick()).snapshot()
    monkeypatch.undo()
    with pytest.raises(ModelError, match="by another version"):
        Pipeline(quick()).restore(old)
    missing = {name: array for name, array in past.items() if not name.startswith("drift.")}
    with pytest.raises(ModelError, match="snapshot drift"):
        Pipeline(quick()).restore(missing)
