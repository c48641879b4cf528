"""almenara init writes settings, almenara check tells what is wrong or what will run."""

import json
import os
import pty
import re
import stat
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from command_line import CommandLine
from settings_made import THREE_LINES, VARIABLES
from stream.configuration.problems import table_in
from stream.configuration.tables import Settings
from stream.configuration.toml_text import commented
from stream.settings import load_settings

INIT = ("init", "--kafka", "b1,b2:9093", "--topic", "zeek.conn")


@pytest.fixture
def almenara(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> CommandLine:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("ALMENARA_")]:
        monkeypatch.delenv(name)
    return CommandLine(monkeypatch, capsys)


def test_init_writes_what_check_accepts(almenara: CommandLine, tmp_path: Path) -> None:
    done = almenara(
        *INIT, "--elasticsearch", "https://es", "--format", "zeek.conn", "--internal", "10.0.0.0/8"
    )
    assert done.code == 0
    assert "next: almenara check" in done.out
    settings = load_settings(None, {})
    assert settings.kafka.bootstrap == ("b1:9092", "b2:9093")
    assert settings.elasticsearch.url == ("https://es:9200",)
    assert settings.source[0].format == "zeek.conn"
    assert settings.networks.internal == ("10.0.0.0/8",)
    assert stat.S_IMODE((tmp_path / "almenara.toml").stat().st_mode) == 0o600
    assert almenara("check").code == 0


def test_each_file_has_a_seed_of_its_own(almenara: CommandLine) -> None:
    seeds = set()
    for name in ("a.toml", "b.toml"):
        assert almenara(*INIT, "--out", name).code == 0
        seeds.add(load_settings(Path(name), {}).detection.hash_seed)
    assert len(seeds) == 2


def test_file_that_is_there_is_kept(almenara: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "almenara.toml").write_text("mine")
    done = almenara(*INIT)
    assert done.code == 2
    assert done.err.startswith("error: almenara.toml: is there already, expected a new file;")
    assert (tmp_path / "almenara.toml").read_text() == "mine"


def test_file_that_cannot_be_written_is_a_known_error(almenara: CommandLine) -> None:
    done = almenara(*INIT, "--out", "no/such/folder.toml")
    assert done.code == 2
    assert "No such file or directory, expected a file that can be written" in done.err


def test_nothing_is_written_where_an_option_is_wrong(almenara: CommandLine, tmp_path: Path) -> None:
    done = almenara("init", "--kafka", "b:x", "--topic", "a b", "--format", "zek.conn")
    assert done.code == 2
    assert done.err.count("expected") == 3
    assert done.err.endswith("3 problems\n")
    assert list(tmp_path.iterdir()) == []


def asked(folder: Path, answers: str) -> str:
    """Run init on a terminal; return what it showed."""
    leader, follower = pty.openpty()
    program = "from stream.cli import main; main()"
    with subprocess.Popen(
        [sys.executable, "-c", program, "init"], cwd=folder, stdin=follower, stdout=subprocess.PIPE
    ) as process:
        os.write(leader, answers.encode())
        assert process.stdout is not None
        shown = process.stdout.read().decode()
    os.close(leader)
    os.close(follower)
    assert process.returncode == 0
    return shown


def test_init_asks_on_a_terminal(tmp_path: Path) -> None:
    shown = asked(tmp_path, "broker\n\nzeek.conn, zeek.dns\n\n10.0.0.0/8\n")
    assert shown.index("Kafka brokers") < shown.index("Elasticsearch") < shown.index("Topics")
    settings = load_settings(tmp_path / "almenara.toml", {})
    assert settings.kafka.bootstrap == ("broker:9092",)
    assert settings.elasticsearch.url == ("http://localhost:9200",)
    assert settings.source[0].topics == ("zeek.conn", "zeek.dns")
    assert settings.networks.internal == ("10.0.0.0/8",)


def test_init_without_a_terminal_needs_brokers_and_topic(tmp_path: Path) -> None:
    program = "from stream.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program, "init", "--kafka", "b"],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "expected --kafka and --topic; give both" in done.stderr


def keys() -> Iterator[str]:
    for name, field in Settings.model_fields.items():
        table = table_in(field.annotation)
        yield from table.model_fields if table is not None else [name]


def test_every_setting_stands_in_the_written_file() -> None:
    text = commented({})
    below = {"librdkafka", "detectors"}  # tables with an example
    assert [key for key in keys() if f"\n# {key} = " not in text] == sorted(below, reverse=True)
    assert all(f".{name}" in text for name in below)
    assert set(tomllib.loads(text)) < set(Settings.model_fields)


def test_defaults_of_the_written_file_are_those_that_hold(tmp_path: Path) -> None:
    text = commented({"kafka.bootstrap": ["b"], "source.topics": ["t"]})
    path = tmp_path / "almenara.toml"
    path.write_text(text)
    plain = load_settings(path, {})
    path.write_text(UNSET.sub(r"\1", text))
    assert load_settings(path, {}) == plain


UNSET = re.compile(r"^# (?!votes)(\w+ = )(?!\"\"$|\[\]$)", re.MULTILINE)
"""Settings that are commented out, but for those without a default."""


def test_check_tells_what_will_run(almenara: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "almenara.toml").write_text(THREE_LINES)
    done = almenara("check")
    assert done.code == 0
    rows = dict(line.split("  ", 1) for line in done.out.splitlines() if "  " in line)
    assert rows["settings"].strip() == "almenara.toml"
    assert rows["kafka"].strip() == "localhost:9092; plaintext"
    assert rows["elasticsearch"].strip() == "http://localhost:9200; without login"
    assert "format zeek.conn, zone UTC, own networks: the private ranges" in rows["source"]
    assert "note: detection.hash_seed is the public default" in done.err
    assert done.out.endswith("next: almenara setup kafka, then almenara run\n")


def test_check_names_every_problem_and_their_number(almenara: CommandLine, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(THREE_LINES + "[run]\nworkers = 0\nqueu_mb = 1\n")
    done = almenara("check", path)
    assert (done.code, done.out) == (2, "")
    first, second, count = done.err.splitlines()
    assert first.startswith(f"{path}:5: run.workers: 0, expected an integer from 1 to 256;")
    assert second.endswith("did you mean queue_mb?")
    assert count == "2 problems"


def test_check_as_json_holds_settings_or_problems(
    almenara: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    found = json.loads(almenara("check", "--json").out)
    assert found["settings"]["kafka"]["bootstrap"] == ["localhost:9092"]
    assert found["settings"]["detection"]["hash_seed"] == "**********"
    assert (found["file"], found["problems"]) == (None, [])
    assert found["variables"] == sorted(VARIABLES)
    (tmp_path / "almenara.toml").write_text("[run]\nworkers = 0\n")
    done = almenara("check", "--json")
    found = json.loads(done.out)
    assert (done.code, found["settings"]) == (2, None)
    (problem,) = found["problems"]
    assert (problem["key"], problem["line"], problem["found"]) == ("run.workers", 2, "0")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('kafka.username = "u"\nkafka.password = "p"', "sasl_ssl, SCRAM-SHA-512 as u"),
        ('elasticsearch.api_key = "k"', "with an API key"),
        ('elasticsearch.username = "u"\nelasticsearch.password = "p"', "as u"),
        ("[detection.detectors.tails]\nvotes = true", "; tails votes"),
        ("[run]\nidle_s = 5\nworkers = 2", "2 workers"),
    ],
)
def test_check_tells_login_and_voices(
    text: str, told: str, almenara: CommandLine, tmp_path: Path
) -> None:
    (tmp_path / "almenara.toml").write_text(THREE_LINES + text)
    assert told in almenara("check").out
