"""Where numba keeps compiled kernels, and for which CPU it compiles them.

numba's own cache notices an edit of a kernel, but not of a kernel or constant that it takes from
another file, and not a change of most of its switches. So the folder is named after all of them:
the files that define kernels, and all that they import from us.
"""

import atexit
import hashlib
import logging
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import platformdirs

PACKAGES = ("connectors", "detectors", "stream", "training")
KEPT = 3
"""Folders that are kept: the newest ones."""
SPARED_S = 3600.0
"""A folder used within this time may belong to a running process and is kept as well."""

KERNEL = b"njit"
IMPORTS = re.compile(rb"^\s*from\s+([.\w]+)\s+import\s+(?:\(([^)]*)\)|(.*))$", re.MULTILINE)

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
    """Return 16 hexadecimal digits over sources of kernels, numba, Python and the switches."""
    digest = hashlib.blake2b(digest_size=8)
    for path, text in sorted(kernel_sources(root).items()):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(hashlib.blake2b(text).digest())
    switches = sorted(
        f"{name}={value}"
        for name, value in os.environ.items()
        if name.startswith("NUMBA_") and name != "NUMBA_CACHE_DIR"
    )
    digest.update("\n".join([version("numba"), sys.version, *switches]).encode())
    return digest.hexdigest()


def kernel_sources(root: Path) -> dict[Path, bytes]:
    """Return the text of our files below root that define kernels, and of all they import."""
    texts = {
        path: path.read_bytes() for package in PACKAGES for path in (root / package).rglob("*.py")
    }
    found: dict[Path, bytes] = {}
    todo = [path for path, text in texts.items() if KERNEL in text]
    while todo:
        path = todo.pop()
        if path not in found:
            found[path] = texts[path]
            todo += [other for other in _imported(root, path, texts[path]) if other in texts]
    return found


def _imported(root: Path, path: Path, text: bytes) -> Iterator[Path]:
    """Yield the files that a file may import from, whether or not they are there."""
    for module, listed, rest in IMPORTS.findall(text):
        name = module.decode().lstrip(".")
        dots = len(module) - len(name)
        base = path.parents[dots - 1] if dots else root
        folder = base.joinpath(*name.split(".")) if name else base
        yield folder.with_suffix(".py")
        yield folder / "__init__.py"
        for one in (listed or rest).decode().split(","):
            yield folder / f"{(one.split() or [''])[0]}.py"


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
