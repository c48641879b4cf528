"""What the rules of a dialect come to: an operation of the decoder, and the codes of its words."""

import math
import tomllib
from functools import cache
from importlib import resources

from stream.events import ACTIONS, OUTCOMES, PHASES, Column

from .dialect import Dialect
from .dialect_rules import Rule
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


def value_of(dialect: Dialect, key: str, column: str, found: object) -> int:
    """Code of a normal value, by its name or as a number; `key` is where the file says it."""
    valid = NAMED_VALUES.get(column, ())
    if isinstance(found, str) and valid:
        dialect.among(key, found, valid)
        return valid.index(found)
    if isinstance(found, bool) or not isinstance(found, int) or not 0 <= found <= LARGEST_CODE:
        named = f"one of {', '.join(valid)}, or " if valid else ""
        dialect.fail(key, found, f"{named}a whole number from 0 to {LARGEST_CODE}")
    return found


def real_of(dialect: Dialect, rule: Rule) -> float:
    """Give the number that a rule puts into a column."""
    found = rule.value
    if isinstance(found, bool) or not isinstance(found, int | float) or not math.isfinite(found):
        dialect.fail(f"{rule.key}.value", found, "a number")
    return float(found)


def values_of(dialect: Dialect, rule: Rule) -> dict[str, int]:
    """Codes of a rule's words."""
    key = f"{rule.key}.words"
    if isinstance(rule.words, str):
        shared = shared_words()
        dialect.among(key, rule.words, tuple(shared))
        return shared[rule.words]
    return {
        word: value_of(dialect, f"{key}.{word}", rule.column, value) for word, value in rule.words
    }


def operation_of(dialect: Dialect, rule: Rule, column: Column) -> int:
    """Say what the decoder does for a rule."""
    if rule.record_time:
        return OP_RECORD_TIME
    if rule.value is not None and rule.source and column.group != "code":
        dialect.fail(f"{rule.key}.value", rule.value, "'from' or 'value': only a code takes both")
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
    if not rule.number and column.name != "severity":
        dialect.fail(f"{rule.key}.words", None, "'words' for what is meant, or 'number = true'")
    return OP_NUMBER


def _real_operation(rule: Rule, column: Column) -> int:
    if column.name == "duration":
        return OP_TIME_AFTER if rule.is_end else OP_SECONDS
    if column.name == "ts":
        return OP_DAY_AND_CLOCK if rule.clock else OP_TIME
    return OP_COUNT
