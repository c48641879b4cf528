"""What the fields of unknown log lines may be: syntax, keys, kinds of values, normal columns."""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from ipaddress import ip_address

import orjson

from .dialect import built_in_dialects

PAIR = re.compile(r"(?<![^\s,;|])([A-Za-z_][\w.\-]*)=(\"[^\"]*\"|[^\s,;|]*)")
LEAST_PAIRS = 3
SEPARATORS = "\t,;| "
LEAST_COLUMNS = 4
EPOCHS = ((1e9, 4e9, 1.0), (1e12, 4e12, 1e-3), (1e15, 4e15, 1e-6), (1e18, 4e18, 1e-9))
UNSET = ("", "-", "N/A", "n/a", "null", "(empty)")
# words in the names of fields, for each column the likeliest first
NAMED = {
    "ts": ("eventtime", "starttime", "start", "begin", "timestamp", "time", "date", "ts"),
    "duration": ("duration", "elapsed", "dur"),
    "bytes_out": ("sentbyte", "bytessent", "srcbytes", "bytesout", "sent", "bytes", "len"),
    "bytes_in": ("rcvdbyte", "bytesreceived", "dstbytes", "bytesin", "received", "rcvd"),
    "packets_out": ("sentpkt", "pktssent", "srcpkts", "packetsout", "packets", "pkts"),
    "packets_in": ("rcvdpkt", "pktsreceived", "dstpkts", "packetsin"),
    "src_ip": (
        "srcip",
        "sourceip",
        "srcaddr",
        "sourceaddress",
        "clientip",
        "src",
        "source",
        "orig",
    ),
    "dst_ip": ("dstip", "destip", "destinationip", "dstaddr", "serverip", "dst", "dest", "resp"),
    "src_port": ("srcport", "sourceport", "spt", "sport", "origp"),
    "dst_port": ("dstport", "destport", "destinationport", "dpt", "dport", "respp"),
    "transport": ("protocol", "proto", "transport"),
    "action": ("action", "verdict", "disposition", "act", "result", "decision"),
    "app": ("application", "service", "app"),
    "rule": ("rulename", "policyname", "rule", "policy", "acl"),
    "user": ("username", "user"),
    "observer": ("devname", "hostname", "device", "sensor", "observer"),
}
KINDS = {
    "ts": ("time",),
    "src_ip": ("address",),
    "dst_ip": ("address",),
    "src_port": ("port",),
    "dst_port": ("port",),
    "transport": ("word", "port", "number"),
    "duration": ("port", "number"),
    "bytes_out": ("port", "number"),
    "bytes_in": ("port", "number"),
    "packets_out": ("port", "number"),
    "packets_in": ("port", "number"),
}
TEXT_KINDS = ("word", "text")


@dataclass(slots=True)
class GuessedField:
    """A field, what it holds in the lines seen, and the normal column that it may fill."""

    key: str
    values: list[str] = field(default_factory=list)
    kind: str = ""  # address, port, time, number, word, text, empty
    factor: float = 1.0  # of a time since the epoch, to seconds
    column: str = ""


@dataclass(frozen=True, slots=True)
class GuessedSyntax:
    """How lines are to be taken apart. ``separator`` is that of a delimited log."""

    name: str  # json, key_value, delimited
    separator: str = ""
    header: tuple[str, ...] = ()


def guess_syntax(lines: Sequence[str]) -> GuessedSyntax | None:
    """Return the syntax of most lines, None where it is none of ours."""
    found: Counter[str] = Counter()
    for line in lines:
        if _is_object(line):
            found["json"] += 1
        elif len(PAIR.findall(line)) >= LEAST_PAIRS:
            found["key_value"] += 1
    if found and found.most_common(1)[0][1] * 2 > len(lines):
        return GuessedSyntax(found.most_common(1)[0][0])
    return _delimited(lines)


def _is_object(line: str) -> bool:
    try:
        return isinstance(orjson.loads(line), dict)
    except orjson.JSONDecodeError:
        return False


def _delimited(lines: Sequence[str]) -> GuessedSyntax | None:
    """Return the separator and the names that a first line gives to columns."""
    head = next((line for line in lines if line.lower().startswith("#fields")), lines[0])
    body = [line for line in lines if not line.startswith("#") and line != head]
    for separator in SEPARATORS:
        names = next(csv.reader([head.lstrip("\ufeff")], delimiter=separator))
        if head.startswith("#"):
            names = re.sub(r"^#\w+:?[\t ]", "", head).split(separator)
        counts = {len(next(csv.reader([line], delimiter=separator))) for line in body[:50]}
        is_named = all(re.fullmatch(r"[A-Za-z_][\w .\-/()]*", name.strip()) for name in names)
        if len(names) >= LEAST_COLUMNS and is_named and len(names) in counts:
            return GuessedSyntax("delimited", separator, tuple(name.strip() for name in names))
    return None


def guess_fields(lines: Sequence[str], syntax: GuessedSyntax) -> list[GuessedField]:
    """Return the fields of the lines in order of first sight, with kind and likely column."""
    fields: dict[str, GuessedField] = {}
    for line in lines:
        for key, value in _pairs(line, syntax):
            fields.setdefault(key, GuessedField(key)).values.append(value)
    found = list(fields.values())
    for one in found:
        one.kind, one.factor = _kind(one)
    _choose(found)
    return found


def _pairs(line: str, syntax: GuessedSyntax) -> Iterator[tuple[str, str]]:
    if syntax.name == "json":
        if _is_object(line):
            yield from _flat(orjson.loads(line), "")
    elif syntax.name == "key_value":
        yield from ((key, value.strip('"')) for key, value in PAIR.findall(line))
    elif not line.startswith("#"):
        values = next(csv.reader([line], delimiter=syntax.separator))
        if values != list(syntax.header):
            yield from zip(syntax.header, values, strict=False)


def _flat(value: Mapping[str, object], path: str) -> Iterator[tuple[str, str]]:
    for key, inner in value.items():
        if isinstance(inner, dict):
            yield from _flat(inner, f"{path}{key}.")
        elif not isinstance(inner, list):
            yield f"{path}{key}", "" if inner is None else str(inner)


def _kind(one: GuessedField) -> tuple[str, float]:
    """Return what the values of a field are, and for epochs the factor to seconds."""
    values = [value for value in one.values if value not in UNSET]
    if not values:
        return "empty", 1.0
    if all(map(_is_address, values)):
        return "address", 1.0
    numbers = [_number(value) for value in values]
    known = [number for number in numbers if number is not None]
    if len(known) == len(values):
        for low, high, factor in EPOCHS:
            if all(low <= number < high for number in known):
                return "time", factor
        is_port = all(number == int(number) and 0 <= number <= 65_535 for number in known)
        return ("port" if is_port else "number"), 1.0
    if all(map(_is_time, values)):
        return "time", 1.0
    return ("word" if all(re.fullmatch(r"[\w\-/.]+", value) for value in values) else "text"), 1.0


def _is_address(value: str) -> bool:
    try:
        ip_address(value)
    except ValueError:
        return False
    return True


def _number(value: str) -> float | None:
    try:
        return float(value)
    except ValueError:
        return None


def _is_time(value: str) -> bool:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return len(value) > len("2026-01-01")


def _choose(fields: Sequence[GuessedField]) -> None:
    """Give each column the field that likeliest fills it: by name and kind, else by kind."""
    for column in NAMED:
        kinds = KINDS.get(column, TEXT_KINDS)
        free = [one for one in fields if not one.column and one.kind in kinds]
        if not free:
            continue
        best = max(free, key=lambda one: _likeness(column, one.key))
        is_needed = column in ("ts", "src_ip", "dst_ip")
        if _likeness(column, best.key) > 0 or is_needed:
            best.column = column


def _likeness(column: str, key: str) -> int:
    """Return how much the name of a field says that it fills a column, 0 for nothing."""
    if column in _known_keys().get(key.lower(), ()):
        return 100
    plain = re.sub(r"[^a-z0-9]", "", key.lower())
    names = NAMED[column]
    scores = [
        (50 if plain == name else 20 if plain.endswith(name) else 10) - rank
        for rank, name in enumerate(names)
        if name in plain and (len(name) > 2 or plain == name)
    ]
    return max(scores, default=0)


@cache
def _known_keys() -> dict[str, set[str]]:
    """Return what the built-in dialects do with a key, by its name in lower case."""
    known: dict[str, set[str]] = {}
    for dialect in built_in_dialects():
        for rule in dialect.rules:
            if rule.source and not rule.source.startswith("@"):
                known.setdefault(rule.source.lower(), set()).add(rule.column)
    return known
