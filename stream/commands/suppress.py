"""The command ``almenara suppress``: rules that keep known candidates from becoming alerts."""

import time
from pathlib import Path
from typing import Annotated

import typer

from detectors.errors import ConfigError
from stream.control_view import Rule, kept_records, rules_in_force, the_rule
from stream.listing import show_json, show_rows
from stream.settings import Settings, load_settings
from stream.topics import TopicNames

app = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Add, list and remove rules that keep known candidates from alerting.",
)

SHOWN = 12  # digits of an id that are shown

File = Annotated[Path | None, typer.Argument(help="Settings file; else that of ALMENARA_SETTINGS.")]
Author = Annotated[str, typer.Option(help="Who decides it; else the name of the login.")]
COLUMNS = ("id", "matches", "until", "author", "reason")


@app.command()
def add(  # noqa: PLR0913 (each option of the command line is a parameter)
    file: File = None,
    *,
    reason: Annotated[str, typer.Option(help="Why; required.")] = "",
    entity: Annotated[str, typer.Option(help="Address.")] = "",
    network: Annotated[str, typer.Option(metavar="CIDR", help="Network of the address.")] = "",
    feature: Annotated[str, typer.Option(help="Feature that weighs most.")] = "",
    class_name: Annotated[str, typer.Option("--class", help="Class of the alert.")] = "",
    expires: Annotated[str, typer.Option(help="7d, 12h, or a time in ISO 8601.")] = "",
    author: Author = "",
) -> None:
    """Add a rule; of entity, network, feature and class all that are given must match."""
    from stream.control import SuppressionAdded, checked_text  # noqa: PLC0415 (slow to load)
    from stream.control_writing import (  # noqa: PLC0415
        address_of,
        author_of,
        expiry_of,
        write_control,
    )
    from stream.suppression import Suppression  # noqa: PLC0415

    now = time.time()
    rule = Suppression(
        reason=checked_text("reason", reason),
        author=author_of(author),
        entity=address_of(entity),
        network=network,
        feature=feature,
        class_name=class_name,
        expires=expiry_of(expires, now),
    )
    settings = load_settings(file)
    record = SuppressionAdded(rule, now)
    write_control(settings.kafka.properties(), TopicNames(settings.kafka.prefix), record)
    typer.echo(f"suppression {record.id[:SHOWN]}: {rule.text}, from the next decision on")


@app.command("list")
def list_rules(
    file: File = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """List the rules that the alert role has taken."""
    from stream.nesting import instant  # noqa: PLC0415 (slow to load)

    rules = _rules(load_settings(file))
    rows = [
        (
            one.id if as_json else one.id[:SHOWN],
            one.rule.text,
            (instant(one.rule.expires) or "for good")[:19],
            one.rule.author,
            one.rule.reason,
        )
        for one in rules
    ]
    if as_json:
        show_json(COLUMNS, rows)
    elif rows:
        show_rows(COLUMNS, rows)
    else:
        typer.echo("no rules")


@app.command()
def remove(
    rule: Annotated[str, typer.Argument(metavar="ID", help="Id of a rule, or its beginning.")],
    file: File = None,
    *,
    reason: Annotated[str, typer.Option(help="Why; required.")] = "",
    author: Author = "",
) -> None:
    """Take a rule back."""
    from stream.control import SuppressionRemoved, checked_text  # noqa: PLC0415 (slow to load)
    from stream.control_writing import author_of, write_control  # noqa: PLC0415

    if not reason:
        raise ConfigError("suppression: no reason, expected one; say why with --reason")
    settings = load_settings(file)
    found = the_rule(_rules(settings), rule)
    record = SuppressionRemoved(
        found.id, author_of(author), checked_text("reason", reason), time.time()
    )
    write_control(settings.kafka.properties(), TopicNames(settings.kafka.prefix), record)
    typer.echo(f"suppression {found.id[:SHOWN]} removed: {found.rule.text}")


def _rules(settings: Settings) -> list[Rule]:
    topic = TopicNames(settings.kafka.prefix).control
    return rules_in_force(kept_records(settings.kafka.properties(), topic))
