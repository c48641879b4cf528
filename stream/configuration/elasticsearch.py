"""The table ``[elasticsearch]``: where documents go, and who we are there."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator

from detectors.errors import ConfigError

from .fields import Fault, Flag, Secret, Table, Text, secret_in, setting
from .kafka import addresses_of

PORT = 9200
FINGERPRINT = re.compile(r"[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32}")


def _url(text: str) -> str:
    try:
        parts = urlsplit(text)
        port = parts.port or PORT
    except ValueError:
        raise ValueError("expected http(s)://host:port; correct it") from None
    if parts.username is not None or parts.password is not None:
        raise ValueError("expected an address without user; set username and password_file")
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("expected http(s)://host:port; write it like https://es.example:9200")
    if parts.query or parts.fragment:
        raise ValueError("expected no ? and no #; write it like https://es.example:9200")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}:{port}{parts.path.rstrip('/')}"


def _fingerprint(text: str) -> str:
    digits = text.replace(":", "").lower()
    if not FINGERPRINT.fullmatch(digits):
        raise ValueError("expected 64 hexadecimal digits (SHA-256), colons or not; copy it anew")
    return digits


class Elasticsearch(Table):
    """Addresses, login and TLS."""

    url: Annotated[
        tuple[Annotated[Text, AfterValidator(_url)], ...], BeforeValidator(addresses_of)
    ] = setting(
        (),
        "Addresses of one cluster (port 9200 if left out). Without one, alerts end in Kafka.",
        expected="http(s)://host:port, or several in a list or with commas",
    )
    api_key: Secret | None = setting(None, "API key, encoded or as `id:key`.")
    api_key_file: Path | None = setting(None, "File with the API key.")
    username: Text | None = setting(None, "User, where there is no API key.")
    password: Secret | None = setting(None, "The user's password.")
    password_file: Path | None = setting(None, "File with the user's password.")
    ca_certs: Path | None = setting(None, "File with the CA that the certificate comes from.")
    fingerprint: Annotated[Text, AfterValidator(_fingerprint)] | None = setting(
        None,
        "SHA-256 of the server's certificate, as the server prints it at its first start.",
        expected="64 hexadecimal digits",
    )
    verify: Flag = setting(
        default=True, meaning="Whether the certificate is verified. Leave it so."
    )

    def options(self) -> dict[str, Any]:
        """Return what the client is made with. It holds secrets: never show it.

        ConfigError where no address is set, or a file with a secret cannot be read.
        """
        if not self.url:
            raise ConfigError(
                "elasticsearch.url: missing, expected http(s)://host:port; set it, or"
                " ALMENARA_ELASTICSEARCH__URL"
            )
        out: dict[str, Any] = {"hosts": list(self.url)}
        key = secret_in(self.api_key, self.api_key_file)
        if key is not None:
            out["api_key"] = tuple(key.split(":", 1)) if ":" in key else key
        if self.username is not None:
            out["basic_auth"] = (self.username, secret_in(self.password, self.password_file))
        if self.ca_certs is not None:
            out["ca_certs"] = str(self.ca_certs)
        if self.fingerprint is not None:
            out["ssl_assert_fingerprint"] = self.fingerprint
        if not self.verify and self.is_tls:
            out |= {"verify_certs": False, "ssl_show_warn": False}
        return out

    @property
    def is_tls(self) -> bool:
        """Whether an address is https."""
        return any(url.startswith("https:") for url in self.url)

    def faults(self) -> Iterator[Fault]:
        """Yield what cannot be meant together."""
        yield from super().faults()
        key, password = self.api_key or self.api_key_file, self.password or self.password_file
        if key and self.username:
            yield Fault("username", "an API key too", "one of them; take the other out")
        if self.username and not password:
            yield Fault("password", "none", "the user's password; set password_file")
        if password and not self.username:
            yield Fault("username", "none", "the user of the password; set it")
        plain = bool(self.url) and not all(url.startswith("https:") for url in self.url)
        for name in ("ca_certs", "fingerprint"):
            if getattr(self, name) is not None and plain:
                yield Fault(name, "TLS with an http address", "https in url; correct one of them")
