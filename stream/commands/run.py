"""The command ``almenara run``: the engine on Kafka and Elasticsearch."""

import signal
import time
from enum import StrEnum
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from stream.configuration.http import OTHERS, checked, ports_of
from stream.settings import Settings, load_settings
from stream.spans import seconds_of
from stream.start_from import StartFrom
from stream.stopping import WAITING

app = typer.Typer(rich_markup_mode=None, help="Run the engine on Kafka and Elasticsearch.")


class Role(StrEnum):
    """What a process does."""

    ALL = "all"
    SCORE = "score"
    REKEY = "rekey"
    ALERT = "alert"
    PUBLISH = "publish"
    INDEX = "index"


class State(StrEnum):
    """What a lane starts from."""

    NEWEST = "newest"
    PREVIOUS = "previous"
    FRESH = "fresh"


class Until:
    """Says yes until SIGTERM or SIGINT, and counts each SIGHUP: read the user's dialects again."""

    def __init__(self) -> None:
        self._goes_on = True
        self._reloads = 0
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        signal.signal(signal.SIGHUP, self._reload)
        # an image that begins again has them wait until here
        signal.pthread_sigmask(signal.SIG_UNBLOCK, WAITING)

    def __call__(self) -> bool:
        """Whether to go on."""
        return self._goes_on

    def reloads(self) -> int:
        """How often a reload was asked for."""
        return self._reloads

    def _reload(self, _number: int, _frame: FrameType | None) -> None:
        self._reloads += 1

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._goes_on = False


@app.command()
def run(
    file: Annotated[
        Path | None, typer.Argument(help="Settings file; else that of ALMENARA_SETTINGS.")
    ] = None,
    *,
    role: Annotated[Role, typer.Option(help="Part of the engine to run here.")] = Role.ALL,
    state: Annotated[
        State,
        typer.Option(help="Go on from the newest snapshots or those before, or learn anew."),
    ] = State.NEWEST,
    rebuild: Annotated[
        str,
        typer.Option(
            metavar="SPAN", help="Learn first from the records of so long, as 7d; raises no alerts."
        ),
    ] = "",
    asked: Annotated[float | None, typer.Option(hidden=True)] = None,
    http: Annotated[
        str | None,
        typer.Option(metavar="HOST:PORT", help="Instead of run.http, for one role; '' for none."),
    ] = None,
) -> None:
    """Run the engine until SIGTERM or Ctrl-C; then snapshots are taken and it ends with 0.

    SIGHUP has the dialects of dialect_folder read again.
    """
    settings = load_settings(file)
    where = settings.run.http if http is None else _address(http)
    begin = StartFrom(
        state=state.value,
        rebuild_s=seconds_of(rebuild, "--rebuild") if rebuild else 0.0,
        asked=time.time() if asked is None else asked,
    )
    until = Until()
    if role is Role.ALL:
        from stream.supervisor import OURSELVES, run_all  # noqa: PLC0415 (not of one role)

        start = ["--state", state.value, *(["--rebuild", rebuild] if rebuild else [])]
        start += ["--asked", repr(begin.asked)]
        commands = _arguments(settings, file, start, where)
        if where:
            typer.echo(f"health and metrics: {_told(settings, where)}", err=True)
        code = run_all([[*OURSELVES, *one] for one in commands], until, reloads=until.reloads)
        if code:
            raise typer.Exit(code)
        return
    from stream.roles import run_role  # noqa: PLC0415 (brings Faust and both clients)
    from stream.warm_up import ensure_warm  # noqa: PLC0415

    if role in {Role.SCORE, Role.REKEY}:
        ensure_warm()
    run_role(role.value, settings, until, start=begin, http=where, reloads=until.reloads)


def processes_of(settings: Settings, http: str) -> dict[str, str]:
    """Return the processes of all roles with their addresses, those that score first."""
    ports = ports_of(http, settings.run.workers)
    if not settings.elasticsearch.url:
        del ports["index"]
    if not any(source.rekey for source in settings.source):
        del ports["rekey"]
    return {name: ports[name] for name in sorted(ports, key=lambda name: name in OTHERS)}


def _address(text: str) -> str:
    try:
        return checked(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--http") from error


def _told(settings: Settings, http: str) -> str:
    return ", ".join(f"{name} {where}" for name, where in processes_of(settings, http).items())


def _arguments(
    settings: Settings, file: Path | None, start: list[str], http: str
) -> list[list[str]]:
    """Return the arguments of every process: one a role, and as many that score as are set."""
    named = [] if file is None else [str(file)]
    commands = []
    for name, address in processes_of(settings, http).items():
        role = name.partition("-")[0]
        begin = start if role == "score" else []
        commands.append(["run", *named, "--role", role, *begin, "--http", address])
    return commands
