"""A dialect: one product's fields in one or more syntaxes, as its TOML file says it."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, NoReturn

from detectors.errors import ConfigError

from .dialect_like import as_another
from .dialect_parts import (
    PATTERN_KEYS,
    Layout,
    Message,
    Pattern,
    Sample,
    read_layout,
    read_message,
    read_pattern,
    read_sample,
)
from .dialect_rules import COLUMN_NAMES, Rule, needed_rules, read_rules
from .source_check import check_sources
from .toml_table import TomlTable, refuse_syntax

SYNTAXES = ("delimited", "json", "key_value", "template")
DIALECT_KEYS = (
    "name", "product", "reference", "syntax", "unset", "no_reply", "delimited", "key_value",
    "template", "recognise", "alias", "columns", "layout", "message", "foreach", "unused", "sample",
    "like", "unused_columns", "opener",
)  # fmt: skip
OPENERS = ("source", "ports")
LARGEST_FOLDER = 500_000  # bytes of a folder's files together: they go into one record

DialectTexts = tuple[tuple[str, str], ...]
"""Files of dialects: their names, without folder, and what they say."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """One TOML file, checked."""

    file: str
    name: str
    product: str
    reference: str
    syntax: tuple[str, ...]
    patterns: tuple[Pattern, ...]
    rules: tuple[Rule, ...]
    samples: tuple[Sample, ...]
    unset: tuple[str, ...] = ()
    no_reply: str = ""
    alias: dict[str, str] = field(default_factory=dict)
    separator: str = "\t"
    others: tuple[str, ...] = ()  # with which rows below a header may be cut as well
    quoted: bool = False
    tags: tuple[str, ...] = ()
    stop: str = ""
    header: tuple[str, ...] = ()  # names of columns: two of them begin a header
    layouts: tuple[Layout, ...] = ()
    messages: tuple[Message, ...] = ()
    facilities: tuple[str, ...] = ()  # of messages
    other: str = ""  # why other messages of the facilities are not used
    unused_rules: tuple[Rule, ...] = ()  # more rules of records that are not used
    foreach: tuple[str, ...] = ()  # arrays one in another, each element of the last a record
    opener: str = OPENERS[0]  # who opened a connection whose end is told
    text: str = field(default="", repr=False, compare=False)  # of the file, for messages

    def columns(self) -> tuple[str, ...]:
        """Columns of the normal form that this dialect can fill, in their order."""
        filled = {rule.column for rule in self.rules} | ({"outcome"} if self.no_reply else set())
        return tuple(name for name in COLUMN_NAMES if name in filled)

    def fail(self, key: str, found: object, expected: str, near: str = "") -> NoReturn:
        """Refuse what the file says under a key."""
        TomlTable(self.file, "", {}, self.text).fail(key, found, expected, near)

    def among(self, key: str, found: object, valid: Sequence[str]) -> None:
        """Refuse a word of the file that is none of those."""
        TomlTable(self.file, "", {}, self.text).among(key, found, valid)


def read_dialect(file: str, text: str) -> Dialect:
    """Read and check one TOML file.

    Raises
    ------
    ConfigError
        Naming file and key, what was found, what was expected and the nearest valid word.
    """
    try:
        raw: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        refuse_syntax(file, text, error)
    top = TomlTable(file, "", raw, text)
    top.only(DIALECT_KEYS)
    if "like" in raw:
        top = as_another(top, text)
    syntax = top.texts("syntax")
    for one in syntax or ("",):
        top.among("syntax", one, SYNTAXES)
    delimited = top.table("delimited")
    delimited.only(("separator", "others", "quoted", "header"))
    separator = delimited.character("separator", "\t")
    pairs = top.table("key_value")
    pairs.only(("tags", "stop"))
    template = top.table("template")
    template.only(("facilities", "other"))
    alias = top.table("alias")
    found = Dialect(
        file=file,
        name=top.text("name"),
        product=top.text("product"),
        reference=top.text("reference", ""),
        syntax=syntax,
        patterns=_patterns(top, syntax),
        rules=needed_rules(top.table("columns")),
        unused_rules=read_rules(top.table("unused_columns")),
        samples=tuple(read_sample(table) for table in top.tables("sample")),
        unset=top.texts("unset"),
        no_reply=top.text("no_reply", ""),
        alias={key: alias.text(key) for key in alias.raw},
        separator=separator,
        others=delimited.texts("others"),
        quoted=delimited.flag("quoted"),
        tags=pairs.texts("tags"),
        stop=pairs.character("stop", ""),
        header=_header(delimited),
        layouts=tuple(read_layout(table, separator) for table in top.tables("layout")),
        messages=tuple(read_message(table) for table in top.tables("message")),
        facilities=template.texts("facilities"),
        other=template.text("other", "other event type"),
        foreach=top.texts("foreach"),
        opener=top.choice("opener", OPENERS[0], OPENERS),
        text=text,
    )
    check_sources(found)
    return found


def _header(delimited: TomlTable) -> tuple[str, ...]:
    """Names of columns. No other line is looked at as a header than one that begins like them."""
    names = delimited.texts("header")
    if any(not name or name[0].isdigit() or name[0] == "<" for name in names):
        delimited.fail("header", names, "names that begin neither with a digit nor with '<'")
    return names


def read_file(path: Path) -> Dialect:
    """Read and check a dialect's file; ConfigError as ``read_dialect``."""
    return read_dialect(path.name, _text_of(path))


def read_folder(folder: Path | None) -> DialectTexts:
    """Return the files of a folder of dialects, unread where None; ConfigError if it cannot be."""
    if folder is None:
        return ()
    if not folder.is_dir():
        raise ConfigError(
            f"dialect folder: {str(folder)!r}, expected a folder of TOML files; check the path"
        )
    texts = tuple((path.name, _text_of(path)) for path in sorted(folder.glob("*.toml")))
    size = sum(len(text.encode()) for _, text in texts)
    if size > LARGEST_FOLDER:
        raise ConfigError(
            f"dialect folder: files of {size:,} bytes, expected at most {LARGEST_FOLDER:,}"
            " together; take out samples, or dialects that no source has"
        )
    return texts


def _text_of(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        said = getattr(error, "strerror", None) or str(error)
        raise ConfigError(
            f"dialect {path.name}: {said}, expected a readable UTF-8 file; mend it"
        ) from error


def _patterns(top: TomlTable, syntax: tuple[str, ...]) -> tuple[Pattern, ...]:
    """Read what is recognised by its keys; layouts and messages speak for themselves."""
    several = isinstance(top.raw.get("recognise"), list)
    patterns = []
    for table in top.tables("recognise") if several else [top.table("recognise")]:
        table.only((*PATTERN_KEYS, "generic"))
        if table.raw or not (top.raw.get("layout") or top.raw.get("message")):
            generic = table.flag("generic")
            patterns.append(read_pattern(table, syntax, "", generic=generic))
    for table in top.tables("unused"):
        table.only((*PATTERN_KEYS, "reason", "syntax"))
        for one in table.texts("syntax"):
            table.among("syntax", one, syntax)
        own = table.texts("syntax") or syntax
        patterns.append(read_pattern(table, own, table.text("reason")))
    return tuple(patterns)


@cache
def built_in_dialects() -> tuple[Dialect, ...]:
    """Give the dialects that ship with the program, by name."""
    folder = resources.files("stream.formats") / "dialects"
    found = [
        read_dialect(file.name, file.read_text("utf-8"))
        for file in folder.iterdir()
        if file.name.endswith(".toml")
    ]
    return tuple(sorted(found, key=lambda dialect: dialect.name))


def load_dialects(texts: DialectTexts = ()) -> tuple[Dialect, ...]:
    """Give the built-in dialects and those of a folder, by name; a folder's replace ours.

    Raises
    ------
    ConfigError
        If a file is wrong, or two of them have one name.
    """
    dialects = {dialect.name: dialect for dialect in built_in_dialects()}
    own: dict[str, str] = {}
    for file, text in texts:
        dialect = read_dialect(file, text)
        if dialect.name in own:
            dialect.fail("name", dialect.name, f"a name that {own[dialect.name]} does not have")
        own[dialect.name] = file
        dialects[dialect.name] = dialect
    return tuple(sorted(dialects.values(), key=lambda dialect: dialect.name))
