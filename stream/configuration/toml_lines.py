"""In which line of a TOML file each key stands."""

import tomllib
from typing import Any


def lines_of(text: str) -> dict[str, int]:
    """Return the line (from 1) at which the statement of each key begins, by dotted path.

    A statement ends at the first line at which the file, cut there, is TOML; what is new in it then
    is what the statement says. So the parser alone decides, quotes, tables and all. It is slow
    (each line is parsed with all before it) and asked only when something is wrong.
    """
    found: dict[str, int] = {}
    lines = text.splitlines(keepends=True)
    start: int | None = None
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        start = number if start is None else start
        try:
            document = tomllib.loads("".join(lines[:number]))
        except tomllib.TOMLDecodeError:
            continue
        _note(document, "", start, found)
        start = None
    return found


def _note(value: Any, path: str, line: int, found: dict[str, int]) -> None:
    if path:
        found.setdefault(path, line)
    if isinstance(value, dict):
        for key, inner in value.items():
            _note(inner, f"{path}.{key}" if path else key, line, found)
    elif isinstance(value, list):
        for n, inner in enumerate(value):
            _note(inner, f"{path}.{n}", line, found)
