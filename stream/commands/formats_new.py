"""The command ``almenara formats new``: a dialect's file proposed from sample lines."""

import re
import shlex
from pathlib import Path
from typing import Annotated

import typer

from connectors import LogFile, SourceError
from detectors.errors import ConfigError
from stream.events import COLUMNS
from stream.formats.guessed_fields import GuessedField, guess_fields, guess_syntax
from stream.formats.proposal import propose
from stream.listing import Row, show_rows
from stream.output_files import opened, put
from stream.warm_up import ensure_warm

app = typer.Typer()
MOST_LINES = 1_000
NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*")
ECS = {column.name: column.ecs for column in COLUMNS}
SHOWN_VALUE = 30


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="Name of the format: vendor.product.")],
    sample: Annotated[str, typer.Argument(help="A log with some of its lines.")],
    *,
    out: Annotated[
        Path | None, typer.Option(help="File to write; NAME.toml here where unset.")
    ] = None,
) -> None:
    """Propose a TOML file for an unknown log from sample lines: look it over, then test it."""
    if not NAME.fullmatch(name):
        raise ConfigError(
            f"name: {name!r}, expected lower-case words joined with dots; write it as acme.firewall"
        )
    file = out or Path(f"{name}.toml")
    if file.exists():
        raise ConfigError(f"{file}: is there already, expected a new file; name another with --out")
    lines = _lines(sample)
    syntax = guess_syntax(lines)
    if syntax is None:
        raise SourceError(
            f"{sample}: neither JSON, pairs, nor columns under a header in {len(lines):,} lines,"
            " expected one of them; see docs/formats.md for text with fields in it"
        )
    fields = guess_fields(lines, syntax)
    chosen = {one.column for one in fields}
    if not {"src_ip", "dst_ip"} <= chosen:
        addresses = sum(one.kind == "address" for one in fields)
        raise SourceError(
            f"{sample}: {addresses} of {len(fields)} fields hold addresses, expected a source and a"
            " destination; lines without both cannot become events"
        )
    ensure_warm()
    text = propose(name, lines, syntax, fields)
    with opened(file) as target:
        put(target, file, text.encode())
    show_rows(("field", "holds", "as", "column", "ecs"), [_row(one) for one in fields])
    quoted = shlex.quote(str(file))
    typer.echo(f"\nwritten: {file} ({syntax.name}, {len(fields)} fields)")
    typer.echo(f"next: look it over, then almenara formats test {quoted}")


def _lines(sample: str) -> list[str]:
    lines: list[str] = []
    with LogFile(sample) as log:
        for block in log:
            for k in range(min(len(block), MOST_LINES - len(lines))):
                line = block.payload[block.bounds[k] : block.bounds[k + 1]].tobytes()
                text = line.decode("utf-8", "replace").strip("\r\n")
                if text.strip():
                    lines.append(text)
            if len(lines) >= MOST_LINES:
                break
    if not lines:
        raise SourceError(f"{sample}: empty, expected log lines; give it some of the product's")
    return lines


def _row(one: GuessedField) -> Row:
    value = next(filter(None, one.values), "")
    shown = value if len(value) <= SHOWN_VALUE else value[:SHOWN_VALUE] + "…"
    return (one.key, one.kind, shown, one.column, ECS.get(one.column, ""))
