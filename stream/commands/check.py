"""The command ``almenara check``: what is wrong with the settings, or what will run."""

import shlex
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from stream.configuration.problems import complain
from stream.configuration.resolved import resolved
from stream.exit_codes import USAGE
from stream.listing import show_rows
from stream.settings import Reading, Settings, read_settings

MASK = "**********"  # as pydantic masks a secret

app = typer.Typer(rich_markup_mode=None, help="Check the settings without any connection.")


@app.command()
def check(
    file: Annotated[
        Path | None, typer.Argument(help="Settings file; else that of ALMENARA_SETTINGS.")
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Check the settings and tell all that is wrong (exit code 2), or what will run."""
    reading = read_settings(file)
    problems = reading.problems
    if as_json:
        typer.echo(orjson.dumps(_told(reading), option=orjson.OPT_INDENT_2).decode())
    elif reading.settings is not None:
        _show(reading, reading.settings, file)
    else:
        complain(problems)
    if problems:
        raise typer.Exit(USAGE)


def _told(reading: Reading) -> dict[str, Any]:
    settings = None if reading.settings is None else reading.settings.model_dump(mode="json")
    if settings is not None:
        settings["detection"]["hash_seed"] = MASK
    return {
        "file": None if reading.file is None else str(reading.file),
        "variables": reading.variables,
        "problems": [problem.row() for problem in reading.problems],
        "notes": reading.notes,
        "settings": settings,
    }


def _show(reading: Reading, settings: Settings, file: Path | None) -> None:
    said = [] if reading.file is None else [str(reading.file)]
    show_rows(
        ("settings", ", ".join([*said, *reading.variables])),
        resolved(settings),
    )
    for note in reading.notes:
        typer.echo(f"note: {note}", err=True)
    name = "" if file is None else f" {shlex.quote(str(file))}"
    typer.echo(f"\nnext: almenara setup kafka{name}, then almenara run{name}")
