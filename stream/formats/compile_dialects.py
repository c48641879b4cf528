"""Dialects to tables: slots for source keys, word lists for source words, rules by number."""

import difflib
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np

from detectors.errors import ConfigError
from stream.events import ACTIONS, COLUMNS, OUTCOMES, PHASES, Column

from .dialect import Dialect, Pattern, Rule
from .numbers import powers_of_ten
from .read_header import DIRECTIVES
from .slots import FIXED_KEYS
from .tables import (
    DELIMITED,
    JSON,
    KEY_VALUE,
    N_CONDITION,
    N_DIALECT,
    N_PATTERN,
    N_RULE,
    OP_ADDRESS,
    OP_CONSTANT,
    OP_COUNT,
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
    REASONS,
    Tables,
)
from .words import DIRECTIVE_SPACE, FIRST_FREE_SPACE, TAG_SPACE, WordList

SYNTAX_BITS = {"delimited": DELIMITED, "json": JSON, "key_value": KEY_VALUE}
NAMED_VALUES = {"action": ACTIONS, "outcome": OUTCOMES, "phase": PHASES}
BY_NAME = {column.name: column for column in COLUMNS}
MAX_PATH_PARTS = 7
LARGEST_CODE = 2**31 - 1
# the one key of a record that begins like what stands around it
ELASTIC_TIME = "@timestamp"


@dataclass(frozen=True, slots=True)
class Compiled:
    """Tables, and the names behind their numbers."""

    tables: Tables
    dialects: tuple[str, ...]
    reasons: tuple[str, ...]
    slot_of_key: dict[str, int]


@cache
def shared_words() -> dict[str, dict[str, int]]:
    """Give the word lists that dialects may name."""
    file = resources.files("stream.formats") / "words.toml"
    return tomllib.loads(file.read_text("utf-8"))


class _Compiler:
    """Gathers the rows of the tables over all dialects."""

    def __init__(self) -> None:
        self.words = WordList()
        self.slot: dict[str, int] = {key: n for n, key in enumerate(FIXED_KEYS)}
        self.alias: dict[str, int] = {}
        self.space = FIRST_FREE_SPACE
        self.reasons = list(REASONS)
        self.patterns: list[tuple[int, ...]] = []
        self.conditions: list[tuple[int, ...]] = []
        self.rules: list[tuple[int, ...]] = []
        self.factors: list[float] = []
        self.dialects: list[tuple[int, ...]] = []
        self.used: list[tuple[int, int]] = []
        for n, directive in enumerate(DIRECTIVES):
            self.words.add(DIRECTIVE_SPACE, directive, n)

    def source(self, dialect: Dialect, key: str) -> int:
        """Slot of a source key of a dialect."""
        key = dialect.alias.get(key, key)
        if key.startswith("@") and key not in (*FIXED_KEYS, ELASTIC_TIME):
            _refuse(dialect, key, FIXED_KEYS)
        if key.count(".") >= MAX_PATH_PARTS:
            raise ConfigError(
                f"dialect {dialect.file}: key {key!r}, expected at most {MAX_PATH_PARTS} parts; "
                "name a key that lies higher"
            )
        if key not in self.slot:
            self.slot[key] = len(self.slot)
            self.words.add_key(key, self.slot[key])
        self.used.append((len(self.dialects), self.slot[key]))
        return self.slot[key]

    def slot_of_key(self) -> dict[str, int]:
        """Slots of the keys that a record may have."""
        return {key: slot for key, slot in self.slot.items() if key not in FIXED_KEYS} | self.alias

    def word_space(self, words: dict[str, int]) -> int:
        """Give a new space with these words."""
        self.space += 1
        for word, value in words.items():
            self.words.add(self.space - 1, word, value)
        return self.space - 1

    def add_patterns(self, dialect: Dialect, number: int, patterns: list[Pattern]) -> None:
        """Add patterns with their conditions."""
        for pattern in patterns:
            first = len(self.conditions)
            groups = [[key] for key in pattern.all] + ([list(pattern.any)] if pattern.any else [])
            for group, keys in enumerate(groups):
                for key in keys:
                    self.conditions.append((group, self.source(dialect, key), -1))
            for group, (key, words) in enumerate(pattern.words, len(groups)):
                space = self.word_space(dict.fromkeys(words, 1))
                self.conditions.append((group, self.source(dialect, key), space))
            if len(self.conditions) == first:
                raise ConfigError(
                    f"dialect {dialect.file}: a pattern without conditions, expected 'all', 'any' "
                    "or 'words'; name keys that only this product has"
                )
            if pattern.reason and pattern.reason not in self.reasons:
                self.reasons.append(pattern.reason)
            self.patterns.append(
                (
                    number,
                    sum(SYNTAX_BITS[name] for name in pattern.syntax),
                    self.reasons.index(pattern.reason),
                    first,
                    len(self.conditions),
                )
            )

    def add_rules(self, dialect: Dialect, zone: int) -> tuple[int, int]:
        """Add the rules of a dialect; the first and the one behind the last."""
        first = len(self.rules)
        unset = self.word_space(dict.fromkeys(dialect.unset, 1))
        for rule in dialect.rules:
            self.rules.append((*self._rule(dialect, rule), unset, zone))
        return first, len(self.rules)

    def _rule(self, dialect: Dialect, rule: Rule) -> tuple[int, ...]:
        column = BY_NAME[rule.column]
        slot = self.source(dialect, rule.source) if rule.source else -1
        space = -1
        default = int(rule.skip_bad)
        factor = rule.factor
        if rule.words:
            space = self.word_space(_values(dialect, rule))
        if rule.value is not None:
            if column.group == "real":
                factor = float(rule.value)
            else:
                default = _value(dialect, rule.column, rule.value)
        operation = _operation(dialect, rule, column)
        self.factors.append(factor)
        return operation, column.index, slot, space, default


def _refuse(dialect: Dialect, found: object, valid: tuple[str, ...]) -> None:
    near = difflib.get_close_matches(str(found), valid, 1, 0.4)
    advice = f"did you mean {near[0]!r}?" if near else "mend the file"
    raise ConfigError(
        f"dialect {dialect.file}: {found!r}, expected one of {', '.join(valid)}; {advice}"
    )


def _value(dialect: Dialect, column: str, found: str | float) -> int:
    """Code of a normal value, by its name or as a number."""
    if isinstance(found, str):
        valid = NAMED_VALUES.get(column, ())
        if found not in valid:
            _refuse(dialect, found, valid)
        return valid.index(found)
    if isinstance(found, bool) or found != int(found) or not 0 <= found <= LARGEST_CODE:
        raise ConfigError(
            f"dialect {dialect.file}: columns.{column} has value {found!r}, expected a whole "
            "number from 0 on; mend the file"
        )
    return int(found)


def _values(dialect: Dialect, rule: Rule) -> dict[str, int]:
    if isinstance(rule.words, str):
        shared = shared_words()
        if rule.words not in shared:
            _refuse(dialect, rule.words, tuple(shared))
        return shared[rule.words]
    return {word: _value(dialect, rule.column, value) for word, value in rule.words}


def _operation(dialect: Dialect, rule: Rule, column: Column) -> int:
    """Say what the decoder does for a rule."""
    if rule.record_time:
        return OP_RECORD_TIME
    if rule.value is not None:
        return OP_REAL_CONSTANT if column.group == "real" else OP_CONSTANT
    if column.group == "address":
        return OP_ADDRESS
    if column.group == "text":
        return OP_TEXT
    if column.group == "real":
        if column.name == "duration":
            return OP_TIME_AFTER if rule.is_end else OP_SECONDS
        return OP_TIME if column.name == "ts" else OP_COUNT
    if column.name.endswith("_port"):
        return OP_PORT
    if rule.words:
        return OP_WORD_WITHIN if rule.within else OP_WORD
    if rule.number or column.name == "severity":
        return OP_NUMBER
    raise ConfigError(
        f"dialect {dialect.file}: key 'columns.{rule.column}' has no 'words', expected 'words' or "
        "'number = true'; say what the source words mean"
    )


def _stop_byte(dialects: tuple[Dialect, ...]) -> int:
    stops = {dialect.stop for dialect in dialects if dialect.stop}
    if len(stops) > 1:
        raise ConfigError(
            f"dialects: key_value.stop is {sorted(stops)}, expected one byte for all; agree on one"
        )
    return ord(stops.pop()) if stops else -1


def compile_dialects(dialects: tuple[Dialect, ...], zone: int) -> Compiled:
    """Make the tables of these dialects; `zone` in seconds east of UTC is for times without one.

    Raises
    ------
    ConfigError
        If a dialect names a word or value that does not exist.
    """
    work = _Compiler()
    stop = _stop_byte(dialects)
    for number, dialect in enumerate(dialects):
        for key, source in dialect.alias.items():
            work.alias[key] = work.source(dialect, source)
            work.words.add_key(key, work.alias[key])
        for tag in dialect.tags:
            work.words.add(TAG_SPACE, tag, 1)
        work.add_patterns(dialect, number, [one for one in dialect.patterns if not one.reason])
        first, behind = work.add_rules(dialect, zone)
        syntax = sum(SYNTAX_BITS[name] for name in dialect.syntax)
        no_reply = _value(dialect, "outcome", dialect.no_reply) if dialect.no_reply else -1
        work.dialects.append((syntax, first, behind, no_reply, stop))
    decoded = len(work.used)
    for number, dialect in enumerate(dialects):
        work.add_patterns(dialect, number, [one for one in dialect.patterns if one.reason])
    used = np.zeros((len(dialects), len(work.slot)), np.int64)
    for number, slot in work.used[:decoded]:
        used[number, slot] = 1
    tables = Tables(
        words=work.words.table(),
        pattern=np.array(work.patterns, np.int64).reshape(-1, N_PATTERN),
        condition=np.array(work.conditions, np.int64).reshape(-1, N_CONDITION),
        rule=np.array(work.rules, np.int64).reshape(-1, N_RULE),
        factor=np.array(work.factors),
        dialect=np.array(work.dialects, np.int64).reshape(-1, N_DIALECT),
        used=used,
        powers=powers_of_ten(),
    )
    return Compiled(
        tables, tuple(one.name for one in dialects), tuple(work.reasons), work.slot_of_key()
    )
