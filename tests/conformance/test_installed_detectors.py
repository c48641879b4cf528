"""Every installed detector keeps the contract; none of ours skips a check."""

import importlib

import pytest

from detectors import load
from detectors.base import Detector
from detectors.checks import CHECKS
from detectors.registry import installed
from detectors.verdicts import Check

NAMES = list(installed())


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("name", NAMES)
def test_detector_conforms(name: str, check: Check) -> None:
    def fresh(*, n_features: int, directions: tuple[int, ...]) -> Detector:
        return load(name, n_features=n_features, directions=directions)

    check(fresh)


@pytest.mark.parametrize("name", NAMES)
def test_detector_is_one_level_below_the_base(name: str) -> None:
    module, _, attribute = installed()[name].partition(":")
    assert getattr(importlib.import_module(module), attribute).__bases__ == (Detector,)
