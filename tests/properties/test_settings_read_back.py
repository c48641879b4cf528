"""Settings written as TOML are read as they were meant, and no secret is ever shown."""

import json
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from settings_made import TEXTS, VARIABLES, raw_settings, toml
from stream.commands.check import app
from stream.configuration.environment import variables
from stream.configuration.resolved import resolved
from stream.configuration.toml_text import toml_of
from stream.settings import Settings, read_settings

ALONE: dict[str, str | None] = dict.fromkeys(variables())
"""No variable of the machine that runs the tests."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("settings")
    (made / "secret").write_text("from the file\n")
    return made


@given(st.data())
def test_settings_written_as_toml_are_read_back_equal(folder: Path, data: st.DataObject) -> None:
    raw = data.draw(raw_settings(folder / "secret"))
    path = folder / "almenara.toml"
    path.write_text(toml(raw), encoding="utf-8")
    reading = read_settings(path, {})
    assert reading.problems == ()
    assert reading.settings == Settings.model_validate(raw)


@given(st.data())
def test_what_will_run_can_be_told_of_any_settings(folder: Path, data: st.DataObject) -> None:
    raw = data.draw(raw_settings(folder / "secret"))
    settings = Settings.model_validate(raw)
    assert [what for what, _ in resolved(settings)].count("source") == len(settings.source)
    assert settings.kafka.properties()["bootstrap.servers"] == ",".join(raw["kafka"]["bootstrap"])
    assert settings.elasticsearch.options()["hosts"] == [raw["elasticsearch"]["url"]]


SCALARS = st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats() | TEXTS
KEYS = st.sampled_from([v.key for v in variables().values()] + ["librdkafka", "tails", "x.y", ""])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=8,
)
DOCUMENTS = st.dictionaries(
    st.sampled_from([*Settings.model_fields, "other"]),
    VALUES | st.dictionaries(KEYS, VALUES, max_size=5),
)


@given(DOCUMENTS, st.dictionaries(st.sampled_from(sorted(variables())), TEXTS, max_size=3))
def test_whatever_stands_there_becomes_settings_or_problems(
    folder: Path, document: dict[str, object], environ: dict[str, str]
) -> None:
    path = folder / "almenara.toml"
    text = "\n".join(f"{toml_of(name)} = {toml_of(value)}" for name, value in document.items())
    path.write_text(text, encoding="utf-8")
    reading = read_settings(path, environ)
    assert (reading.settings is None) == bool(reading.problems)
    assert all(problem.found and problem.expected and problem.hint for problem in reading.problems)


SECRETS = st.text(string.ascii_letters + string.digits, min_size=12, max_size=24).map(
    "s3cr{}t".format
)
PLACES = (
    "kafka.password",
    "kafka.key_password",
    "kafka.pasword",
    "kafka.librdkafka.sasl.password",
    "kafka.librdkafka.ssl.key.pem",
    "kafka.librdkafka.sasl.oauthbearer.client.secret",
    "elasticsearch.api_key",
    "elasticsearch.password",
    "elasticsearch.apikey",
    "pasword",
)


@given(SECRETS, st.sets(st.sampled_from(PLACES)), st.tuples(st.booleans(), st.booleans()))
def test_secret_is_never_shown(
    folder: Path, secret: str, places: set[str], shape: tuple[bool, bool]
) -> None:
    is_listed, is_in_url = shape
    host = f"//u:{secret}@h" if is_in_url else "//h"
    value = f'["{secret}"]' if is_listed else f'"{secret}"'
    path = folder / "almenara.toml"
    lines = [f"{place} = {value}" for place in sorted(places)]
    text = "\n".join([*lines, 'kafka.bootstrap = "h"', f'elasticsearch.url = "https:{host}"'])
    path.write_text(text + '\nsource = [{ topics = "a" }]')
    reading = read_settings(path, {})
    told = repr(reading) + "".join(map(str, reading.problems))
    if reading.settings is not None:
        told += repr(resolved(reading.settings)) + str(reading.settings.model_dump())
    for arguments in ([str(path)], [str(path), "--json"]):
        told += CliRunner().invoke(app, arguments, env=ALONE, catch_exceptions=False).output
    assert secret not in told


@given(SECRETS, st.sampled_from([n for n, v in variables().items() if v.kind == "secret"]))
def test_secret_of_a_variable_is_never_shown(secret: str, name: str) -> None:
    done = CliRunner().invoke(app, ["--json"], env={**ALONE, **VARIABLES, name: secret})
    assert json.loads(done.stdout)["variables"] == (sorted([*VARIABLES, name]))
    assert secret not in done.output
