"""A dialect that is like another: it says only what differs."""

import tomllib
from importlib import resources
from typing import Any

from .toml_table import TomlTable

ADDED = ("layout", "message", "unused")


def as_another(top: TomlTable, text: str) -> TomlTable:
    """Add to a file, whose text is given, what the built-in dialect says that it is like.

    Tables are added to key by key, layouts, messages and what is unused stand behind those of the
    other; samples are its own.
    """
    name = top.text("like")
    folder = resources.files("stream.formats") / "dialects"
    files = {file.name.removesuffix(".toml"): file for file in folder.iterdir()}
    known = tuple(sorted(name for name, file in files.items() if file.name.endswith(".toml")))
    top.among("like", name, known)
    other = tomllib.loads(files[name].read_text("utf-8"))
    keys = {**other, **top.raw}
    return TomlTable(top.file, "", {key: _both(other, top.raw, key) for key in keys}, text)


def _both(other: dict[str, Any], own: dict[str, Any], key: str) -> object:
    if key in own and isinstance(other.get(key), dict):
        return {**other[key], **own[key]}
    if key in own and key in ADDED:
        return [*other.get(key, []), *own[key]]
    return own.get(key, [] if key == "sample" else other.get(key))
