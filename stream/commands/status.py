"""The command ``almenara status``: how far the engine has come."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from stream.configuration.http import OTHERS, ports_of
from stream.exit_codes import code_of
from stream.listing import Row, show_rows
from stream.nesting import instant
from stream.settings import Settings, load_settings

app = typer.Typer(rich_markup_mode=None, help="Tell how far the engine has come.")

Part = dict[str, list[dict[str, Any]]]


@app.command()
def status(
    file: Annotated[
        Path | None, typer.Argument(help="Settings file; else that of ALMENARA_SETTINGS.")
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Tell groups, lanes, data streams and processes; nothing is changed."""
    settings = load_settings(file)
    found: Part = {"groups": [], "lanes": [], "data_streams": [], "processes": []}
    problems: list[Exception] = []
    for look in (_kafka, _elasticsearch, _processes):
        _tried(look, settings, found, problems)
    said = [" ".join(str(problem).split()) for problem in problems]
    if as_json:
        typer.echo(orjson.dumps({**found, "problems": said}, option=orjson.OPT_INDENT_2).decode())
    else:
        _show(found)
    for line in said:
        typer.echo(f"error: {line}", err=True)
    if problems:
        raise typer.Exit(code_of(problems[0]) or 1)


def _tried(
    look: Callable[[Settings, Part], None],
    settings: Settings,
    found: Part,
    problems: list[Exception],
) -> None:
    """Look at one part; what a server says against it is kept, for the other parts to be told."""
    try:
        look(settings, found)
    except Exception as error:
        if code_of(error) is None:
            raise
        problems.append(error)


def _kafka(settings: Settings, found: Part) -> None:
    from connectors.kafka_lookout import Lookout  # noqa: PLC0415 (slow to load)
    from stream.status import check_topics, group_statuses, lane_statuses  # noqa: PLC0415

    with Lookout(settings.kafka.properties()) as lookout:
        view = lookout.cluster()
        check_topics(settings, view)
        lanes = lane_statuses(settings, lookout, view)
        found["lanes"] += map(asdict, lanes)
        found["groups"] += map(asdict, group_statuses(settings, lookout, view, lanes))


def _elasticsearch(settings: Settings, found: Part) -> None:
    from connectors.elasticsearch import connect  # noqa: PLC0415 (slow to load)
    from stream.roles import elasticsearch_options  # noqa: PLC0415
    from stream.status import stream_statuses  # noqa: PLC0415

    if not settings.elasticsearch.url:
        return
    cluster = connect(elasticsearch_options(settings))
    try:
        found["data_streams"] += map(asdict, stream_statuses(cluster, settings.namespace))
    finally:
        cluster.close()


def _processes(settings: Settings, found: Part) -> None:
    from stream.status import process_status  # noqa: PLC0415 (brings both clients)

    if not settings.run.http:
        return
    ports = ports_of(settings.run.http, settings.run.workers)
    if not settings.elasticsearch.url:
        del ports["index"]
    if not any(source.rekey for source in settings.source):
        del ports["rekey"]
    for name in sorted(ports, key=lambda name: name in OTHERS):
        found["processes"].append(asdict(process_status(name, ports[name])))


def _show(found: Part) -> None:
    tables: list[tuple[Sequence[str], list[Row]]] = [
        (
            ("role", "group", "state", "members", "lag"),
            [
                (one["role"], one["group"], one["state"], one["members"], _number(one["lag"]))
                for one in found["groups"]
            ],
        ),
        (
            ("lane", "position", "behind", "owners", "snapshot", "stream time"),
            [_lane_row(one) for one in found["lanes"]],
        ),
        (
            ("data stream", "documents", "newest", "written"),
            [
                (
                    one["name"],
                    _number(one["documents"], "not there"),
                    _time(one["newest"]),
                    _time(one["ingested"]),
                )
                for one in found["data_streams"]
            ],
        ),
        (
            ("process", "address", "says"),
            [(one["process"], one["address"], one["said"]) for one in found["processes"]],
        ),
    ]
    shown = [(head, rows) for head, rows in tables if rows]
    for n, (head, rows) in enumerate(shown):
        if n:
            typer.echo()
        show_rows(head, rows)


def _lane_row(lane: dict[str, Any]) -> Row:
    age, size = lane["snapshot_age_s"], lane["snapshot_bytes"]
    snapshot = "none" if age is None else f"{_number(size)} bytes, {age:.0f} s ago"
    return (
        f"{lane['topic']} {lane['partition']}",
        _number(lane["position"]),
        _number(lane["lag"]),
        lane["owners"],
        snapshot,
        _time(lane["stream_time"]),
    )


def _number(value: int | None, otherwise: str = "-") -> str:
    return otherwise if value is None else f"{value:,}"


def _time(at: float | None) -> str:
    text = None if at is None else instant(at)
    return "-" if text is None else text[:19].replace("T", " ")
