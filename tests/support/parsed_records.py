"""Records for a parser, and events as plain dicts."""

import math
from collections.abc import Sequence

import numpy as np

from stream.events import COLUMNS, EventBatch
from stream.formats.parser import Parsed, Parser

Event = dict[str, float | int]


def parse_lines(
    parser: Parser, lines: Sequence[bytes], record_time: float = 0.0, first: int = 0
) -> Parsed:
    """Parse lines as one call."""
    bounds = np.cumsum([0, *map(len, lines)], dtype=np.int64)
    n = len(lines)
    return parser.parse(
        b"".join(lines), bounds, np.arange(first, first + n), np.full(n, record_time)
    )


def columns_of(batch: EventBatch, k: int) -> Event:
    """The columns of event k that are set. Texts are hashes."""
    event: Event = {}
    for column in COLUMNS:
        if column.group == "address":
            high, low = map(int, batch.address[k, column.index : column.index + 2])
            event[column.name] = high << 64 | low
        elif column.group == "real":
            event[column.name] = float(batch.real[k, column.index])
        elif column.group == "code":
            event[column.name] = int(batch.code[k, column.index])
        else:
            event[column.name] = int(batch.text[k, column.index])
    unset = {"real": math.nan, "address": -1, "code": -1, "text": 0}
    return {
        column.name: event[column.name]
        for column in COLUMNS
        if event[column.name] != unset[column.group] and not is_nan(event[column.name])
    }


def is_nan(value: float) -> bool:
    return value != value  # noqa: PLR0124


def reasons_of(parser: Parser, parsed: Parsed) -> list[str]:
    """Reason of each record, "" where it gave an event or header."""
    return [parser.reasons[k] for k in parsed.reason]


def events_of(parsed: Parsed) -> dict[int, Event]:
    """Columns of the events by number of their record."""
    return {int(record): columns_of(parsed.batch, k) for k, record in enumerate(parsed.record)}
