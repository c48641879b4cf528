"""Parts of a dialect besides its rules: patterns, layouts of rows, messages, samples."""

from dataclasses import dataclass, field

from .dialect_rules import COLUMN_NAMES
from .texts_with_fields import Step, read_text
from .toml_table import TomlTable

PATTERN_KEYS = ("all", "any", "words")
LAYOUT_KEYS = ("columns", "words", "separator", "quoted", "least", "most", "reason")
MESSAGE_KEYS = ("id", "begins", "text", "reason")
ANY_VALUES = ("@address", "@number")


@dataclass(frozen=True, slots=True)
class Pattern:
    """How a record is recognised. `reason` is "" where it is decoded."""

    all: tuple[str, ...]
    any: tuple[str, ...]
    words: tuple[tuple[str, tuple[str, ...]], ...]
    syntax: tuple[str, ...]
    reason: str = ""
    generic: bool = False
    key: str = field(default="", repr=False, compare=False)  # where it stands in the file


@dataclass(frozen=True, slots=True)
class Layout:
    """Columns of rows without a header, and what must stand in some of them."""

    columns: tuple[str, ...]
    words: tuple[tuple[str, tuple[str, ...]], ...]
    separator: str
    quoted: bool
    least: int  # columns that a row must have, 0: all that are asked for and one behind them
    most: int  # 0: any number
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """What messages of some ids, or that begin so, say, as alternatives."""

    ids: tuple[str, ...]
    texts: tuple[tuple[Step, ...], ...]
    reason: str = ""
    begins: tuple[str, ...] = ()  # words at which a message without an id begins


@dataclass(frozen=True, slots=True)
class Sample:
    """Lines, and the columns that they must give: what is not named must be unset."""

    about: str
    lines: tuple[str, ...]
    events: tuple[dict[str, str | int | float], ...]
    unused: dict[str, int]
    record_time: float


def read_pattern(
    table: TomlTable, syntax: tuple[str, ...], reason: str, *, generic: bool = False
) -> Pattern:
    """Read what a record must have."""
    words = table.table("words")
    return Pattern(
        all=table.texts("all"),
        any=table.texts("any"),
        words=tuple((key, words.texts(key)) for key in words.raw),
        syntax=syntax,
        reason=reason,
        generic=generic,
        key=table.path,
    )


def read_layout(table: TomlTable, separator: str) -> Layout:
    """Read the columns of a kind of rows."""
    table.only(LAYOUT_KEYS)
    columns = table.texts("columns")
    words = table.table("words")
    words.only(columns)
    if not words.raw:
        table.fail("words", None, "words that stand in some column of these rows only")
    for key in words.raw:
        for word in words.texts(key):
            if word.startswith("@"):
                words.among(key, word, ANY_VALUES)
    return Layout(
        columns=columns,
        words=tuple((key, words.texts(key)) for key in words.raw),
        separator=table.character("separator", separator),
        quoted=table.flag("quoted"),
        least=table.whole("least", 0),
        most=table.whole("most", 0),
        reason=table.text("reason", ""),
    )


def read_message(table: TomlTable) -> Message:
    """Read the texts of a message."""
    table.only(MESSAGE_KEYS)
    ids, begins = table.texts("id"), table.texts("begins")
    if bool(ids) == bool(begins) or "" in begins:
        table.fail("id", table.raw.get("id"), "a list of message ids, or 'begins' with words")
    texts = []
    for written in table.texts("text"):
        try:
            texts.append(read_text(written))
        except ValueError as error:
            table.fail("text", written, f"a text with fields ({error})")
    reason = table.text("reason", "")
    if not texts and not reason:
        table.fail("text", None, "a list of texts, or a reason why it is not used")
    return Message(ids, tuple(texts), reason, begins)


def read_sample(table: TomlTable) -> Sample:
    """Read lines and what they give."""
    table.only(("about", "lines", "event", "unused", "record_time"))
    lines = table.texts("lines")
    if not lines:
        table.fail("lines", None, "lines as the product writes them")
    unused = table.table("unused")
    return Sample(
        about=table.text("about", ""),
        lines=lines,
        events=tuple(_event(one) for one in table.tables("event")),
        unused={reason: unused.whole(reason, 0) for reason in unused.raw},
        record_time=table.number("record_time", 0.0),
    )


def _event(table: TomlTable) -> dict[str, str | int | float]:
    table.only(COLUMN_NAMES)
    for column, value in table.raw.items():
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            table.fail(column, value, "a text or a number")
    return table.raw
