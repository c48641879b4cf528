"""A dialect that is added while the engine runs holds from a place in the log that all know."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from acme_lines import BROKEN, DIALECT, acme_line, put
from connectors.kafka_ranges import read_range
from live_engine import LiveEngine, small_office
from live_outcome import same, wait_for, wait_until
from stream.lane_log import Dialects

pytestmark = pytest.mark.integration

LANES = 2


@pytest.fixture
def engine(tmp_path: Path, kafka_bootstrap: str) -> Iterator[LiveEngine]:
    """Return an engine whose lanes turn from Zeek to Acme in their middle."""
    lanes = small_office(tmp_path, LANES, days=1, internet=100)
    half = len(min(lanes, key=len)) // 2
    turned = [[*lane[:half], *map(acme_line, lane[half:])] for lane in lanes]
    made = LiveEngine(tmp_path, kafka_bootstrap, "", turned)
    (tmp_path / "dialects").mkdir()
    made.file.write_text('dialect_folder = "dialects"\n' + made.file.read_text())
    made.set_up()
    yield made
    made.stop()


def reload(engine: LiveEngine) -> None:
    """Ask the worker for it, as an operator does."""
    engine.processes["score"].send_signal(signal.SIGHUP)


def test_added_dialect_is_read_with_from_a_recorded_place_on(
    engine: LiveEngine, tmp_path: Path
) -> None:
    """A wrong file first, then a right one, then the worker is killed and the next reads it all."""
    half, folder = len(min(engine.lanes, key=len)) // 2, tmp_path / "dialects"
    for role in ("score", "alert", "publish"):
        engine.start(role)
    engine.produce(slice(half))
    wait_until(engine, lambda: len(engine.published()) > 0)
    put(folder, BROKEN)
    reload(engine)
    wait_until(engine, lambda: "the dialects before stay in force" in engine.said("score"))
    put(folder, DIALECT)
    reload(engine)
    wait_until(engine, lambda: engine.said("score").count("read with other dialects") == LANES)
    engine.produce(slice(half, None))
    time.sleep(1.0)
    engine.kill("score")
    engine.start("score")
    changes = engine.changes()
    assert [type(one) for one in changes] == [Dialects] * LANES
    expected = engine.expected(changes)
    assert expected != engine.expected()
    wait_for(engine, lambda: len(engine.published()), len(expected))
    same(engine.published(), expected)
    audit = [one.value or b"" for one in read_range(engine.properties, engine.names.audit, 0, 0)]
    assert sum(b'"dialects_changed"' in value for value in audit) == LANES
