"""Settings from variables: ``ALMENARA_KAFKA__BOOTSTRAP`` is ``kafka.bootstrap``."""

import tomllib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from .fields import FILE, Kind, kind_of
from .problems import Problem, near, table_in, variable_of
from .tables import Settings

START = "ALMENARA_"
SETTINGS_FILE = "ALMENARA_SETTINGS"
LIBRDKAFKA = "ALMENARA_KAFKA__LIBRDKAFKA__"
SOURCE = "source"
FLAGS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
READERS: dict[Kind, Callable[[str], Any]] = {
    "whole": int,
    "number": float,
    "flag": lambda text: FLAGS[text.strip().lower()],
}


class Variable(NamedTuple):
    """A variable that is a setting."""

    table: str  # "" for a setting outside of tables
    key: str
    kind: Kind


def variables() -> dict[str, Variable]:
    """Return every variable that is a setting, by name."""
    return {variable_of(".".join(filter(None, v[:2]))): v for v in _settings()}


def _settings() -> Iterator[Variable]:
    for name, field in Settings.model_fields.items():
        table = table_in(field.annotation)
        if table is None:
            yield Variable("", name, kind_of(field.annotation))
            continue
        for key, inner in table.model_fields.items():
            yield Variable(name, key, kind_of(inner.annotation))


class Overlay(NamedTuple):
    """Variables that are set: their values, where each went, and what is wrong with them."""

    names: dict[str, str]  # variable by dotted path
    problems: list[Problem]


def overlay(document: dict[str, Any], environ: Mapping[str, str]) -> Overlay:
    """Put the variables over what a file says; one that is empty counts as not set.

    A secret replaces the file of that secret, and the other way round.
    """
    known = variables()
    names: dict[str, str] = {}
    problems: list[Problem] = []
    for name, text in sorted(environ.items()):
        if not name.startswith(START) or not text or name == SETTINGS_FILE:
            continue
        found = known.get(name)
        if found is None and name.startswith(LIBRDKAFKA):
            found = Variable("kafka", _property(name), "text")
        if found is None:
            problems += _unknown(name, list(known))
        elif found.table == SOURCE and len(_sources(document)) > 1:
            problems.append(_too_many(name, len(_sources(document))))
        else:
            names |= _put(document, found, name, text)
    _drop_other_halves(document, names, known)
    return Overlay(names, problems)


def _put(document: dict[str, Any], found: Variable, name: str, text: str) -> dict[str, str]:
    """Set the value; return its path and variable."""
    value = value_of(text, found.kind)
    if found.table == SOURCE:
        sources = _sources(document)
        document[SOURCE] = sources
        if not sources:
            sources.append({})
        place, path = sources[0], f"{SOURCE}.0.{found.key}"
    elif found.table:
        place, path = document.setdefault(found.table, {}), f"{found.table}.{found.key}"
    else:
        place, path = document, found.key
    if found.key.startswith("librdkafka.") and isinstance(place, dict):
        place = place.setdefault("librdkafka", {})
        place[found.key.removeprefix("librdkafka.")] = value
    elif isinstance(place, dict):
        place[found.key] = value
    return {path: name}


def value_of(text: str, kind: Kind) -> Any:
    """Return what a text means for a setting; the text itself where it means nothing for it."""
    try:
        if kind in READERS:
            return READERS[kind](text)
        if kind == "table" or (kind == "list" and text.lstrip().startswith("[")):
            return tomllib.loads(f"value = {text}")["value"]
    except (KeyError, ValueError):  # or what is no TOML: the table says what it expects instead
        return text
    if kind != "list":
        return text
    return [text] if text.startswith("^") else [part.strip() for part in text.split(",")]


def _sources(document: Mapping[str, Any]) -> list[Any]:
    found = document.get(SOURCE, [])
    return found if isinstance(found, list) else [found]


def _drop_other_halves(
    document: dict[str, Any], names: Mapping[str, str], known: Mapping[str, Variable]
) -> None:
    """Let a secret from a variable stand for the one of the file, however each is given."""
    for variable in known.values():
        table = document.get(variable.table)
        if variable.kind != "secret" or not isinstance(table, dict):
            continue
        plain, file = variable.key, variable.key + FILE
        for this, other in ((plain, file), (file, plain)):
            path = f"{variable.table}."
            if path + this in names and path + other not in names:
                table.pop(other, None)


def _property(name: str) -> str:
    return "librdkafka." + name.removeprefix(LIBRDKAFKA).lower().replace("_", ".")


def _unknown(name: str, known: list[str]) -> list[Problem]:
    """Return the problem of a variable that is no setting, none where it may be another's."""
    if "__" not in name:
        single = {one.replace("__", "_"): one for one in known}
        if name not in single:
            return []
        hint = f"did you mean {single[name]}?"
    else:
        bare = [one.removeprefix(START) for one in known]
        hint = near(name.removeprefix(START), bare, "docs/settings.md names them all")
        hint = hint.replace("did you mean ", f"did you mean {START}")
    key = name.removeprefix(START).lower().replace("__", ".")
    return [Problem(key, "unknown variable", "that of a setting", hint, variable=name)]


def _too_many(name: str, found: int) -> Problem:
    return Problem(
        "source",
        f"{found} sources in the file",
        "one at most beside a variable",
        "change it in the file",
        variable=name,
    )
