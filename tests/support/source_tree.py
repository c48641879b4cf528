"""Our own sources, as syntax trees."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("stream", "detectors", "training", "connectors")
KERNEL_DECORATORS = {"njit", "borrowing_njit", "inner_njit", "jit", "vectorize", "guvectorize"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def sources() -> list[Path]:
    """Return every Python file of the four packages."""
    return [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def sources_of_tests() -> list[Path]:
    """Return every Python file under tests."""
    return sorted((ROOT / "tests").rglob("*.py"))


def shown(path: Path) -> str:
    """Return the path as a reader writes it."""
    return path.relative_to(ROOT).as_posix()


def tree(path: Path) -> ast.Module:
    """Return the syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def functions(path: Path) -> Iterator[Function]:
    """Return every function and method of a file."""
    for node in ast.walk(tree(path)):
        if isinstance(node, Function):
            yield node


def kernel_decorator(function: Function) -> ast.expr | None:
    """Return the ``njit`` decorator of a kernel, None of any other function."""
    for decorator in function.decorator_list:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        if ast.unparse(called).split(".")[-1] in KERNEL_DECORATORS:
            return decorator
    return None
