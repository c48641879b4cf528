"""Values as TOML text, and a commented file of all settings."""

import json
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic_core import PydanticUndefined

from .fields import Kind, Table, choices_of, expected_of, kind_of
from .problems import table_in
from .tables import Settings

WIDTH = 96
HEAD = """\
Settings of Almenara. `almenara check` tells what is wrong here, docs/settings.md explains
each. What is commented out has its default, or is not set. A variable stands over what is
here: ALMENARA_KAFKA__BOOTSTRAP over bootstrap of [kafka]. Secrets belong into files of their
own (password_file, api_key_file) or into variables."""

EMPTY: dict[Kind, str] = {"list": "[]", "table": "{}", "whole": "0", "number": "0.0"}
"""What stands beside a key that is not set, where it is no text."""

BELOW = {
    "librdkafka": ("[kafka.librdkafka]", 'client.rack = "rack-1"'),
    "detectors": ("[detection.detectors.tails]", "votes = true"),
}
"""Tables in tables, as examples."""


def toml_of(value: Any) -> str:
    """Return a value as TOML."""
    if isinstance(value, str | Path):
        return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml_of, value))}]"
    if isinstance(value, Mapping):
        inner = ", ".join(f"{toml_of(key)} = {toml_of(part)}" for key, part in value.items())
        return f"{{{inner}}}"
    return repr(value)


def commented(given: Mapping[str, Any]) -> str:
    """Return a file of all settings with their meaning; ``given`` values by dotted key are set."""
    lines = [f"# {line}" for line in HEAD.splitlines()]
    lines += _keys(Settings, "", given)
    for name, field in Settings.model_fields.items():
        table = table_in(field.annotation)
        if table is None:
            continue
        is_list = kind_of(field.annotation) == "list"
        lines += ["", f"[[{name}]]" if is_list else f"[{name}]"]
        lines += _keys(table, name, given)
    return "\n".join(lines) + "\n"


def _keys(table: type[Table], name: str, given: Mapping[str, Any]) -> Iterator[str]:
    below: list[str] = []
    for key, field in table.model_fields.items():
        if table is Settings and table_in(field.annotation) is not None:
            continue
        words = f" One of {', '.join(w)}." if (w := choices_of(field.annotation)) else ""
        about = [f"# {line}" for line in _wrapped(f"{field.description}{words}")]
        dotted = f"{name}.{key}" if name else key
        if dotted in given:
            yield from ("", *about, f"{key} = {toml_of(given[dotted])}")
        elif key in BELOW:
            head, example = BELOW[key]
            below += ["", *about, f"# {head}", f"# {example}"]
        else:
            yield from ("", *about, f"# {key} = {_default(field)}")
    yield from below


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, break_long_words=False, break_on_hyphens=False)


def _default(field: Any) -> str:
    if field.default in (None, PydanticUndefined):
        return EMPTY.get(kind_of(field.annotation), '""')
    return toml_of(field.default)


def described(field: Any) -> tuple[str, str]:
    """Return what a setting takes, and its default as TOML, "" where it has none."""
    has_default = field.default is not None and field.default is not PydanticUndefined
    return expected_of(field), toml_of(field.default) if has_default else ""
