"""A dialect's TOML file proposed from sample lines, for a person to look over."""

from collections.abc import Sequence

import orjson

from stream.events import COLUMNS

from .compile_rules import shared_words
from .guessed_fields import UNSET, GuessedField, GuessedSyntax
from .named_columns import named_columns
from .parser import Parser, ParseSettings
from .sample_check import parse_lines

SAMPLES = 3
LONGEST_SAMPLE = 2_000
LONGEST_EXAMPLE = 40
ORDER = [column.name for column in COLUMNS]
# what a word of an action begins with, and what it means
ACTION_WORDS = {
    "allow": "allowed", "accept": "allowed", "pass": "allowed", "permit": "allowed",
    "built": "allowed", "close": "allowed", "deny": "denied", "denied": "denied",
    "reject": "denied", "refuse": "denied", "drop": "dropped", "block": "dropped",
    "discard": "dropped", "reset": "reset",
}  # fmt: skip


def propose(
    name: str, lines: Sequence[str], syntax: GuessedSyntax, fields: Sequence[GuessedField]
) -> str:
    """Return the text of a dialect file; the fields need a source and a destination address."""
    chosen = {one.column: one for one in fields if one.column}
    others = [one for one in fields if not one.column]
    parts = [
        f"name = {_text(name)}",
        f"product = {_text(name)} # what people call it",
        'reference = "" # where its fields are described',
        f"syntax = [{_text(syntax.name)}]",
        f"unset = {_list(_unset(fields))}",
        *_delimited(syntax),
        "",
        "[recognise] # keys that no other product has together: look them over",
        f"all = {_list([chosen['src_ip'].key, chosen['dst_ip'].key])}",
        *_telling(fields, chosen),
        "",
        "[columns]",
        *(_rule(column, chosen.get(column)) for column in ORDER if column in {*chosen, "ts"}),
        'phase = { value = "whole" } # or packet, start, end: see docs/formats.md',
        "",
        *(f"# not used: {_text(one.key)} ({one.kind}{_example(one)})" for one in others),
    ]
    text = "\n".join(parts) + "\n"
    return text + _sample(name, text, lines, syntax)


def _unset(fields: Sequence[GuessedField]) -> list[str]:
    seen = {value for one in fields for value in one.values}
    return [mark for mark in UNSET if mark and mark in seen]


def _delimited(syntax: GuessedSyntax) -> list[str]:
    if syntax.name != "delimited":
        return []
    return ["", "[delimited]", f"separator = {_text(syntax.separator)}", "quoted = true"]


def _telling(fields: Sequence[GuessedField], chosen: dict[str, GuessedField]) -> list[str]:
    """Name the field whose one word tells this product, where there is one."""
    for one in fields:
        if (
            one.kind == "word"
            and not one.column
            and len(one.values) > 1
            and len(set(one.values)) == 1
        ):
            return [f"words = {{ {_text(one.key)} = {_list([one.values[0]])} }}"]
    ports = [chosen[column].key for column in ("src_port", "dst_port") if column in chosen]
    return [f"any = {_list(ports)}"] if ports else []


def _rule(column: str, one: GuessedField | None) -> str:
    if one is None:
        return "ts = { record_time = true } # no time was found in the lines"
    key, note = _text(one.key), _example(one).replace(", ", "# ", 1)
    if column == "action":
        words = ", ".join(f"{_text(word)} = {_text(meant)}" for word, meant in _actions(one))
        return f"action = {{ from = {key}, words = {{ {words} }} }} {note}"
    if column == "transport":
        rule = (
            f'{{ from = {key}, words = "iana" }}, {{ from = {key}, number = true }}'
            if one.kind != "word"
            or not set(map(str.lower, one.values)) <= set(shared_words()["iana"])
            else f'{{ from = {key}, words = "iana" }}'
        )
        return f"transport = [{rule}] {note}"
    if column == "ts" and one.factor != 1.0:
        return f"ts = {{ from = {key}, factor = {one.factor:g} }} {note}"
    return f"{column} = {key} {note}"


def _actions(one: GuessedField) -> list[tuple[str, str]]:
    found = []
    for word in dict.fromkeys(one.values):
        meant = [value for begin, value in ACTION_WORDS.items() if word.lower().startswith(begin)]
        if word not in UNSET:
            found.append((word, meant[0] if meant else "unknown"))
    return found


def _example(one: GuessedField) -> str:
    value = next((value for value in one.values if value not in UNSET), "")
    if not value:
        return ""
    short = value if len(value) <= LONGEST_EXAMPLE else value[:LONGEST_EXAMPLE] + "…"
    return f", as {_text(short)}"


def _sample(name: str, text: str, lines: Sequence[str], syntax: GuessedSyntax) -> str:
    """Return a sample of the first lines with what this very file makes of them."""
    head = [line for line in lines if line.startswith("#")][:9]
    if syntax.header and not head:
        head = [syntax.separator.join(syntax.header)]
    body = [one for one in lines if one not in head and 0 < len(one) <= LONGEST_SAMPLE][:SAMPLES]
    parser = Parser(ParseSettings(name, dialects=((f"{name}.toml", text),)))
    parsed = parse_lines(parser, [line.encode() for line in (*head, *body)], 0.0)
    events = [named_columns(parser, parsed.batch, k) for k in range(len(parsed.batch.offset))]
    parts = ["", "[[sample]]", 'about = "the first lines"', "lines = ["]
    parts += [f"    {_text(line)}," for line in (*head, *body)] + ["]"]
    for event in events:
        parts += ["", "[[sample.event]]"]
        parts += [f"{column} = {_value(value)}" for column, value in event.items()]
    return "\n".join(parts) + "\n"


def _value(value: str | float) -> str:
    return _text(value) if isinstance(value, str) else repr(value)


def _text(value: str) -> str:
    """Return a basic TOML string: JSON's escapes are TOML's, but for DEL."""
    return orjson.dumps(value).decode().replace("\x7f", "\\u007f")


def _list(values: Sequence[str]) -> str:
    return f"[{', '.join(map(_text, values))}]"
