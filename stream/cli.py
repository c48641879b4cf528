"""The command ``almenara``: finds the sub-command, runs it and turns known errors into one line."""

import importlib
import platform
from importlib.metadata import version
from typing import Annotated

import typer

from .lazy_commands import Commands

app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def build() -> str:
    """Return version and what it runs on, in one line."""
    parts = [f"{name} {version(name)}" for name in ("numba", "llvmlite", "numpy")]
    system = f"{platform.system()} {platform.machine()}"
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"almenara {version('almenara')} ({python}, {', '.join(parts)}, {system})"


def _show_version(*, wanted: bool) -> None:
    if wanted:
        typer.echo(build())
        raise typer.Exit


@app.callback()
def almenara(
    *,
    show_version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the build."),
    ] = False,
) -> None:
    """Find the few strange things in firewall and network logs, and say why."""


def main() -> None:
    """Run the command line. Known errors end it with one line and the code that names them.

    0 ok, 1 failed, 2 usage or settings, 6 data, 130 interrupted. Anything else is an error of
    ours and shows its traceback.
    """
    try:
        app()
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except Exception as error:
        code = importlib.import_module("stream.exit_codes").code_of(error)
        if code is None:
            raise
        typer.echo(f"error: {' '.join(str(error).split())}", err=True)
        raise SystemExit(code) from None
