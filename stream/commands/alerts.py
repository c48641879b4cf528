"""The command ``almenara alerts``: what the local store holds."""

from pathlib import Path
from typing import Annotated

import orjson
import typer

from stream.alert_pages import SHOWN_ID, Frame, explanation, page, severity_name
from stream.alerts import Document
from stream.listing import Row, show_json, show_rows, terminal_width
from stream.store import DEFAULT_PATH, named
from stream.store_reader import StoreReader

app = typer.Typer(
    rich_markup_mode=None,
    help="List, show and explain alerts of the local store.",
    no_args_is_help=True,
)

DIGEST_COLUMNS = ("id", "day", "candidates", "alerts", "over budget", "strongest")
COLUMNS = ("id", "time", "severity", "class", "by chance", "what")
KEYS = ("id", "decided_at", "severity", "class", "expected_per_day", "sentence", "entity")

StorePath = Annotated[Path, typer.Option("--store", help="Local store.")]
AsJson = Annotated[bool, typer.Option("--json", help="Write JSON.")]
Id = Annotated[str, typer.Argument(help="Id of an alert, candidate or digest, or its beginning.")]


@app.command("list")
def list_alerts(
    *,
    store: StorePath = DEFAULT_PATH,
    limit: Annotated[int, typer.Option(min=1, help="How many at most, newest first.")] = 50,
    entity: Annotated[str, typer.Option(help="Only those of this address.")] = "",
    as_json: AsJson = False,
) -> None:
    """List the newest alerts."""
    with StoreReader(store) as reader:
        lines, counts = reader.alerts(limit, entity), reader.counts()
    if as_json:
        show_json(
            KEYS,
            [
                (a.id, a.decided_at, a.severity, a.class_name, a.expected, a.sentence, a.entity)
                for a in lines
            ],
        )
        return
    if lines:
        show_rows(
            COLUMNS,
            [
                (
                    alert.id[:SHOWN_ID],
                    alert.decided_at[:19].replace("T", " "),
                    severity_name(alert.severity),
                    alert.class_name,
                    alert.expected_text.removesuffix(" by chance"),
                    alert.sentence,
                )
                for alert in lines
            ],
        )
    typer.echo(_footer(len(lines), counts, entity, named(store)))


def _footer(shown: int, counts: dict[str, int], entity: str, where: str) -> str:
    whose = f" of {entity}" if entity else ""
    held = f"also in the store: candidates {counts['candidates']}, digests {counts['digests']}"
    if not shown:
        return f"no alerts{whose}; {held}\nnext: almenara alerts digests{where}"
    return (
        f"\nalerts{whose}: {shown} of {counts['alerts']}; {held}"
        f"\nnext: almenara alerts explain ID{where}"
    )


@app.command()
def digests(*, store: StorePath = DEFAULT_PATH, as_json: AsJson = False) -> None:
    """List the daily digests."""
    with StoreReader(store) as reader:
        documents = reader.digests()
    if as_json:
        show_json(
            ("id", "day", "partial", "what"),
            [
                (d["event"]["id"], digest["day"], digest["partial"], d["event"]["reason"])
                for d in documents
                for digest in (d["almenara"]["digest"],)
            ],
        )
        return
    show_rows(DIGEST_COLUMNS, [_digest_row(document) for document in documents])
    typer.echo(f"\nnext: almenara alerts show ID{named(store)}")


def _digest_row(document: Document) -> Row:
    digest = document["almenara"]["digest"]
    incidents = digest.get("incidents", ())
    return (
        document["event"]["id"][:SHOWN_ID],
        digest["day"] + (" so far" if digest["partial"] else ""),
        digest["counts"]["candidates"],
        digest["counts"].get("alert", 0),
        digest["counts"].get("budget_missed", 0),
        incidents[0]["sentence"] if incidents else "",
    )


@app.command()
def show(wanted: Id, *, store: StorePath = DEFAULT_PATH, as_json: AsJson = False) -> None:
    """Show one alert, candidate or digest."""
    with StoreReader(store) as reader:
        document = reader.find(wanted)
    if as_json:
        typer.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())
        return
    typer.echo("\n".join(page(document, Frame(terminal_width(), named(store)))))


@app.command()
def explain(wanted: Id, *, store: StorePath = DEFAULT_PATH, as_json: AsJson = False) -> None:
    """Say why something is strange: what was usual, who says so, and where the evidence lies."""
    with StoreReader(store) as reader:
        document = reader.find(wanted)
    if as_json:
        ours = document["almenara"]
        reasons = {
            name: ours[name]
            for name in ("explain", "detectors", "evidence", "source", "digest")
            if name in ours
        }
        typer.echo(orjson.dumps(reasons, option=orjson.OPT_INDENT_2).decode())
        return
    typer.echo("\n".join(explanation(document, Frame(terminal_width(), named(store)))))
