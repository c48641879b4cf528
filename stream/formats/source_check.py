"""Whether rules read what the layouts and messages of their dialect give."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .dialect_rules import Rule
from .tables import STEP_LIST, STEP_PAIRS
from .toml_table import nearest

if TYPE_CHECKING:
    from .dialect import Dialect


def check_sources(dialect: "Dialect") -> None:
    """Refuse a rule whose source no layout and no message names.

    What else a record may hold is not known: of a dialect whose records have keys of their own
    nothing is refused.
    """
    given = _given(dialect)
    if given is None:
        return
    for rule in (*dialect.rules, *dialect.unused_rules):
        for key, source in _read(rule):
            if not source.startswith("@") and dialect.alias.get(source, source) not in given:
                expected = "a column of a layout or a field of a message"
                dialect.fail(key, source, expected, nearest(source, sorted(given)))


def _given(dialect: "Dialect") -> set[str] | None:
    """Names that layouts and messages give; None where records have other keys too."""
    steps = [step for one in dialect.messages for text in one.texts for step in text]
    has_keys = any(not pattern.reason for pattern in dialect.patterns)
    if has_keys or dialect.foreach or any(step.kind in (STEP_PAIRS, STEP_LIST) for step in steps):
        return None
    columns = {name for layout in dialect.layouts for name in layout.columns}
    return columns | {step.field for step in steps}


def _read(rule: Rule) -> Iterator[tuple[str, str]]:
    """Yield what a rule reads, with where its file says so."""
    if rule.source:
        yield rule.key, rule.source
    for name in ("clock", "zone", "times", "minus"):
        source = getattr(rule, name)
        if source:
            yield f"{rule.key}.{name}", source
