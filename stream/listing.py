"""Shows rows of text: fitted to a terminal, aligned columns elsewhere, or JSON."""

import shutil
import sys
import textwrap
from collections.abc import Sequence

import orjson
import typer
from rich.console import Console
from rich.text import Text

Row = Sequence[str | int | float | bool | None]

INDENT = "    "
NARROWEST = 40


def terminal_width() -> int | None:
    """Columns of the terminal that standard output is, None where it is none."""
    if not sys.stdout.isatty():
        return None
    return max(NARROWEST, shutil.get_terminal_size().columns)


def show_rows(columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Write rows to standard output in columns two spaces apart, fitted where it is a terminal."""
    texts = [["" if cell is None else _text(cell) for cell in row] for row in rows]
    width = terminal_width()
    head, *lines = fitted([list(columns), *texts], width)
    if width is None:
        typer.echo("\n".join([head, *lines]))
        return
    console = Console(soft_wrap=True)
    console.print(Text(head, style="bold"))
    for line in lines:
        console.print(Text(line))


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


def fitted(rows: Sequence[Sequence[str]], width: int | None) -> list[str]:
    """Align rows; where a line is wider than ``width``, what is in the last column goes below."""
    lines = aligned(rows)
    if width is None or max(map(len, lines)) <= width:
        return lines
    heads = aligned([row[:-1] for row in rows])
    return [
        line
        for head, row in zip(heads, rows, strict=True)
        for line in (head, *paragraph(row[-1], width, INDENT))
    ]


def paragraph(text: str, width: int | None, indent: str = "") -> list[str]:
    """Break text into lines of at most ``width``; where it is None, only indent it."""
    if width is None:
        return [indent + text] if text else []
    return textwrap.wrap(
        text,
        width,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _text(cell: str | float) -> str:
    return f"{cell:g}" if isinstance(cell, float) else str(cell)
