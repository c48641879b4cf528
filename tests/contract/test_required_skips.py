"""In CI a test may not be skipped for want of data or servers."""

import os
import subprocess
import sys

import pytest

from source_tree import ROOT

SERVERS = "tests/integration/test_servers_answer.py"


def outcome(*options: str) -> str:
    """Run the tests of the servers where none is given; return pytest's closing line."""
    bare = {k: v for k, v in os.environ.items() if not k.startswith(("ALMENARA_", "PYTEST_"))}
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "tests/integration/test_servers_answer.py",
            *options,
        ],
        cwd=ROOT,
        env=bare,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "is unset" in done.stdout
    return done.stdout.splitlines()[-1]


def test_tests_without_their_server_are_skipped_with_the_reason() -> None:
    assert outcome().startswith("2 skipped")


def test_tests_without_their_server_fail_where_servers_are_required() -> None:
    assert outcome("--require-services").startswith("2 errors")


@pytest.mark.parametrize("unrelated", ["--require-data"])
def test_requiring_one_thing_does_not_require_the_other(unrelated: str) -> None:
    assert outcome(unrelated).startswith("2 skipped")
