"""What is wrong with settings, all of it at once, in words for people."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import typer
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from detectors.errors import ConfigError

from .fields import Fault, Table, expected_of, kind_of

LONGEST = 60
HIDDEN = "a value that is not shown"
NEAR = 0.6


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong.

    ``file`` and ``line`` or ``variable`` say where the value comes from; none of them where it is
    missing from all. ``hint`` is what to do, or the name that was meant.
    """

    key: str
    found: str
    expected: str
    hint: str
    file: str = ""
    line: int | None = None
    variable: str = ""

    def __str__(self) -> str:
        """Return it in one line."""
        where = self.file + (f":{self.line}" if self.line else "")
        place = ": ".join(filter(None, (where, self.variable)))
        return (
            f"{place + ': ' if place else ''}{self.key}: {self.found}, expected {self.expected};"
            f" {self.hint}"
        )

    def row(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return asdict(self)


class SettingsError(ConfigError):
    """Settings are wrong; ``problems`` holds all that is."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        more = len(problems) - 1
        also = f" (and {more} more: `almenara check` shows all)" if more else ""
        super().__init__(f"{problems[0]}{also}")


@dataclass(frozen=True, slots=True)
class Origins:
    """Where values come from: lines of a file by dotted path, and variables by dotted path."""

    file: str
    lines: Mapping[str, int]
    variables: Mapping[str, str]

    def problem(self, key: str, found: str, expected: str, hint: str) -> Problem:
        """Return a problem at the place that its key comes from, or the nearest around it."""
        parts = key.split(".")
        around = [".".join(parts[:n]) for n in range(len(parts), 0, -1)]
        for path in around:  # a variable replaces all that the file says there
            if path in self.variables:
                return Problem(key, found, expected, hint, variable=self.variables[path])
        for path in around:
            if path in self.lines:
                return Problem(key, found, expected, hint, self.file, self.lines[path])
        return Problem(key, found, expected, hint, self.file)


def complain(problems: Sequence[Problem]) -> None:
    """Write all to standard error, one a line, and how many they are."""
    lines = [str(problem) for problem in problems]
    lines.append(f"{len(problems)} problem{'s' if len(problems) > 1 else ''}")
    typer.echo("\n".join(lines), err=True)


def near(word: str, known: Sequence[str], otherwise: str) -> str:
    """Return the hint for a word that is not known."""
    found = difflib.get_close_matches(word, known, 1, NEAR)
    return f"did you mean {found[0]}?" if found else otherwise


def problem_of(error: ErrorDetails, table: type[Table], origins: Origins) -> Problem:
    """Return the problem that pydantic found in a table."""
    path = [str(part) for part in error["loc"]]
    key = ".".join(path)
    parent, field = _field(table, path)
    kind = error["type"]
    if kind == "extra_forbidden":
        known = sorted(parent.model_fields)
        hint = near(path[-1], known, "take it out")
        return origins.problem(key, "unknown key", f"one of {', '.join(known)}", hint)
    expected = "a table" if field is None else expected_of(field)
    if kind == "missing":
        return origins.problem(key, "missing", expected, f"set it, or {variable_of(key)}")
    if kind == "too_short":
        return origins.problem(key, "an empty list", f"{expected}, one at least", "add one")
    found = HIDDEN if _is_secret(field) else shown(error["input"])
    if kind == "value_error":
        said = str(error["ctx"]["error"]).removeprefix("expected ")
        expected, _, hint = said.partition("; ")
        return origins.problem(key, found, expected, hint)
    hint = "correct it"
    if kind == "literal_error" and field is not None:
        hint = near(str(error["input"]), expected.removeprefix("one of ").split(", "), hint)
    return origins.problem(key, found, expected, hint)


def problem_of_fault(fault: Fault, prefix: str, origins: Origins) -> Problem:
    """Return the problem that a table found in itself."""
    expected, _, hint = fault.expected.partition("; ")
    key = f"{prefix}.{fault.key}" if prefix else fault.key
    return origins.problem(key, fault.found, expected, hint)


def shown(value: Any) -> str:
    """Return a value as it may be shown: short, and not where it may hold a login."""
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list | tuple):
        return "a list" if value else "an empty list"
    if isinstance(value, SecretStr) or "@" in str(value):
        return HIDDEN
    text = repr(value) if isinstance(value, str) else str(value)
    if isinstance(value, bool):
        text = text.lower()
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def variable_of(key: str) -> str:
    """Return the name of the variable for a dotted key."""
    parts = [part for part in key.split(".") if not part.isdigit()]
    return "ALMENARA_" + "__".join(part.upper() for part in parts)


def _field(table: type[Table], path: Sequence[str]) -> tuple[type[BaseModel], FieldInfo | None]:
    """Return the table in which a path ends, and the field there, None where it is a table."""
    parent: type[BaseModel] = table
    field: FieldInfo | None = None
    for part in path:
        known = parent.model_fields.get(part)
        if known is None:
            continue  # a number in a list, a name in a table of tables, or a key that is unknown
        field = known
        inner = table_in(known.annotation)
        if inner is not None:
            parent, field = inner, None
    return parent, field


def table_in(annotation: Any) -> type[Table] | None:
    """Return the table that a type is or holds, None where it holds none."""
    if isinstance(annotation, type) and issubclass(annotation, Table):
        return annotation
    for part in getattr(annotation, "__args__", ()):
        found = table_in(part)
        if found is not None:
            return found
    return None


def _is_secret(field: FieldInfo | None) -> bool:
    if field is None:
        return False
    return kind_of(field.annotation) in {"secret", "table"}
