"""What a user gets: the wheel, the entry points, the public names."""

import importlib
import inspect
import subprocess
import sys
import tomllib
import types
import zipfile
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from source_tree import PACKAGES, ROOT

SHIPPED = {".py", ".toml", ".npz", ".json", ".sql", ".typed", ".md", ".txt"}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_wheel_holds_the_four_packages_and_nothing_else(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    expected = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert names == expected
    assert {Path(name).suffix for name in names} <= SHIPPED
    assert {name.split("/")[0] for name in names} == set(PACKAGES)


@pytest.mark.parametrize("group", ["almenara.detectors", "almenara.commands"])
def test_entry_points_load(group: str) -> None:
    declared = PROJECT["entry-points"][group]
    installed = {
        entry.name: entry
        for entry in entry_points(group=group)
        if entry.dist and entry.dist.name == "almenara"
    }
    assert {name: entry.value for name, entry in installed.items()} == declared
    for entry in installed.values():
        assert entry.load() is not None


@pytest.mark.parametrize("package", ["detectors", "connectors"])
def test_exported_names_are_those_that_are_there(package: str) -> None:
    module = importlib.import_module(package)
    there = {
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType)
    }
    assert there == set(module.__all__)
    assert module.__all__ == sorted(module.__all__)
    assert all(inspect.getdoc(getattr(module, name)) for name in module.__all__)


def test_importing_detectors_loads_nothing_heavy() -> None:
    heavy = "{'numba', 'torch', 'faust', 'river', 'pyod', 'onnxruntime', 'stream', 'connectors'}"
    program = f"import sys, detectors; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
