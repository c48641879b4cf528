"""Writes normal-form events in any dialect, by the rules of its file read backwards.

A source key may serve several columns, so columns are written one after the other: each by one of
its rules whose source is free, and whose rules before it have no source that is written. What
could not be written is left out. `Written.columns` is what the parser must give back.
"""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from random import Random

from stream.events import ACTIONS, COLUMNS, OUTCOMES, PHASES
from stream.formats.compile_rules import shared_words
from stream.formats.dialect import Dialect
from stream.formats.dialect_parts import Layout, Message, Pattern
from stream.formats.dialect_rules import Rule
from stream.formats.tables import (
    STEP_ADDRESS,
    STEP_GROUP,
    STEP_LIST,
    STEP_NUMBER,
    STEP_PAIRS,
    STEP_TEXT,
)

Value = str | int | float
CODES = {"action": ACTIONS, "outcome": OUTCOMES, "phase": PHASES}
GROUPS = {column.name: column.group for column in COLUMNS}
DUMMY = {STEP_NUMBER: "1", STEP_ADDRESS: "192.0.2.99"}
HEADS = ("@vendor", "@product", "@version", "@id", "@name", "@severity")
WITHOUT_PORTS = (1, 58)
ISO = "%Y-%m-%dT%H:%M:%S"


@dataclass
class Written:
    """The texts of the source keys, and the columns that they are to give."""

    texts: dict[str, str] = field(default_factory=dict)
    parts: dict[str, dict[int, str]] = field(default_factory=dict)
    needed: set[str] = field(default_factory=set)
    forbidden: set[str] = field(default_factory=set)
    columns: dict[str, Value] = field(default_factory=dict)

    def is_there(self, key: str) -> bool:
        return key in self.texts or key in self.parts

    def joined(self) -> dict[str, str]:
        """All texts, those of several parts joined."""
        both = dict(self.texts)
        for key, parts in self.parts.items():
            sign = parts[-1]
            both[key] = sign.join(parts.get(n, "x") for n in range(max(parts) + 1))
        return both


class Writer:
    """Writes events in one dialect."""

    def __init__(self, dialect: Dialect, random: Random) -> None:
        self.dialect = dialect
        self.random = random
        used = [one for one in dialect.patterns if not one.reason]
        self.pattern = used[0] if used else None
        self.layouts = [one for one in dialect.layouts if not one.reason]
        self.messages = [one for one in dialect.messages if not one.reason and one.texts]
        self.read = {rule.source for rule in dialect.rules}
        # a colon behind an address of version 6 may belong to it
        self.before_colon = any(rule.split == ":" for rule in dialect.rules)

    def word(self) -> str:
        return "".join(self.random.choice("bcfghjklmn") for _ in range(self.random.randint(3, 9)))

    def write(self, allowed: set[str] | None, fixed: dict[str, str] | None = None) -> Written:
        """Draw an event; only these source keys may be written, all where None."""
        found = Written(texts=dict(fixed or {}))
        if self.pattern and allowed is None:
            self._recognise(self.pattern, found)
        order = ["transport", "src_ip", "dst_ip", "duration", "ts"]
        names = self.dialect.columns()
        rest = [name for name in names if name not in order]
        self.random.shuffle(rest)
        for name in [*(name for name in order if name in names), *rest]:
            self._column(name, found, allowed)
        found.texts.update({key: "1" for key in found.needed if not found.is_there(key)})
        return found

    def _recognise(self, pattern: Pattern, found: Written) -> None:
        """Write words, and note keys, that a record of the dialect must have."""
        for key, words in pattern.words:
            found.texts[self._name(key)] = self.random.choice(words)

        some = [self.random.choice(pattern.any)] if pattern.any else []
        found.needed = {self._name(key) for key in (*pattern.all, *some)}

    def _name(self, key: str) -> str:
        return self.dialect.alias.get(key, key)

    def _column(self, name: str, found: Written, allowed: set[str] | None) -> None:
        """Write a column by one of its rules, if one can be."""
        rules = [rule for rule in self.dialect.rules if rule.column == name]
        choices = list(range(len(rules)))
        self.random.shuffle(choices)
        for k in choices:
            before = {self._name(rule.source) for rule in rules[:k] if rule.source}
            before.discard(self._name(rules[k].source))
            taken = any(found.is_there(key) or key in found.needed for key in before)
            if rules[k].record_time or taken:
                continue
            if rules[k].source and not self._may(rules[k], found, allowed):
                continue
            value = self._value(rules[k], found)
            if value is None:
                continue
            found.columns[name] = value
            found.forbidden |= before
            return

    def _may(self, rule: Rule, found: Written, allowed: set[str] | None) -> bool:
        """Whether the sources of a rule can be written."""
        keys = [self._name(key) for key in (rule.source, rule.clock, rule.zone) if key]
        if any(key in found.forbidden or key in found.texts for key in keys):
            return False
        if rule.split and (rule.part < 0 or rule.part in found.parts.get(keys[0], {})):
            return False
        if not rule.split and keys[0] in found.parts:
            return False
        if rule.minus and self._name(rule.minus) not in found.texts:
            return False
        return allowed is None or set(keys) <= allowed

    def _put(self, rule: Rule, found: Written, text: str) -> None:
        key = self._name(rule.source)
        if rule.split:
            found.parts.setdefault(key, {-1: rule.split})[rule.part] = text
        else:
            found.texts[key] = text

    def _value(self, rule: Rule, found: Written) -> Value | None:
        """Draw a value for a column and write it; None where that cannot be."""
        if rule.value is not None:
            if rule.source:
                self._put(rule, found, self.word())
            return rule.value
        group = GROUPS[rule.column]
        if group == "real":
            return self._real(rule, found)
        if group == "code":
            return self._code(rule, found)
        value = self.word() if group == "text" else self._address(found)
        self._put(rule, found, value)
        return value

    def _address(self, found: Written) -> str:
        n = self.random.randint(1, 250)
        if (
            self.before_colon
            or self.random.random() < 0.5
            or "." in str(found.columns.get("src_ip", ""))
        ):
            return f"192.0.2.{n}"
        return f"2001:db8::{n:x}"

    def _real(self, rule: Rule, found: Written) -> float | None:
        if rule.column == "ts":
            return self._time(rule, found)
        if rule.column == "duration":
            value = self.random.randint(0, 7200) / 4
            if rule.is_end:
                return None  # written only where the beginning is known: see _time
            self._put(rule, found, _number(value / rule.factor))
            return value
        value = self.random.randint(1, 10**9)
        if rule.times and not found.is_there(self._name(rule.times)):
            found.forbidden.add(self._name(rule.times))
        self._put(rule, found, _number(value / rule.factor))
        return float(value)

    def _time(self, rule: Rule, found: Written) -> float:
        began = self.random.randint(10**9, 19 * 10**8) + self.random.choice((0.0, 0.5))
        shown = began
        if rule.minus:
            shown += float(found.columns["duration"])
        if rule.clock:
            shown = float(int(shown))
            began = shown - (float(found.columns["duration"]) if rule.minus else 0.0)
            moment = datetime.fromtimestamp(shown, UTC)
            found.texts[self._name(rule.source)] = moment.strftime("%Y-%m-%d")
            found.texts[self._name(rule.clock)] = moment.strftime("%H:%M:%S")
            if rule.zone:
                found.texts[self._name(rule.zone)] = "+0000"
        elif rule.factor != 1.0 and not rule.source.startswith("@") and self.random.random() < 0.5:
            self._put(rule, found, str(round(shown / rule.factor)))
        else:
            self._put(rule, found, _iso(shown))
        return began

    def _code(self, rule: Rule, found: Written) -> Value | None:
        if rule.column.endswith("_port"):
            if rule.words or found.columns.get("transport", 6) in WITHOUT_PORTS:
                return None
            port = self.random.randint(1, 65535)
            self._put(rule, found, str(port))
            return port
        if not rule.words:
            number = self.random.choice((6, 17, 47, 132) if rule.column == "transport" else (0, 5))
            self._put(rule, found, str(number))
            return number
        words = shared_words()[rule.words] if isinstance(rule.words, str) else dict(rule.words)
        words = {word: value for word, value in words.items() if word and word.isascii()}
        if not words:
            return None
        word = self.random.choice(sorted(words))
        self._put(rule, found, word)
        value = words[word]
        names = CODES.get(rule.column)
        return names[value] if names and isinstance(value, int) else value

    def line(self, syntax: str) -> tuple[list[str], Written]:
        """Write a record, with a header before it where the syntax needs one."""
        if syntax == "template":
            return self._message(self.random.choice(self.messages))
        if (
            syntax == "delimited"
            and self.layouts
            and (not self.pattern or self.random.random() < 0.5)
        ):
            return self._row(self.random.choice(self.layouts))
        if syntax == "delimited":
            return self._columns()
        found = self.write(None)
        texts = found.joined()
        if syntax == "json":
            back = {source: key for key, source in self.dialect.alias.items()}
            named = {
                back.get(key, key) if key.startswith("@p") else key: texts[key] for key in texts
            }
            return [json.dumps(named)], found
        return [self._pairs(texts)], found

    def _pairs(self, texts: dict[str, str]) -> str:
        """Write key=value, behind the head that the dialect's records have."""
        own = {key: text for key, text in texts.items() if not key.startswith("@")}
        if "@vendor" in texts:
            return self._head(texts, own)
        pairs = " ".join(f'{key}="{text}"' for key, text in own.items())
        time = texts.get("@time", "2024-02-29T10:00:00Z")
        host = texts.get("@host", "gate")
        if "@id" in texts:
            return f"<14>1 {time} {host} app - {texts['@id']} [a@1 {pairs}]"
        prefix = f"{texts['@prefix']}: " if "@prefix" in texts else ""
        tag = f"{self.dialect.tags[0]}: " if self.dialect.tags else ""
        if "@time" in texts or "@host" in texts:
            return f"{time} {host} {tag}{prefix}{pairs}"
        return prefix + pairs

    def _head(self, texts: dict[str, str], own: dict[str, str]) -> str:
        fields = {key: texts.get(key, "x") for key in HEADS}
        header = f"{texts['@time']} {texts.get('@host', 'gate')} " if "@time" in texts else ""
        if "@time" not in texts and "@host" in texts:
            header = f"2024-02-29T10:00:00Z {texts['@host']} "
        if self.dialect.name == "cef":
            pairs = " ".join(f"{key}={text}" for key, text in own.items())
            return f"{header}CEF:0|{'|'.join(fields.values())}|{pairs}"
        first = "|".join(fields[key] for key in HEADS[:4])
        pairs = "\t".join(f"{key}={text}" for key, text in own.items())
        return f"{header}LEEF:1.0|{first}|{pairs}"

    def _columns(self) -> tuple[list[str], Written]:
        """Write a row below a header line."""
        found = self.write(None)
        texts = found.joined()
        paths = texts.pop("@path", None)
        sign = self.dialect.separator
        rows = [sign.join(texts), sign.join(text or "-" for text in texts.values())]
        if self.dialect.header:
            first = [key for key in self.dialect.header if key not in texts][:2]
            names, values = [*first, *texts], ["-", "-", *texts.values()]
            return [sign.join(names), sign.join(values)], found
        if sign == " ":
            return ["#Fields: " + rows[0], rows[1]], found
        # it holds until the next one
        head = f"#path{sign}{paths or 'conn'}"
        return [head, f"#fields{sign}{rows[0]}{sign}more", f"{rows[1]}{sign}x"], found

    def _row(self, layout: Layout) -> tuple[list[str], Written]:
        """Write a row of a layout, behind a syslog header."""
        fixed = {
            key: self.random.choice(words)
            for key, words in layout.words
            if words[0] not in ("@address", "@number")
        }
        free = set(layout.columns) - set(fixed) | {"@time", "@host"}
        found = self.write(free, fixed)
        texts = found.joined()
        values = [texts.get(name, "") for name in layout.columns]
        numbers = [key for key, words in layout.words if words[0] == "@number"]
        values = [
            value or ("7" if name in numbers else "")
            for name, value in zip(layout.columns, values, strict=True)
        ]
        row = layout.separator.join(values)
        if "@time" in texts or "@host" in texts:
            time = texts.get("@time", "2024-02-29T10:00:00Z")
            row = f"{time} {texts.get('@host', 'gate')} app: {row}"
        return [row], found

    def _message(self, message: Message) -> tuple[list[str], Written]:
        """Write a message with all of its fields."""
        steps = self.random.choice(message.texts)
        fields = {step.field for step in steps if step.field}
        self.before_colon = any(
            step.field and behind.text.startswith(":") for step, behind in pairwise(steps)
        )
        fixed = {"@id": self.random.choice(message.ids), "@severity": "6"} if message.ids else {}
        numbers = {step.field for step in steps if step.kind == STEP_NUMBER}
        pairs = next((step.text for step in steps if step.kind == STEP_LIST), "")
        keys = {key for key in self.read if pairs and not key.startswith("@")}
        names = fields | keys | {"@time", "@host"}
        found = self.write(names, fixed)
        texts = found.joined()
        while not (
            all(texts.get(key, "1").isdigit() for key in numbers)
            and (not pairs or all(key in texts for key in fields & self.read))
        ):
            found = self.write(names, fixed)
            texts = found.joined()
        body = []
        for step in steps:
            if step.kind == STEP_TEXT:
                body.append(step.text)
            elif step.kind not in (STEP_GROUP, STEP_PAIRS, STEP_LIST):
                body.append(texts.get(step.field, DUMMY.get(step.kind, "x")))
        rest = (key for key in texts if pairs and key not in fields and key[0] != "@")
        body.append(pairs.join(f"{key}={texts[key]}" for key in rest))
        mark = ""
        if fixed:
            mark = f"%{self.random.choice(self.dialect.facilities)}-6-{fixed['@id']}: "
        time = texts.get("@time", "2024-02-29T10:00:00Z")
        return [f"{time} {texts.get('@host', 'gate')} {mark}{''.join(body)}"], found


def _iso(seconds: float) -> str:
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.strftime(ISO) + f".{moment.microsecond:06d}Z"


def _number(value: float) -> str:
    rounded = round(value)
    return str(rounded) if abs(value - rounded) < 1e-6 else repr(value)
