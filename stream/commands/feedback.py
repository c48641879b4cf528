"""The command ``almenara feedback``: whether an alert was right, for the ranking of others."""

import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated, get_args

import typer

from stream.control import Feedback, Label, checked_text
from stream.settings import load_settings
from stream.topics import TopicNames

app = typer.Typer(rich_markup_mode=None, help="Say whether an alert was right.")


class Word(StrEnum):
    """What can be said of an alert."""

    TRUE = "true"
    FALSE = "false"
    EXPECTED = "expected"


@app.command()
def feedback(
    alert: Annotated[
        str, typer.Argument(help="event.id of an alert or candidate, or its beginning.")
    ],
    word: Annotated[Word, typer.Argument(help="expected: rightly detected, and wanted behaviour.")],
    file: Annotated[
        Path | None, typer.Argument(help="Settings file; else that of ALMENARA_SETTINGS.")
    ] = None,
    *,
    author: Annotated[str, typer.Option(help="Who says so; else the name of the login.")] = "",
    note: Annotated[str, typer.Option(help="Why.")] = "",
) -> None:
    """Rank candidates like this one up (true) or down (false, expected) from now on."""
    from stream.control_view import judged_document, kept_records  # noqa: PLC0415 (slow to load)
    from stream.control_writing import author_of, write_control  # noqa: PLC0415

    said_by, why = author_of(author), checked_text("note", note)
    label: Label = next(one for one in get_args(Label) if one == word.value)
    settings = load_settings(file)
    names, properties = TopicNames(settings.kafka.prefix), settings.kafka.properties()
    found = judged_document(lambda topic: kept_records(properties, topic), names, alert)
    record = Feedback(found.candidate, found.alert, label, said_by, why, found.traits, time.time())
    write_control(properties, names, record)
    typer.echo(
        f"{label}: {found.traits.class_name} of {found.traits.entity}, for the next decisions"
    )
