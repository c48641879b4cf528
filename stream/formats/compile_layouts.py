"""Layouts, messages and envelopes to tables."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np

from .dialect import Dialect
from .dialect_parts import Layout, Message
from .eight_bytes import PADDING
from .tables import (
    ANY_ADDRESS,
    ANY_NUMBER,
    IN_HOST,
    IN_PART,
    IN_TEXT,
    IN_TIME,
    N_FACILITY,
    N_LAYOUT,
    N_MESSAGE,
    N_OPENING,
    N_PLACE,
    N_STEP,
    STEP_GROUP,
    Layouts,
    Messages,
)
from .words import FACILITY_SPACE

if TYPE_CHECKING:
    from .compile_dialects import Compiler

ANY = {"@address": ANY_ADDRESS, "@number": ANY_NUMBER}
EACH = "@each"
NOBODY = -1


@dataclass(frozen=True, slots=True)
class Envelopes:
    """Keys under which shippers put records and what they know of them."""

    text: tuple[str, ...]
    time: tuple[str, ...]
    host: tuple[str, ...]
    batch: tuple[str, ...]

    def named(self) -> Iterator[tuple[str, int]]:
        """Yield the keys, each with what it holds."""
        yield from ((key, IN_PART if key == EACH else IN_TEXT) for key in self.text)
        yield from ((key, IN_TIME) for key in self.time)
        yield from ((key, IN_HOST) for key in self.host)


@cache
def envelopes() -> Envelopes:
    """Read the keys of the known shippers."""
    raw = tomllib.loads((resources.files("stream.formats") / "envelopes.toml").read_text("utf-8"))
    return Envelopes(**{key: tuple(names) for key, names in raw.items()})


def _places(work: "Compiler", layout: Layout) -> list[tuple[int, int]]:
    """Conditions of a layout, by column."""
    places = []
    for key, words in layout.words:
        special = [ANY[word] for word in words if word in ANY]
        space = special[0] if special else work.word_space(dict.fromkeys(words, 1))
        places.append((layout.columns.index(key), space))
    return sorted(places)


def layout_tables(work: "Compiler", dialects: tuple[Dialect, ...]) -> Layouts:
    """Make the tables of all layouts, those of one separator together."""
    rows: list[tuple[int, ...]] = []
    places: list[tuple[int, int]] = []
    columns: list[int] = []
    found = [(layout, n) for n, dialect in enumerate(dialects) for layout in dialect.layouts]
    for layout, number in sorted(found, key=lambda one: (one[0].separator, one[0].quoted)):
        first = len(places)
        places += _places(work, layout)
        at = len(columns)
        wanted = wanted_sources(dialects[number])
        slots = [work.key_slot(name) if name in wanted else NOBODY for name in layout.columns]
        last = max((k for k, slot in enumerate(slots) if slot >= 0), default=0)
        columns += slots
        rows.append(
            (
                number,
                work.reason(layout.reason),
                ord(layout.separator),
                int(layout.quoted),
                first,
                len(places),
                at,
                layout.least or min(last + 2, len(slots)),
                layout.most,
                last,
            )
        )
    return Layouts(
        np.array(rows, np.int64).reshape(-1, N_LAYOUT),
        np.array(places, np.int64).reshape(-1, N_PLACE),
        np.array(columns or [NOBODY], np.int64),
    )


def wanted_sources(dialect: Dialect) -> set[str]:
    """Give the sources that the rules of a dialect read."""
    return {
        key
        for rule in dialect.rules
        for key in (rule.source, rule.clock, rule.zone, rule.times, rule.minus)
        if key
    }


class _Texts:
    """Gathers messages, their steps and what must stand in them."""

    def __init__(self) -> None:
        self.message: list[list[int]] = []
        self.step: list[tuple[int, ...]] = []
        self.opening: list[tuple[int, int, int]] = []
        self.text = bytearray()

    def add(self, work: "Compiler", dialect: int, message: Message, wanted: set[str]) -> int:
        """Add the texts of a message; number of the first, whose next are the others."""
        start = len(self.message)
        reason = work.reason(message.reason)
        for steps in message.texts:
            first = behind = len(self.step)
            for step in steps:
                raw = step.text.encode()
                slot = work.key_slot(step.field) if step.field in wanted else NOBODY
                if step.kind == STEP_GROUP:
                    behind = len(self.step) + step.size
                # what stands in a group is emptied where that is left out
                jump = behind if len(self.step) < behind else NOBODY
                self.step.append((step.kind, slot, len(self.text), len(raw), jump))
                self.text += raw
            number = len(self.message)
            self.message.append([dialect, reason, first, len(self.step), number + 1])
        if not message.texts:
            self.message.append([dialect, reason, 0, 0, NOBODY])
        self.message[-1][-1] = NOBODY
        for word in message.begins:
            raw = word.encode()
            self.opening.append((start, len(self.text), len(raw)))
            self.text += raw
        return start


def message_tables(work: "Compiler", dialects: tuple[Dialect, ...]) -> Messages:
    """Make the tables of all messages."""
    texts = _Texts()
    facilities: list[tuple[int, int, int]] = []
    for number, dialect in enumerate(dialects):
        ids: dict[str, int] = {}
        for message in dialect.messages:
            first = texts.add(work, number, message, wanted_sources(dialect))
            ids.update(dict.fromkeys(message.ids, first))
        space = work.word_space(ids)
        for facility in dialect.facilities:
            work.words.add(FACILITY_SPACE, facility, len(facilities))
            facilities.append((number, space, work.reason(dialect.other)))
    return Messages(
        np.array(texts.message, np.int64).reshape(-1, N_MESSAGE),
        np.array(texts.step, np.int64).reshape(-1, N_STEP),
        np.array(facilities, np.int64).reshape(-1, N_FACILITY),
        np.array(texts.opening, np.int64).reshape(-1, N_OPENING),
        np.frombuffer(bytes(texts.text) + bytes(PADDING), np.uint8).copy(),
    )
