"""The command ``almenara demo``: three simulated days, and what is found of what was planted."""

import time
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console

from connectors.errors import SinkError
from connectors.files import LogFile
from stream.decisions import AlertSettings
from stream.demo import compare
from stream.demo_report import Kept, show, summary_of_demo
from stream.pipeline import PipelineSettings
from stream.replay import Replay
from stream.replay_input import in_order
from stream.replay_output import ReplayOutput, write_json
from stream.replay_run import run_shown
from stream.run_summary import Summary
from stream.simulate.settings import SimulationSettings
from stream.simulate.writers import write_log
from stream.warm_up import ensure_warm

app = typer.Typer(rich_markup_mode=None, help="Simulate three days and find what was planted.")

FOLDER = Path("almenara-demo")
STORE = FOLDER / "almenara.sqlite"
LOG = FOLDER / "conn.log"


@app.command()
def demo(
    *,
    seed: Annotated[int, typer.Option(help="Another seed plants other attacks.")] = 1,
    summary: Annotated[
        Path | None, typer.Option(help="Write what was found as JSON to this file.")
    ] = None,
    store: Annotated[
        Path, typer.Option(help="Local store; the usual one is begun anew each time.")
    ] = STORE,
    keep_log: Annotated[
        Path, typer.Option(metavar="PATH", help="Where the simulated log is kept.")
    ] = LOG,
    as_json: Annotated[bool, typer.Option("--json", help="Write the summary as JSON.")] = False,
) -> None:
    """Simulate three days of a site, attack it on the last two, and find the attacks."""
    began = time.perf_counter()
    settings = SimulationSettings(seed=seed)
    _prepare(store, keep_log)
    console = Console()
    _say(
        f"simulating {settings.days} days of {settings.hosts} hosts, seed {seed}", is_quiet=as_json
    )
    written = write_log(keep_log, settings, "zeek-tsv")
    ensure_warm(is_quiet=as_json)
    _say(f"replaying {written.events:,} events through the pipeline", is_quiet=as_json)
    run, output = _replayed(keep_log, store, is_quiet=as_json)
    compared = compare(written.truth, output.alerts)
    found = summary_of_demo(compared, run, seed, time.perf_counter() - began)
    if summary is not None:
        write_json(summary, found)
    if as_json:
        typer.echo(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode())
    else:
        show(compared, run, Kept(keep_log, store, seed), console)


def _replayed(log: Path, store: Path, *, is_quiet: bool) -> tuple[Summary, ReplayOutput]:
    """Run what `almenara replay` runs."""
    settings = PipelineSettings(stream="demo", topic="demo")
    with LogFile(str(log)) as file, ReplayOutput(store, None, None) as output:
        files = in_order([file], settings.parse, 0.0, 0.0)
        run = Replay([(settings, files)], AlertSettings(), output.decide, output.reject)
        output.locate = run.locate
        found = run_shown(run, is_quiet=is_quiet)
        output.finish(found, None, found["fingerprint"], *found["lanes"])
    return found, output


def _prepare(store: Path, log: Path) -> None:
    """Make the demo's folder where something goes there; the store of an earlier demo goes."""
    if FOLDER in (store.parent, log.parent):
        try:
            FOLDER.mkdir(exist_ok=True)
        except OSError as error:
            raise SinkError(
                f"{FOLDER}: cannot be made ({error.strerror}), expected a folder that can be"
                " written; run it elsewhere, or name --store and --keep-log"
            ) from error
    if store == STORE:
        for name in (store.name, f"{store.name}-wal", f"{store.name}-shm"):
            (FOLDER / name).unlink(missing_ok=True)


def _say(text: str, *, is_quiet: bool) -> None:
    if not is_quiet:
        typer.echo(text, err=True)
