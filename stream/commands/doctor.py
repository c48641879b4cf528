"""The command ``almenara doctor``: whether all that the engine needs is there, step by step."""

from collections.abc import Iterator
from dataclasses import asdict
from dataclasses import replace as changed
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import orjson
import typer

from stream.lazy_commands import CommandError
from stream.settings import Settings, load_settings

if TYPE_CHECKING:
    from connectors.kafka_refusals import Right
    from stream.doctor.checks import Check, Outcome

app = typer.Typer(rich_markup_mode=None, help="Check what the engine needs; nothing is changed.")

MARKS = {"ok": "✓", "failed": "✗", "skipped": "\N{EN DASH}"}
ANSWER_S = 8.0
WITH_ELASTICSEARCH = ("", "index")  # roles that write there, with a login of the engine


@app.command()
def doctor(
    file: Annotated[
        Path | None, typer.Argument(help="Settings file; else that of ALMENARA_SETTINGS.")
    ] = None,
    *,
    role: Annotated[
        str,
        typer.Option(metavar="ROLE", help="Ask for the rights of one role's login, not of all."),
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Check this machine, Kafka and Elasticsearch in order; say what is wrong and what to do.

    Exit codes: 0 all is well, else that of the first check that failed: 2 settings or set-up, 4 no
    connection or a thing that is missing, 5 rights.
    """
    from stream.doctor.checks import exit_code, outcomes  # noqa: PLC0415 (brings both clients)

    settings = load_settings(file)
    made = []
    for outcome in outcomes(list(_checks(settings, role))):
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


def _checks(settings: Settings, role: str) -> "Iterator[Check]":
    from functools import cache  # noqa: PLC0415

    from connectors.elasticsearch import connect  # noqa: PLC0415 (slow to load)
    from connectors.kafka_lookout import Lookout  # noqa: PLC0415
    from stream.doctor.elasticsearch import ElasticsearchChecks  # noqa: PLC0415
    from stream.doctor.here import checks_here  # noqa: PLC0415
    from stream.doctor.kafka import KafkaChecks  # noqa: PLC0415
    from stream.roles import elasticsearch_options  # noqa: PLC0415

    rights = _rights(settings, role)
    yield from checks_here()
    lookout = cache(lambda: Lookout(settings.kafka.properties()))
    yield from KafkaChecks(settings, lookout, rights).checks()
    if settings.elasticsearch.url and role in WITH_ELASTICSEARCH:
        cluster = cache(
            lambda: connect(changed(elasticsearch_options(settings), timeout_s=ANSWER_S))
        )
        yield from ElasticsearchChecks(settings, cluster).checks()


def _rights(settings: Settings, role: str) -> "tuple[Right, ...]":
    """Return what a role's login needs, nothing for all roles; CommandError where it is none."""
    from stream.kafka_rights import ROLES, rights_of  # noqa: PLC0415 (brings the client)

    if role and role not in ROLES:
        raise CommandError(f"--role: {role!r}, expected one of {', '.join(ROLES)}; correct it")
    return next((one.rights for one in rights_of(settings, "") if one.role == role), ())


def _show(outcome: "Outcome") -> None:
    mark = MARKS[outcome.state]
    typer.echo(f"{outcome.number:3} {mark} {outcome.name}: {outcome.found}")
    if outcome.do:
        typer.echo(f"      do: {outcome.do}")
