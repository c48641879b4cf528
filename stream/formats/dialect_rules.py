"""The rules of a dialect: how each column is filled."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from stream.events import COLUMNS

from .toml_table import TomlTable

COLUMN_NAMES = tuple(column.name for column in COLUMNS)
ALWAYS = ("ts", "src_ip", "dst_ip")
SOURCES = ("from", "until", "value", "record_time")
PART = ("from", "split", "part")
CODE = (*PART, "words", "within", "number", "value")
# what may stand in a rule, by its column or by the group of that
KEYS_OF_COLUMN = {
    "ts": (*PART, "record_time", "factor", "if_bad", "clock", "zone", "minus", "minus_unit"),
    "duration": (*PART, "until", "value", "factor", "if_bad"),
    "src_port": (*CODE, "if_bad"),
    "dst_port": (*CODE, "if_bad"),
}
KEYS_OF_GROUP = {
    "real": (*PART, "value", "factor", "times"),
    "address": PART,
    "code": CODE,
    "text": PART,
}
# what has a meaning only beside another
BESIDE = {"part": "split", "zone": "clock", "within": "words", "minus_unit": "minus"}


@dataclass(frozen=True, slots=True)
class Rule:
    """One way to fill a column. Exactly one of source, value and record time is set."""

    column: str
    source: str = ""
    is_end: bool = False  # the source is the end of a span that began at ts
    words: tuple[tuple[str, str | int], ...] | str = ()  # or the name of a shared list
    within: bool = False  # any word inside the value counts
    number: bool = False
    value: str | int | float | None = None
    record_time: bool = False
    factor: float = 1.0
    skip_bad: bool = False
    split: str = ""  # of the source only the part counts that stands between these bytes
    part: int = 0
    clock: str = ""  # the source is a day, this one the time of day
    zone: str = ""  # and this one the zone
    times: str = ""  # the number is multiplied with that of this source
    minus: str = ""  # the time lies this long behind the beginning
    minus_unit: str = "s"  # or ms
    key: str = field(default="", repr=False, compare=False)  # where it stands in the file


def needed_rules(columns: TomlTable) -> tuple[Rule, ...]:
    """Read the rules of an event; some columns must have one."""
    columns.only(COLUMN_NAMES)
    for needed in ALWAYS:
        if needed not in columns.raw:
            columns.fail(needed, None, f"a rule for each of {', '.join(ALWAYS)}")
    return read_rules(columns)


def read_rules(columns: TomlTable) -> tuple[Rule, ...]:
    """Read rules, in the order of the normal form: what depends on ts comes behind it."""
    columns.only(COLUMN_NAMES)
    rules: list[Rule] = []
    for column in COLUMNS:
        found = columns.raw.get(column.name, [])
        if not isinstance(found, list):
            rules.append(_rule(column.name, column.name, found, columns))
            continue
        for n, one in enumerate(found):
            rules.append(_rule(column.name, f"{column.name}[{n}]", one, columns))
    return tuple(rules)


def _rule(column: str, key: str, found: object, table: TomlTable) -> Rule:
    place = table.under(key)
    if isinstance(found, str):
        if not found:
            table.fail(key, found, "a source key")
        return Rule(column=column, source=found, key=place)
    one = table.expect_table(key, found)
    one.only(_keys_of(column))
    sources = [name for name in SOURCES if name in one.raw]
    if len(sources) != 1 and sources != ["from", "value"]:
        table.fail(key, sources, "one of 'from', 'until', 'value', 'record_time'")
    for name, other in BESIDE.items():
        if name in one.raw and other not in one.raw:
            one.fail(other, None, f"one beside {name!r}")
    return Rule(
        column=column,
        source=one.text(sources[0]) if sources[0] in ("from", "until") else "",
        is_end="until" in one.raw,
        words=one.words("words"),
        within=one.flag("within"),
        number=one.flag("number"),
        value=one.raw.get("value"),
        record_time=one.flag("record_time"),
        factor=one.number("factor", 1.0),
        skip_bad=one.choice("if_bad", "reject", ("reject", "next")) == "next",
        split=one.character("split", ""),
        part=one.whole("part", 0, -99),
        clock=one.text("clock", ""),
        zone=one.text("zone", ""),
        times=one.text("times", ""),
        minus=one.text("minus", ""),
        minus_unit=one.choice("minus_unit", "s", ("s", "ms")),
        key=place,
    )


def _keys_of(column: str) -> Sequence[str]:
    group = next(one.group for one in COLUMNS if one.name == column)
    return KEYS_OF_COLUMN.get(column, KEYS_OF_GROUP[group])
