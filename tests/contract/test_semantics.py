"""The page of rules is whole, and every test that a document names exists."""

import re
from pathlib import Path

import pytest

from source_tree import ROOT, functions

DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
RULES = 25
NAMED = re.compile(r"(tests/[a-z_/]+\.py)::(test_\w+)")


def rules() -> dict[int, str]:
    """Return the text of each rule."""
    text = (ROOT / "docs" / "semantics.md").read_text(encoding="utf-8")
    parts = re.split(r"^### (\d+) .*$", text, flags=re.MULTILINE)
    return {int(n): body for n, body in zip(parts[1::2], parts[2::2], strict=True)}


def test_rules_are_numbered_without_a_gap() -> None:
    assert list(rules()) == list(range(1, RULES + 1))


@pytest.mark.parametrize("number", range(1, RULES + 1))
def test_rule_names_a_test_that_holds_it(number: int) -> None:
    assert NAMED.search(rules()[number])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_tests_named_in_documents_exist(document: Path) -> None:
    missing = [
        f"{path}::{name}"
        for path, name in NAMED.findall(document.read_text(encoding="utf-8"))
        if name not in names_in(ROOT / path)
    ]
    assert missing == []


def names_in(path: Path) -> set[str]:
    """Return the names of the tests of a file, none where there is no such file."""
    return {function.name for function in functions(path)} if path.exists() else set()
