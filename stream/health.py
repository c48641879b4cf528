"""Whether a process is alive and ready, and the page that says so beside its metrics.

Alive: its main loop goes round. A server that is away is no reason to be dead: the roles wait for
it and go on. Ready: it does its work now; else the answer says what it waits for.
"""

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from connectors.kafka_clients import is_kafka_away

from .metrics import Meters
from .metrics_table import IS_READY, STEP_AGE

_log = logging.getLogger(__name__)

RETRY_S = 2.0
ANSWER_S = 10.0  # a client that is slower is dropped
PLAIN = "text/plain; charset=utf-8"
INDEX = "almenara: /health/live, /health/ready, /metrics\n"

Waits = Callable[[], str]
"""Says what a role waits for, "" where it is ready."""


class Health:
    """What is known of a process from within.

    Parameters
    ----------
    longest_step_s : float
        A main loop not heard of for so long has stopped.
    """

    def __init__(self, longest_step_s: float) -> None:
        self._longest_step_s = longest_step_s
        self._beat = time.monotonic()
        self._waits: list[Waits] = [lambda: "it starts"]

    def beat(self) -> None:
        """Note that the main loop went round."""
        self._beat = time.monotonic()

    def watched(self, running: Callable[[], bool]) -> Callable[[], bool]:
        """Return ``running``, which main loops ask each time they go round, with a beat."""

        def asked() -> bool:
            self.beat()
            return running()

        return asked

    def starts_with(self, *waits: Waits) -> None:
        """Say what readiness hangs on, now that the role is made."""
        self._waits = list(waits)

    def step_age_s(self) -> float:
        """Return the time since the last beat."""
        return time.monotonic() - self._beat

    def is_stopped(self) -> str:
        """Return why the process is not alive, "" where it is."""
        age = self.step_age_s()
        return f"its main loop stands still since {age:.0f} s" if age > self._longest_step_s else ""

    def waits_for(self) -> str:
        """Return why the process is not ready, "" where it is."""
        return self.is_stopped() or next(filter(None, (wait() for wait in self._waits)), "")

    def pull(self, meters: Meters) -> None:
        """Set the metrics of health."""
        meters.set(IS_READY, float(not self.waits_for()))
        meters.set(STEP_AGE, self.step_age_s())


def waits_for_kafka() -> str:
    """Return that a client of this process waits for Kafka, "" where none does."""
    return "no broker of Kafka answers" if is_kafka_away() else ""


@contextmanager
def served(address: str, meters: Meters, health: Health) -> Iterator[None]:
    """Answer at ``address`` (host:port, "" for nowhere) for as long as the block runs.

    A port that somebody else has is said once and tried again: it stops no engine.
    """
    if not address:
        yield
        return
    meters.pulls(health.pull)
    done = threading.Event()
    thread = threading.Thread(
        target=_serve, args=(address, meters, health, done), name="http", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _serve(address: str, meters: Meters, health: Health, done: threading.Event) -> None:
    is_said = False
    while not done.is_set():
        try:
            server = _server(address, meters, health)
        except OSError as error:
            if not is_said:
                reason = error.strerror or error
                _log.warning(
                    "run.http: %s cannot be had (%s), expected a free address; no metrics until"
                    " it is free", address, reason
                )  # fmt: skip
            is_said = True
            done.wait(RETRY_S)
            continue
        with server:
            threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True).start()
            done.wait()
            server.shutdown()


def _server(address: str, meters: Meters, health: Health) -> ThreadingHTTPServer:
    host, _, port = address.rpartition(":")
    bare = host.strip("[]")

    class Server(ThreadingHTTPServer):
        address_family = socket.AF_INET6 if ":" in bare else socket.AF_INET
        daemon_threads = True

    return Server((bare, int(port)), _handler(meters, health))


def _handler(meters: Meters, health: Health) -> type[BaseHTTPRequestHandler]:
    class Page(BaseHTTPRequestHandler):
        timeout = ANSWER_S
        server_version = "almenara"
        sys_version = ""

        def do_GET(self) -> None:
            """Answer."""
            path = self.path.partition("?")[0]
            if path == "/metrics":
                self._send(200, *meters.text(self.headers.get("accept", "")))
            elif path == "/health/live":
                self._say(health.is_stopped())
            elif path == "/health/ready":
                self._say(health.waits_for())
            else:
                self._send(200 if path == "/" else 404, INDEX.encode(), PLAIN)

        do_HEAD = do_GET  # noqa: N815 (the base class names it)

        def log_message(self, *_arguments: Any) -> None:
            """Say nothing: somebody asks every few seconds."""

        def _say(self, trouble: str) -> None:
            text = f"not yet: {trouble}\n" if trouble else "ok\n"
            self._send(503 if trouble else 200, text.encode(), PLAIN)

        def _send(self, status: int, body: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            self.send_header("cache-control", "no-store")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

    return Page
