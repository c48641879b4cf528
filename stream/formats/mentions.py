"""What dialects leave unused, read all the same: lines that name a source and a destination.

A DNS log or an alert is about a connection that another record counts. The engine has no use for
it; a reader who wants every line that names two addresses does.
"""

from dataclasses import replace

from .dialect import Dialect
from .dialect_parts import Layout, Message, Pattern
from .dialect_rules import Rule

IS_COUNTED_ELSEWHERE = Rule(column="phase", value="start")


def mentions(dialects: tuple[Dialect, ...]) -> tuple[Dialect, ...]:
    """Give for each dialect one of its name that reads just what it leaves unused.

    Their events are reports at the start, which are never counted as connections. A record without
    two addresses and a time is rejected. Dialects that use all that they know have none.
    """
    return tuple(_mentions(one) for one in dialects if _leaves_some(one))


def _leaves_some(dialect: Dialect) -> bool:
    known: list[Pattern | Layout | Message] = [*dialect.patterns]
    known += [*dialect.layouts, *dialect.messages]
    return any(one.reason for one in known)


def _mentions(dialect: Dialect) -> Dialect:
    rules = [rule for rule in dialect.rules if rule.column != "phase"]
    return replace(
        dialect,
        patterns=tuple(replace(one, reason="") for one in dialect.patterns if one.reason),
        layouts=tuple(replace(one, reason="") for one in dialect.layouts if one.reason),
        messages=tuple(replace(one, reason="") for one in dialect.messages if one.reason),
        rules=(*rules, *dialect.unused_rules, IS_COUNTED_ELSEWHERE),
    )
