"""Where numba keeps compiled kernels, and for which CPU it compiles them.

numba's own cache notices an edit of a kernel, but not of a kernel or constant that it takes from
another file, and not a change of most of its switches. So the folder is named after all of them.
"""

import atexit
import hashlib
import logging
import os
import shutil
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import platformdirs

PACKAGES = ("connectors", "detectors", "stream", "training")
KEPT = 3
"""Folders that are kept: the newest ones."""
SPARED_S = 3600.0
"""A folder used within this time may belong to a running process and is kept as well."""

_log = logging.getLogger(__name__)


def configure() -> Path:
    """Choose the folder of compiled kernels and pin the CPU, before numba is imported.

    A folder or CPU that the user set (``NUMBA_CACHE_DIR``, ``NUMBA_CPU_NAME``,
    ``NUMBA_CPU_FEATURES``) is left as it is. Returns the folder.
    """
    if "NUMBA_CPU_NAME" not in os.environ:
        os.environ["NUMBA_CPU_NAME"] = "generic"
        os.environ.setdefault("NUMBA_CPU_FEATURES", "")
    chosen = os.environ.get("NUMBA_CACHE_DIR")
    if chosen:
        return Path(chosen)
    if "numba" in sys.modules:
        msg = "numba cache: numba is imported already, expected it not to be; configure it first"
        raise RuntimeError(msg)
    folder = _folder(platformdirs.user_cache_path("almenara") / "numba")
    os.environ["NUMBA_CACHE_DIR"] = str(folder)
    return folder


def target() -> str:
    """Return the CPU that kernels are compiled for: only there a snapshot goes on bit for bit."""
    return os.environ.get("NUMBA_CPU_NAME", "host")


def is_used() -> bool:
    """Return whether kernels are compiled at all, which ``NUMBA_DISABLE_JIT`` turns off."""
    return os.environ.get("NUMBA_DISABLE_JIT", "") in ("", "0")


def key(root: Path) -> str:
    """Return 16 hexadecimal digits over our sources below root, numba, Python and the switches."""
    digest = hashlib.blake2b(digest_size=8)
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            digest.update(path.relative_to(root).as_posix().encode())
            digest.update(hashlib.blake2b(path.read_bytes()).digest())
    switches = sorted(
        f"{name}={value}"
        for name, value in os.environ.items()
        if name.startswith("NUMBA_") and name != "NUMBA_CACHE_DIR"
    )
    digest.update("\n".join([version("numba"), sys.version, *switches]).encode())
    return digest.hexdigest()


def _folder(parent: Path) -> Path:
    """Make the folder of this state of the sources below parent, or a passing one."""
    folder = parent / key(Path(__file__).parents[1])
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.utime(folder)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        passing = Path(tempfile.mkdtemp(prefix="almenara-numba-"))
        atexit.register(shutil.rmtree, passing, ignore_errors=True)
        _log.warning("numba cache: %s, expected a writable folder; compiling anew", error)
        return passing
    prune(parent)
    return folder


def prune(parent: Path) -> None:
    """Delete all but the newest folders, sparing those in use."""
    spared_from = time.time() - SPARED_S
    ages = []
    for folder in parent.iterdir():
        try:
            ages.append((folder.stat().st_mtime, folder))
        except FileNotFoundError:  # another process was first
            continue
    for used, folder in sorted(ages, reverse=True)[KEPT:]:
        if used < spared_from:
            shutil.rmtree(folder, ignore_errors=True)
