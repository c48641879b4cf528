"""A table of a TOML file that complains with file, key, found, expected and what to do."""

import difflib
import math
import re
import tomllib
from collections.abc import Sequence
from typing import Any, NoReturn

from detectors.errors import ConfigError
from stream.configuration.toml_lines import lines_of

LIST_INDEX = re.compile(r"\[(\d+)\]")
AT_LINE = re.compile(r" \(at line (\d+), column (\d+)\)| \(at end of document\)")
ALIKE = 0.4  # from which a word is taken for a slip of another
LONGEST_SHOWN = 60  # of what was found


def refuse_syntax(file: str, text: str, error: tomllib.TOMLDecodeError) -> NoReturn:
    """Refuse a file that is no TOML, with the line at which it ceases to be."""
    found = AT_LINE.search(str(error))
    line = found[1] if found and found[1] else str(max(len(text.splitlines()), 1))
    column = f", at column {found[2]}" if found and found[2] else ""
    said = AT_LINE.sub("", str(error))
    raise ConfigError(
        f"dialect {file}:{line}: {said}{column}, expected TOML; mend the file"
    ) from error


def nearest(found: object, valid: Sequence[str]) -> str:
    """Give the valid word that is most like what was found, "" if none is."""
    near = difflib.get_close_matches(str(found), valid, 1, ALIKE)
    return near[0] if near else ""


class TomlTable:
    """One table, with its file, path and the file's text for messages."""

    def __init__(self, file: str, path: str, raw: dict[str, Any], text: str) -> None:
        self.file = file
        self.path = path
        self.raw = raw
        self._text = text

    def fail(self, key: str, found: object, expected: str, near: str = "") -> NoReturn:
        """Refuse the file."""
        where = self.under(key)
        advice = f"did you mean {near!r}?" if near else "mend the file"
        shown = "missing" if found is None else repr(found)
        if len(shown) > LONGEST_SHOWN:
            shown = shown[:LONGEST_SHOWN] + "…"
        raise ConfigError(
            f"dialect {self._place(where)}: key {where!r} is {shown}, expected {expected}; {advice}"
        )

    def _place(self, where: str) -> str:
        """Return the file, with the line of a key or of the nearest table around it."""
        known = lines_of(self._text)
        parts = LIST_INDEX.sub(r".\1", where).split(".")
        for n in range(len(parts), 0, -1):
            line = known.get(".".join(parts[:n]))
            if line is not None:
                return f"{self.file}:{line}"
        return self.file

    def under(self, key: str) -> str:
        """Give the path of a key in the file."""
        return f"{self.path}.{key}" if self.path else key

    def among(self, key: str, found: object, valid: Sequence[str]) -> str:
        """Take a word that must be one of those."""
        if not isinstance(found, str) or found not in valid:
            self.fail(key, found, "one of " + ", ".join(valid), nearest(found, valid))
        return found

    def only(self, valid: Sequence[str]) -> None:
        """Refuse keys that mean nothing."""
        for key in self.raw:
            if key in valid:
                continue
            near = nearest(key, valid)
            where = self.under(key)
            advice = f"did you mean {near!r}?" if near else "remove it"
            raise ConfigError(
                f"dialect {self._place(where)}: key {where!r} is unknown, expected one of "
                f"{', '.join(valid)}; {advice}"
            )

    def text(self, key: str, default: str | None = None) -> str:
        """Take a text."""
        found = self.raw.get(key, default)
        if not isinstance(found, str) or (default is None and not found):
            self.fail(key, found, "a text")
        return found

    def character(self, key: str, default: str) -> str:
        """Take a single ASCII character."""
        found = self.text(key, default)
        if found != default and (len(found) != 1 or not found.isascii()):
            self.fail(key, found, "one ASCII character")
        return found

    def texts(self, key: str) -> tuple[str, ...]:
        """Take a list of texts; nothing where it is missing."""
        found = self.raw.get(key, [])
        if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
            self.fail(key, found, "a list of texts")
        return tuple(found)

    def flag(self, key: str) -> bool:
        """Take true or false; false where it is missing."""
        found = self.raw.get(key, False)
        if not isinstance(found, bool):
            self.fail(key, found, "true or false")
        return found

    def number(self, key: str, default: float) -> float:
        """Take a number."""
        found = self.raw.get(key, default)
        if isinstance(found, bool) or not isinstance(found, int | float):
            self.fail(key, found, "a number")
        if not math.isfinite(found):
            self.fail(key, found, "a finite number")
        return float(found)

    def whole(self, key: str, default: int, least: int = 0) -> int:
        """Take a whole number."""
        found = self.raw.get(key, default)
        if isinstance(found, bool) or not isinstance(found, int) or found < least:
            self.fail(key, found, f"a whole number from {least} on")
        return found

    def choice(self, key: str, default: str, valid: Sequence[str]) -> str:
        """Take one of some words."""
        return self.among(key, self.raw.get(key, default), valid)

    def words(self, key: str) -> tuple[tuple[str, str | int], ...] | str:
        """Take a table of source words and their values, or the name of a shared one."""
        found = self.raw.get(key, {})
        if isinstance(found, str):
            return found
        if not isinstance(found, dict):
            self.fail(key, found, "a table of words, or the name of a shared list")
        if key in self.raw and not found:
            self.fail(key, found, "at least one word with its value")
        return tuple(found.items())

    def expect_table(self, key: str, found: object) -> "TomlTable":
        """Take a value as a table."""
        if not isinstance(found, dict):
            self.fail(key, found, "a source key, or a table with 'from' and what goes with it")
        return TomlTable(self.file, self.under(key), found, self._text)

    def table(self, key: str) -> "TomlTable":
        """Take a table; an empty one where it is missing."""
        found = self.raw.get(key, {})
        if not isinstance(found, dict):
            self.fail(key, found, "a table")
        return TomlTable(self.file, self.under(key), found, self._text)

    def tables(self, key: str) -> "list[TomlTable]":
        """Take a list of tables; none where it is missing."""
        found = self.raw.get(key, [])
        if not isinstance(found, list):
            self.fail(key, found, "a list of tables")
        return [
            TomlTable(self.file, f"{self.under(key)}[{n}]", one, self._text)
            if isinstance(one, dict)
            else self.fail(key, one, "a table")
            for n, one in enumerate(found)
        ]
