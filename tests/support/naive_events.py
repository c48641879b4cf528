"""Plain twin of the decoder: the rules of a dialect over a dict of source values."""

import math
import re
from collections.abc import Mapping

from naive_formats import naive_address, naive_hash, naive_number, naive_time
from stream.events import ACTIONS, COLUMNS, OUTCOMES, PHASES
from stream.formats.compile_rules import shared_words
from stream.formats.dialect import Dialect
from stream.formats.dialect_parts import Pattern
from stream.formats.dialect_rules import Rule

Values = Mapping[str, bytes | None]
Event = dict[str, float | int]
SPAN = re.compile(r"[0-9]{1,8}(:[0-9]{1,8}){1,2}")
DAY = re.compile(r"[0-9]{4}([-/])[0-9]{2}\1[0-9]{2}")
CODES = {"action": ACTIONS, "outcome": OUTCOMES, "phase": PHASES}
GROUPS = {column.name: column.group for column in COLUMNS}
LARGEST_COUNT, LONGEST_DURATION, LARGEST_NUMBER = 9.0e18, 1.0e10, 2**31 - 1


class Bad(Exception):  # noqa: N818
    """A value is bad; the reason."""


def naive_matches(dialect: Dialect, pattern: Pattern, values: Values) -> bool:
    """Whether a record is of this pattern."""
    there = {dialect.alias.get(key, key) for key in values}
    listed = all(
        (values.get(key) or b"").lower() in {word.lower().encode() for word in words}
        for key, words in pattern.words
    )
    known = {dialect.alias.get(key, key) for key in pattern.all} <= there
    one = not pattern.any or bool({dialect.alias.get(k, k) for k in pattern.any} & there)
    return listed and known and one


def renamed(dialect: Dialect, values: Values) -> dict[str, bytes | None]:
    """Source values by the dialect's own names of the keys; of several the last counts."""
    return {dialect.alias.get(key, key): value for key, value in values.items()}


def code_of(column: str, value: str | float) -> int:
    return CODES[column].index(value) if isinstance(value, str) else int(value)


def rule_words(rule: Rule) -> dict[bytes, int]:
    found = shared_words()[rule.words] if isinstance(rule.words, str) else dict(rule.words)
    return {word.lower().encode(): code_of(rule.column, value) for word, value in found.items()}


def coded(rule: Rule, raw: bytes) -> int | None:
    """Code of a word, or a small number."""
    if not rule.words:
        number = naive_number(raw.decode("latin-1"))
        return int(number) if 0 <= number <= LARGEST_NUMBER and number == int(number) else None
    words = rule_words(rule)
    if not rule.within:
        return words.get(raw.lower())
    letters = bytes(c if 97 <= c | 32 <= 122 and c < 128 else 32 for c in raw).lower()
    return next((words[word] for word in letters.split() if word in words), None)


def source_of(rule: Rule, own: Values, dialect: Dialect) -> bytes | None:
    """What a rule reads of a record."""
    raw = own.get(dialect.alias.get(rule.source, rule.source)) if rule.source else None
    if raw is None or not rule.split:
        return raw
    parts = raw.split(rule.split.encode())
    return parts[rule.part] if -len(parts) <= rule.part < len(parts) else None


def naive_span(raw: bytes | None) -> float:
    """Seconds of a number or of h:mm:ss; NaN for others."""
    text = (raw or b"").decode("latin-1")
    found = SPAN.fullmatch(text) if text.isascii() else None
    if not found:
        return naive_number(text)
    seconds = 0
    for part in text.split(":"):
        seconds = seconds * 60 + int(part)
    return float(seconds)


def span_of(raw: bytes | None) -> float:
    """Seconds of a second source, 0 where there is none."""
    seconds = naive_span(raw)
    return seconds if 0 <= seconds <= LONGEST_DURATION else 0.0


def day_and_clock(rule: Rule, text: str, own: Values, zone: int) -> float | None:
    """Time whose day and time of day are two sources."""
    clock = own.get(rule.clock)
    if clock is None:
        return None
    named = (own.get(rule.zone) or b"").decode("latin-1")
    offset = naive_time(f"1970-01-01T00:00:00{named}", 0, 0.0) if named else math.nan
    found = DAY.fullmatch(text) and b"," not in clock
    zone = zone if math.isnan(offset) else -int(offset)
    whole = f"{text}T{clock.decode('latin-1')}"
    return naive_time(whole, zone, 0.0) if found and len(whole) >= 19 else math.nan


def real(
    rule: Rule, text: str, event: Event, own: Values, zone: int, record_time: float
) -> float | None:
    """Time, duration or count."""
    if rule.column == "ts" or rule.is_end:
        day = day_and_clock(rule, text, own, zone) if rule.clock else None
        if rule.clock and day is None:
            return None
        seconds = naive_time(text, zone, record_time) if day is None else day
        if math.isnan(seconds):
            raise Bad("bad time")
        if rule.column == "ts":
            span = span_of(own.get(rule.minus)) if rule.minus else 0
            return seconds - (span * 0.001 if rule.minus_unit == "ms" else span)
        return seconds - event["ts"] if seconds >= event.get("ts", math.nan) else None
    number = naive_number(text) * rule.factor
    if rule.times:
        number *= span_of(own.get(rule.times)) or 1.0
    if rule.column == "duration":
        if math.isnan(number):
            number = naive_span(text.encode("latin-1"))
        if not abs(number) <= LONGEST_DURATION:
            raise Bad("bad number")
        return number if number >= 0 else None
    if not 0 <= number <= LARGEST_COUNT:
        raise Bad("bad number")
    return number


def apply(
    rule: Rule, raw: bytes, event: Event, own: Values, zone: int, record_time: float
) -> float | int | None:
    """Value of a column, None where the rule gives none."""
    text = raw.decode("latin-1")
    group = GROUPS[rule.column]
    if group == "address":
        address = naive_address(text)
        if address is None:
            raise Bad("bad address")
        return address
    if group == "text":
        return naive_hash(raw)
    if group == "real":
        return real(rule, text, event, own, zone, record_time)
    if rule.value is not None:
        return code_of(rule.column, rule.value)
    if not rule.column.endswith("_port") or rule.words:
        return coded(rule, raw)
    number = naive_number(text)
    if not 0 <= number <= 65535 or number != int(number):
        raise Bad("bad port")
    return int(number)


def constant(rule: Rule, record_time: float) -> float | int:
    if rule.record_time:
        if not math.isfinite(record_time):
            raise Bad("bad time")
        return record_time
    assert rule.value is not None
    return rule.value if isinstance(rule.value, float) else code_of(rule.column, rule.value)


def naive_event(
    dialect: Dialect, values: Values, zone: int = 0, record_time: float = 0.0
) -> Event | str:
    """Columns of the event of a record, or the reason why there is none (the last bad value)."""
    own = renamed(dialect, values)
    marks = {mark.lower().encode() for mark in dialect.unset}
    event: Event = {}
    reason = ""
    for rule in dialect.rules:
        raw = source_of(rule, own, dialect)
        is_word = (bool(rule.words) and not rule.within) or (
            bool(rule.source) and rule.value is not None
        )
        if rule.column in event or (rule.source and (raw is None or (not raw and not is_word))):
            continue
        try:
            value = (
                constant(rule, record_time)
                if raw is None
                else apply(rule, raw, event, own, zone, record_time)
            )
        except Bad as bad:
            if raw is not None and (raw.lower() in marks or rule.skip_bad):
                continue
            reason = str(bad)
            continue
        if value is not None and not (raw is not None and raw.lower() in marks and not is_word):
            event[rule.column] = value
    if not reason and not {"ts", "src_ip", "dst_ip"} <= event.keys():
        reason = "missing column"
    return reason or finished(dialect, event)


def finished(dialect: Dialect, event: Event) -> Event:
    if event.get("transport") in (1, 58):
        event.pop("src_port", None)
        event.pop("dst_port", None)
    if dialect.no_reply and event.get("packets_in") == 0:
        event["outcome"] = OUTCOMES.index(dialect.no_reply)
    return opened(event) if dialect.opener == "ports" else event


def opened(event: Event) -> Event:
    """The event from who opened it, told by the ports where the log does not say."""
    source, destination = event.get("src_port"), event.get("dst_port")
    if event.get("phase") != PHASES.index("end") or "bytes_in" in event:
        return event
    if source is None or destination is None or _kind(source) >= _kind(destination):
        return event
    turned = dict(event)
    for name, other in (("src_ip", "dst_ip"), ("src_port", "dst_port")):
        turned[name], turned[other] = event[other], event[name]
    return turned


def _kind(port: float) -> int:
    return sum(port >= first for first in (1_024, 32_768))
