"""The command ``almenara setup``: what the engine needs on Kafka and in Elasticsearch."""

import shlex
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import orjson
import typer

from stream.settings import Settings, load_settings

app = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Make our topics, templates and data streams; a second run changes nothing.",
)

File = Annotated[Path | None, typer.Argument(help="Settings file; else that of ALMENARA_SETTINGS.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")]


@app.command()
def kafka(
    file: File = None,
    *,
    dry_run: DryRun = False,
    replicas: Annotated[int, typer.Option(min=1, help="Copies of each topic.")] = 1,
) -> None:
    """Make our topics where they are missing."""
    from connectors.kafka_topics import Topics  # noqa: PLC0415 (slow to load)
    from detectors.errors import ConfigError  # noqa: PLC0415
    from stream.kafka_setup import make_topics, planned_topics  # noqa: PLC0415
    from stream.topics import change_log  # noqa: PLC0415

    settings = load_settings(file)
    topics = Topics(settings.kafka.properties())
    state = change_log(settings.kafka.group, settings.namespace)
    changes = planned_topics(topics, (*settings.plans(), state))
    _tell([change.text for change in changes])
    wrong = [change for change in changes if change.partitions]
    if wrong:
        raise ConfigError(wrong[0].text)
    if changes and not dry_run:
        make_topics(topics, changes, replicas)
        _note(settings, [change.plan.name for change in changes])
    following = ["setup elasticsearch", "run"] if settings.elasticsearch.url else ["run"]
    typer.echo(ending(following, file, is_changed=bool(changes), dry_run=dry_run))


@app.command()
def elasticsearch(
    file: File = None,
    *,
    dry_run: DryRun = False,
    print_roles: Annotated[
        bool, typer.Option("--print-roles", help="Print the least rights of each login as JSON.")
    ] = False,
) -> None:
    """Put our index templates and make our data streams, where they are missing or differ."""
    from connectors.elasticsearch import connect  # noqa: PLC0415 (slow to load)
    from stream.elasticsearch_roles import ROLES  # noqa: PLC0415
    from stream.elasticsearch_setup import carry_out, planned  # noqa: PLC0415
    from stream.roles import elasticsearch_options  # noqa: PLC0415

    if print_roles:
        typer.echo(orjson.dumps(ROLES, option=orjson.OPT_INDENT_2).decode())
        return
    settings = load_settings(file)
    cluster = connect(elasticsearch_options(settings))
    changes = planned(cluster, settings.namespace)
    _tell([f"{change.subject}: {change.what}" for change in changes])
    if changes and not dry_run:
        carry_out(cluster, changes)
        _note(settings, [change.subject for change in changes])
    typer.echo(ending(["run"], file, is_changed=bool(changes), dry_run=dry_run))


def _note(settings: Settings, changed: Sequence[str]) -> None:
    """Write into the audit what was changed; the set-up stands where that cannot be."""
    from stream.control import Note  # noqa: PLC0415 (slow to load)
    from stream.control_writing import login_name, note_in_audit  # noqa: PLC0415
    from stream.topics import TopicNames  # noqa: PLC0415

    what = f"{len(changed)} changes" if len(changed) > 1 else changed[0]
    note = Note("setup", what, time.time(), login_name(), "; ".join(changed), "setup")
    names = TopicNames(settings.kafka.prefix)
    if not note_in_audit(settings.kafka.properties(), names, note):
        typer.echo("note: not in the audit", err=True)


def _tell(lines: Sequence[str]) -> None:
    for line in lines:
        typer.echo(line)


def ending(following: Sequence[str], file: Path | None, *, is_changed: bool, dry_run: bool) -> str:
    """Return the last words: that nothing was changed, or which commands come next."""
    if not is_changed:
        return "nothing to change"
    if dry_run:
        return "\ndry run: nothing was changed"
    name = "" if file is None else f" {shlex.quote(str(file))}"
    return "\nnext: " + ", then ".join(f"almenara {command}{name}" for command in following)
