"""The folder of compiled kernels and the CPU they are compiled for."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from stream import numba_cache

PROGRAM = (
    "import os, sys; from stream import numba_cache; print(numba_cache.configure());"
    "print(os.environ['NUMBA_CPU_NAME'], repr(os.environ.get('NUMBA_CPU_FEATURES')));"
    "print('numba' in sys.modules)"
)


def configured(cache: Path, **environment: str) -> list[str]:
    """Run configure in a process of its own that knows no numba settings but these."""
    own = {k: v for k, v in os.environ.items() if not k.startswith("NUMBA_")}
    own |= {"XDG_CACHE_HOME": str(cache)} | environment
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=own, capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines() + done.stderr.splitlines()


def tree(root: Path, text: str) -> Path:
    for package in numba_cache.PACKAGES:
        (root / package).mkdir(parents=True)
        (root / package / "a.py").write_text(text)
    return root


def test_folder_lies_in_the_users_cache_and_numba_is_not_imported(tmp_path: Path) -> None:
    folder, cpu, imported = configured(tmp_path)
    assert Path(folder).parent == tmp_path / "almenara" / "numba"
    assert Path(folder).is_dir()
    assert cpu == "generic ''"
    assert imported == "False"


def test_settings_of_the_user_are_left_alone(tmp_path: Path) -> None:
    chosen = configured(tmp_path, NUMBA_CACHE_DIR="/elsewhere", NUMBA_CPU_NAME="host")
    assert chosen == ["/elsewhere", "host None", "False"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("switch", ["NUMBA_BOUNDSCHECK", "NUMBA_DISABLE_JIT", "NUMBA_OPT"])
def test_each_switch_of_numba_has_its_own_folder(tmp_path: Path, switch: str) -> None:
    assert configured(tmp_path)[0] != configured(tmp_path, **{switch: "1"})[0]


def test_cache_that_cannot_be_written_is_replaced_by_a_passing_one_and_said(tmp_path: Path) -> None:
    (tmp_path / "almenara").write_text("a file where the folder should be")
    folder, *_, warning = configured(tmp_path)
    assert "almenara-numba-" in folder
    assert not Path(folder).exists()
    assert "expected a writable folder; compiling anew" in warning


def test_configuring_after_numba_was_imported_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setitem(sys.modules, "numba", sys)
    with pytest.raises(RuntimeError, match="numba is imported already"):
        numba_cache.configure()


def test_key_follows_kernels_and_what_they_import(tmp_path: Path) -> None:
    root = tree(tmp_path / "a", "@njit\ndef kernel(): ...\n")
    before = numba_cache.key(root)
    assert before == numba_cache.key(tree(tmp_path / "b", "@njit\ndef kernel(): ...\n"))
    (root / "stream" / "a.py").rename(root / "stream" / "b.py")
    renamed = numba_cache.key(root)
    assert renamed != before
    (root / "stream" / "aside.py").write_text("A = 1\n")
    assert numba_cache.key(root) == renamed


@pytest.mark.parametrize(
    "line",
    [
        "from .c import C",
        "from . import c as other, d",
        "from detectors import (\n    x,\n    c,\n)",
        "from detectors.c import C",
        "from .b import B",
    ],
)
def test_key_follows_constants_however_they_are_imported(tmp_path: Path, line: str) -> None:
    root = tree(tmp_path, "")
    (root / "detectors" / "a.py").write_text(f"{line}\n@njit\ndef kernel(): ...\n")
    (root / "detectors" / "b.py").write_text("from .c import C as B\n")
    (root / "detectors" / "c.py").write_text("C = 1\n")
    before = numba_cache.key(root)
    (root / "detectors" / "c.py").write_text("C = 2\n")
    assert numba_cache.key(root) != before


def test_old_folders_are_deleted_and_the_newest_and_those_in_use_kept(tmp_path: Path) -> None:
    for age in range(6):
        folder = tmp_path / f"age-{age}"
        folder.mkdir()
        used = 1_000_000_000 - age
        os.utime(folder, (used, used))
    (tmp_path / "in-use").mkdir()
    numba_cache.prune(tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["age-0", "age-1", "in-use"]
