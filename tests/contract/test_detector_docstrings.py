"""A built-in detector's docstring is its manual: complete, true to the constructor, and it runs."""

import doctest
import importlib
import inspect
import re

import pytest

from detectors.registry import installed

SECTIONS = (
    "Parameters",
    "Scores",
    "Raises",
    "State",
    "Cost",
    "Departures from the paper",
    "References",
    "Examples",
)
BUILT_IN = {name: place for name, place in installed().items() if place.startswith("detectors.")}


def manual(name: str) -> tuple[type, str]:
    module, _, attribute = BUILT_IN[name].partition(":")
    found = getattr(importlib.import_module(module), attribute)
    return found, inspect.cleandoc(found.__doc__ or "")


def section(text: str, title: str) -> str:
    """Return the text under a title, up to the next."""
    parts = re.split(r"^(.+)\n-{3,}\n", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True)).get(title, "")


@pytest.mark.parametrize("name", BUILT_IN)
def test_sections_stand_in_their_order(name: str) -> None:
    _, text = manual(name)
    titles = re.findall(r"^(.+)\n-{3,}$", text, flags=re.MULTILINE)
    assert titles == list(SECTIONS)
    assert all(section(text, title).strip() for title in SECTIONS)


@pytest.mark.parametrize("name", BUILT_IN)
def test_parameters_are_those_of_the_constructor(name: str) -> None:
    found, text = manual(name)
    parameters = inspect.signature(found).parameters
    told = re.findall(r"^(\w+) : ", section(text, "Parameters"), flags=re.MULTILINE)
    assert told == list(parameters)
    assert told[:2] == ["n_features", "directions"]
    assert {p.kind for p in parameters.values()} == {inspect.Parameter.KEYWORD_ONLY}


@pytest.mark.parametrize("name", BUILT_IN)
def test_state_is_told_array_by_array(name: str) -> None:
    found, text = manual(name)
    state = found(n_features=3, directions=(1, 0, -1)).state()
    told = section(text, "State")
    assert [array for array in state if not re.search(rf"\b{array}\b", told)] == []


@pytest.mark.parametrize("name", BUILT_IN)
def test_examples_run(name: str) -> None:
    module = importlib.import_module(BUILT_IN[name].partition(":")[0])
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0
