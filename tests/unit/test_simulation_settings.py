"""Settings of a simulation: bounds, and what they say about days."""

from typing import Any

import pytest

from detectors.errors import ConfigError
from stream.simulate.settings import DAY, MONDAY, SimulationSettings


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"hosts": 3}, "hosts"),
        ({"hosts": 20_001}, "hosts"),
        ({"days": 0}, "days"),
        ({"days": 2.5}, "whole number"),
        ({"seed": -1}, "seed"),
        ({"activity": float("nan")}, "activity"),
        ({"activity": -0.1}, "activity"),
        ({"internet_sources_per_day": -1}, "internet_sources_per_day"),
        ({"weekend": 1.5}, "weekend"),
        ({"start": 1.0}, "midnight"),
        ({"office_opens": 12.0, "office_closes": 12.5}, "office_closes"),
        ({"attacks": ("port scan", "magic")}, "magic"),
        ({"attacks_from_day": 0}, "attacks_from_day"),
    ],
)
def test_wrong_setting_is_named(wrong: dict[str, Any], named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        SimulationSettings(**wrong)


def test_days_start_at_midnight() -> None:
    assert SimulationSettings().day_start(2) == MONDAY + 2 * DAY


def test_fifth_and_sixth_day_after_monday_are_a_weekend() -> None:
    settings = SimulationSettings(days=8)
    assert [settings.is_weekend(day) for day in range(8)] == [False] * 5 + [True, True, False]
