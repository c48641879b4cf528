"""All roles at once, each in a process of its own; one that ends, ends them all."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

OURSELVES = (sys.executable, "-c", "from stream.cli import main; main()")
LOOK_S = 0.2
END_S = 60.0
FAILED = 1


def run_all(
    commands: Sequence[Sequence[str]],
    running: Callable[[], bool],
    end_s: float = END_S,
    reloads: Callable[[], int] = int,
) -> int:
    """Run commands side by side until one ends or ``running`` says no; return an exit code.

    Each time that ``reloads`` has counted more, all are sent SIGHUP.

    Then all are asked to end (SIGTERM) and waited for, ``end_s`` at most. The code is that of the
    first that failed by itself, 1 where one ended without a reason or had to be killed, else 0.
    """
    processes = [subprocess.Popen(command) for command in commands]  # noqa: S603 (our caller's)
    try:
        done = reloads()
        while running() and all(process.poll() is None for process in processes):
            if done != reloads():
                done = reloads()
                for process in processes:
                    process.send_signal(signal.SIGHUP)
            time.sleep(LOOK_S)
    finally:
        ended = [process.returncode for process in processes if process.poll() is not None]
        for process in processes:
            process.terminate()
        were_killed = sum(not _ends(process, end_s) for process in processes) > 0
    failed = next((code for code in ended if code > 0), FAILED)
    return failed if ended or were_killed else 0


def _ends(process: "subprocess.Popen[bytes]", end_s: float) -> bool:
    """Wait for a process; return False where it had to be killed."""
    try:
        process.wait(end_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return False
    return True
