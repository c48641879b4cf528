"""Kernels are compiled once a version, and never in a run without compilation."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from stream.compile_kernels import main
from stream.warm_up import BEFORE, PARTS, ROOT, ensure_warm, stamp_name


def stamp_in(folder: Path) -> Path:
    return folder / stamp_name()


def test_cache_of_this_version_is_left_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    monkeypatch.delenv("NUMBA_DISABLE_JIT", raising=False)
    stamp_in(tmp_path).touch()
    assert not ensure_warm()
    assert capsys.readouterr().err == ""


def test_checkout_elsewhere_or_touched_is_not_taken_for_compiled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = set()
    for folder in ("a", "b"):
        (tmp_path / folder / "stream").mkdir(parents=True)
        source = tmp_path / folder / "stream" / "kernel.py"
        source.write_text("@njit\ndef kernel(): ...\n")
        monkeypatch.setattr("stream.warm_up.ROOT", tmp_path / folder)
        names.add(stamp_name())
        os.utime(source, (1, 1))
        names.add(stamp_name())
    assert len(names) == 4


def test_run_without_compilation_compiles_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    assert not ensure_warm()
    assert list(tmp_path.iterdir()) == []


def test_compilation_that_fails_leaves_no_stamp_and_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    monkeypatch.delenv("NUMBA_DISABLE_JIT", raising=False)
    monkeypatch.setattr("stream.warm_up.PARTS", ("no such part",))
    with pytest.raises(subprocess.CalledProcessError):
        ensure_warm()
    assert capsys.readouterr().err == f"{BEFORE}\n"
    assert not stamp_in(tmp_path).exists()


@pytest.mark.parametrize("part", PARTS)
def test_every_part_runs(part: str) -> None:
    assert main([part]) == 0


def test_unknown_part_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "expected one of parse, judge" in capsys.readouterr().err


def test_commands_need_no_kernel_that_was_not_compiled_before(tmp_path: Path) -> None:
    """After the set-up a replay finds every kernel in the cache, in each form it needs."""
    program = """
import sys
from pathlib import Path
from stream import numba_cache
folder = numba_cache.configure()
from command_line import small_log
small_log(Path("."))
before = sorted(folder.rglob("*.nbc"))
sys.argv[1:] = ["replay", "conn.log"]
from stream import cli
try:
    cli.main()
finally:
    new = set(folder.rglob("*.nbc")) - set(before)
    print("new", sorted(path.name for path in new))
"""
    support = ROOT / "tests" / "support"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.append({str(support)!r}){program}"],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    assert done.stdout.splitlines()[-1] == "new []"
