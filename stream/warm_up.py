"""Compiles every kernel into the cache before it is needed: ``python -m stream.warm_up``.

A fresh cache costs about a minute of compilation. The set-up pays it once; a command that finds the
cache of this version empty says so and pays it then. Two processes share the work.
"""

import hashlib
import subprocess
import sys
import time
from pathlib import Path

from . import numba_cache

PARTS = ("parse", "judge")  # of stream.compile_kernels
ROOT = Path(__file__).parents[1]
BEFORE = "compiling kernels, once for this version: about a minute"


def ensure_warm(*, is_quiet: bool = False) -> bool:
    """Compile all kernels unless this version did; return whether it was needed.

    Before it one line on standard error, and one after, unless quiet. Raises CalledProcessError
    where a kernel cannot be compiled.
    """
    stamp = _stamp()
    if not numba_cache.is_used() or stamp.exists():
        return False
    began = time.monotonic()
    _say(BEFORE, is_quiet=is_quiet)
    _compile()
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.touch()
    _say(f"kernels compiled in {time.monotonic() - began:.0f} s", is_quiet=is_quiet)
    return True


def is_warm() -> bool:
    """Return whether this version's kernels were compiled here."""
    return _stamp().exists()


def stamp_name() -> str:
    """Return the name of the file that says that kernels are compiled for the files here.

    numba looks up what it compiled by the path and the time of a file, so another checkout of the
    same version has to compile for itself.
    """
    sources = sorted(numba_cache.kernel_sources(ROOT))
    place = repr([(str(path), path.stat().st_mtime_ns) for path in sources]).encode()
    return f"compiled-{numba_cache.key(ROOT)}-{hashlib.blake2b(place, digest_size=4).hexdigest()}"


def _stamp() -> Path:
    return numba_cache.configure() / stamp_name()


def _compile() -> None:
    # the choice of cache and CPU is in the environment, so they make it too
    command = [sys.executable, "-m", "stream.compile_kernels"]
    running = [subprocess.Popen([*command, part]) for part in PARTS]  # noqa: S603 (our own module)
    for process, code in [(process, process.wait()) for process in running]:
        if code:
            raise subprocess.CalledProcessError(code, process.args)


def _say(text: str, *, is_quiet: bool) -> None:
    if not is_quiet:
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()


if __name__ == "__main__":
    ensure_warm()
