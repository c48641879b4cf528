"""The user's folder of dialects: read at the start and on demand; a wrong one changes nothing."""

from pathlib import Path

import pytest

from acme_lines import BROKEN, DIALECT, FEWER, put
from detectors.errors import ConfigError
from stream.configuration.tables import Settings
from stream.settings import load_settings
from stream.user_dialects import UserDialects

WORDS = '{ from = "acme_proto", words = "iana" }'


class Asked:
    """Counts reloads that a test asks for."""

    def __init__(self) -> None:
        self.n = 0

    def __call__(self) -> int:
        return self.n


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    put(tmp_path / "dialects", DIALECT)
    path = tmp_path / "almenara.toml"
    path.write_text(
        'dialect_folder = "dialects"\n[kafka]\nbootstrap = "127.0.0.1:9"\n'
        '[[source]]\nname = "a"\ntopics = ["a"]\nformat = "acme.flow"\n'
    )
    return load_settings(path, {})


def test_folder_is_read_again_when_that_is_asked_for(settings: Settings, tmp_path: Path) -> None:
    asked = Asked()
    dialects = UserDialects(settings, asked)
    put(tmp_path / "dialects", FEWER)
    assert dialects() == (("acme.toml", DIALECT),)
    asked.n += 1
    assert dialects() == (("acme.toml", FEWER),)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (BROKEN, "dialect acme.toml:12: key 'columns.dstport'"),
        (DIALECT.replace("acme.flow", "acme.flaw"), "format: 'acme.flow', expected one of"),
        (DIALECT.replace(WORDS, '"acme_proto"'), "number = true"),  # no file is wrong by itself
    ],
)
def test_folder_that_is_wrong_leaves_the_dialects_before(
    settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture, text: str, said: str
) -> None:
    asked = Asked()
    dialects = UserDialects(settings, asked)
    put(tmp_path / "dialects", text)
    asked.n += 1
    assert dialects() == (("acme.toml", DIALECT),)
    assert said in caplog.text
    assert "the dialects before stay in force" in caplog.text


def test_folder_that_is_wrong_at_the_start_is_refused(settings: Settings, tmp_path: Path) -> None:
    put(tmp_path / "dialects", BROKEN)
    with pytest.raises(ConfigError, match=r"acme\.toml:12"):
        UserDialects(settings, Asked())


def test_folder_that_is_too_large_for_the_log_is_refused(
    settings: Settings, tmp_path: Path
) -> None:
    put(tmp_path / "dialects", DIALECT + "#" * 500_000)
    with pytest.raises(ConfigError, match=r"files of 500,\d+ bytes, expected at most 500,000"):
        UserDialects(settings, Asked())
