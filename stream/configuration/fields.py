"""What a setting is: its type, meaning and limits, and how these are said to people."""

import types
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, JsonValue, SecretStr, Strict, StringConstraints
from pydantic.fields import FieldInfo

from detectors.errors import ConfigError

Whole = Annotated[int, Strict()]
Number = Annotated[float, Strict()]
Flag = Annotated[bool, Strict()]
Text = Annotated[str, Strict(), StringConstraints(min_length=1)]
Secret = Annotated[SecretStr, StringConstraints(min_length=1)]

Kind = Literal["whole", "number", "flag", "text", "secret", "path", "choice", "list", "table"]

KINDS: dict[Any, Kind] = {
    int: "whole",
    float: "number",
    bool: "flag",
    str: "text",
    SecretStr: "secret",
    Path: "path",
    Literal: "choice",
    tuple: "list",
    dict: "table",
}
WORDS: dict[Kind, str] = {
    "whole": "integer",
    "number": "number",
    "flag": "true or false",
    "text": "text",
    "secret": "text",
    "path": "path",
    "choice": "text",
    "list": "list of texts",
    "table": "table",
}
FILE = "_file"
"""A secret ``x`` may stand in a file that ``x_file`` names."""


class Fault(NamedTuple):
    """A value that is right by itself and wrong beside others, or in this place."""

    key: str
    found: str
    expected: str  # and, after a semicolon, what to do


class Table(BaseModel):
    """A table of settings. Values are exact: no text becomes a number by itself."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, allow_inf_nan=False
    )

    def faults(self) -> Iterator[Fault]:
        """Yield what the values of this table, each right by itself, cannot mean together."""
        names = type(self).model_fields
        for name in names:
            if name + FILE in names and getattr(self, name) and getattr(self, name + FILE):
                yield Fault(name, f"{name} and {name}{FILE}", "one of them; take the other out")


def setting(default: Any, meaning: str, *, expected: str = "", **limits: Any) -> Any:
    """Return a field with its meaning; ``expected`` says what no type and limit says."""
    extra: dict[str, JsonValue] | None = {"expected": expected} if expected else None
    return Field(default, description=meaning, json_schema_extra=extra, **limits)


def kind_of(annotation: Any) -> Kind:
    """Return what a field of this type takes; a union with None takes what the other does."""
    return KINDS.get(_bare(annotation), "table")


def choices_of(annotation: Any) -> tuple[str, ...]:
    """Return the words that a field takes, none where it takes others."""
    while get_origin(annotation) in {Annotated, Union, types.UnionType}:
        annotation = get_args(annotation)[0]
    return get_args(annotation) if get_origin(annotation) is Literal else ()


def expected_of(field: FieldInfo) -> str:
    """Say what a field takes."""
    if isinstance(field.json_schema_extra, dict) and "expected" in field.json_schema_extra:
        return str(field.json_schema_extra["expected"])
    words = choices_of(field.annotation)
    if words:
        return f"one of {', '.join(words)}"
    kind = kind_of(field.annotation)
    if kind == "flag":
        return WORDS[kind]
    return f"{'an' if kind == 'whole' else 'a'} {WORDS[kind]}{_limits(field)}"


def secret_in(value: SecretStr | None, file: Path | None) -> str | None:
    """Return a secret from where it stands, None where it is not given; files are read anew."""
    if value is not None:
        return value.get_secret_value()
    if file is None:
        return None
    try:
        text = file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no UTF-8 text"
        raise ConfigError(
            f"{file}: cannot be read ({reason}), expected a file with a secret; check path and"
            " rights"
        ) from error
    if not text:
        raise ConfigError(f"{file}: empty, expected a secret; write it there")
    return text


def _bare(annotation: Any) -> Any:
    """Return the type without what annotates it, and without its parameters."""
    while get_origin(annotation) in {Annotated, Union, types.UnionType}:
        annotation = get_args(annotation)[0]
    return get_origin(annotation) or annotation


def _limits(field: FieldInfo) -> str:
    low, high, above = (_limit(field, name) for name in ("ge", "le", "gt"))
    if low is not None and high is not None:
        return f" from {low:,} to {high:,}"
    if low is not None:
        return f" of at least {low:,}"
    if above is not None:
        return f" above {above:,}" + ("" if high is None else f" and at most {high:,}")
    return ""


def _limit(field: FieldInfo, name: str) -> float | None:
    found = (getattr(one, name, None) for one in field.metadata)
    return next((value for value in found if value is not None), None)
