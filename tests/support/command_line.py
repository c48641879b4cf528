"""Runs ``almenara`` in this process, and a small log with attacks to run it on."""

import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from stream import cli
from stream.simulate.settings import SimulationSettings
from stream.simulate.writers import Written, write_log
from stream.warm_up import ensure_warm

SMALL = SimulationSettings(
    hosts=10,
    activity=0.3,
    server_activity=0.3,
    internet_sources_per_day=300,
    clients_per_day=20,
    days=1,
    attacks=("port scan",),
    attacks_per_kind=2,
    attacks_from_day=1,
)


@dataclass(frozen=True, slots=True)
class Done:
    """What a command left."""

    code: int
    out: str
    err: str


class CommandLine:
    """Calls the program as the console script does."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def __call__(self, *arguments: str | Path) -> Done:
        """Run it; a command that ends by itself has code 0."""
        self._monkeypatch.setattr(sys, "argv", ["almenara", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = self._capsys.readouterr()
        return Done(int(ended.value.code or 0), said.out, said.err)


def small_log(folder: Path) -> Written:
    """Write ``conn.log`` of one day with two port scans, and have the kernels compiled."""
    ensure_warm(is_quiet=True)
    return write_log(folder / "conn.log", SMALL, "zeek-tsv")
