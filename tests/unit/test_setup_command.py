"""What almenara setup says last."""

from pathlib import Path

import pytest

from stream.commands.setup import ending


@pytest.mark.parametrize(
    ("following", "file", "said"),
    [
        (["run"], None, "next: almenara run"),
        (
            ["setup elasticsearch", "run"],
            Path("my site.toml"),
            "next: almenara setup elasticsearch 'my site.toml', then almenara run 'my site.toml'",
        ),
    ],
)
def test_what_comes_next_is_said_with_the_file(
    following: list[str], file: Path | None, said: str
) -> None:
    assert ending(following, file, is_changed=True, dry_run=False) == f"\n{said}"


def test_second_run_and_dry_run_say_that_nothing_was_changed() -> None:
    assert ending(["run"], None, is_changed=False, dry_run=False) == "nothing to change"
    assert ending(["run"], None, is_changed=False, dry_run=True) == "nothing to change"
    assert "nothing was changed" in ending(["run"], None, is_changed=True, dry_run=True)
