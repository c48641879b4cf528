"""Which dialect is this? Decodes some lines with each dialect and says how many it knows."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv6Address
from pathlib import Path

import numpy as np

from stream.events import ACTIONS, COLUMNS, EVENTS, HEADER, OUTCOMES, PHASES, UNUSED, EventBatch

from .dialect import Dialect, load_dialects
from .parser import Parsed, Parser, ParseSettings

SHOWN = 3
CODE_NAMES = {"action": ACTIONS, "outcome": OUTCOMES, "phase": PHASES}


@dataclass(frozen=True, slots=True)
class Decoded:
    """One line and the columns that it gave, by name; what is unset is left out."""

    line: str
    columns: dict[str, str | int | float]


@dataclass(frozen=True, slots=True)
class Finding:
    """How well a dialect fits. `confidence` is the share of the lines that it decodes or knows."""

    dialect: str
    product: str
    confidence: float
    events: int
    unused: int
    headers: int
    rejected: dict[str, int]
    examples: tuple[Decoded, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """A dialect as a list shows it."""

    name: str
    product: str
    syntax: tuple[str, ...]
    columns: tuple[str, ...]
    reference: str


def listing(folder: Path | None = None) -> tuple[Listed, ...]:
    """List the built-in dialects and those of a folder.

    Raises
    ------
    ConfigError
        If a file of the folder is wrong.
    """
    return tuple(
        Listed(one.name, one.product, one.syntax, one.columns(), one.reference)
        for one in load_dialects(folder)
    )


def sniff(
    lines: Sequence[bytes], record_time: float = 0.0, folder: Path | None = None
) -> tuple[Finding, ...]:
    """Say how well each dialect fits some lines, the best first.

    Parameters
    ----------
    lines:
        The first records of a log.
    record_time:
        Seconds since the epoch; gives times without a year theirs.
    folder:
        A folder with TOML files of more dialects.
    """
    findings = [sniff_one(dialect, lines, record_time, folder) for dialect in load_dialects(folder)]
    return tuple(sorted(findings, key=lambda one: (-one.confidence, -one.events, one.dialect)))


def sniff_one(
    dialect: Dialect, lines: Sequence[bytes], record_time: float, folder: Path | None
) -> Finding:
    """Say how well one dialect fits."""
    parser = Parser(ParseSettings(format=dialect.name, dialect_folder=folder))
    n = len(lines)
    bounds = np.cumsum([0, *map(len, lines)], dtype=np.int64)
    parsed = parser.parse(b"".join(lines), bounds, np.arange(n), np.full(n, record_time))
    known = parser.counts()[dialect.name]
    status = np.bincount(parsed.status, minlength=4)
    headers = int(status[HEADER])
    useful = known["events"] + known["unused"] + headers
    return Finding(
        dialect=dialect.name,
        product=dialect.product,
        confidence=useful / n if n and known["events"] + known["unused"] else 0.0,
        events=int(status[EVENTS]),
        unused=int(status[UNUSED]),
        headers=headers,
        rejected=count_reasons(parser, parsed),
        examples=tuple(
            Decoded(
                lines[record].decode("utf-8", "replace"), named_columns(parser, parsed.batch, k)
            )
            for k, record in enumerate(parsed.record[:SHOWN].tolist())
        ),
    )


def count_reasons(parser: Parser, parsed: Parsed) -> dict[str, int]:
    """Count the reasons of rejected records."""
    rejected = parsed.reason[parsed.status > HEADER]
    return {
        parser.reasons[reason]: int(count)
        for reason, count in zip(*np.unique(rejected, return_counts=True), strict=True)
    }


def named_columns(parser: Parser, batch: EventBatch, k: int) -> dict[str, str | int | float]:
    """Columns of event k that are set, with words in place of codes and hashes."""
    columns: dict[str, str | int | float] = {}
    for column in COLUMNS:
        if column.group == "real" and not np.isnan(batch.real[k, column.index]):
            columns[column.name] = float(batch.real[k, column.index])
        elif column.group == "address":
            high, low = batch.address[k, column.index : column.index + 2].tolist()
            address = IPv6Address(high << 64 | low)
            columns[column.name] = str(address.ipv4_mapped or address)
        elif column.group == "code" and batch.code[k, column.index] >= 0:
            code = int(batch.code[k, column.index])
            names = CODE_NAMES.get(column.name)
            columns[column.name] = names[code] if names else code
        elif column.group == "text" and batch.text[k, column.index]:
            columns[column.name] = parser.text(int(batch.text[k, column.index]))
    return columns
