"""What the documents and the tooling files say is so."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest
import yaml

from source_tree import ROOT
from stream import pages
from stream.lazy_commands import HELP

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def targets() -> list[str]:
    assert TARGETS
    return TARGETS.group(1).split()


def code(document: Path) -> str:
    """Return what stands in code blocks and between backticks."""
    text = document.read_text(encoding="utf-8")
    blocks = re.findall(r"^```.*?^```", text, re.MULTILINE | re.DOTALL)
    return "\n".join([*blocks, *re.findall(r"`([^`\n]+)`", text)])


def test_make_help_lists_every_target_with_one_line() -> None:
    done = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    listed = [re.fullmatch(r"  make (\w+)\s+(\S.*)", line) for line in done.stdout.splitlines()]
    assert [match and match.group(1) for match in listed] == targets()


def test_make_without_a_target_is_help() -> None:
    assert ".DEFAULT_GOAL := help" in MAKEFILE


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_commands_named_in_documents_exist(document: Path) -> None:
    named = re.findall(r"(?:^|[\s$/])almenara ([a-z][a-z_-]*)", code(document))
    assert set(named) <= set(HELP)
    made = re.findall(r"(?:^|[\s$`])make ([a-z]+)\b", code(document))
    assert set(made) <= set(targets())


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_of_documents_lead_to_files(document: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text(encoding="utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []


def test_generated_pages_are_current() -> None:
    assert pages.stale(pages.DOCS) == []


def test_stale_page_is_noticed(tmp_path: Path) -> None:
    assert pages.stale(tmp_path) == list(pages.PAGES)
    pages.write(tmp_path)
    assert pages.stale(tmp_path) == []


@pytest.mark.parametrize("name", ["detector_tests.txt", "kernel_tests.txt"])
def test_tests_named_by_the_makefile_exist(name: str) -> None:
    assert f"tests/{name}" in MAKEFILE
    patterns = (ROOT / "tests" / name).read_text(encoding="utf-8").split()
    assert patterns
    assert [pattern for pattern in patterns if not list(ROOT.glob(pattern))] == []


def test_hooks_before_a_commit_run_the_locked_tools() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    assert [repo["repo"] for repo in hooks["repos"]] == ["local"]
    for hook in hooks["repos"][0]["hooks"]:
        assert hook["language"] == "system"
        assert (ROOT / shlex.split(hook["entry"])[0]).exists()
