"""What dialects leave unused, read all the same: lines that name a source and a destination.

A DNS log or an alert is about a connection that another record counts. The engine has no use for
it; a reader who wants every line that names two addresses does.
"""

from dataclasses import replace

from .dialect import Dialect, Rule

IS_COUNTED_ELSEWHERE = Rule(column="phase", value="start")


def mentions(dialects: tuple[Dialect, ...]) -> tuple[Dialect, ...]:
    """Give for each dialect one of its name that reads just what it leaves unused.

    Their events are reports at the start, which are never counted as connections. A record without
    two addresses and a time is rejected. Dialects that use all that they know have none.
    """
    return tuple(_mentions(one) for one in dialects if any(p.reason for p in one.patterns))


def _mentions(dialect: Dialect) -> Dialect:
    rules = [rule for rule in dialect.rules if rule.column != "phase"]
    return replace(
        dialect,
        patterns=tuple(replace(one, reason="") for one in dialect.patterns if one.reason),
        rules=(*rules, IS_COUNTED_ELSEWHERE),
    )
