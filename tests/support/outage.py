"""Servers that go away for a while from under a running engine, and what that does to its roles."""

import threading
import time
from contextlib import suppress
from pathlib import Path
from statistics import median

from live_engine import LiveEngine
from live_outcome import wait_until

SAMPLE_S = 1.0
FIRST = 5  # samples that the others are compared with
KAFKA = ("kafka is away; waiting for it", "kafka is back after")
ELASTICSEARCH = ("(documents wait, and are sent until they are taken)", "takes documents again")


class Memory(threading.Thread):
    """Samples the memory of every role, in MiB, in a ``with`` block."""

    def __init__(self, engine: LiveEngine) -> None:
        super().__init__(daemon=True)
        self._engine = engine
        self._done = threading.Event()
        self.of: dict[str, list[float]] = {}

    def __enter__(self) -> "Memory":
        """Begin."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        self._done.set()
        self.join()

    def run(self) -> None:
        """Sample until told to end."""
        while not self._done.wait(SAMPLE_S):
            for name, process in list(self._engine.processes.items()):
                with suppress(OSError, IndexError):  # it has just ended
                    self.of.setdefault(name, []).append(resident_mib(process.pid))

    def first(self, name: str) -> float:
        """Return what a role had at first."""
        return median(self.of[name][:FIRST])

    def largest(self, name: str) -> float:
        """Return the most that a role had."""
        return max(self.of[name])


def resident_mib(pid: int) -> float:
    """Return the resident set of a process."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1_024


def stay(engine: LiveEngine, seconds: float) -> None:
    """Let time pass in which no role may end."""
    until = time.monotonic() + seconds
    wait_until(engine, lambda: time.monotonic() >= until, seconds + 60.0)


def said(engine: LiveEngine, name: str, texts: tuple[str, str]) -> tuple[int, int]:
    """Return how often a role said that a server is away, and that it is back."""
    away, back = texts
    told = engine.said(name)
    return told.count(away), told.count(back)
