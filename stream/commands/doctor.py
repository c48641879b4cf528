"""The command ``almenara doctor``: whether all that the engine needs is there, step by step."""

from collections.abc import Iterator
from dataclasses import asdict
from dataclasses import replace as changed
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import orjson
import typer

from stream.settings import Settings, load_settings

if TYPE_CHECKING:
    from stream.doctor.checks import Check, Outcome

app = typer.Typer(rich_markup_mode=None, help="Check what the engine needs; nothing is changed.")

MARKS = {"ok": "✓", "failed": "✗", "skipped": "\N{EN DASH}"}
ANSWER_S = 8.0


@app.command()
def doctor(
    file: Annotated[
        Path | None, typer.Argument(help="Settings file; else that of ALMENARA_SETTINGS.")
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Check this machine, Kafka and Elasticsearch in order; say what is wrong and what to do.

    Exit codes: 0 all is well, else that of the first check that failed: 2 settings or set-up, 4 no
    connection or a thing that is missing, 5 rights.
    """
    from stream.doctor.checks import exit_code, outcomes  # noqa: PLC0415 (brings both clients)

    settings = load_settings(file)
    made = []
    for outcome in outcomes(list(_checks(settings))):
        made.append(outcome)
        if not as_json:
            _show(outcome)
    if as_json:
        rows = [{k: v for k, v in asdict(one).items() if k != "code"} for one in made]
        typer.echo(orjson.dumps(rows, option=orjson.OPT_INDENT_2).decode())
    else:
        failed = [str(one.number) for one in made if one.state == "failed"]
        typer.echo(
            f"\n{len(failed)} of {len(made)} checks failed: {', '.join(failed)}"
            if failed
            else f"\nall {len(made)} checks passed"
        )
    code = exit_code(made)
    if code:
        raise typer.Exit(code)


def _checks(settings: Settings) -> "Iterator[Check]":
    from functools import cache  # noqa: PLC0415

    from connectors.elasticsearch import connect  # noqa: PLC0415 (slow to load)
    from connectors.kafka_lookout import Lookout  # noqa: PLC0415
    from stream.doctor.elasticsearch import ElasticsearchChecks  # noqa: PLC0415
    from stream.doctor.here import checks_here  # noqa: PLC0415
    from stream.doctor.kafka import KafkaChecks  # noqa: PLC0415
    from stream.roles import elasticsearch_options  # noqa: PLC0415

    yield from checks_here()
    lookout = cache(lambda: Lookout(settings.kafka.properties()))
    yield from KafkaChecks(settings, lookout).checks()
    if settings.elasticsearch.url:
        cluster = cache(
            lambda: connect(changed(elasticsearch_options(settings), timeout_s=ANSWER_S))
        )
        yield from ElasticsearchChecks(settings, cluster).checks()


def _show(outcome: "Outcome") -> None:
    mark = MARKS[outcome.state]
    typer.echo(f"{outcome.number:3} {mark} {outcome.name}: {outcome.found}")
    if outcome.do:
        typer.echo(f"      do: {outcome.do}")
