"""Logins on servers with TLS and rights, and a live engine that uses them."""

import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path

from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._scram import (
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from connectors.kafka_acls import Acls
from connectors.kafka_refusals import Right
from live_engine import LiveEngine
from stream.settings import Settings, load_settings

Servers = Mapping[str, str]
USER_OF_MTLS = "User:client"  # the name in the certificate of the servers' folder


class Logins:
    """Makes SCRAM users with rights, as the administrator of the brokers."""

    def __init__(self, servers: Servers, folder: Path) -> None:
        self._servers = servers
        self.password = servers["ALMENARA_TEST_PASSWORD"]
        self.password_file = folder / "password"
        self.password_file.write_text(self.password)
        self.properties = self._scram(servers["ALMENARA_TEST_ADMIN"])
        self.acls = Acls(self.properties)
        self._admin = AdminClient(self.properties)

    def user(self, rights: Iterable[Right]) -> str:
        """Make a user with these rights and no others; return its name."""
        name = f"u{uuid.uuid4().hex[:12]}"
        self.make(name, self.password)
        self.acls.grant(f"User:{name}", rights)
        return name

    def make(self, name: str, password: str) -> None:
        """Make a user, or give it another password."""
        info = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4_096)
        made = UserScramCredentialUpsertion(name, info, password.encode())
        for future in self._admin.alter_user_scram_credentials([made]).values():
            future.result(30)

    def environment(self, user: str) -> dict[str, str]:
        """Return the variables with which a role logs in as that user, on both servers."""
        return {
            "ALMENARA_KAFKA__BOOTSTRAP": self._servers["ALMENARA_TEST_KAFKA_SASL_SSL"],
            "ALMENARA_KAFKA__USERNAME": user,
            "ALMENARA_KAFKA__PASSWORD_FILE": str(self.password_file),
            "ALMENARA_KAFKA__CA": self._servers["ALMENARA_TEST_CA"],
            "ALMENARA_ELASTICSEARCH__CA_CERTS": self._servers["ALMENARA_TEST_CA"],
        }

    def environment_of_mtls(self) -> dict[str, str]:
        """Return the variables with which a role shows its certificate instead."""
        return {
            "ALMENARA_KAFKA__BOOTSTRAP": self._servers["ALMENARA_TEST_KAFKA_MTLS"],
            "ALMENARA_KAFKA__CA": self._servers["ALMENARA_TEST_CA"],
            "ALMENARA_KAFKA__CERTIFICATE": self._servers["ALMENARA_TEST_CLIENT_CERT"],
            "ALMENARA_KAFKA__KEY": self._servers["ALMENARA_TEST_CLIENT_KEY"],
            "ALMENARA_ELASTICSEARCH__CA_CERTS": self._servers["ALMENARA_TEST_CA"],
        }

    def admin_environment(self) -> dict[str, str]:
        """Return the variables of the administrator of both servers."""
        return {
            **self.environment(self._servers["ALMENARA_TEST_ADMIN"]),
            "ALMENARA_ELASTICSEARCH__USERNAME": self._servers["ALMENARA_TEST_ELASTICSEARCH_USER"],
            "ALMENARA_ELASTICSEARCH__PASSWORD_FILE": str(self.password_file),
        }

    def _scram(self, user: str) -> dict[str, str | int | float | bool]:
        return {
            "bootstrap.servers": self._servers["ALMENARA_TEST_KAFKA_SASL_SSL"],
            "security.protocol": "SASL_SSL",
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": user,
            "sasl.password": self.password,
            "ssl.ca.location": self._servers["ALMENARA_TEST_CA"],
        }


def secure_engine(
    folder: Path, servers: Servers, logins: Logins, lanes: list[list[bytes]]
) -> LiveEngine:
    """Return an engine whose topics, streams and keys the administrator has made."""
    made = LiveEngine(
        folder,
        servers["ALMENARA_TEST_KAFKA_SASL_SSL"],
        servers["ALMENARA_TEST_ELASTICSEARCH"],
        lanes,
    )
    made.properties = logins.properties
    made.environment = logins.admin_environment()
    made.set_up()
    return made


def settings_of(engine: LiveEngine, **over: str) -> Settings:
    """Return the engine's settings as its environment changes them; secrets in files."""
    return load_settings(engine.file, {**engine.environment, **over})
