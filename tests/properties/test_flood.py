"""A flood of addresses takes no memory, and no attention from a scan in its middle."""

import importlib
from types import ModuleType

import pytest

from source_tree import ROOT


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(ROOT / "tests" / "benchmarks")
    return importlib.import_module("flood")


def test_a_flood_takes_no_more_memory_than_full_tables_and_hides_no_scan(
    script: ModuleType,
) -> None:
    """Ten times as many addresses as are kept, at a tenth of that a minute."""
    full, flooded = script.measure(script.Flood(200_000, 20_000, 20_000))
    assert script.faults(full, flooded) == []
    assert flooded.events == 200_000
    assert flooded.evicted > 400_000
    assert flooded.entity_bytes <= 512
