"""When a process that was told to stop gives up waiting."""

import signal
import time
from collections.abc import Callable

END_S = 8.0
WAITING = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}
"""Signals that wait while a process begins again in a fresh image."""


class Stopping:
    """Says whether a wait may go on: while the process runs, and a moment longer.

    What is in hand is to be finished when SIGTERM comes, and a server that is away must not keep
    the process from ending.

    Parameters
    ----------
    running : callable
        Whether the process is to go on.
    end_s : float
        Seconds that waits may take after it was told to stop.
    """

    def __init__(self, running: Callable[[], bool], end_s: float = END_S) -> None:
        self._running = running
        self._end_s = end_s
        self._until: float | None = None

    def __call__(self) -> bool:
        """Whether a wait may go on."""
        if self._running():
            return True
        return self.left_s > 0.0

    @property
    def left_s(self) -> float:
        """Seconds that are left, counted from when this was first asked after the stop."""
        now = time.monotonic()
        if self._until is None:
            self._until = now + self._end_s
        return self._until - now
