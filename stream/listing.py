"""Shows rows of text: a table on a terminal, aligned columns elsewhere, or JSON."""

import sys
from collections.abc import Sequence

import orjson
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

Row = Sequence[str | int | float | bool | None]


def show_rows(columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Write rows to standard output: a table on a terminal, else columns two spaces apart."""
    texts = [["" if cell is None else _text(cell) for cell in row] for row in rows]
    if not sys.stdout.isatty():
        typer.echo("\n".join(aligned([list(columns), *texts])))
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in texts:
        table.add_row(*(Text(cell) for cell in row))
    Console().print(table)


def show_json(columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Write rows to standard output as one JSON list of objects."""
    objects = [dict(zip(columns, row, strict=True)) for row in rows]
    typer.echo(orjson.dumps(objects, option=orjson.OPT_INDENT_2).decode())


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the rows as lines whose columns begin at the same place."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _text(cell: str | float) -> str:
    return f"{cell:g}" if isinstance(cell, float) else str(cell)
