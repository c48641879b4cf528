"""Sub-commands that are imported when they run, so that ``almenara --help`` imports none."""

from collections.abc import Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from . import numba_cache

GROUP = "almenara.commands"
HELP = {
    "replay": "Run log files through the pipeline and raise alerts.",
    "alerts": "List, show and explain alerts of the local store.",
    "formats": "List the known log formats, or tell those of a file.",
    "detectors": "List the installed detectors, or check one.",
    "simulate": "Make telemetry with planted attacks and their truth.",
    "init": "Write a commented settings file.",
    "check": "Check the settings, and tell what will run.",
    "setup": "Make our topics, templates and data streams.",
    "doctor": "Check all that the engine needs, step by step.",
    "run": "Run the engine on Kafka and Elasticsearch.",
    "status": "Tell how far the engine has come.",
    "dlq": "Show dead letters, or put them back.",
    "suppress": "Keep known candidates from alerting, by rules.",
    "feedback": "Say whether an alert was right.",
    "demo": "Simulate three days and find what was planted.",
}
"""One line for each built-in command, in the order in which they are listed."""


class CommandError(RuntimeError):
    """A command is claimed twice or cannot be imported: stop (exit code 2)."""


class Commands(TyperGroup):
    """A group whose commands come from the entry-point group ``almenara.commands``."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        places: dict[str, list[EntryPoint]] = {}
        for entry in entry_points(group=GROUP):
            others = places.setdefault(entry.name, [])
            if entry.value not in [other.value for other in others]:
                others.append(entry)
        rank = {name: i for i, name in enumerate(HELP)}
        for name in sorted(places, key=lambda name: (rank.get(name, len(rank)), name)):
            self.add_command(LazyCommand(name, places[name]))


class LazyCommand(TyperCommand):
    """Stands for a command until it is run, with its name and one line of help."""

    def __init__(self, name: str, places: Sequence[EntryPoint]) -> None:
        self._places = places
        distribution = places[0].dist
        origin = distribution.name if distribution else places[0].value
        super().__init__(
            name,
            callback=None,
            help=HELP.get(name, f"Added by {origin}."),
            rich_markup_mode=None,
        )

    def make_context(
        self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any
    ) -> Any:
        """Import the command and let it take its arguments."""
        if len(self._places) > 1:
            rivals = ", ".join(entry.value for entry in self._places)
            raise CommandError(
                f"command {info_name!r}: found {len(self._places)} plugins, expected 1; "
                f"uninstall all but one of: {rivals}"
            )
        numba_cache.configure()
        return imported(self._places[0]).make_context(info_name, args, parent=parent, **extra)


def imported(entry: EntryPoint) -> Any:
    """Import what an entry point names, a typer app or a function, as a command."""
    try:
        found = entry.load()
    except (ImportError, AttributeError) as error:
        if entry.module.startswith("stream."):
            raise
        raise CommandError(
            f"command {entry.name!r}: {entry.value} cannot be imported ({error}), "
            f"expected a typer app or a function; reinstall what brought it"
        ) from error
    app = found
    if not isinstance(found, typer.Typer):
        app = typer.Typer(rich_markup_mode=None)
        app.command(entry.name)(found)
    command = typer.main.get_command(app)
    # completion is installed for the program, not for one of its commands
    command.params = [
        parameter
        for parameter in command.params
        if parameter.name not in {"install_completion", "show_completion"}
    ]
    return command
