"""The command ``almenara formats``: which log formats are known, and which of them a file has."""

import shlex
import time
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from connectors import LogFile, SourceError
from stream.events import COLUMNS
from stream.formats.dialect import Dialect, load_dialects
from stream.formats.parser import Parser, ParseSettings
from stream.listing import Row, show_json, show_rows
from stream.warm_up import ensure_warm

app = typer.Typer(
    rich_markup_mode=None,
    help="List the known log formats, or tell those of a file.",
    no_args_is_help=True,
)

AsJson = Annotated[bool, typer.Option("--json", help="Write JSON.")]
Dialects = Annotated[
    Path | None, typer.Option("--dialects", help="Folder with TOML files of more formats.")
]


@app.command("list")
def list_formats(
    *,
    columns: Annotated[
        bool, typer.Option("--columns", help="List the columns and which formats fill them.")
    ] = False,
    dialects: Dialects = None,
    as_json: AsJson = False,
) -> None:
    """List the known log formats."""
    known = load_dialects(dialects)
    titles, rows = by_column(known) if columns else by_format(known)
    show = show_json if as_json else show_rows
    show(titles, rows)


def by_format(known: tuple[Dialect, ...]) -> tuple[tuple[str, ...], list[Row]]:
    """Return a row for each format."""
    rows: list[Row] = [
        (dialect.name, ", ".join(dialect.syntax), dialect.product, dialect.reference)
        for dialect in known
    ]
    return ("format", "syntax", "product", "reference"), rows


def by_column(known: tuple[Dialect, ...]) -> tuple[tuple[str, ...], list[Row]]:
    """Return a row for each column of the normal form."""
    rows: list[Row] = [
        (
            column.name,
            column.unit,
            column.ecs,
            ", ".join(dialect.name for dialect in known if column.name in dialect.columns()),
            column.meaning,
        )
        for column in COLUMNS
    ]
    return ("column", "unit", "ecs", "filled by", "meaning"), rows


@app.command()
def sniff(
    file: Annotated[str, typer.Argument(help="A log file, or - for standard input.")],
    *,
    lines: Annotated[int, typer.Option(min=1, help="How many lines to look at.")] = 10_000,
    dialects: Dialects = None,
    as_json: AsJson = False,
) -> None:
    """Tell which formats the first lines of a file have; exits 6 where none is known."""
    parser = Parser(ParseSettings(dialect_folder=dialects))
    seen = read_head(file, lines, parser)
    show = show_json if as_json else show_rows
    show(("format", "lines", "with events", "unused", "headers", "rejected", "why"), told(parser))
    if recognised(parser) and not as_json:
        typer.echo(f"\nnext: almenara replay {shlex.quote(file)}")
    if not recognised(parser):
        raise SourceError(
            f"{file}: no known format in the first {seen:,} lines, expected one of "
            f"{', '.join(parser.dialects)}; describe it in a TOML file and name its --dialects"
        )


def read_head(file: str, lines: int, parser: Parser) -> int:
    """Parse the first lines of a file; return how many there were."""
    seen = 0
    now = time.time()  # any year will do for lines that name none
    with LogFile(file) as log:
        ensure_warm()
        for block in log:
            n = min(len(block), lines - seen)
            bounds = block.bounds[: n + 1]
            ordinals = np.arange(seen, seen + n)
            parser.parse(block.payload[: bounds[-1]], bounds, ordinals, np.full(n, now))
            seen += n
            if seen == lines:
                return seen
    if not seen:
        msg = f"{file}: empty, expected log lines; check that something writes to it"
        raise SourceError(msg)
    return seen


def recognised(parser: Parser) -> int:
    """Return the number of lines that a known format explains."""
    return sum(
        sum(counts.values()) if name else counts["header"]
        for name, counts in parser.counts().items()
    )


def told(parser: Parser) -> list[Row]:
    """Return a row for each format that was seen, and one for lines of none."""
    why = parser.reason_counts()
    return [
        (
            name or ("header lines" if counts["header"] == sum(counts.values()) else "none"),
            sum(counts.values()),
            counts["events"],
            counts["unused"],
            counts["header"],
            counts["rejected"],
            ", ".join(f"{reason}: {n:,}" for reason, n in why[name].items()),
        )
        for name, counts in parser.counts().items()
        if sum(counts.values())
    ]
