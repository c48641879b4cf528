"""Rules about the sources that no linter knows."""

import ast
from collections import Counter
from pathlib import Path

from source_tree import ROOT, functions, kernel_decorator, shown, sources, sources_of_tests, tree

FORBIDDEN = {
    "utils", "util", "helpers", "helper", "common", "misc", "manager", "handler", "data", "info",
}  # fmt: skip
READERS_OF_THE_ENVIRONMENT = {"stream/settings.py", "stream/numba_cache.py"}
KERNEL_OPTIONS = "njit(cache=True, nogil=True, error_model='numpy')"
BORROWING = {"borrowing_njit", "inner_njit"}  # the same options, and no counting of references


def test_modules_and_folders_are_named_for_what_they_hold() -> None:
    odd = [
        shown(path)
        for path in (*sources(), *sources_of_tests())
        for part in path.relative_to(ROOT).with_suffix("").parts
        if FORBIDDEN & set(part.split("_"))
    ]
    assert odd == []


def depths() -> dict[str, int]:
    """How many of our own classes stand in one line of inheritance, by class."""
    bases: dict[str, set[str]] = {}
    for path in sources():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ClassDef):
                named = {ast.unparse(base).split("[")[0].split(".")[-1] for base in node.bases}
                bases[node.name] = named - {node.name}

    def depth(name: str) -> int:
        return 1 + max((depth(base) for base in bases[name] if base in bases), default=0)

    return {name: depth(name) for name in bases}


def test_classes_are_at_most_two_deep_and_errors_three() -> None:
    found = depths()
    assert found["PluginError"] == 2
    limits = {name: 3 if name.endswith("Error") else 2 for name in found}
    assert {name for name, depth in found.items() if depth > limits[name]} == set()


def test_kernels_have_the_decorator_of_their_package() -> None:
    decorators = {
        f"{shown(path)} {function.name}": ast.unparse(decorator)
        for path in sources()
        for function in functions(path)
        if (decorator := kernel_decorator(function)) is not None
    }
    assert decorators
    formats = {name for name in decorators if "formats/" in name}
    assert {name: decorators[name] for name in formats if decorators[name] not in BORROWING} == {}
    others = decorators.keys() - formats
    assert {name: decorators[name] for name in others if decorators[name] != KERNEL_OPTIONS} == {}


def test_environment_is_read_in_one_place() -> None:
    readers = {
        shown(path)
        for path in sources()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv", "environb"}
    }
    assert "stream/numba_cache.py" in readers
    assert readers <= READERS_OF_THE_ENVIRONMENT


def imported(path: Path) -> set[str]:
    """Names of modules that a file imports, and of what it takes from them."""
    names = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return names


def test_tests_use_no_mocks() -> None:
    assert "ast" in imported(Path(__file__))
    users = [
        shown(path)
        for path in sources_of_tests()
        if any("mock" in name.lower() for name in imported(path))
    ]
    assert users == []


def test_files_of_tests_have_names_of_their_own() -> None:
    """Equal names in two folders confuse mypy and a reader; a package would hide ours."""
    counts = Counter(path.name for path in sources_of_tests())
    assert {name for name, count in counts.items() if count > 1} == set()
    assert "__init__.py" not in counts


def test_inits_hold_a_docstring_and_names_only() -> None:
    inits = [path for path in sources() if path.name == "__init__.py"]
    assert len(inits) >= 4
    for path in inits:
        module = tree(path)
        assert ast.get_docstring(module), shown(path)
        for node in module.body[1:]:
            assert isinstance(node, ast.ImportFrom | ast.Assign), shown(path)
