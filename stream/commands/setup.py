"""The command ``almenara setup``: what the engine needs on Kafka and in Elasticsearch."""

import shlex
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import orjson
import typer

from detectors.errors import ConfigError
from stream.listing import show_json, show_rows
from stream.settings import Settings, load_settings

if TYPE_CHECKING:
    from connectors.elasticsearch import Cluster

PRINCIPAL = "User:almenara-{role}"

app = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Make our topics, templates and data streams; a second run changes nothing.",
)

File = Annotated[Path | None, typer.Argument(help="Settings file; else that of ALMENARA_SETTINGS.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")]


@app.command()
def kafka(  # noqa: PLR0913 (each option of the command line is a parameter)
    file: File = None,
    *,
    dry_run: DryRun = False,
    replicas: Annotated[int, typer.Option(min=1, help="Copies of each topic.")] = 1,
    grant: Annotated[
        bool, typer.Option("--grant", help="Grant each role's login its rights, too.")
    ] = False,
    principal: Annotated[
        str, typer.Option(help="Who gets them; {role} stands for the role.")
    ] = PRINCIPAL,
    print_roles: Annotated[
        bool, typer.Option("--print-roles", help="Print the least rights of each role's login.")
    ] = False,
    acls: Annotated[
        bool, typer.Option("--acls", help="Print them as commands of kafka-acls.sh.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print them as JSON.")] = False,
) -> None:
    """Make our topics where they are missing."""
    settings = load_settings(file)
    if print_roles or acls or as_json:
        show_rights(settings, principal, as_acls=acls, as_json=as_json)
        return
    changed = _make_topics(settings, replicas, dry_run=dry_run)
    if grant:
        changed = _grant(settings, principal, dry_run=dry_run) or changed
    following = ["setup elasticsearch", "run"] if settings.elasticsearch.url else ["run"]
    typer.echo(ending(following, file, is_changed=changed, dry_run=dry_run))


@app.command()
def elasticsearch(
    file: File = None,
    *,
    dry_run: DryRun = False,
    roles: Annotated[
        bool, typer.Option("--roles", help="Make our roles, too; needs manage_security.")
    ] = False,
    keys_to: Annotated[
        Path | None,
        typer.Option(help="Make API keys, too, each into a file of this folder (mode 0600)."),
    ] = None,
    print_roles: Annotated[
        bool, typer.Option("--print-roles", help="Print the least rights of each login as JSON.")
    ] = False,
) -> None:
    """Put our index templates and make our data streams, where they are missing or differ."""
    from connectors.elasticsearch import connect  # noqa: PLC0415 (slow to load)
    from stream.elasticsearch_roles import ROLES  # noqa: PLC0415
    from stream.elasticsearch_setup import carry_out, planned, planned_roles  # noqa: PLC0415
    from stream.roles import elasticsearch_options  # noqa: PLC0415

    if print_roles:
        typer.echo(orjson.dumps(ROLES, option=orjson.OPT_INDENT_2).decode())
        return
    settings = load_settings(file)
    cluster = connect(elasticsearch_options(settings))
    changes = planned(cluster, settings.namespace) + (planned_roles(cluster) if roles else [])
    _tell([f"{change.subject}: {change.what}" for change in changes])
    if changes and not dry_run:
        carry_out(cluster, changes)
        _note(settings, [change.subject for change in changes])
    made = keys_to is not None and _make_keys(cluster, keys_to, dry_run=dry_run)
    typer.echo(ending(["run"], file, is_changed=bool(changes) or made, dry_run=dry_run))


def _make_keys(cluster: "Cluster", folder: Path, *, dry_run: bool) -> bool:
    """Make the API keys that no file holds, or only say so; return whether any was missing."""
    from stream.elasticsearch_keys import keep_key, key_file, make_key, missing_keys  # noqa: PLC0415

    missing = missing_keys(cluster, folder)
    for name in missing:
        typer.echo(f"API key {name!r}: create, its secret into {key_file(folder, name)}")
        if not dry_run:
            keep_key(folder, name, make_key(cluster, name))
    return bool(missing)


def show_rights(settings: Settings, principal: str, *, as_acls: bool, as_json: bool) -> None:
    """Print each role's rights: as a table, as commands of kafka-acls.sh, or as JSON."""
    from stream.kafka_rights import acl_lines, rights_of  # noqa: PLC0415 (brings the client)

    roles = rights_of(settings, principal)
    if as_acls:
        _tell(acl_lines(roles, settings.kafka.bootstrap))
        return
    rows = [
        (one.role, one.principal, operation, resource, name, is_prefix, why)
        for one in roles
        for (operation, resource, name, is_prefix), why in one.needs
    ]
    if as_json:
        show_json(("role", "principal", "operation", "resource", "name", "is_prefix", "why"), rows)
        return
    show_rows(
        ("role", "principal", "right", "on", "name", "for"),
        [(*row[:4], f"{row[4]}*" if row[5] else row[4], row[6]) for row in rows],
    )


def _make_topics(settings: Settings, replicas: int, *, dry_run: bool) -> bool:
    """Make what is missing, or only say so; return whether anything was."""
    from connectors.kafka_clients import Watch  # noqa: PLC0415 (slow to load)
    from connectors.kafka_topics import Topics  # noqa: PLC0415
    from stream.kafka_setup import make_topics, planned_topics  # noqa: PLC0415
    from stream.own_log import demand_own_log  # noqa: PLC0415
    from stream.topics import change_log  # noqa: PLC0415

    topics = Topics(settings.kafka.properties())
    if settings.kafka.topics.lane in topics.partitions():
        demand_own_log(settings, Watch())
    state = change_log(settings.kafka.group, settings.namespace)
    changes = planned_topics(topics, (*settings.plans(), state))
    _tell([change.text for change in changes])
    wrong = [change for change in changes if change.partitions]
    if wrong:
        raise ConfigError(wrong[0].text)
    if changes and not dry_run:
        make_topics(topics, changes, replicas)
        _note(settings, [change.plan.name for change in changes])
    return bool(changes)


def _grant(settings: Settings, principal: str, *, dry_run: bool) -> bool:
    """Grant what is missing, or only say so; return whether anything was."""
    from connectors.kafka_acls import Acls  # noqa: PLC0415 (slow to load)
    from stream.kafka_rights import rights_of  # noqa: PLC0415

    kept, is_changed = Acls(settings.kafka.properties()), False
    for role in rights_of(settings, principal):
        lacking = list(dict.fromkeys(kept.missing(role.principal, role.rights)))
        _tell([f"{role.principal}: grant {right.text}" for right in lacking])
        if not dry_run:
            kept.grant(role.principal, lacking)
        is_changed = is_changed or bool(lacking)
    return is_changed


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
