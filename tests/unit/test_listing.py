"""Rows of text for people and for programs."""

import json

import pytest

from stream.listing import aligned, show_json, show_rows

COLUMNS = ("name", "n")
ROWS = (("a", 1), ("longer", None), ("c", 0.5))


def test_columns_begin_at_the_same_place_and_lines_have_no_trailing_blanks() -> None:
    assert aligned([["a", "bc"], ["def", ""]]) == ["a    bc", "def"]


def test_output_that_is_no_terminal_gets_plain_columns(capsys: pytest.CaptureFixture[str]) -> None:
    show_rows(COLUMNS, ROWS)
    assert capsys.readouterr().out == "name    n\na       1\nlonger\nc       0.5\n"


def test_terminal_gets_a_table_in_which_markup_is_text(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    show_rows(COLUMNS, (("[bold]a", 1),))
    assert "[bold]a" in capsys.readouterr().out


def test_json_is_a_list_of_objects_with_values_as_they_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show_json(COLUMNS, ROWS)
    assert json.loads(capsys.readouterr().out)[1:] == [
        {"name": "longer", "n": None},
        {"name": "c", "n": 0.5},
    ]
