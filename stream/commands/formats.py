"""The command ``almenara formats``: which log formats are known, and its other commands."""

from pathlib import Path
from typing import Annotated

import typer

from stream.events import COLUMNS
from stream.formats.dialect import Dialect, load_dialects, read_folder
from stream.listing import Row, show_json, show_rows

from . import formats_decode, formats_new, formats_sniff, formats_test

app = typer.Typer(
    rich_markup_mode=None,
    help="List the known log formats, tell those of a file, decode it, or describe another.",
    no_args_is_help=True,
)
for part in (formats_sniff, formats_decode, formats_new, formats_test):
    app.add_typer(part.app)

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
    known = load_dialects(read_folder(dialects))
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
