"""The table ``[kafka]``: which brokers, who we are there, and our topics."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, PlainValidator, SecretStr

from stream.topics import TopicNames

from .fields import Fault, Secret, Table, Text, secret_in, setting

Property = str | int | float | bool | SecretStr
Protocol = Literal["auto", "plaintext", "ssl", "sasl_plaintext", "sasl_ssl"]
Mechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "GSSAPI", "OAUTHBEARER"]

GroupProtocol = Literal["classic", "consumer"]

PORT = 9092
ADDRESS = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?")
PASSWORD_MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
SECRET_PROPERTY = re.compile(r"password|secret|pem|token|assertion|oauthbearer\.config|jaas")

OURS = {
    "bootstrap.servers": "kafka.bootstrap",
    "group.id": "kafka.group",
    "group.protocol": "kafka.group_protocol",
    "max.poll.interval.ms": "run.max_poll_s",
    "session.timeout.ms": "run.session_timeout_s",
    "transaction.timeout.ms": "run.transaction_timeout_s",
    "queued.max.messages.kbytes": "run.queue_mb",
    "queue.buffering.max.kbytes": "run.queue_mb",
    "fetch.max.bytes": "run.queue_mb",
}
"""Properties that have a setting of their own."""

FIXED = frozenset(
    {
        "auto.offset.reset",
        "enable.auto.commit",
        "enable.auto.offset.store",
        "enable.idempotence",
        "enable.partition.eof",
        "isolation.level",
        "partition.assignment.strategy",
        "transactional.id",
    }
)
"""Properties that delivery rests on: nobody may change them."""


def addresses_of(text: Any) -> Any:
    """Take one text with commas, or a list."""
    return [part.strip() for part in text.split(",")] if isinstance(text, str) else text


def _address(text: str) -> str:
    found = ADDRESS.fullmatch(text)
    if found is None or not 0 < int(found[2] or PORT) < 65_536:
        raise ValueError("expected host:port; write it like broker.example:9092")
    return f"{found[1]}:{found[2] or PORT}"


def _property(value: Any) -> Property:
    if not isinstance(value, str | int | float | bool | SecretStr):
        raise ValueError("expected a text, number, true or false; write it as librdkafka does")  # noqa: TRY004 (pydantic collects ValueError)
    return value


def flat(table: Any, prefix: str = "") -> Any:
    """Bring ``fetch.min.bytes = 1``, which TOML reads as tables in tables, to one level."""
    if not isinstance(table, Mapping):
        return table
    out: dict[str, Any] = {}
    for key, value in table.items():
        if isinstance(value, Mapping) and value:
            out.update(flat(value, f"{prefix}{key}."))
        else:
            out[f"{prefix}{key}"] = value
    return out


def _masked(properties: dict[str, Property]) -> dict[str, Property]:
    return {
        name: SecretStr(value) if isinstance(value, str) and SECRET_PROPERTY.search(name) else value
        for name, value in properties.items()
    }


class Kafka(Table):
    """Brokers, group, topics and security."""

    bootstrap: Annotated[
        tuple[Annotated[Text, AfterValidator(_address)], ...], BeforeValidator(addresses_of)
    ] = setting(
        ...,
        "Brokers to ask first, as `host:port` (port 9092 if left out).",
        expected="host:port, or several in a list or with commas",
        min_length=1,
    )
    group: Text = setting("almenara", "Consumer group, and start of our transactional ids.")
    prefix: Text = setting(
        "almenara",
        "Start of our topics' names, such as `almenara.alerts.v1`.",
        expected="letters, digits, `.`, `_` and `-`, at most 200",
        pattern=r"^[A-Za-z0-9._-]{1,200}$",
    )
    group_protocol: Literal["auto", "classic", "consumer"] = setting(
        "auto",
        "Rebalance protocol of the workers that score. `auto` is `classic`: with `consumer`, which"
        " needs brokers from 4.0 on, they set how soon a dead worker's partitions move, after 45 s"
        " by default. The other roles use `classic`.",
    )
    protocol: Protocol = setting(
        "auto",
        "Security protocol; `auto`: SASL where there is a user or mechanism (`sasl_ssl`), else TLS"
        " where there is a CA or certificate (`ssl`), else `plaintext`.",
    )
    mechanism: Mechanism | None = setting(
        None, "SASL mechanism; with a user and without this, SCRAM-SHA-512."
    )
    username: Text | None = setting(None, "SASL user.")
    password: Secret | None = setting(None, "SASL password.")
    password_file: Path | None = setting(None, "File with the SASL password.")
    ca: Path | None = setting(None, "File with the CA that the brokers' certificates come from.")
    certificate: Path | None = setting(None, "File with our certificate (mTLS).")
    key: Path | None = setting(None, "File with our certificate's private key.")
    key_password: Secret | None = setting(None, "Password of the private key.")
    key_password_file: Path | None = setting(None, "File with the password of the private key.")
    librdkafka: Annotated[
        dict[Text, Annotated[Property, PlainValidator(_property)]],
        BeforeValidator(flat),
        AfterValidator(_masked),
    ] = setting({}, "Any other property of librdkafka, handed on as it is.")

    @property
    def topics(self) -> TopicNames:
        """Our own topics."""
        return TopicNames(self.prefix)

    @property
    def security(self) -> str:
        """Protocol that is used, ``auto`` resolved."""
        if self.protocol != "auto":
            return self.protocol
        if self.username is not None or self.mechanism is not None:
            return "sasl_ssl"
        return "ssl" if self.ca or self.certificate else "plaintext"

    @property
    def sasl(self) -> str | None:
        """Mechanism that is used, None without SASL."""
        if not self.security.startswith("sasl"):
            return None
        return self.mechanism or "SCRAM-SHA-512"

    def properties(
        self, group_protocol: GroupProtocol | None = None
    ) -> dict[str, str | int | float | bool]:
        """Return what every client is given. It holds secrets: never show it.

        ConfigError where a file with a secret cannot be read.
        """
        given = {
            "bootstrap.servers": ",".join(self.bootstrap),
            "client.id": self.group,
            "security.protocol": self.security,
            "group.protocol": group_protocol,
            "sasl.mechanism": self.sasl,
            "sasl.username": self.username,
            "sasl.password": secret_in(self.password, self.password_file),
            "ssl.ca.location": self.ca,
            "ssl.certificate.location": self.certificate,
            "ssl.key.location": self.key,
            "ssl.key.password": secret_in(self.key_password, self.key_password_file),
        }
        out: dict[str, str | int | float | bool] = {
            name: str(value) for name, value in given.items() if value is not None
        }
        for name, value in self.librdkafka.items():
            out[name] = value.get_secret_value() if isinstance(value, SecretStr) else value
        return out

    def faults(self) -> Iterator[Fault]:
        """Yield what cannot be meant together."""
        yield from super().faults()
        yield from self._faults_of_login()
        yield from self._faults_of_tls()

    def refused(self) -> Iterator[Fault]:
        """Yield the properties that are not handed on."""
        for name in self.librdkafka:
            key = f"librdkafka.{name}"
            if name in OURS:
                yield Fault(key, "a property that is a setting", f"{OURS[name]}; set that")
            elif name in FIXED or name.endswith("_cb"):
                yield Fault(key, "a property that delivery rests on", "others; take it out")

    def _faults_of_login(self) -> Iterator[Fault]:
        has_password = bool(self.password or self.password_file)
        if not self.security.startswith("sasl"):
            for name in ("mechanism", "username", "password", "password_file"):
                if getattr(self, name) is not None:
                    yield Fault(
                        name,
                        f"a login with protocol {self.security}",
                        "protocol sasl_ssl or sasl_plaintext; set it, and the user",
                    )
            return
        if self.sasl not in PASSWORD_MECHANISMS or "sasl.username" in self.librdkafka:
            return
        if self.username is None:
            yield Fault("username", "none", f"a user, for {self.sasl}; set it")
        if not has_password and "sasl.password" not in self.librdkafka:
            yield Fault("password", "none", f"a password, for {self.sasl}; set password_file")

    def _faults_of_tls(self) -> Iterator[Fault]:
        if not self.security.endswith("ssl"):
            for name in ("ca", "certificate", "key"):
                if getattr(self, name) is not None:
                    yield Fault(
                        name, f"TLS with protocol {self.security}", "ssl or sasl_ssl; set protocol"
                    )
        if self.certificate and not self.key:
            yield Fault("key", "none", "the key of the certificate; set it")
        if self.key and not self.certificate:
            yield Fault("certificate", "none", "the certificate of the key; set it")
        if (self.key_password or self.key_password_file) and not self.key:
            yield Fault("key", "none", "the key that the password is for; set it")
