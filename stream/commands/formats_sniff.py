"""The command ``almenara formats sniff``: which formats a log has, and three lines decoded."""

import shlex
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import numpy as np
import orjson
import typer

from connectors import LogFile, SourceError
from connectors.line_blocks import LineBlock
from stream.formats.dialect import read_folder
from stream.formats.named_columns import Columns, named_columns
from stream.formats.parser import Parser, ParseSettings
from stream.listing import Row, paragraph, show_rows, terminal_width
from stream.warm_up import ensure_warm

app = typer.Typer()
SHOWN = 3
LONGEST_LINE = 200
TITLES = ("format", "confidence", "lines", "with events", "unused", "headers", "rejected", "why")


@dataclass(frozen=True, slots=True)
class Example:
    """A line, its format, and the columns that it gave."""

    format: str
    line: str
    columns: Columns


@dataclass(slots=True)
class Sniffed:
    """What the first lines of a log are."""

    parser: Parser
    lines: int = 0
    examples: list[Example] = field(default_factory=list)

    def take(self, block: LineBlock, n: int, now: float) -> None:
        """Look at the first n lines of a block."""
        bounds = block.bounds[: n + 1]
        ordinals = np.arange(self.lines, self.lines + n)
        payload = block.payload[: bounds[-1]]
        parsed = self.parser.parse(payload, bounds, ordinals, np.full(n, now))
        self.lines += n
        for k, record in enumerate(parsed.record[: SHOWN - len(self.examples)].tolist()):
            line = block.payload[bounds[record] : bounds[record + 1]].tobytes()
            self.examples.append(
                Example(
                    self.parser.dialects[parsed.dialect[record]],
                    line.decode("utf-8", "backslashreplace").rstrip("\r\n"),
                    named_columns(self.parser, parsed.batch, k),
                )
            )

    @property
    def recognised(self) -> int:
        """Lines that a known format explains."""
        return sum(
            sum(counts.values()) if name else counts["header"]
            for name, counts in self.parser.counts().items()
        )

    def rows(self) -> list[Row]:
        """Return a row for each format that was seen, the likeliest first; one for lines of none.

        The confidence in a format is the share of the lines that it decodes or knows.
        """
        why = self.parser.reason_counts()
        rows: list[Row] = []
        for name, counts in self.parser.counts().items():
            total = sum(counts.values())
            if not total:
                continue
            known = (total - counts["rejected"]) / self.lines if name else None
            reasons = ", ".join(f"{reason}: {n:,}" for reason, n in why[name].items())
            shown = name or ("header lines" if counts["header"] == total else "none")
            statuses = (counts[one] for one in ("events", "unused", "header", "rejected"))
            rows.append((shown, known, total, *statuses, reasons))
        return sorted(rows, key=lambda row: -float(row[1] or 0.0))


@app.command()
def sniff(
    file: Annotated[str, typer.Argument(help="A log file, or - for standard input.")],
    *,
    lines: Annotated[int, typer.Option(min=1, help="How many lines to look at.")] = 10_000,
    dialects: Annotated[
        Path | None, typer.Option("--dialects", help="Folder with TOML files of more formats.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Tell which formats the first lines of a file have; exits 6 where none is known."""
    sniffed = Sniffed(Parser(ParseSettings(dialects=read_folder(dialects))))
    _read_head(file, lines, sniffed)
    if as_json:
        _show_json(sniffed)
    else:
        _show(sniffed)
    if sniffed.recognised and not as_json:
        more = f" --dialects {shlex.quote(str(dialects))}" if dialects else ""
        typer.echo(f"\nnext: almenara replay {shlex.quote(file)}{more}")
    if not sniffed.recognised:
        raise SourceError(
            f"{file}: no known format in the first {sniffed.lines:,} lines, expected one of "
            "`almenara formats list`; propose one: almenara formats new NAME " + shlex.quote(file)
        )


def _read_head(file: str, lines: int, sniffed: Sniffed) -> None:
    now = time.time()  # any year will do for lines that name none
    with LogFile(file) as log:
        ensure_warm()
        for block in log:
            sniffed.take(block, min(len(block), lines - sniffed.lines), now)
            if sniffed.lines == lines:
                return
    if not sniffed.lines:
        raise SourceError(f"{file}: empty, expected log lines; check that something writes to it")


def _show_json(sniffed: Sniffed) -> None:
    rows = [
        {
            **dict(zip(TITLES, row, strict=True)),
            "examples": [
                {"line": one.line, "columns": one.columns}
                for one in sniffed.examples
                if one.format == row[0]
            ],
        }
        for row in sniffed.rows()
    ]
    typer.echo(orjson.dumps(rows, option=orjson.OPT_INDENT_2).decode())


def _show(sniffed: Sniffed) -> None:
    shown = [
        (row[0], "" if row[1] is None else f"{row[1]:.1%}", *row[2:]) for row in sniffed.rows()
    ]
    show_rows(TITLES, shown)
    for example in sniffed.examples:
        typer.echo("\n" + "\n".join(_told(example)))


def _told(example: Example) -> Sequence[str]:
    """Return the lines that show an example: the log line, and below it what it gave."""
    line = example.line
    if len(line) > LONGEST_LINE:
        line = line[:LONGEST_LINE] + "…"
    columns = "  ".join(f"{name}={value}" for name, value in example.columns.items())
    return [line, *paragraph(f"{example.format}: {columns}", terminal_width(), "    ")]
