"""A snapshot that is refused, and each way on from there, on real Kafka."""

import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from confluent_kafka import ConsumerGroupType
from confluent_kafka.admin import AdminClient

from lane_state import (
    candidates,
    commit,
    committed,
    pulse,
    put_blocks,
    snapshot,
    state_records,
    told,
    without_scratch,
)
from live_engine import LiveEngine
from pipeline_runs import feed
from stream import control
from stream.candidates import Candidate, Pulse
from stream.configuration.parts import pipeline_settings
from stream.ownership import Note
from stream.pipeline import Pipeline
from stream.settings import load_settings
from stream.simulate.settings import SimulationSettings
from stream.simulate.writers import write_log

pytestmark = pytest.mark.integration

LONGEST_S = 300.0
PARTS = (slice(0, 3_000), slice(3_000, 6_000), slice(6_000, 9_000))


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    path = tmp_path_factory.mktemp("simulated") / "conn.ndjson"
    settings = SimulationSettings(days=1, hosts=12, seed=3, internet_sources_per_day=400)
    write_log(path, settings, "zeek-json")
    return path.read_bytes().splitlines()[: PARTS[-1].stop]


@pytest.fixture
def engine(tmp_path: Path, kafka_bootstrap: str, lines: list[bytes]) -> Iterator[LiveEngine]:
    made = LiveEngine(tmp_path, kafka_bootstrap, "", [lines])
    made.set_up()
    yield made
    made.stop()


def pipeline(engine: LiveEngine) -> Pipeline:
    return Pipeline(pipeline_settings(load_settings(engine.file, {}), engine.source, 0))


def expected(engine: LiveEngine, lines: list[bytes]) -> list[Candidate]:
    return [one for one in feed(pipeline(engine), lines) if isinstance(one, Candidate)]


def last_pulse(engine: LiveEngine, stop: int) -> float:
    """Return the last pulse that so many records make."""
    made = feed(pipeline(engine), engine.lanes[0][:stop])
    return max(one.at for one in made if isinstance(one, Pulse))


def wait(engine: LiveEngine, is_done: Callable[[], bool]) -> None:
    until = time.monotonic() + LONGEST_S
    while not is_done():
        assert time.monotonic() < until, engine.logs()
        assert engine.processes["score"].poll() is None, engine.logs()
        time.sleep(0.3)


def score(engine: LiveEngine, part: slice, *words: str) -> Note:
    """Let a worker take some of the records and end; return the note of its last snapshot."""
    _, before = committed(engine)
    engine.start("score", "", *words)
    engine.produce(part)
    at = last_pulse(engine, part.stop)
    wait(engine, lambda: pulse(engine) >= at)
    engine.kill("score", signal.SIGTERM)
    position, note = committed(engine)
    assert position == part.stop
    assert note.snapshots > before.snapshots
    return note


def refusal(engine: LiveEngine, *words: str) -> str:
    """Start a worker that must end by itself with code 2; return what all said."""
    engine.start("score", "refused", *words)
    process = engine.processes.pop("refused")
    assert process.wait(LONGEST_S) == 2
    return engine.logs()


def ids(found: list[Candidate]) -> set[str]:
    return {one.id for one in found}


@pytest.mark.parametrize("damage", ["a byte", "a block"])
def test_damaged_snapshot_is_refused_and_the_one_before_makes_the_same(
    engine: LiveEngine, lines: list[bytes], damage: str
) -> None:
    score(engine, PARTS[0])
    good = score(engine, PARTS[1])
    assert good.before["position"] >= PARTS[0].stop
    values = [record.value or b"" for record in state_records(engine, good)]
    if damage == "a byte":
        bad = put_blocks(engine, [*values[:-1], values[-1][:-1] + b"!"], good)
    else:
        bad = replace(put_blocks(engine, values, good), blocks=len(values) + 1)
    commit(engine, PARTS[1].stop, bad)
    said = refusal(engine)
    assert f"{engine.source} 0: snapshot: found" in said
    for choice in ("run --state previous", "--rebuild 7d", "--state fresh"):
        assert choice in said
    last = score(engine, PARTS[2], "--state", "previous")
    whole = pipeline(engine)
    feed(whole, lines)
    assert without_scratch(snapshot(engine, last)) == without_scratch(whole.snapshot())
    assert ids(candidates(engine)) == ids(expected(engine, lines))


def test_snapshot_of_other_settings_is_refused_and_learnt_anew_without_alerts(
    engine: LiveEngine, lines: list[bytes]
) -> None:
    score(engine, PARTS[0])
    before = candidates(engine)
    engine.file.write_text(engine.file.read_text() + "[detection]\ncut = 40.0\n")
    said = refusal(engine)
    assert "taken with other settings" in said
    assert "--rebuild 7d" in said
    asked = time.time()
    engine.start("score", "", "--rebuild", "7d", "--asked", repr(asked))
    fresh = pipeline(engine)
    feed(fresh, lines[PARTS[0]])
    wait(engine, lambda: committed(engine)[1].begun > asked)
    position, note = committed(engine)
    assert position == PARTS[0].stop
    assert without_scratch(snapshot(engine, note)) == without_scratch(fresh.snapshot())
    assert len(candidates(engine)) == len(before)  # nothing was said of the past
    engine.kill("score")
    note = score(engine, PARTS[1], "--rebuild", "7d", "--asked", repr(asked))
    live = feed(fresh, lines[PARTS[1]], first=PARTS[1].start)
    assert without_scratch(snapshot(engine, note)) == without_scratch(fresh.snapshot())
    assert ids(candidates(engine)[len(before) :]) == ids(
        [one for one in live if isinstance(one, Candidate)]
    )
    notes = [one for one in told(engine) if isinstance(one, control.Note)]
    (audited,) = [one for one in notes if one.action == "rebuild"]
    assert (audited.records, audited.last) == (PARTS[0].stop, PARTS[0].stop - 1)


def test_lane_that_begins_fresh_does_so_once(engine: LiveEngine, lines: list[bytes]) -> None:
    score(engine, PARTS[0])
    asked = time.time()
    score(engine, PARTS[1], "--state", "fresh", "--asked", repr(asked))
    note = score(engine, PARTS[2], "--state", "fresh", "--asked", repr(asked))
    fresh = pipeline(engine)
    feed(fresh, lines[PARTS[1].start :], first=PARTS[1].start)
    assert without_scratch(snapshot(engine, note)) == without_scratch(fresh.snapshot())


def test_previous_is_refused_where_there_is_none(engine: LiveEngine) -> None:
    engine.produce(slice(0, 10))
    assert "no snapshot before the newest" in refusal(engine, "--state", "previous")


@pytest.mark.slow
def test_brokers_rebalance_protocol_scores_the_same_through_a_restart(
    engine: LiveEngine, lines: list[bytes]
) -> None:
    """Of ``group_protocol = "consumer"``, which brokers know from 4.0 on."""
    engine.environment["ALMENARA_KAFKA__GROUP_PROTOCOL"] = "consumer"
    score(engine, PARTS[0])
    score(engine, PARTS[1])
    made = expected(engine, lines[: PARTS[1].stop])
    assert len(made) > 0
    assert ids(candidates(engine)) == ids(made)
    admin = AdminClient(engine.properties)
    (described,) = admin.describe_consumer_groups([engine.mark]).values()
    assert described.result(30).type is ConsumerGroupType.CONSUMER
