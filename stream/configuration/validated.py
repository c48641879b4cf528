"""A document to settings, or to everything that is wrong with it."""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from .checks import faults_outside
from .fields import Fault
from .kafka import flat
from .problems import Origins, Problem, problem_of, problem_of_fault, table_in
from .tables import Settings
from .toml_lines import lines_of

ROUNDS = 4  # a wrong value goes, then what is missing without it comes, in tables in tables


def validated(
    document: Mapping[str, Any], text: str, file: str, names: Mapping[str, str]
) -> tuple[Settings | None, list[Problem]]:
    """Return settings, or all problems of a document that was read from ``text``."""
    whole = deepcopy({"kafka": {}, "source": [{}], **document})
    if isinstance(whole["source"], dict):
        whole["source"] = [whole["source"]]
    if isinstance(whole["kafka"], dict) and "librdkafka" in whole["kafka"]:
        whole["kafka"]["librdkafka"] = flat(whole["kafka"]["librdkafka"])
    settings, errors = _tried(whole)
    faults = list(_faults_of_tables(whole))
    if settings is not None:
        if not faults:
            faults += [("", fault) for fault in settings.faults()]
    else:
        settings = _without(whole, errors)
    if settings is not None:
        faults += [("", fault) for fault in faults_outside(settings)]
    if not errors and not faults:
        return settings, []
    origins = Origins(file, lines_of(text), names)
    problems = [problem_of(error, Settings, origins) for error in _leaves(errors)]
    problems += [problem_of_fault(fault, prefix, origins) for prefix, fault in faults]
    return None, sorted(problems, key=lambda one: (one.line or 0, one.variable, one.key))


def _tried(document: Mapping[str, Any]) -> tuple[Settings | None, list[ErrorDetails]]:
    try:
        return Settings.model_validate(document), []
    except ValidationError as error:
        return None, list(error.errors(include_url=False))


def _leaves(errors: Sequence[ErrorDetails]) -> Iterator[ErrorDetails]:
    """Leave out that a list is too short where its elements are wrong: it is not."""
    for error in errors:
        loc = error["loc"]
        inner = (other["loc"] for other in errors if other is not error)
        if not any(other[: len(loc)] == loc for other in inner):
            yield error


def _faults_of_tables(document: Mapping[str, Any]) -> Iterator[tuple[str, Fault]]:
    """Yield what tables that are right by themselves find in themselves, with their names."""
    for name, field in Settings.model_fields.items():
        table = table_in(field.annotation)
        if table is None or name not in document:
            continue
        value = document[name]
        for n, part in enumerate(value if isinstance(value, list) else [value]):
            try:
                made = table.model_validate(part)
            except ValidationError:  # told already, with all tables
                continue
            prefix = f"{name}.{n}" if isinstance(value, list) else name
            for fault in made.faults():
                yield prefix, fault


def _without(document: dict[str, Any], errors: Sequence[ErrorDetails]) -> Settings | None:
    """Return settings of what is right, so that it can be checked too; None where little is."""
    for _ in range(ROUNDS):
        for error in reversed(list(_leaves(errors))):
            _mend(document, list(error["loc"]), is_missing=error["type"] == "missing")
        settings, errors = _tried(document)
        if settings is not None:
            return settings
    return None


def _mend(document: dict[str, Any], path: list[Any], *, is_missing: bool) -> None:
    """Take out what is wrong; put something in the place of what must be there."""
    place: Any = document
    for part in path[:-1]:
        try:
            place = place[part]
        except (KeyError, IndexError, TypeError):  # went with what is around it
            return
    last = path[-1]
    if is_missing or (last == "source" and len(path) == 1):
        place[last] = "none" if is_missing else [{}]
    elif isinstance(place, dict):
        place.pop(last, None)
        if last == "kafka":
            place[last] = {}
    elif place is document.get("source"):
        document["source"][last] = {}
    elif isinstance(place, list):
        del place[last:]
