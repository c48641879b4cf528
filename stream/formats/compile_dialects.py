"""Dialects to tables: slots for source keys, word lists for source words, rules by number."""

from collections import Counter
from dataclasses import dataclass
from itertools import chain, groupby
from operator import itemgetter

import numpy as np

from stream.events import COLUMNS

from .compile_layouts import EACH, Envelopes, envelopes, layout_tables, message_tables
from .compile_rules import operation_of, real_of, value_of, values_of
from .dialect import Dialect
from .dialect_parts import Pattern
from .dialect_rules import Rule
from .numbers import powers_of_ten
from .read_header import DIRECTIVES
from .slots import FIXED_KEYS
from .stop_byte import stop_byte
from .tables import (
    C_GROUP,
    C_SLOT,
    DELIMITED,
    JSON,
    KEY_VALUE,
    N_CONDITION,
    N_DIALECT,
    N_ENVELOPE,
    N_PATTERN,
    N_RULE,
    OP_CUT,
    P_BEHIND,
    P_FIRST,
    REASONS,
    TEMPLATE,
    Tables,
)
from .words import DIRECTIVE_SPACE, FIRST_FREE_SPACE, HEADER_SPACE, TAG_SPACE, WordList

SYNTAX_BITS = {"delimited": DELIMITED, "json": JSON, "key_value": KEY_VALUE, "template": TEMPLATE}
BY_NAME = {column.name: column for column in COLUMNS}
MAX_PATH_PARTS = 7
NOBODY = -1
# the one key of a record that begins like what stands around it
ELASTIC_TIME = "@timestamp"


@dataclass(frozen=True, slots=True)
class Compiled:
    """Tables, and the names behind their numbers."""

    tables: Tables
    dialects: tuple[str, ...]
    reasons: tuple[str, ...]
    slot_of_key: dict[str, int]
    foreach: tuple[tuple[str, ...], ...]  # arrays one in another whose elements are records
    headers: tuple[Dialect, ...]  # those whose headers are known by the names of columns


class Compiler:
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
        self.foreach: list[tuple[str, ...]] = []
        for n, directive in enumerate(DIRECTIVES):
            self.words.add(DIRECTIVE_SPACE, directive, n)

    def source(self, dialect: Dialect, key: str, named: str) -> int:
        """Slot of a source key of a dialect; `named` is where the file names it."""
        key = dialect.alias.get(key, key)
        if key.startswith("@") and key not in (*FIXED_KEYS, EACH, ELASTIC_TIME):
            dialect.among(named, key, FIXED_KEYS)
        if key.count(".") >= MAX_PATH_PARTS:
            dialect.fail(named, key, f"a key of at most {MAX_PATH_PARTS} parts")
        self.used.append((len(self.dialects), self.key_slot(key)))
        return self.slot[key]

    def key_slot(self, key: str) -> int:
        """Slot of a source key."""
        if key not in self.slot:
            self.slot[key] = len(self.slot)
            self.words.add_key(key, self.slot[key])
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

    def reason(self, reason: str) -> int:
        """Give the number of a reason."""
        if reason not in self.reasons:
            self.reasons.append(reason)
        return self.reasons.index(reason)

    def arrays(self, steps: tuple[str, ...]) -> int:
        """Give the number of arrays one in another; -1 for none."""
        if not steps:
            return NOBODY
        self.foreach.append(steps)
        return len(self.foreach) - 1

    def add_patterns(self, dialect: Dialect, number: int, patterns: list[Pattern]) -> None:
        """Add patterns with their conditions."""
        for pattern in patterns:
            first = len(self.conditions)
            self._add_conditions(dialect, pattern)
            if len(self.conditions) == first:
                dialect.fail(
                    pattern.key, None, "'all', 'any' or 'words': what only its records have"
                )
            self.patterns.append(
                (
                    number,
                    sum(SYNTAX_BITS[name] for name in pattern.syntax),
                    self.reason(pattern.reason),
                    first,
                    len(self.conditions),
                    int(pattern.generic),
                    self.arrays(() if pattern.reason else dialect.foreach),
                )
            )

    def _add_conditions(self, dialect: Dialect, pattern: Pattern) -> None:
        """Add what a record must have."""
        some = [list(pattern.any)] if pattern.any else []
        groups = [*([key] for key in pattern.all), *some]
        for group, keys in enumerate(groups):
            named = f"{pattern.key}.{'any' if group == len(pattern.all) else 'all'}"
            for key in keys:
                self.conditions.append((group, self.source(dialect, key, named), -1))
        for group, (key, words) in enumerate(pattern.words, len(groups)):
            space = self.word_space(dict.fromkeys(words, 1))
            slot = self.source(dialect, key, f"{pattern.key}.words.{key}")
            self.conditions.append((group, slot, space))

    def add_batches(self, known: Envelopes) -> None:
        """Add what holds records of any dialect in an array."""
        for key in known.batch:
            first = len(self.conditions)
            self.conditions.append((0, self.key_slot(key), -1))
            row = (NOBODY, JSON, 0, first, first + 1, 1, self.arrays((key,)))
            self.patterns.append(row)

    def pattern_rows(self) -> list[tuple[int, ...]]:
        """Give the patterns, each with the rarest key that it needs."""
        needed = [
            [keys[0][C_SLOT] for keys in groups if len(keys) == 1]
            for groups in map(self._groups, self.patterns)
        ]
        times = Counter(chain.from_iterable(needed))
        return [
            (*row, min(slots, key=times.__getitem__, default=NOBODY))
            for row, slots in zip(self.patterns, needed, strict=True)
        ]

    def _groups(self, row: tuple[int, ...]) -> list[list[tuple[int, ...]]]:
        """Give the conditions of a pattern, group by group."""
        own = self.conditions[row[P_FIRST] : row[P_BEHIND]]
        return [list(group) for _, group in groupby(own, itemgetter(C_GROUP))]

    def add_rules(self, dialect: Dialect, zone: int) -> tuple[int, int]:
        """Add the rules of a dialect; the first and the one behind the last."""
        first = len(self.rules)
        unset = self.word_space(dict.fromkeys(dialect.unset, 1))
        for rule in dialect.rules:
            self._add_rule(dialect, rule, unset, zone)
        return first, len(self.rules)

    def _add_rule(self, dialect: Dialect, rule: Rule, unset: int, zone: int) -> None:
        column = BY_NAME[rule.column]
        slot = self.source(dialect, rule.source, rule.key) if rule.source else NOBODY
        space = NOBODY
        default = int(rule.skip_bad)
        factor = rule.factor
        if rule.words:
            space = self.word_space(values_of(dialect, rule))
        if rule.value is not None:
            if column.group == "real":
                factor = real_of(dialect, rule)
            else:
                default = value_of(dialect, f"{rule.key}.value", rule.column, rule.value)
        operation = operation_of(dialect, rule, column)
        if rule.split:
            slot = self._cut(dialect, rule, slot)
        second = ("times", rule.times) if rule.times else ("clock", rule.clock)
        others = [
            self._rule_source(dialect, rule, name, key)
            for name, key in (second, ("zone", rule.zone), ("minus", rule.minus))
        ]
        self.factors.append(factor)
        row = (operation, column.index, slot, space, default, unset, zone, *others)
        self.rules.append((*row, int(rule.minus_unit == "ms")))

    def _rule_source(self, dialect: Dialect, rule: Rule, name: str, key: str) -> int:
        """Slot of what a rule reads besides its source, -1 for nothing."""
        return self.source(dialect, key, f"{rule.key}.{name}") if key else NOBODY

    def _cut(self, dialect: Dialect, rule: Rule, slot: int) -> int:
        """Add the cutting of a source, unless there is one; slot of its part."""
        key = f"{dialect.name}/{rule.source}/{rule.split}/{rule.part}"
        if key not in self.slot:
            self.slot[key] = len(self.slot)
            self.factors.append(1.0)
            cut = (OP_CUT, rule.part, slot, ord(rule.split), 0, 0, 0)
            self.rules.append((*cut, self.slot[key], NOBODY, NOBODY, 0))
        return self.slot[key]


def _add_dialect(work: Compiler, dialect: Dialect, number: int, zone: int, stop: int) -> None:
    """Add what a dialect decodes."""
    for key, source in dialect.alias.items():
        work.alias[key] = work.source(dialect, source, f"alias.{key}")
        work.words.add_key(key, work.alias[key])
    for tag in dialect.tags:
        work.words.add(TAG_SPACE, tag, 1)
    for name in dialect.header:
        work.words.add(HEADER_SPACE, name, number)
    work.add_patterns(dialect, number, [one for one in dialect.patterns if not one.reason])
    first, behind = work.add_rules(dialect, zone)
    syntax = sum(SYNTAX_BITS[name] for name in dialect.syntax)
    no_reply = NOBODY
    if dialect.no_reply:
        no_reply = value_of(dialect, "no_reply", "outcome", dialect.no_reply)
    work.dialects.append((syntax, first, behind, no_reply, stop))


def compile_dialects(dialects: tuple[Dialect, ...], zone: int) -> Compiled:
    """Make the tables of these dialects; `zone` in seconds east of UTC is for times without one.

    Raises
    ------
    ConfigError
        If a dialect names a word or value that does not exist.
    """
    work = Compiler()
    stop = stop_byte(dialects)
    for number, dialect in enumerate(dialects):
        _add_dialect(work, dialect, number, zone, stop)
    known = envelopes()
    work.add_batches(known)
    layouts = layout_tables(work, dialects)
    messages = message_tables(work, dialects)
    decoded = len(work.used)
    for number, dialect in enumerate(dialects):
        work.add_patterns(dialect, number, [one for one in dialect.patterns if one.reason])
    wrapped = [(work.key_slot(key), kind) for key, kind in known.named()]
    used = np.zeros((len(dialects), len(work.slot)), np.int64)
    for number, slot in work.used[:decoded]:
        used[min(number, len(dialects) - 1), slot] = 1
    tables = Tables(
        words=work.words.table(),
        pattern=np.array(work.pattern_rows(), np.int64).reshape(-1, N_PATTERN),
        condition=np.array(work.conditions, np.int64).reshape(-1, N_CONDITION),
        rule=np.array(work.rules, np.int64).reshape(-1, N_RULE),
        factor=np.array(work.factors),
        dialect=np.array(work.dialects, np.int64).reshape(-1, N_DIALECT),
        used=used,
        powers=powers_of_ten(),
        layouts=layouts,
        messages=messages,
        envelope=np.array(wrapped, np.int64).reshape(-1, N_ENVELOPE),
    )
    return Compiled(
        tables,
        tuple(one.name for one in dialects),
        tuple(work.reasons),
        work.slot_of_key(),
        tuple(work.foreach),
        tuple(one for one in dialects if one.header),
    )
