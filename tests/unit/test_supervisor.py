"""Roles side by side: what ends one of them ends all, and is told by the exit code."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from stream.supervisor import OURSELVES, run_all

SLEEPS = (sys.executable, "-c", "import time; time.sleep(60)")
DEAF = (
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)",
)


RELOADS = """
import pathlib, signal, sys, time
signal.signal(signal.SIGHUP, lambda *_: sys.exit(7))
pathlib.Path(sys.argv[1]).touch()
time.sleep(60)
"""


def for_s(seconds: float) -> Callable[[], bool]:
    until = time.monotonic() + seconds
    return lambda: time.monotonic() < until


def test_being_told_to_stop_is_no_failure() -> None:
    assert run_all([SLEEPS, SLEEPS], for_s(0.5)) == 0


@pytest.mark.parametrize("code", [1, 4, 6])
def test_failure_of_one_ends_the_others_and_gives_its_code(code: int) -> None:
    began = time.monotonic()
    assert run_all([SLEEPS, (sys.executable, "-c", f"raise SystemExit({code})")], for_s(50)) == code
    assert time.monotonic() - began < 40


def test_one_that_ends_without_a_reason_is_a_failure() -> None:
    assert run_all([SLEEPS, (sys.executable, "-c", "")], for_s(50)) == 1


def test_one_that_was_killed_is_a_failure() -> None:
    killed = (sys.executable, "-c", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    assert run_all([SLEEPS, killed], for_s(50)) == 1


def test_one_that_does_not_end_when_asked_to_is_killed_and_told() -> None:
    assert run_all([DEAF], for_s(1.5), end_s=1.0) == 1


def test_our_own_command_line_can_be_run() -> None:
    assert run_all([[*OURSELVES, "no-such-command"]], for_s(50)) == 2


def test_reload_that_was_asked_for_is_handed_on(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    command = (sys.executable, "-c", RELOADS, str(ready))
    assert run_all([SLEEPS, command], for_s(50), reloads=lambda: int(ready.exists())) == 7
