"""Options that a client does not take end a command with one line, which shows none of them."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from connectors.errors import OptionsError
from connectors.kafka_acls import Acls
from connectors.kafka_clients import Properties
from connectors.kafka_consumer import Changes, GroupConsumer
from connectors.kafka_lookout import Lookout
from connectors.kafka_producer import Producer
from connectors.kafka_ranges import read_range
from connectors.kafka_topics import Topics
from connectors.kafka_transactions import Transactions
from detectors.errors import ConfigError
from stream.exit_codes import USAGE, code_of
from stream.roles import tls_of
from stream.settings import load_settings

SECRET = "SECRET-9f3a"  # noqa: S105 (must not be seen anywhere)
KEY = f"-----BEGIN PRIVATE KEY-----\n{SECRET}\n-----END PRIVATE KEY-----\n"
PROPERTIES = {
    "bootstrap.servers": "127.0.0.1:1",
    "security.protocol": "ssl",
    "ssl.key.pem": KEY,
    "ssl.key.password": SECRET,
}


def group(properties: Properties) -> object:
    changes = Changes(lambda _: None, lambda _: None, lambda _: None)
    return GroupConsumer(properties, "group", ["topic"], changes)


CLIENTS: dict[str, Callable[[Properties], object]] = {
    "rights": Acls,
    "topics": Topics,
    "lookout": Lookout,
    "producer": Producer,
    "transactions": lambda given: Transactions(given, "name", 10.0).begin(),
    "group": group,
    "range": lambda given: list(read_range(given, "topic", 0, 0)),
}


@pytest.mark.parametrize("client", CLIENTS.values(), ids=CLIENTS)
def test_key_that_is_none_is_told_and_not_shown(client: Callable[[Properties], object]) -> None:
    with pytest.raises(OptionsError, match=r"ssl\.key\.pem failed.*expected what") as caught:
        client(PROPERTIES)
    assert SECRET not in str(caught.value)
    assert code_of(caught.value) == USAGE


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    """A certificate and its key, which a password keeps."""
    certificate, key = tmp_path / "client.pem", tmp_path / "client.key"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-subj", "/CN=x"]
    kept = ["-passout", "pass:right", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*command, *kept], check=True, capture_output=True)
    return {
        "ALMENARA_KAFKA__BOOTSTRAP": "127.0.0.1:1",
        "ALMENARA_KAFKA__PROTOCOL": "ssl",
        "ALMENARA_SOURCE__TOPICS": "conn",
        "ALMENARA_KAFKA__CERTIFICATE": str(certificate),
        "ALMENARA_KAFKA__KEY": str(key),
    }


def test_password_of_the_key_opens_it(files: dict[str, str]) -> None:
    settings = load_settings(environ={**files, "ALMENARA_KAFKA__KEY_PASSWORD": "right"})
    assert tls_of(settings.kafka) is not None


@pytest.mark.parametrize(
    "wrong",
    [
        {"ALMENARA_KAFKA__KEY_PASSWORD": SECRET},
        {},  # nobody is asked for it
        {"ALMENARA_KAFKA__KEY_PASSWORD": "right", "ALMENARA_KAFKA__CA": "key"},
    ],
)
def test_key_or_ca_that_fits_not_is_told_and_not_shown(
    files: dict[str, str], wrong: dict[str, str]
) -> None:
    if "ALMENARA_KAFKA__CA" in wrong:
        wrong = {**wrong, "ALMENARA_KAFKA__CA": files["ALMENARA_KAFKA__KEY"]}
    settings = load_settings(environ={**files, **wrong})
    with pytest.raises(ConfigError, match="expected files of PEM") as caught:
        tls_of(settings.kafka)
    text = Path(files["ALMENARA_KAFKA__KEY"]).read_text()
    assert not any(line in str(caught.value) for line in [SECRET, *text.splitlines()])
