"""A dialect's sample lines against what its file says that they give, column by column."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

import numpy as np

from stream.events import STATUSES, UNUSED

from .dialect import read_folder
from .dialect_parts import Sample
from .named_columns import Columns, named_columns
from .parser import Parsed, Parser, ParseSettings

NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Difference:
    """What a sample gives otherwise than its file says: ``event`` counts from 1, 0 for all."""

    event: int
    column: str
    expected: str
    found: str


def check_sample(
    name: str, sample: Sample, folder: Path | None = None, zone_offset_s: int = 0
) -> list[Difference]:
    """Return how the lines of a sample differ, read by their own dialect; none where they fit."""
    parser = Parser(ParseSettings(name, zone_offset_s=zone_offset_s, dialects=read_folder(folder)))
    lines = [line.encode() for line in sample.lines]
    parsed = parse_lines(parser, lines, sample.record_time)
    events = [named_columns(parser, parsed.batch, k) for k in range(len(parsed.batch.offset))]
    found = [*_of_events(sample.events, events), *_of_unused(sample.unused, parser, parsed)]
    if found:
        found += _refusals(parser, parsed)
    return found


def parse_lines(parser: Parser, lines: Sequence[bytes], record_time: float) -> Parsed:
    """Parse some lines as the records of a lane."""
    bounds = np.cumsum([0, *map(len, lines)], dtype=np.int64)
    n = len(lines)
    return parser.parse(b"".join(lines), bounds, np.arange(n), np.full(n, record_time))


def _of_events(expected: Sequence[Columns], found: Sequence[Columns]) -> Iterator[Difference]:
    if len(expected) != len(found):
        yield Difference(0, "events", str(len(expected)), str(len(found)))
    for k, (wanted, given) in enumerate(zip_longest(expected, found), 1):
        if wanted is None or given is None:
            continue
        for column in dict.fromkeys([*wanted, *given]):
            if not _is_same(wanted.get(column), given.get(column)):
                yield Difference(k, column, _shown(wanted, column), _shown(given, column))


def _of_unused(expected: dict[str, int], parser: Parser, parsed: Parsed) -> Iterator[Difference]:
    reasons = parsed.reason[parsed.status == UNUSED].tolist()
    found = {parser.reasons[one]: reasons.count(one) for one in set(reasons)}
    for reason in dict.fromkeys([*expected, *found]):
        wanted, given = expected.get(reason, 0), found.get(reason, 0)
        if wanted != given:
            yield Difference(0, f"unused: {reason}", str(wanted), str(given))


def _refusals(parser: Parser, parsed: Parsed) -> Iterator[Difference]:
    """Say which lines were rejected: it is why events are missing."""
    for line, (status, reason) in enumerate(
        zip(parsed.status.tolist(), parsed.reason.tolist(), strict=True), 1
    ):
        if STATUSES[status] == "rejected":
            yield Difference(0, f"line {line}", "an event", f"rejected: {parser.reasons[reason]}")


def _is_same(wanted: str | float | None, given: str | float | None) -> bool:
    """Return whether two values are one; times as they are to the microsecond."""
    if isinstance(wanted, int | float) and isinstance(given, int | float):
        return math.isclose(wanted, given, rel_tol=0.0, abs_tol=1e-6)
    return wanted == given


def _shown(columns: Columns, name: str) -> str:
    value = columns.get(name, NOTHING)
    return repr(value) if isinstance(value, float) else str(value)
