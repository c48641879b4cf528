"""Files and functions stay small; kernels have limits of their own."""

import ast
from pathlib import Path

from source_tree import (
    ROOT,
    Function,
    functions,
    kernel_decorator,
    shown,
    sources,
    sources_of_tests,
)

FILE_LINES = 300
TEST_FILE_LINES = 500
PARAMETERS = 6
STATEMENTS = 40
COMPLEXITY = 10
KERNEL_PARAMETERS = 10
KERNEL_LINES = 80

BRANCHES = (ast.If, ast.For, ast.While, ast.ExceptHandler, ast.match_case)


def statements(function: Function) -> int:
    return sum(isinstance(node, ast.stmt) for node in ast.walk(function)) - 1


def complexity(function: Function) -> int:
    """McCabe's number over statements, as ruff counts it."""
    branches = sum(isinstance(node, BRANCHES) for node in ast.walk(function))
    return 1 + branches


def parameters(function: Function) -> int:
    """Parameters but for the object itself; of a constructor only the positional ones."""
    given = function.args
    positional = [a.arg for a in (*given.posonlyargs, *given.args) if a.arg not in {"self", "cls"}]
    named = 0 if function.name == "__init__" else len(given.kwonlyargs)
    return len(positional) + named


def code_lines(function: Function) -> int:
    """Lines of the body without its docstring."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return 1 + (function.end_lineno or 0) - body[0].lineno if body else 0


def places(path: Path, *, kernels: bool) -> list[tuple[str, Function]]:
    return [
        (f"{shown(path)}:{function.lineno} {function.name}", function)
        for function in functions(path)
        if (kernel_decorator(function) is not None) is kernels
    ]


def is_command(function: Function) -> bool:
    """A command's parameters are the options a user may type."""
    return any(
        isinstance(decorator, ast.Call)
        and ast.unparse(decorator.func).split(".")[-1] in {"command", "callback"}
        for decorator in function.decorator_list
    )


def long_files(paths: list[Path], limit: int) -> list[str]:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in paths}
    return [f"{shown(path)}: {n} lines" for path, n in lengths.items() if n > limit]


def test_files_are_short() -> None:
    assert long_files(sources(), FILE_LINES) == []
    assert long_files(sources_of_tests(), TEST_FILE_LINES) == []


def test_functions_are_small() -> None:
    big = [
        f"{place}: {statements(function)} statements, complexity {complexity(function)}, "
        f"{parameters(function)} parameters"
        for path in sources()
        for place, function in places(path, kernels=False)
        if statements(function) > STATEMENTS
        or complexity(function) > COMPLEXITY
        or (parameters(function) > PARAMETERS and not is_command(function))
    ]
    assert big == []


def test_kernels_are_small() -> None:
    big = [
        f"{place}: {code_lines(function)} lines, {parameters(function)} parameters"
        for path in sources()
        for place, function in places(path, kernels=True)
        if code_lines(function) > KERNEL_LINES or parameters(function) > KERNEL_PARAMETERS
    ]
    assert big == []


def test_limits_notice_what_is_over_them() -> None:
    branches = "".join(f"    if a == {i}:\n        return {i}\n" for i in range(21))
    function = ast.parse(f"def big(a, b, c, d, e, f, *, g):\n{branches}").body[0]
    assert isinstance(function, ast.FunctionDef)
    assert (statements(function), complexity(function), parameters(function)) == (42, 22, 7)
    assert code_lines(function) == 42
    assert long_files([Path(__file__)], 10) != []


def test_all_four_packages_are_looked_at() -> None:
    packages = {path.relative_to(ROOT).parts[0] for path in sources()}
    assert packages == {"stream", "detectors", "training", "connectors"}
