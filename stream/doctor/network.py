"""Checks below the protocols: names, connections, TLS, and what a broker speaks."""

import socket
import ssl
import struct
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from .checks import CheckError, limited

ANSWER_S = 5.0
SOON_D = 14
DAY_S = 86_400.0

API_VERSIONS = 18
LARGEST = 1_000_000  # bytes of an answer
NEEDED = {22: "transactions", 28: "positions in transactions"}
CONSUMER_PROTOCOL = 68  # ConsumerGroupHeartbeat, brokers from 4.0 on


class Address(NamedTuple):
    """Where a server is."""

    host: str
    port: int

    def __str__(self) -> str:
        """Return host:port."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def address_of(text: str) -> Address:
    """Return the address in host:port."""
    host, _, port = text.rpartition(":")
    return Address(host.strip("[]"), int(port))


def look_up(addresses: Sequence[Address]) -> str:
    """Resolve names; CheckError where not one of them is known."""
    found, unknown = [], []
    for address in addresses:
        try:
            places = limited(lambda host=address.host: _resolved(host), ANSWER_S)  # type: ignore[misc]
        except (OSError, CheckError):
            unknown.append(address.host)
        else:
            found.append(f"{address.host} is {places}")
    if not found:
        raise CheckError(
            f"{', '.join(unknown)} cannot be resolved",
            "correct the name, or ask who runs the name server",
        )
    return "; ".join(found) + _also(unknown, "not resolved")


def _resolved(host: str) -> str:
    places = {str(place[4][0]) for place in socket.getaddrinfo(host, None)}
    return ", ".join(sorted(places))


def connect(addresses: Sequence[Address]) -> str:
    """Open connections; CheckError where nobody takes one."""
    taken, refused = [], []
    for address in addresses:
        try:
            socket.create_connection(address, ANSWER_S).close()
        except OSError as error:
            reason = "no answer" if isinstance(error, TimeoutError) else error.strerror or "error"
            refused.append(f"{address}: {reason}")
        else:
            taken.append(str(address))
    if not taken:
        raise CheckError(
            "; ".join(refused),
            "start the server, correct the port, or let a firewall in between know",
        )
    return f"{', '.join(taken)} take connections" + _also(refused, "")


def _also(others: Sequence[str], what: str) -> str:
    return f" (not: {', '.join(others)}{' ' * bool(what)}{what})" if others else ""


@contextmanager
def opened(addresses: Sequence[Address], context: ssl.SSLContext | None) -> Iterator[socket.socket]:
    """Open a connection to the first that takes one, with TLS where there is a context."""
    last: OSError | None = None
    for address in addresses:
        try:
            plain = socket.create_connection(address, ANSWER_S)
        except OSError as error:
            last = error
            continue
        with plain:
            if context is None:
                yield plain
                return
            with context.wrap_socket(plain, server_hostname=address.host) as wrapped:
                yield wrapped
                return
    raise CheckError(f"no connection ({last})", "see the check before")


def shake_hands(addresses: Sequence[Address], context: ssl.SSLContext, setting: str) -> str:
    """Do a TLS handshake; say until when the certificate is valid."""
    try:
        with opened(addresses, context) as connection:
            certificate = connection.getpeercert() if isinstance(connection, ssl.SSLSocket) else {}
            version = connection.version() if isinstance(connection, ssl.SSLSocket) else ""
    except ssl.SSLCertVerificationError as error:
        raise CheckError(
            f"the certificate is not trusted: {error.verify_message}",
            f"set {setting} to the CA that it comes from, and use a name that is in it",
        ) from error
    except (ssl.SSLError, ConnectionError, TimeoutError) as error:
        raise CheckError(
            f"no TLS: {getattr(error, 'reason', None) or error.strerror or 'the server hung up'}",
            "check that this port speaks TLS, and the client certificate if one is asked for",
        ) from error
    return f"{version}{_validity(certificate)}"


def _validity(certificate: object) -> str:
    end = certificate.get("notAfter") if isinstance(certificate, dict) else None
    if not isinstance(end, str):
        return ", the certificate is not looked at"
    left = (ssl.cert_time_to_seconds(end) - time.time()) / DAY_S
    if left < SOON_D:
        raise CheckError(f"the certificate ends in {left:.0f} days", "have it renewed now")
    return f", the certificate is trusted and valid for {left:,.0f} days"


def spoken(addresses: Sequence[Address], context: ssl.SSLContext | None) -> dict[int, int]:
    """Ask a broker what it speaks, which it tells before a login: highest version by request.

    Kafka protocol, ApiVersions version 0.
    """
    name = b"almenara-doctor"
    body = struct.pack(">hhih", API_VERSIONS, 0, 1, len(name)) + name
    try:
        with opened(addresses, context) as connection:
            connection.sendall(struct.pack(">i", len(body)) + body)
            (size,) = struct.unpack(">i", _read(connection, 4))
            if not 10 <= size <= LARGEST:
                raise CheckError("no answer of Kafka", "check that this port is a broker's")
            answer = _read(connection, size)
    except OSError as error:
        raise CheckError(
            "no answer of Kafka",
            "check that this port is a broker's, and that kafka.protocol is the listener's",
        ) from error
    correlation, _error, count = struct.unpack(">ihi", answer[:10])
    if correlation != 1 or len(answer) < 10 + 6 * count:
        raise CheckError("no answer of Kafka", "check that this port is a broker's")
    found = (struct.unpack(">hhh", answer[10 + 6 * k : 16 + 6 * k]) for k in range(count))
    return {request: highest for request, _, highest in found}


def _read(connection: socket.socket, size: int) -> bytes:
    out = b""
    while len(out) < size:
        part = connection.recv(size - len(out))
        if not part:
            raise ConnectionError("the server hung up")
        out += part
    return out


def look_at_protocol(known: dict[int, int], wanted: str) -> str:
    """Say what a broker can do; CheckError where that is too little."""
    missing = [what for request, what in NEEDED.items() if request not in known]
    if missing:
        raise CheckError(f"no {', no '.join(missing)}", "update Kafka: 2.5 or later is needed")
    has_consumer = CONSUMER_PROTOCOL in known
    if wanted == "consumer" and not has_consumer:
        raise CheckError(
            "no rebalance protocol consumer", "set kafka.group_protocol to classic, or update Kafka"
        )
    return "transactions" + ", rebalance protocols classic" + " and consumer" * has_consumer
