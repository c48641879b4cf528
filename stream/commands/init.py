"""The command ``almenara init``: a commented file of settings."""

import os
import secrets
import shlex
import sys
import tomllib
from pathlib import Path
from typing import Annotated, Any

import typer

from detectors.errors import ConfigError
from stream.configuration.problems import complain
from stream.configuration.toml_text import commented
from stream.configuration.validated import validated
from stream.exit_codes import USAGE
from stream.settings import DEFAULT_FILE

app = typer.Typer(rich_markup_mode=None, help="Write a commented settings file.")

MODE = 0o600  # it may come to hold a secret
SEEDS = 2**53


@app.command()
def init(
    *,
    kafka: Annotated[str, typer.Option(metavar="HOST:PORT", help="Brokers, with commas.")] = "",
    elasticsearch: Annotated[
        str, typer.Option(metavar="URL", help="Elasticsearch; without, alerts end in Kafka.")
    ] = "",
    topic: Annotated[
        list[str] | None, typer.Option(help="Topic to read, or one ^regex; repeat it.")
    ] = None,
    log_format: Annotated[
        str, typer.Option("--format", help="auto, or one of `almenara formats list`.")
    ] = "",
    internal: Annotated[
        list[str] | None, typer.Option(metavar="CIDR", help="Own network; repeat it.")
    ] = None,
    out: Annotated[Path, typer.Option(help="File to write; one that exists is kept.")] = (
        DEFAULT_FILE
    ),
) -> None:
    """Write a commented settings file; asks on a terminal for what no option says."""
    if out.exists():
        raise _exists(out)
    given: dict[str, Any] = {
        "kafka.bootstrap": _split(kafka),
        "elasticsearch.url": _split(elasticsearch),
        "source.topics": topic or [],
        "source.format": log_format,
        "networks.internal": internal or [],
    }
    if sys.stdin.isatty():
        _ask(given)
    elif not (kafka and topic):
        raise ConfigError(
            "init: no terminal to ask on, expected --kafka and --topic; give both, or write the"
            " settings as variables"
        )
    values = {key: value for key, value in given.items() if value}
    values["detection.hash_seed"] = secrets.randbelow(SEEDS)
    text = commented(values)
    _, problems = validated(tomllib.loads(text), "", "", {})
    if problems:
        complain(problems)
        raise typer.Exit(USAGE)
    _write(out, text)
    name = "" if out == DEFAULT_FILE else f" {shlex.quote(str(out))}"
    typer.echo(f"{out}: written, for you alone to read\n\nnext: almenara check{name}")


def _ask(given: dict[str, Any]) -> None:
    """Ask for what is empty."""
    if not given["kafka.bootstrap"]:
        given["kafka.bootstrap"] = _split(typer.prompt("Kafka brokers", "localhost:9092"))
    if not given["elasticsearch.url"]:
        given["elasticsearch.url"] = _split(
            typer.prompt("Elasticsearch", "http://localhost:9200", show_default=True)
        )
    while not given["source.topics"]:
        said = typer.prompt("Topics to read (with commas, or one ^regex)")
        given["source.topics"] = [said] if said.startswith("^") else _split(said)
    if not given["source.format"]:
        given["source.format"] = typer.prompt("Their format", "auto")
    if not given["networks.internal"]:
        said = typer.prompt("Own networks (empty: the private ranges)", "", show_default=False)
        given["networks.internal"] = _split(said)


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _write(path: Path, text: str) -> None:
    try:
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, MODE)
    except FileExistsError:
        raise _exists(path) from None
    except OSError as error:
        raise ConfigError(
            f"{path}: {error.strerror}, expected a file that can be written; name one with --out"
        ) from error
    with os.fdopen(number, "w", encoding="utf-8") as file:
        file.write(text)


def _exists(path: Path) -> ConfigError:
    return ConfigError(f"{path}: is there already, expected a new file; name one with --out")
