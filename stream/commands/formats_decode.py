"""The command ``almenara formats decode``: every line of a log as JSON with ECS names."""

import time
from pathlib import Path
from typing import Annotated

import orjson
import typer

from connectors import LogFile, SourceError
from stream.decoded_lines import LineDecoder
from stream.formats.dialect import read_folder
from stream.formats.parser import ParseSettings
from stream.output_files import STDOUT, opened, put, rejected_line
from stream.reference_time import read_reference_time
from stream.replay_input import reference_of
from stream.warm_up import ensure_warm

app = typer.Typer()


@app.command()
def decode(  # noqa: PLR0913 (each option of the command line is a parameter)
    file: Annotated[str, typer.Argument(help="A log file, or - for standard input.")],
    *,
    log_format: Annotated[
        str, typer.Option("--format", help="auto, or one of `almenara formats list`.")
    ] = "auto",
    columns: Annotated[
        str, typer.Option(help="Columns of a log without header, separated by commas.")
    ] = "",
    zone_offset_s: Annotated[
        int, typer.Option("--zone-offset", help="Seconds east of UTC of times without a zone.")
    ] = 0,
    reference_time: Annotated[
        str, typer.Option(help="For times without a year: ISO 8601 or epoch seconds.")
    ] = "",
    rejects: Annotated[
        Path | None, typer.Option(help="Lines that cannot be read, with reason, as JSON lines.")
    ] = None,
    dialects: Annotated[
        Path | None, typer.Option("--dialects", help="Folder with TOML files of more formats.")
    ] = None,
) -> None:
    """Write each line that names a source and a destination as a JSON object with ECS names.

    Lines that the engine recognises and has no use for are decoded too. What cannot be read goes to
    standard error with its reason.
    """
    settings = ParseSettings(
        log_format,
        tuple(filter(None, columns.split(","))),
        zone_offset_s,
        read_folder(dialects),
    )
    with LogFile(file) as log:
        reference = reference_of(log, read_reference_time(reference_time), time.time())
        decoder = LineDecoder(settings, file, reference)
        kept = None if rejects is None else opened(rejects)
        ensure_warm()
        out = opened(STDOUT)
        for block in log:
            documents, refused = decoder.take(block)
            for document in documents:
                put(out, STDOUT, orjson.dumps(document) + b"\n")
            for reject, line in refused:
                place = f"{reject.file}:{reject.line}"
                typer.echo(f"{place}: rejected at byte {reject.byte}: {reject.reason}", err=True)
                if kept is not None and rejects is not None:
                    put(kept, rejects, rejected_line(reject, line))
        out.flush()
        if kept is not None:
            kept.close()
    _end(file, decoder)


def _end(file: str, decoder: LineDecoder) -> None:
    """Say what came of the lines; SourceError where nothing did."""
    if not decoder.lines:
        raise SourceError(f"{file}: empty, expected log lines; check what writes the log")
    if decoder.rejected == decoder.lines:
        raise SourceError(
            f"{file}: no known format in {decoder.lines:,} lines, expected one of"
            " `almenara formats list`; name it with --format, or propose one: almenara formats new"
        )
    counts = f"{decoder.events:,} events, {decoder.rejected:,} rejected"
    typer.echo(f"{file}: {decoder.lines:,} lines, {counts}", err=True)
