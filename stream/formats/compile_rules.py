"""What the rules of a dialect come to: an operation of the decoder, and the codes of its words."""

import difflib
import tomllib
from functools import cache
from importlib import resources
from typing import NoReturn

from detectors.errors import ConfigError
from stream.events import ACTIONS, OUTCOMES, PHASES, Column

from .dialect import Dialect, Rule
from .tables import (
    OP_ADDRESS,
    OP_CONSTANT,
    OP_COUNT,
    OP_DAY_AND_CLOCK,
    OP_NUMBER,
    OP_PORT,
    OP_REAL_CONSTANT,
    OP_RECORD_TIME,
    OP_SECONDS,
    OP_TEXT,
    OP_TIME,
    OP_TIME_AFTER,
    OP_WORD,
    OP_WORD_WITHIN,
)

NAMED_VALUES = {"action": ACTIONS, "outcome": OUTCOMES, "phase": PHASES}
LARGEST_CODE = 2**31 - 1


@cache
def shared_words() -> dict[str, dict[str, int]]:
    """Give the word lists that dialects may name."""
    file = resources.files("stream.formats") / "words.toml"
    return tomllib.loads(file.read_text("utf-8"))


def refuse(dialect: Dialect, found: object, valid: tuple[str, ...]) -> NoReturn:
    """Refuse a word of a dialect's file."""
    near = difflib.get_close_matches(str(found), valid, 1, 0.4)
    advice = f"did you mean {near[0]!r}?" if near else "mend the file"
    raise ConfigError(
        f"dialect {dialect.file}: {found!r}, expected one of {', '.join(valid)}; {advice}"
    )


def value_of(dialect: Dialect, column: str, found: str | float) -> int:
    """Code of a normal value, by its name or as a number."""
    if isinstance(found, str):
        valid = NAMED_VALUES.get(column, ())
        if found not in valid:
            refuse(dialect, found, valid)
        return valid.index(found)
    if isinstance(found, bool) or found != int(found) or not 0 <= found <= LARGEST_CODE:
        raise ConfigError(
            f"dialect {dialect.file}: columns.{column} has value {found!r}, expected a whole "
            "number from 0 on; mend the file"
        )
    return int(found)


def values_of(dialect: Dialect, rule: Rule) -> dict[str, int]:
    """Codes of a rule's words."""
    if isinstance(rule.words, str):
        shared = shared_words()
        if rule.words not in shared:
            refuse(dialect, rule.words, tuple(shared))
        return shared[rule.words]
    return {word: value_of(dialect, rule.column, value) for word, value in rule.words}


def operation_of(dialect: Dialect, rule: Rule, column: Column) -> int:
    """Say what the decoder does for a rule."""
    if rule.record_time:
        return OP_RECORD_TIME
    if rule.value is not None and rule.source and column.group != "code":
        raise ConfigError(
            f"dialect {dialect.file}: columns.{rule.column} has 'from' and 'value', expected one; "
            "only a coded column takes a value where a key is there"
        )
    if rule.value is not None:
        return OP_REAL_CONSTANT if column.group == "real" else OP_CONSTANT
    if column.group == "address":
        return OP_ADDRESS
    if column.group == "text":
        return OP_TEXT
    if column.group == "real":
        return _real_operation(rule, column)
    if column.name.endswith("_port") and not rule.words:
        return OP_PORT
    if rule.words:
        return OP_WORD_WITHIN if rule.within else OP_WORD
    if rule.number or column.name == "severity":
        return OP_NUMBER
    raise ConfigError(
        f"dialect {dialect.file}: key 'columns.{rule.column}' has no 'words', expected 'words' or "
        "'number = true'; say what the source words mean"
    )


def _real_operation(rule: Rule, column: Column) -> int:
    if column.name == "duration":
        return OP_TIME_AFTER if rule.is_end else OP_SECONDS
    if column.name == "ts":
        return OP_DAY_AND_CLOCK if rule.clock else OP_TIME
    return OP_COUNT
