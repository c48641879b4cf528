"""All roles at once, each in a process of its own; one that fails ends them all."""

import subprocess
import sys
import time
from collections.abc import Callable, Sequence

COMMAND = (sys.executable, "-c", "from stream.cli import main; main()")
LOOK_S = 0.2
END_S = 60.0


def run_all(arguments: Sequence[Sequence[str]], running: Callable[[], bool]) -> int:
    """Run our command line once for each list of arguments; return the first failure's code.

    When ``running`` says no, or one of them ends, all are asked to end (SIGTERM) and waited for.
    """
    processes = [subprocess.Popen([*COMMAND, *one]) for one in arguments]  # noqa: S603 (ourselves)
    try:
        while running() and all(process.poll() is None for process in processes):
            time.sleep(LOOK_S)
    finally:
        codes = [process.poll() for process in processes]
        for process in processes:
            if process.poll() is None:
                process.terminate()
        for process in processes:
            try:
                process.wait(END_S)
            except subprocess.TimeoutExpired:
                process.kill()
    ended = [code for code in codes if code is not None]
    return next((abs(code) for code in ended if code), 1 if ended else 0)
