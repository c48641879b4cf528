"""The pipeline gives the same bytes for any split of the same records, and over a snapshot."""

import io
import lzma
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.errors import ModelError
from pipeline_runs import feed, quick, simulated_lines, written
from stream.arrays import Arrays
from stream.candidates import Candidate, Pulse, Suppressed
from stream.judges import JudgeSettings
from stream.pipeline import Pipeline, PipelineSettings
from stream.stream_time import OPEN

SUPPORT = Path(__file__).parents[1] / "support"
LINES = 2_500
CUTS = st.lists(st.integers(0, LINES), max_size=12)


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """Return the header and part of a day in which there is a port scan."""
    day = simulated_lines(tmp_path_factory.mktemp("day"))
    header = [line for line in day[:12] if line.startswith(b"#")]
    found = next(i for i, line in enumerate(day) if b"\t1433\t" in line and b"\tREJ\t" in line)
    start = max(len(header), found - LINES // 2)
    return [*header, *day[start : start + LINES - len(header)]]


@pytest.fixture(scope="module")
def at_once(lines: list[bytes]) -> bytes:
    pipeline = Pipeline(quick())
    records = [*feed(pipeline, lines), *pipeline.finish()]
    assert sum(isinstance(record, Candidate) for record in records) > 20
    assert pipeline.counts()["evicted"] >= 0
    return written(records)


@given(cuts=CUTS)
@settings(max_examples=12)
def test_any_split_of_simulated_records_gives_the_same_bytes(
    lines: list[bytes], at_once: bytes, cuts: list[int]
) -> None:
    pipeline = Pipeline(quick())
    records = [*feed(pipeline, lines, cuts), *pipeline.finish()]
    assert written(records) == at_once


def test_records_one_by_one_give_the_same_bytes(lines: list[bytes]) -> None:
    some = lines[:400]
    whole, single = Pipeline(quick()), Pipeline(quick())
    assert written(feed(single, some, range(400))) == written(feed(whole, some))


def test_a_split_changes_nothing_with_a_prior(lines: list[bytes]) -> None:
    settings_ = PipelineSettings(max_entities=500)
    whole, parts = Pipeline(settings_), Pipeline(settings_)
    assert written(feed(parts, lines, range(0, LINES, 97))) == written(feed(whole, lines))


@pytest.fixture(scope="module")
def real_lines(data_folder: Path) -> list[bytes]:
    """Return the first lines of a day of background radiation."""
    day = data_folder / "rita-zeek" / "three-days" / "2024-04-20.conn.log.xz"
    with lzma.open(day) as file:
        return [line for _, line in zip(range(LINES), file, strict=False)]


@given(cuts=CUTS)
@settings(max_examples=6)
def test_any_split_of_real_records_gives_the_same_bytes(
    real_lines: list[bytes], cuts: list[int]
) -> None:
    whole, parts = Pipeline(quick()), Pipeline(quick())
    wanted = [*feed(whole, real_lines), *whole.finish()]
    assert written([*feed(parts, real_lines, cuts), *parts.finish()]) == written(wanted)
    assert any(isinstance(record, Candidate) for record in wanted)


def stored(arrays: Arrays) -> Arrays:
    """Return what is left of a snapshot after a file without pickles."""
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, **arrays)
    file.seek(0)
    with np.load(file, allow_pickle=False) as kept:
        return dict(kept)


@given(stop=st.integers(0, LINES))
@settings(max_examples=12)
def test_a_run_goes_on_from_a_snapshot_at_any_line(
    lines: list[bytes], at_once: bytes, stop: int
) -> None:
    before, after = Pipeline(quick()), Pipeline(quick())
    out = feed(before, lines[:stop])
    after.restore(stored(before.snapshot()))
    out += [*feed(after, lines[stop:], first=stop), *after.finish()]
    assert written(out) == at_once


@pytest.mark.parametrize("stop", [0, 10, LINES // 2])
def test_a_run_goes_on_in_another_process(
    lines: list[bytes], at_once: bytes, tmp_path: Path, stop: int
) -> None:
    """Line 10 is the second event: stream time has not begun yet."""
    pipeline = Pipeline(quick())
    out = written(feed(pipeline, lines[:stop]))
    np.savez(tmp_path / "lane.npz", allow_pickle=False, **pipeline.snapshot())
    (tmp_path / "log").write_bytes(b"".join(lines))
    places = (tmp_path / "lane.npz", tmp_path / "log", str(stop), tmp_path / "out")
    subprocess.run([sys.executable, str(SUPPORT / "continued_run.py"), *places], check=True)
    rest = (tmp_path / "out").read_bytes()
    assert (out + b"\n" + rest).lstrip(b"\n") == at_once


def test_lines_after_a_restore_are_read_by_the_header_before_it(lines: list[bytes]) -> None:
    before, after = Pipeline(quick()), Pipeline(quick())
    feed(before, lines[:50])
    after.restore(before.snapshot())
    feed(after, lines[50:100], first=50)
    counts = after.parser.counts()["zeek.conn"]
    assert counts["events"] == 100 - sum(line.startswith(b"#") for line in lines[:50])
    assert counts["rejected"] == 0


@pytest.mark.parametrize(
    "other",
    [
        {"max_entities": 501},
        {"cut": 29.0},
        {"hash_seed": 1},
        {"internal": ("10.0.0.0/8",)},
        {"judges": (JudgeSettings("tails", votes=True),)},
        {"stream": "other"},
    ],
)
def test_a_snapshot_of_other_settings_is_refused(
    lines: list[bytes], other: dict[str, object]
) -> None:
    pipeline = Pipeline(quick())
    feed(pipeline, lines[:100])
    with pytest.raises(ModelError, match="snapshot: taken with other settings"):
        Pipeline(quick(**other)).restore(pipeline.snapshot())


def test_a_damaged_snapshot_is_refused(lines: list[bytes]) -> None:
    pipeline = Pipeline(quick())
    feed(pipeline, lines[:100])
    whole = pipeline.snapshot()
    name = "lane.entities.damped"
    for broken in (
        {k: v for k, v in whole.items() if k != name},
        {**whole, name: whole[name][:-1]},
        {**whole, name: whole[name].astype(np.float64)},
    ):
        with pytest.raises(ModelError, match=name):
            Pipeline(quick()).restore(broken)


def test_a_snapshot_shares_nothing_with_its_pipeline(lines: list[bytes]) -> None:
    pipeline = Pipeline(quick())
    feed(pipeline, lines[:500])
    kept = pipeline.snapshot()
    copies = {name: array.copy() for name, array in kept.items()}
    feed(pipeline, lines[500:], first=500)
    for name, array in kept.items():
        np.testing.assert_array_equal(array, copies[name])


def test_a_snapshot_in_the_memory_of_an_older_one_is_the_same(lines: list[bytes]) -> None:
    pipeline = Pipeline(quick())
    feed(pipeline, lines[:500])
    room = pipeline.snapshot()
    del room["lane.time"]
    feed(pipeline, lines[500:], first=500)
    table = room["lane.entity_table.node"]
    again, expected = pipeline.snapshot(room), pipeline.snapshot()
    assert again["lane.entity_table.node"] is table
    assert list(again) == list(expected)
    for name, array in again.items():
        np.testing.assert_array_equal(array, expected[name])


def test_state_is_of_one_size_whatever_the_traffic(lines: list[bytes]) -> None:
    pipeline = Pipeline(quick())
    feed(pipeline, lines[:20])
    sizes = {name: array.nbytes for name, array in pipeline.snapshot().items()}
    feed(pipeline, lines[20:], first=20)
    assert {name: array.nbytes for name, array in pipeline.snapshot().items()} == sizes


@pytest.mark.parametrize("pause", [70.0, 3_000.0])
def test_what_was_over_the_limit_is_told_before_the_pulse_that_is_past_it(
    lines: list[bytes], pause: float
) -> None:
    """A minute with 7 candidates too many, after which nothing happens."""
    before, pipeline = Pipeline(quick()), Pipeline(quick())
    feed(before, lines[:300])
    state = before.snapshot()
    minute = int(before.now // 60)
    state["judgement.cut.minute"][:] = minute, 1_000, 7
    state["lane.counter"][OPEN] = 0
    pipeline.restore(state)
    told, pulse = pipeline.advance(before.now + pause)
    assert told == Suppressed("replay", 0, (minute + 1) * 60.0, 7)
    assert isinstance(pulse, Pulse)
    assert pulse.at > (minute + 1) * 60.0


def test_end_of_input_closes_the_window_and_promises_that_nothing_follows(
    lines: list[bytes],
) -> None:
    pipeline = Pipeline(quick())
    feed(pipeline, lines[:300])
    rows, now = pipeline.counts()["rows"], pipeline.now
    last = pipeline.finish()
    assert last[-1] == Pulse("replay", 0, float("inf"))
    assert pipeline.counts()["rows"] > rows
    assert pipeline.now == (now // 60 + 1) * 60


@pytest.mark.parametrize("n", [0, 1, 2])
def test_fewer_than_three_events_are_held_to_the_end_of_input(lines: list[bytes], n: int) -> None:
    header = [line for line in lines if line.startswith(b"#")]
    pipeline = Pipeline(quick())
    assert feed(pipeline, [*header, *lines[len(header) : len(header) + n]]) == []
    assert pipeline.counts()["rows"] == 0
    pipeline.finish()
    assert (pipeline.counts()["rows"] > 0) == (n > 0)
