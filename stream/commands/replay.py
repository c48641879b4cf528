"""The command ``almenara replay``: log files to explained alerts, without any service."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from connectors.errors import SourceError
from connectors.files import LogFile
from detectors.errors import ConfigError
from stream.alert_lines import alert_lines
from stream.alert_pages import SHOWN_ID
from stream.decisions import AlertSettings
from stream.formats.dialect import read_folder
from stream.formats.parser import Parser, ParseSettings
from stream.listing import terminal_width
from stream.networks import PRIVATE, networks_of
from stream.pipeline import PipelineSettings
from stream.reference_time import read_reference_time
from stream.replay import Replay
from stream.replay_input import in_order
from stream.replay_lanes import lanes_of
from stream.replay_output import ReplayOutput
from stream.replay_run import run_shown
from stream.run_summary import Summary, told
from stream.store import DEFAULT_PATH, named
from stream.warm_up import ensure_warm

app = typer.Typer(
    rich_markup_mode=None, help="Run log files through the pipeline and raise alerts."
)


@app.command()
def replay(  # noqa: PLR0913 (each option of the command line is a parameter)
    files: Annotated[
        list[str] | None, typer.Argument(metavar="FILE...", help="Logs; gz, xz, zst; - is stdin.")
    ] = None,
    *,
    log_format: Annotated[
        str, typer.Option("--format", help="auto, or one of `almenara formats list`.")
    ] = "auto",
    columns: Annotated[
        str, typer.Option(help="Columns of a log without header, separated by commas.")
    ] = "",
    log: Annotated[
        Path | None,
        typer.Option(
            metavar="SETTINGS", help="Decide again what the log of lanes of a running engine holds."
        ),
    ] = None,
    budget: Annotated[
        int | None, typer.Option(help="Most alerts in any 24 hours; 10, or what SETTINGS say.")
    ] = None,
    floor: Annotated[
        float | None,
        typer.Option(help="Alert up to this many a day by chance; 1, or what SETTINGS say."),
    ] = None,
    store: Annotated[Path, typer.Option(help="Local store.")] = DEFAULT_PATH,
    out: Annotated[
        Path | None, typer.Option(help="Alerts and digests as JSON lines; - is stdout.")
    ] = None,
    rejects: Annotated[
        Path | None, typer.Option(help="Lines that could not be parsed; beside the store if unset.")
    ] = None,
    summary: Annotated[Path | None, typer.Option(help="Summary of the run as JSON.")] = None,
    stream: Annotated[str, typer.Option(help="Name of the stream; part of the ids.")] = "replay",
    internal: Annotated[
        list[str] | None, typer.Option(metavar="CIDR", help="Own network, where a log marks none.")
    ] = None,
    lanes: Annotated[
        list[str] | None,
        typer.Option(metavar="TOPIC:PARTITION=FILE", help="A lane of its own; repeat it."),
    ] = None,
    reference_time: Annotated[
        str, typer.Option(help="For times without a year: ISO 8601 or epoch seconds.")
    ] = "",
    zone_offset_s: Annotated[
        int, typer.Option("--zone-offset", help="Seconds east of UTC of times without a zone.")
    ] = 0,
    dialects: Annotated[
        Path | None, typer.Option("--dialects", help="Folder with TOML files of more formats.")
    ] = None,
    prior: Annotated[
        bool, typer.Option("--prior/--no-prior", help="Start from the shipped past.")
    ] = True,
    max_entities: Annotated[int, typer.Option(help="Entities kept; sets the memory.")] = 100_000,
    as_json: Annotated[bool, typer.Option("--json", help="Write the summary as JSON.")] = False,
) -> None:
    """Run log files through the pipeline into a local store of explained alerts."""
    chosen = {"budget": budget, "floor": floor}
    own: dict[str, Any] = {name: value for name, value in chosen.items() if value is not None}
    if log is not None:
        if files or lanes:
            raise ConfigError("replay: --log and files given, expected one of them; leave one out")
        with ReplayOutput(store, out, rejects) as output:
            _decide_again(log, own, output, summary, as_json=as_json)
        return
    settings = PipelineSettings(
        parse=ParseSettings(
            log_format,
            tuple(filter(None, columns.split(","))),
            zone_offset_s,
            read_folder(dialects),
        ),
        internal=tuple(internal) if internal else PRIVATE,
        max_entities=max_entities,
        prior=prior,
        stream=stream,
        topic=stream,
    )
    alerting = replace(AlertSettings(), **own)
    reference = read_reference_time(reference_time)
    with ExitStack() as stack:
        opened = [
            (lane, [stack.enter_context(LogFile(name)) for name in names])
            for lane, names in lanes_of(settings, files or [], lanes or [])
        ]
        output = stack.enter_context(ReplayOutput(store, out, rejects))
        Parser(settings.parse)  # a format that is unknown is told before a minute of compilation
        networks_of(settings.internal)
        ensure_warm(is_quiet=as_json)
        ordered = [
            (lane, in_order(logs, lane.parse, reference, time.time())) for lane, logs in opened
        ]
        run = Replay(ordered, alerting, output.decide, output.reject)
        output.locate = run.locate
        found = run_shown(run, is_quiet=as_json)
        output.finish(found, summary, found["fingerprint"], *found["lanes"])
    is_read = bool(found["records"] or found["unused"] or found["headers"])
    if is_read or as_json:
        _show(found, told(found), output, as_json=as_json)
    _check(run, found, output, is_read=is_read)


def _decide_again(
    path: Path,
    own: dict[str, Any],
    output: ReplayOutput,
    summary: Path | None,
    *,
    as_json: bool,
) -> None:
    """Fold the log of lanes that a settings file names."""
    from stream.configuration.parts import alert_settings  # noqa: PLC0415 (slow to load)
    from stream.control_view import kept_records  # noqa: PLC0415
    from stream.log_replay import LogReplay, told_of_log  # noqa: PLC0415
    from stream.settings import load_settings  # noqa: PLC0415
    from stream.topics import TopicNames  # noqa: PLC0415

    settings = load_settings(path)
    topic = TopicNames(settings.kafka.prefix).lane
    run = LogReplay(topic, replace(alert_settings(settings), **own), output.decide)
    found = run.run(kept_records(settings.kafka.properties(), topic))
    output.finish(found, summary, topic)
    _show(found, told_of_log(found), output, as_json=as_json)


def _show(found: Summary, lines: list[str], output: ReplayOutput, *, as_json: bool) -> None:
    if as_json:
        text = orjson.dumps(found, option=orjson.OPT_INDENT_2).decode()
    else:
        text = "\n".join([*lines, *_report(found, output)])
    typer.echo(text, err=output.writes_stdout)


def _report(found: Summary, output: ReplayOutput) -> Iterator[str]:
    yield from (f"  {one['@timestamp'][:16]} {one['event']['reason']}" for one in output.drift)
    if output.alerts:
        yield ""
        yield from alert_lines(output.alerts, terminal_width())
    yield ""
    if found.get("rejected"):
        yield f"rejected lines: {output.rejects_path}"
    where = named(output.store_path)
    if output.alerts:
        first = output.alerts[0]["event"]["id"][:SHOWN_ID]
        yield f"next: almenara alerts explain {first}{where}"
    yield f"{'also' if output.alerts else 'next'}: almenara alerts digests{where}"


def _check(run: Replay, found: Summary, output: ReplayOutput, *, is_read: bool) -> None:
    """End with an error where the input was damaged, empty or not understood."""
    logs = [file.log for lane in run.lanes for file in lane.files]
    names = ", ".join(log.name for log in logs)
    if run.damage:
        raise run.damage[0]
    if not found["lines"]:
        raise SourceError(f"{names}: empty, expected log lines; check what writes the log")
    if not is_read:
        raise SourceError(
            f"{names}: no known format in {found['lines']:,} lines, expected one of `almenara"
            f" formats list`; name it with --format, or see why in {output.rejects_path}"
        )
    for log in logs:
        if log.is_empty:
            typer.echo(f"note: {log.name} is empty", err=True)
