"""The command ``almenara dlq``: what could not be taken, and putting it back."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import orjson
import typer

from stream.lazy_commands import CommandError
from stream.listing import INDENT, show_rows
from stream.nesting import instant
from stream.settings import Settings, load_settings

if TYPE_CHECKING:
    from connectors.kafka_lookout import Lookout
    from stream.dead_letter_replay import Replayed
    from stream.dead_letter_view import DeadLetter

app = typer.Typer(
    rich_markup_mode=None,
    help="Show dead letters, or put them back where they came from.",
    no_args_is_help=True,
)

SCANNED = 1_000  # dead letters read at once, from the newest on back
COLUMNS = ("offset", "time", "stage", "source", "bytes", "attempts", "reason")

File = Annotated[Path | None, typer.Argument(help="Settings file; else that of ALMENARA_SETTINGS.")]


class Stage(StrEnum):
    """What could not be done."""

    DECODE = "decode"
    REKEY = "rekey"
    INDEX = "index"


@app.command()
def show(
    file: File = None,
    *,
    limit: Annotated[int, typer.Option(min=1, help="How many at most, newest first.")] = 20,
    reason: Annotated[str, typer.Option(help="Only those whose reason holds this text.")] = "",
    stage: Annotated[Stage | None, typer.Option(help="Only those of this stage.")] = None,
    value: Annotated[
        bool, typer.Option("--value", help="Show the payload too, escaped. It may hold secrets.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Show the newest dead letters: where they were, why, how large."""
    from connectors.kafka_lookout import Lookout  # noqa: PLC0415 (slow to load)
    from stream.dead_letter_view import escaped  # noqa: PLC0415

    settings = load_settings(file)
    with Lookout(settings.kafka.properties()) as lookout:
        _end(settings, lookout)
        found = _newest(settings, lookout, limit, (stage.value if stage else "", reason))
    texts = [escaped(one.record.value) for one in found]
    if as_json:
        more = [{"value": text} if value else {} for text in texts]
        rows = [{**one.row(), **extra} for one, extra in zip(found, more, strict=True)]
        typer.echo(orjson.dumps(rows, option=orjson.OPT_INDENT_2).decode())
        return
    if not found:
        typer.echo("no dead letters")
        return
    show_rows(COLUMNS, [_row(one) for one in found])
    if value:
        for one, text in zip(found, texts, strict=True):
            typer.echo(f"\n{one.offset}\n{INDENT}{text}")


def _row(letter: "DeadLetter") -> tuple[str | int, ...]:
    time = instant(letter.at)
    return (
        letter.offset,
        "-" if time is None else time[:19].replace("T", " "),
        letter.stage,
        f"{letter.topic} {letter.partition} {letter.source_offset}",
        f"{letter.size:,}" + (" (cut)" if letter.is_cut else ""),
        max(1, letter.attempts),
        letter.reason,
    )


def _end(settings: Settings, lookout: "Lookout") -> int:
    """Return the end of the topic of dead letters; ConnectError where it is not there."""
    from connectors.errors import ConnectError  # noqa: PLC0415

    topic = settings.kafka.topics.dead_letters
    if topic not in lookout.cluster().topics:
        raise ConnectError(
            f"kafka: topic {topic} is missing, expected it; run almenara setup kafka"
        )
    return lookout.ends(topic, 0)[1]


def _newest(
    settings: Settings, lookout: "Lookout", limit: int, wanted: tuple[str, str]
) -> list["DeadLetter"]:
    from stream.dead_letter_view import dead_letter  # noqa: PLC0415

    stage, reason = wanted
    topic = settings.kafka.topics.dead_letters
    start, stop = lookout.ends(topic, 0)
    found: list[DeadLetter] = []
    while stop > start and len(found) < limit:
        first = max(start, stop - SCANNED)
        letters = [dead_letter(record) for record in lookout.records(topic, 0, first, stop)]
        found += [
            one for one in reversed(letters) if one.stage in (stage or one.stage,)
            and reason in one.reason
        ]  # fmt: skip
        stop = first
    return found[:limit]


@app.command()
def replay(
    file: File = None,
    *,
    stage: Annotated[Stage, typer.Option(help="Of which stage.")] = Stage.INDEX,
    to_source: Annotated[
        bool, typer.Option("--to-source", help="Write into your own topics.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Put dead letters back where they came from, each once; a second run goes on behind.

    Those of index go to our topics of documents, others to the topics they were read from.
    """
    from connectors.kafka_lookout import Lookout  # noqa: PLC0415 (slow to load)
    from stream.dead_letter_replay import Replay, group_of  # noqa: PLC0415

    settings = load_settings(file)
    if stage is not Stage.INDEX and not (to_source or dry_run):
        raise CommandError(
            f"dlq replay: those of {stage.value} go to topics that were read, expected --to-source;"
            " whoever else reads these topics reads the records again"
        )
    properties = settings.kafka.properties("classic")
    name = group_of(settings.kafka.group, stage.value, settings.namespace)
    with Lookout(properties) as lookout:
        end = _end(settings, lookout)
        topics = dict(lookout.cluster().topics)
        counts = _planned(settings, lookout, name, stage.value)
    if not dry_run and counts.total + counts.others + counts.cut + counts.homeless:
        topic = settings.kafka.topics.dead_letters
        counts = Replay(properties, name, topic, topics).run(stage.value, end)
    _tell(counts, dry_run=dry_run, as_json=as_json)


def _planned(settings: Settings, lookout: "Lookout", name: str, stage: str) -> "Replayed":
    """Return what a replay would do now."""
    from stream.dead_letter_replay import Replayed, sorted_out  # noqa: PLC0415
    from stream.dead_letter_view import dead_letter  # noqa: PLC0415

    counts, topic = Replayed(), settings.kafka.topics.dead_letters
    start, end = lookout.ends(topic, 0)
    (place,) = lookout.committed(name, [(topic, 0)])
    at, topics = max(start, place.offset), dict(lookout.cluster().topics)
    while at < end:
        letters = [
            dead_letter(record) for record in lookout.records(topic, 0, at, min(end, at + SCANNED))
        ]
        sorted_out(letters, stage, topics, counts)
        at = min(end, at + SCANNED)
    return counts


def _tell(counts: "Replayed", *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        told = {
            "put_back": counts.sent,
            "of_another_stage": counts.others,
            "cut": counts.cut,
            "topic_missing": counts.homeless,
            "dry_run": dry_run,
        }
        typer.echo(orjson.dumps(told, option=orjson.OPT_INDENT_2).decode())
        return
    for topic, count in sorted(counts.sent.items()):
        typer.echo(f"{topic}: {count:,} {'would be ' * dry_run}put back")
    left = (
        ("of another stage", counts.others),
        ("cut to their beginning, cannot be put back", counts.cut),
        ("whose topic is not there any more", counts.homeless),
    )
    for what, count in left:
        if count:
            typer.echo(f"left: {count:,} {what}")
    if not counts.total:
        typer.echo("nothing to put back")
    elif dry_run:
        typer.echo("\ndry run: nothing was changed")
