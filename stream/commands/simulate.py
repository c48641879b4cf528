"""The command ``almenara simulate``: telemetry with planted attacks, and the truth about them."""

import shlex
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from detectors.errors import ConfigError
from stream.features.feature_set import CONNECTION_SET
from stream.populations import POPULATIONS
from stream.prior import save_prior
from stream.prior_making import DAYS, SITES, digest_of, make_prior
from stream.simulate.settings import DAY, SimulationSettings
from stream.simulate.writers import FORMATS, Line, Written, lines_of, write_log, write_truth

app = typer.Typer(
    rich_markup_mode=None, help="Make telemetry with planted attacks and their truth."
)

USUAL = SimulationSettings()
Wanted = Annotated[bool, typer.Option("--attacks/--no-attacks", help="Plant attacks.")]


@app.command()
def simulate(  # noqa: PLR0913 (each option of the command line is a parameter)
    out: Annotated[
        Path | None, typer.Argument(help="Log file to write; .gz compresses it.")
    ] = None,
    *,
    days: Annotated[int, typer.Option(help="Days to simulate.")] = USUAL.days,
    hosts: Annotated[int, typer.Option(help="Office hosts.")] = USUAL.hosts,
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = USUAL.seed,
    log_format: Annotated[
        str | None,
        typer.Option(
            "--format",
            help=f"One of {', '.join(FORMATS)}; zeek-tsv for a file, zeek-json for a topic.",
        ),
    ] = None,
    activity: Annotated[
        float, typer.Option(help="How much people do; 1 is usual.")
    ] = USUAL.activity,
    internet_sources: Annotated[
        int, typer.Option(help="Strangers from the internet a day.")
    ] = USUAL.internet_sources_per_day,
    attacks: Wanted = True,
    attacks_from_day: Annotated[
        int, typer.Option(help="First day with attacks.")
    ] = USUAL.attacks_from_day,
    truth: Annotated[
        Path | None, typer.Option(help="JSON file for what was planted, with its records.")
    ] = None,
    prior: Annotated[
        Path | None,
        typer.Option(help="Make the shipped prior anew instead; its sites are fixed."),
    ] = None,
    topic: Annotated[
        str | None,
        typer.Option(help="Send to a topic instead, keyed by source; made where it is missing."),
    ] = None,
    rate: Annotated[
        float, typer.Option(min=0, help="Lines a second into a topic; 0 is no limit.")
    ] = 500.0,
    partitions: Annotated[int, typer.Option(min=1, help="Of a topic that is made.")] = 4,
    settings_file: Annotated[
        Path | None,
        typer.Option("--settings", help="Brokers and login; else those of ALMENARA_SETTINGS."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Say what was written as JSON.")] = False,
) -> None:
    """Write days of office, server and internet traffic with planted attacks."""
    if prior is not None and out is None and topic is None:
        _write_prior(prior, as_json=as_json)
        return
    named = {"a log file": out, "--prior": prior, "--topic": topic}
    found = " and ".join(name for name, value in named.items() if value is not None)
    if prior is not None or (out is None) is (topic is None):
        raise ConfigError(
            f"simulate: {found or 'no file'}, expected a log file, --topic NAME or --prior FILE;"
            " name one"
        )
    settings = SimulationSettings(
        days=days,
        hosts=hosts,
        seed=seed,
        activity=activity,
        internet_sources_per_day=internet_sources,
        attacks=USUAL.attacks if attacks else (),
        attacks_from_day=attacks_from_day,
        start=USUAL.start if topic is None else time.time() // DAY * DAY - days * DAY,
    )
    if out is None:
        lines = lines_of(settings, log_format or "zeek-json")
        _feed(settings_file, str(topic), partitions, lines, rate)
        return
    written = write_log(out, settings, log_format or "zeek-tsv")
    if truth is not None:
        write_truth(truth, settings, written)
    if as_json:
        typer.echo(orjson.dumps(told(settings, written, out), option=orjson.OPT_INDENT_2).decode())
        return
    for line in report(settings, written, out, truth):
        typer.echo(line)


def _feed(
    file: Path | None, topic: str, partitions: int, lines: Iterator[Line], rate: float
) -> None:
    from stream.feed import feed, make_topic  # noqa: PLC0415 (brings the client of Kafka)
    from stream.settings import load_settings  # noqa: PLC0415

    settings = load_settings(file)
    make_topic(settings, topic, partitions)
    typer.echo(f"{topic}: {feed(settings, topic, lines, rate):,} lines sent")


def told(settings: SimulationSettings, written: Written, out: Path) -> dict[str, Any]:
    """Return what was written, for machines."""
    return {
        "file": str(out),
        "seed": settings.seed,
        "days": settings.days,
        "hosts": settings.hosts,
        "lines": written.records,
        "events": written.events,
        "planted": dict(Counter(attack.kind for attack in written.truth)),
    }


def _write_prior(path: Path, *, as_json: bool) -> None:
    if not as_json:
        typer.echo(f"simulating {len(SITES)} quiet sites of {DAYS} days", err=True)
    made = make_prior()
    save_prior(path, CONNECTION_SET, made)
    if as_json:
        rows = {p.name: len(part.x) for p, part in zip(POPULATIONS, made, strict=True)}
        typer.echo(orjson.dumps({"file": str(path), "rows": rows, "digest": digest_of(made)}))
        return
    counts = ", ".join(
        f"{len(part.x):,} of {population.name}s"
        for population, part in zip(POPULATIONS, made, strict=True)
    )
    typer.echo(f"{path}: {counts}; digest of the rows {digest_of(made)}")


def report(
    settings: SimulationSettings, written: Written, out: Path, truth: Path | None
) -> list[str]:
    """Say what was written and what to type next."""
    span = "1 day" if settings.days == 1 else f"{settings.days} days"
    lines = [
        f"{out}: {written.events:,} events of {settings.hosts} hosts in {span},"
        f" {written.records:,} lines, seed {settings.seed}"
    ]
    counts = Counter(attack.kind for attack in written.truth)
    planted = ", ".join(f"{counts[kind]} {kind}" for kind in settings.attacks if counts[kind])
    if planted:
        lines.append(f"planted: {planted}" + (f"; the truth is in {truth}" if truth else ""))
    elif settings.attacks:
        lines.append(f"planted: nothing; attacks start on day {settings.attacks_from_day}")
    return [*lines, f"next: almenara replay {shlex.quote(str(out))}"]
