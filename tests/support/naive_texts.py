"""Plain twins of the text scanners: str methods and re over headers, messages, rows and heads."""

import re
from collections.abc import Sequence

from naive_formats import naive_address
from stream.formats.dialect import Dialect
from stream.formats.dialect_parts import Layout
from stream.formats.tables import (
    STEP_ADDRESS,
    STEP_GROUP,
    STEP_LIST,
    STEP_NUMBER,
    STEP_PAIRS,
    STEP_REST,
    STEP_TEXT,
    STEP_UNTIL,
    STEP_WORD,
)
from stream.formats.texts_with_fields import Step

Fields = dict[str, bytes]
MARK = re.compile(
    rb"%([^- :\x00-\x1f]+)-(?:[^ :\x00-\x1f]*-)?([0-9])-([^- :\x00-\x1f]+)(?=[ :\x00-\x1f]|$)"
)
KINDS = {
    STEP_WORD: re.compile(rb"[^\x00- ]+"),
    STEP_NUMBER: re.compile(rb"[0-9]+"),
    STEP_ADDRESS: re.compile(rb"[0-9A-Fa-f:.]+"),
    STEP_REST: re.compile(rb".*", re.DOTALL),
}
OPENED_WITHIN = 96  # bytes in which a message without an id begins
CEF_KEY = re.compile(rb"(?:(?<=[\x00-\x20])|^)([\w.\-/\[\]]+)=")


def fixed(step: Step) -> "re.Pattern[bytes]":
    """A fixed text, in which a blank stands for any number of them."""
    return re.compile(b" +".join(re.escape(part) for part in step.text.encode().split(b" ")))


def naive_match(steps: Sequence[Step], text: bytes) -> Fields | None:
    """Fields of a text, None if it is not of this form. A group is tried once, before the rest."""
    if not steps:
        return {}
    step, rest = steps[0], steps[1:]
    if step.kind == STEP_GROUP:
        inside, behind = steps[1 : step.size], steps[step.size :]
        split = cut_group(inside, behind, text)
        if split is None:
            return naive_match(behind, text)
        fields, left = split
        found = naive_match(behind, left)
        return None if found is None else {**fields, **found}
    if step.kind in (STEP_PAIRS, STEP_LIST):
        sign = step.text.encode()
        return naive_pairs(text, sign) if sign else naive_list(text)
    taken = take(step, rest, text)
    if taken is None:
        return None
    found = naive_match(rest, text[len(taken) :])
    return None if found is None else {**named(step, trimmed(step, taken)), **found}


def cut_group(
    inside: Sequence[Step], behind: Sequence[Step], text: bytes
) -> tuple[Fields, bytes] | None:
    """Fields of a group and what stands behind it."""
    fields: Fields = {}
    for n, step in enumerate(inside):
        taken = take(step, [*inside[n + 1 :], *behind], text)
        if taken is None:
            return None
        fields |= named(step, trimmed(step, taken))
        text = text[len(taken) :]
    return fields, text


def take(step: Step, rest: Sequence[Step], text: bytes) -> bytes | None:
    """What a step takes from the beginning of a text."""
    if step.kind == STEP_TEXT:
        found = fixed(step).match(text)
        return found[0] if found else None
    if step.kind == STEP_UNTIL:
        found = fixed(rest[0]).search(text)
        return text[: found.start()] if found else None
    found = KINDS[step.kind].match(text)
    if not found:
        return None
    return trimmed(step, found[0])


def trimmed(step: Step, taken: bytes) -> bytes:
    """An address without a sign behind it."""
    if step.kind == STEP_ADDRESS and taken[-1:] in b".:" and taken[-2:-1] not in (b":", b""):
        return taken[:-1]
    return taken


def named(step: Step, taken: bytes) -> Fields:
    return {step.field: taken} if step.field else {}


def naive_list(text: bytes) -> Fields:
    """``Key: value, Key: value``."""
    fields: Fields = {}
    while text := text.lstrip(b" ,"):
        key, sign, rest = text.partition(b":")
        if not sign:
            break
        value, *behind = re.split(rb",(?= |$)", rest.lstrip(b" "), maxsplit=1)
        text = b"".join(behind)
        fields.setdefault(key.decode("latin-1"), value)
    return fields


def naive_pairs(text: bytes, delimiter: bytes) -> Fields:
    """``key=value|key=value``."""
    fields: Fields = {}
    for pair in text.split(delimiter):
        key, sign, value = pair.lstrip(bytes(range(33))).partition(b"=")
        if sign:
            fields.setdefault(key.decode("latin-1"), value)
    return fields


def naive_opening(dialect: Dialect, text: bytes) -> Fields | str | None:
    """Fields or reason of a text in which a message without an id begins; None if none does."""
    for message in dialect.messages:
        for word in message.begins:
            literal = fixed(Step(STEP_TEXT, text=word)).pattern
            found = re.search(rb"(?:^|(?<=[\x00- ]))" + literal, text[:OPENED_WITHIN])
            if not found:
                continue
            around = {"@prefix": text[: found.start()].rstrip(b" \t:")}
            if not message.texts:
                return message.reason
            for steps in message.texts:
                fields = naive_match(steps, text[found.start() :])
                if fields is not None:
                    return message.reason or {**fields, **(around if around["@prefix"] else {})}
    return None


def naive_message(dialects: Sequence[Dialect], text: bytes) -> tuple[Dialect, Fields | str] | None:
    """Dialect, and fields or reason, of a text that begins with a message's mark."""
    found = MARK.match(text)
    if not found:
        return None
    facility, severity, name = found.groups()
    for dialect in dialects:
        if facility.lower() in {one.lower().encode() for one in dialect.facilities}:
            break
    else:
        return None
    known = [m for m in dialect.messages if name.lower() in {i.lower().encode() for i in m.ids}]
    if not known:
        return dialect, dialect.other
    around = {"@id": name, "@severity": severity}
    body = text[found.end() :].lstrip(b": ")
    for steps in known[-1].texts:
        fields = naive_match(steps, body)
        if fields is not None:
            return dialect, known[-1].reason or {**fields, **around}
    return dialect, known[-1].reason if not known[-1].texts else "other message form"


def naive_cells(line: bytes, separator: bytes, *, quoted: bool) -> list[bytes]:
    """Columns of a row; one that begins with a quote that is never closed ends it."""
    cells = []
    at = 0
    while at <= len(line):
        if quoted and line[at : at + 1] == b'"':
            found = re.compile(rb'"((?:[^"]|"")*)"(?!")').match(line, at)
            if not found:
                break
            cells.append(found[1].replace(b'""', b'"'))
            at = found.end()
            end = line.find(separator, at)
        else:
            end = line.find(separator, at)
            cells.append(line[at : end if end >= 0 else len(line)])
        if end < 0:
            break
        at = end + 1
    return cells


def naive_fits(cell: bytes, words: Sequence[str]) -> bool:
    if "@address" in words:
        return naive_address(cell.decode("latin-1")) is not None
    if "@number" in words:
        return cell.isdigit()
    return cell.lower() in {word.lower().encode() for word in words}


def naive_layout(dialect: Dialect, layout: Layout, line: bytes) -> Fields | None:
    """Columns of a row, None if it has another layout."""
    cells = naive_cells(line, layout.separator.encode(), quoted=layout.quoted)
    wanted = {rule.source for rule in dialect.rules} | {
        key for rule in dialect.rules for key in (rule.clock, rule.zone, rule.times, rule.minus)
    }
    last = max((k for k, name in enumerate(layout.columns) if name and name in wanted), default=0)
    least = layout.least or min(last + 2, len(layout.columns))
    if len(cells) < least or (layout.most and len(cells) > layout.most):
        return None
    for name, words in layout.words:
        k = layout.columns.index(name)
        if k >= len(cells) or not naive_fits(cells[k], words):
            return None
    return {name: cell for name, cell in zip(layout.columns, cells, strict=False) if name in wanted}


def unslashed(value: bytes) -> bytes:
    return re.sub(rb'\\(["=|\\])', rb"\1", value)


def naive_cef(line: bytes) -> Fields | None:
    """Head and pairs of CEF."""
    found = re.match(rb"CEF:[^|]*\|" + rb"((?:[^|\\]|\\.)*)\|" * 6, line, re.DOTALL)
    if not found:
        return None
    names = ("@vendor", "@product", "@version", "@id", "@name", "@severity")
    fields = dict(zip(names, map(unslashed, found.groups()), strict=True))
    keys = list(CEF_KEY.finditer(line[found.end() :]))
    text = line[found.end() :]
    for n, key in enumerate(keys):
        end = keys[n + 1].start() if n + 1 < len(keys) else len(text)
        value = text[key.end() : end].rstrip(bytes(range(33)))
        fields.setdefault(key[1].decode(), unslashed(value))
    return fields


def naive_leef(line: bytes) -> Fields | None:
    """Head and pairs of LEEF."""
    found = re.match(rb"LEEF:([0-9.]*)\|([^|]*)\|([^|]*)\|([^|]*)\|([^|]*)\|", line)
    if not found:
        return None
    names = ("@vendor", "@product", "@version", "@id")
    fields: Fields = dict(zip(names, found.groups()[1:], strict=True))
    fields["@name"] = b"LEEF"
    text, delimiter = line[found.end() :], b"\t"
    if found[1].startswith(b"2"):
        named_one = re.match(rb"(?:0?[xX]([0-9A-Fa-f]{1,3})|([^|])|)\|", text)
        if named_one:
            text = text[named_one.end() :]
            delimiter = named_one[2] or b"\t"
            if named_one[1]:
                delimiter = bytes([int(named_one[1], 16) & 255])
    elif delimiter not in text:
        delimiter = b"|"
    return {**naive_pairs(text, delimiter), **fields}
