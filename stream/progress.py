"""How far a run is: a bar with rate and ETA on a terminal, a line now and then elsewhere."""

import sys
import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bar

EVERY_S = 10.0


class Progress:
    """Shows progress on standard error.

    Parameters
    ----------
    total : int
        Bytes to read, 0 where unknown.
    is_quiet : bool
        Show nothing.
    """

    def __init__(self, total: int, *, is_quiet: bool) -> None:
        self._total = total
        self._is_quiet = is_quiet
        self._began = self._shown = time.monotonic()
        self._bar: Bar | None = None
        if not is_quiet and sys.stderr.isatty():
            self._bar = Bar(
                TextColumn("{task.description}"),
                BarColumn(),
                DownloadColumn(),
                TextColumn("{task.fields[rate]}"),
                TimeRemainingColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self._task = self._bar.add_task("reading", total=total or None, rate="")

    def show(self, consumed: int, events: int, name: str) -> None:
        """Say how many bytes are read and events taken, and of which file."""
        if self._is_quiet:
            return
        now = time.monotonic()
        rate = f"{events / max(now - self._began, 1e-3):,.0f} events/s"
        if self._bar is not None:
            self._bar.update(self._task, completed=consumed, description=name[-40:], rate=rate)
        elif now - self._shown >= EVERY_S:
            self._shown = now
            share = f"{100 * consumed / self._total:.0f} %, " if self._total else ""
            print(f"{name}: {share}{events:,} events, {rate}", file=sys.stderr)  # noqa: T201 (progress)

    def __enter__(self) -> Self:
        """Start to show."""
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop to show."""
        if self._bar is not None:
            self._bar.stop()
