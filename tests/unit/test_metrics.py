"""Metrics: what is counted, and that the text is what Prometheus reads."""

import shutil
import subprocess
from math import inf
from pathlib import Path

import orjson
import pytest
from prometheus_client.parser import text_string_to_metric_families

from connectors.kafka_batches import Batch
from kafka_messages import batch, message
from pipeline_runs import quick, simulated_lines
from stream.candidates import LaneRecord
from stream.decisions import AlertSettings
from stream.lane_log import Start
from stream.metrics import Meters
from stream.metrics_lanes import LaneMeters, record_time
from stream.metrics_plane import tell_state
from stream.metrics_table import (
    BUDGET_LEFT,
    DECISIONS,
    KNOWN_LANES,
    METERS,
    RECORDS,
    STATE_BYTES,
    of_role,
)
from stream.owned_lane import OwnedLane
from stream.ownership import Note, Recorded
from stream.pipeline import Pipeline
from stream.plane import AlertPlane
from stream.record_times import HEADER, RecordTimes, ages, carried, written

ROLES = ("score", "rekey", "alert", "publish", "index")
NAME = ("zeek.conn", 0)


def values(meters: Meters) -> dict[str, float]:
    """Return every sample by name and labels."""
    return {
        sample.name
        + "".join(f" {sample.labels[key]}" for key in sorted(sample.labels)): sample.value
        for family in text_string_to_metric_families(meters.text()[0].decode())
        for sample in family.samples
    }


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    return simulated_lines(tmp_path_factory.mktemp("simulated"), "zeek-json")[:1_200]


def owned(pipeline: Pipeline) -> OwnedLane:
    return OwnedLane(pipeline, Note(generation=3), 0, Recorded([], -inf), heard=0.0)


def take(lane: OwnedLane, lines: list[bytes], first: int = 0) -> None:
    made: list[LaneRecord] = []
    list(lane.take(batch(lines, first), made))


def test_names_are_those_of_prometheus_and_each_is_explained_once() -> None:
    assert len({meter.name for meter in METERS}) == len(METERS)
    for meter in METERS:
        assert meter.meaning.endswith(".")
        assert meter.name.endswith("_total") is (meter.kind == "counter")
        assert {role.strip() for role in meter.role.split(",")} <= {*ROLES, "every"}


@pytest.mark.parametrize("role", ROLES)
def test_text_of_a_role_is_what_prometheus_reads(role: str) -> None:
    meters = Meters(role)
    for meter in of_role(role):
        labels = ['odd "label"\\' for _ in meter.labels]
        if meter.kind == "counter":
            meters.count(meter, 2, *labels)
        elif meter.kind == "gauge":
            meters.set(meter, 1.5, *labels)
        else:
            meters.took(meter, 0.3, *labels)
    text, kind = meters.text()
    assert kind.startswith("text/plain; version=0.0.4")
    found = {
        f"{family.name}_total" if family.type == "counter" else family.name
        for family in text_string_to_metric_families(text.decode())
    }
    assert {name for name in found if not name.startswith("process_")} == {
        meter.name for meter in of_role(role)
    }
    if shutil.which("promtool"):
        done = subprocess.run(
            ["promtool", "check", "metrics"], input=text, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_reader_that_asks_for_openmetrics_gets_it() -> None:
    text, kind = Meters("score").text("application/openmetrics-text;version=1.0.0;q=0.5")
    assert kind.startswith("application/openmetrics-text")
    assert text.endswith(b"# EOF\n")


def test_lane_is_counted_from_where_it_was_taken_over(lines: list[bytes]) -> None:
    first = Pipeline(quick())
    take(owned(first), lines[:700])
    second = Pipeline(quick())
    second.restore(first.snapshot())
    meters, lane = Meters("score"), owned(second)
    counted = LaneMeters(meters)
    meters.pulls(counted.pull(lambda _: 1_250))
    counted.opened(NAME, lane)
    take(lane, [*lines[700:1_199], b"no log line"], 700)
    for _ in range(2):  # a second look counts nothing twice
        found = values(meters)
        assert found["almenara_records_total 0 zeek.conn"] == 500
        assert found["almenara_parsed_records_total zeek.conn events"] == 499
        assert found["almenara_parsed_records_total none rejected"] == 1
        assert found["almenara_lag_records 0 zeek.conn"] == 50
        assert found["almenara_lane_generation 0 zeek.conn"] == 3
        assert found["almenara_lanes"] == 1
        rows = second.counts()["rows"] - first.counts()["rows"]
        assert found["almenara_rows_total"] == rows > 0
    assert sum(v for k, v in found.items() if k.startswith("almenara_records_without")) == 1


def test_lane_that_went_leaves_its_counts_and_no_gauges(lines: list[bytes]) -> None:
    meters, lane = Meters("score"), owned(Pipeline(quick()))
    counted = LaneMeters(meters)
    meters.pulls(counted.pull(lambda _: None))
    counted.opened(NAME, lane)
    take(lane, lines[:400])
    counted.closed(NAME)
    found = values(meters)
    assert found["almenara_records_total 0 zeek.conn"] == 400
    assert found["almenara_bytes_total 0 zeek.conn"] == sum(map(len, lines[:400]))
    assert found["almenara_lanes"] == 0
    assert not [name for name in found if name.startswith("almenara_snapshot_age")]


def test_only_candidates_carry_the_time_of_their_record() -> None:
    counted = LaneMeters(Meters("score"))
    assert counted.headers(Start(*NAME), batch([b""])) == ()


def test_record_that_is_not_in_the_batch_counts_as_its_oldest() -> None:
    records = Batch.of([message(at, b"", at=k) for k, at in enumerate((10, 12, 15), start=1)])
    asked = (10, 12, 15, 11, 3, 99)
    assert [record_time(records, offset) for offset in asked] == [1, 2, 3, 1, 1, 1]


def test_time_of_a_record_goes_with_its_candidate_to_the_end() -> None:
    times = RecordTimes()
    times.note([("other", b"x"), *written("abc", 1_234.5)])
    headers = times.headers_of("abc")
    assert headers == ((HEADER, b"1234.500"),)
    assert times.headers_of("abc") == ()
    assert carried([("ce_id", b"x"), *headers]) == list(headers)
    (age,) = ages([headers, [("other", b"1")], [(HEADER, b"no number")], [(HEADER, b"nan")]])
    assert age > 1e9
    assert written("abc", float("nan")) == ()


def test_state_of_the_plane_tells_what_is_left_of_the_budget() -> None:
    plane = AlertPlane(AlertSettings(budget=10), [NAME])
    state = {"plane": orjson.loads(orjson.dumps(plane.state())), "ignored": 2}
    meters = Meters("alert")
    tell_state(meters, state, AlertSettings(budget=10))
    assert values(meters)[BUDGET_LEFT.name] == 10
    assert values(meters)[KNOWN_LANES.name] == 1
    assert values(meters)[STATE_BYTES.name] == len(orjson.dumps(state))
    day = 86_400.0
    state["plane"]["plane_time"] = 10 * day
    state["plane"]["rulings"]["budget"]["charges"] = [[8.9 * day, 0.1, []], [9.5 * day, 0.1, []]]
    tell_state(meters, state, AlertSettings(budget=10))
    assert values(meters)[BUDGET_LEFT.name] == 9


def test_metric_of_another_role_is_not_there() -> None:
    with pytest.raises(KeyError):
        Meters("score").count(DECISIONS, 1, "alert")
    with pytest.raises(KeyError):
        Meters("alert").count(RECORDS, 1, *map(str, NAME))


def test_page_lists_every_metric() -> None:
    page = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text(encoding="utf-8")
    assert [meter.name for meter in METERS if f"| `{meter.name}` |" not in page] == []
