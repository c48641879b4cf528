"""The shell of the command line: help, version, unknown commands, errors and their exit codes."""

import subprocess
import sys
from importlib.metadata import EntryPoint

import pytest

from connectors import SinkError, SourceError
from detectors import ConfigError, ModelError, PluginError
from stream import cli
from stream.exit_codes import code_of
from stream.lazy_commands import HELP, CommandError, LazyCommand

LIGHT = {"typer", "annotated_doc", "shellingham", "platformdirs", "stream"}
"""What ``almenara --help`` may import from outside the standard library."""


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", "from stream.cli import main; main()", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


def test_help_names_every_built_in_command_with_one_line() -> None:
    done = run("--help")
    assert done.returncode == 0
    for name, line in HELP.items():
        assert f"{name} ".ljust(11) + line in done.stdout


def test_help_imports_typer_and_nothing_heavy() -> None:
    program = (
        "import sys; before = set(sys.modules)\n"
        "from stream.cli import main\n"
        "sys.argv[1:] = ['--help']\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "new = {name.split('.')[0] for name in set(sys.modules) - before}\n"
        "print('imported', *sorted(new - set(sys.stdlib_module_names)))\n"
        "print('files', len(set(sys.modules) - before))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    *_, imported, files = done.stdout.splitlines()
    assert set(imported.split()[1:]) <= LIGHT
    assert int(files.split()[1]) < 250


def test_version_tells_the_build() -> None:
    done = run("--version")
    assert done.returncode == 0
    for word in ("almenara 0.", "numba 0.", "numpy 2.", "Python 3."):
        assert word in done.stdout


def test_unknown_command_names_the_nearest() -> None:
    done = run("replya")
    assert done.returncode == 2
    assert "Did you mean 'replay'?" in done.stderr


def test_known_error_is_one_line_on_standard_error() -> None:
    done = run("detectors", "check", "talis")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("error: detector 'talis': found 0 plugins, expected 1;")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError("a"), 2),
        (PluginError("a"), 2),
        (ModelError("a"), 2),
        (CommandError("a"), 2),
        (SourceError("a"), 6),
        (SinkError("a"), 1),
        (ValueError("a"), None),
    ],
)
def test_exit_code_follows_the_error(error: Exception, code: int | None) -> None:
    assert code_of(error) == code


def main_with(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise error

    monkeypatch.setattr(cli, "app", fail)
    cli.main()


def test_error_of_ours_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ZeroDivisionError):
        main_with(ZeroDivisionError(), monkeypatch)


def test_interrupt_exits_130(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SystemExit) as ended:
        main_with(KeyboardInterrupt(), monkeypatch)
    assert ended.value.code == 130


def test_error_of_several_lines_is_written_as_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main_with(SourceError("a:\n  b"), monkeypatch)
    assert capsys.readouterr().err == "error: a: b\n"


def entry(value: str) -> EntryPoint:
    return EntryPoint("added", value, "almenara.commands")


def test_function_of_a_plugin_is_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    context = LazyCommand("added", [entry("plugin_made:greet")]).make_context(
        "added", ["--name", "x"]
    )
    context.command.invoke(context)
    assert capsys.readouterr().out == "good day, x\n"


def test_command_that_two_plugins_claim_is_refused() -> None:
    with pytest.raises(CommandError, match="found 2 plugins, expected 1; uninstall all but one"):
        LazyCommand("added", [entry("a:b"), entry("c:d")]).make_context("added", [])


@pytest.mark.parametrize("value", ["no_such_module:app", "json:no_such_name"])
def test_command_that_cannot_be_imported_is_a_known_error(value: str) -> None:
    with pytest.raises(CommandError, match="expected a typer app or a function; reinstall"):
        LazyCommand("added", [entry(value)]).make_context("added", [])


def test_detectors_are_listed_as_columns_and_as_json() -> None:
    assert "tails       detectors.tails:Tails\n" in run("detectors", "list").stdout
    assert '"detector": "tails"' in run("detectors", "list", "--json").stdout
