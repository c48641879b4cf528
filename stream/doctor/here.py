"""Checks of this machine: our packages, the compiled kernels, room on the disk."""

import importlib.util
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import Distribution, distribution, packages_distributions
from pathlib import Path
from urllib.parse import unquote, urlsplit

import orjson

from stream import numba_cache, warm_up
from stream.exit_codes import USAGE

from .checks import Check, CheckError

PACKAGES = ("stream", "detectors", "connectors", "training")
ROOM = 200 * 1024 * 1024  # bytes for kernels and logs
ALONE = "give Almenara an environment of its own, and install it anew there"


def checks_here() -> Iterator[Check]:
    """Yield the checks that need no server."""
    yield Check("packages", lambda: look_at_packages(PACKAGES), do=ALONE)
    yield Check("kernels", look_at_kernels)
    yield Check("disk", lambda: look_at_disk(numba_cache.configure()))


def look_at_packages(names: Sequence[str], expected: Path | None = None) -> str:
    """Compare where our packages are with where our distribution put them.

    Other distributions bring packages of the same names, and installers overwrite without a word.
    """
    root = expected or root_of(distribution("almenara"))
    check_owners(names, packages_distributions())
    for name in names:
        spec = importlib.util.find_spec(name)
        found = None if spec is None or spec.origin is None else Path(spec.origin).parent
        if found is None or found.resolve() != (root / name).resolve():
            raise CheckError(f"{name} is in {found}, expected {root / name}", ALONE, USAGE)
    return f"{', '.join(names)} are ours, in {root}"


def check_owners(names: Sequence[str], owners: Mapping[str, Sequence[str]]) -> None:
    """Raise CheckError where another distribution brings a package of one of our names."""
    for name in names:
        others = sorted(set(owners.get(name, ())) - {"almenara"})
        if others:
            raise CheckError(
                f"{name} also comes with {', '.join(others)}", f"{ALONE} without it", USAGE
            )


def root_of(installed: Distribution) -> Path:
    """Return the folder in which a distribution's packages are: where it was told, if editable."""
    told = installed.read_text("direct_url.json")
    if told:
        found = orjson.loads(told)
        if found.get("dir_info", {}).get("editable"):
            return Path(unquote(urlsplit(found["url"]).path))
    return Path(str(installed.locate_file("")))


def look_at_kernels() -> str:
    """Say whether compiled kernels are kept, and whether those of this version are there."""
    if not numba_cache.is_used():
        return "not compiled: NUMBA_DISABLE_JIT is set"
    folder = numba_cache.configure()
    if not folder.is_dir() or not _is_writable(folder):
        raise CheckError(
            f"{folder} cannot be written",
            "give the user rights on it, or set NUMBA_CACHE_DIR to a folder that lasts",
            USAGE,
        )
    is_warm = warm_up.is_warm()
    state = "compiled" if is_warm else "not compiled yet: the first start takes a minute longer"
    return f"{state}; kept in {folder}"


def _is_writable(folder: Path) -> bool:
    return os.access(folder, os.W_OK | os.X_OK)


def look_at_disk(folder: Path, room: int = ROOM) -> str:
    """Say how much room there is where kernels are kept."""
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if free < room:
        raise CheckError(
            f"{free / 1e6:,.0f} MB free at {folder}, expected {room / 1e6:,.0f} MB",
            "make room",
            USAGE,
        )
    return f"{free / 1e9:,.1f} GB free at {folder}"
