"""The command ``almenara formats test``: whether a dialect reads its own sample lines."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from connectors import SourceError
from stream.formats.dialect import Dialect, load_dialects, read_file, read_folder
from stream.formats.dialect_parts import Sample
from stream.formats.sample_check import Difference, check_sample
from stream.listing import show_rows
from stream.warm_up import ensure_warm

app = typer.Typer()
FAILED = 1


@app.command()
def test(
    file: Annotated[Path, typer.Argument(help="A dialect's TOML file.")],
) -> None:
    """Run the samples of a dialect and show what differs, column by column; exits 1 then."""
    dialect = read_file(file)
    if not dialect.samples:
        raise SourceError(
            f"{file}: no samples, expected a [[sample]] with lines and what they give; add one"
        )
    # the files beside it are read with it, and must be right too
    load_dialects(read_folder(file.parent))
    ensure_warm()
    failed = [
        sample for n, sample in enumerate(dialect.samples, 1) if not _fits(dialect, sample, n, file)
    ]
    typer.echo()
    if failed:
        typer.echo(f"{dialect.name}: {len(failed)} of {len(dialect.samples)} samples differ")
        raise typer.Exit(FAILED)
    folder = shlex.quote(str(file.parent))
    typer.echo(f"{dialect.name}: {len(dialect.samples)} samples fit")
    typer.echo(f"next: almenara formats sniff LOG --dialects {folder}")


def _fits(dialect: Dialect, sample: Sample, number: int, file: Path) -> bool:
    differences = check_sample(dialect.name, sample, file.parent)
    events = len(sample.events)
    about = sample.about or f"sample {number}"
    mark = "differs" if differences else "fits"
    typer.echo(f"{mark}: {about} ({len(sample.lines)} lines, {events} events)")
    if differences:
        show_rows(("event", "column", "expected", "found"), [_row(one) for one in differences])
    return not differences


def _row(one: Difference) -> tuple[str, str, str, str]:
    return (str(one.event or ""), one.column, one.expected, one.found)
