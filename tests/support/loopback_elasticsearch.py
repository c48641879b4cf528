"""A server on loopback that answers what it is told: failures that a real one rarely has."""

import gzip
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class Asked(NamedTuple):
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Said(NamedTuple):
    status: int
    body: Any
    product: str = "Elasticsearch"


class Loopback(NamedTuple):
    url: str
    asked: list[Asked]


def refused(status: int, kind: str, reason: str = "") -> Said:
    """An error as Elasticsearch says it."""
    return Said(status, {"error": {"type": kind, "reason": reason}, "status": status})


def created(body: bytes) -> Said:
    """Take every document of a bulk."""
    n = len(body.splitlines()) // 2
    return Said(200, {"items": [{"create": {"status": 201}} for _ in range(n)]})


@contextmanager
def loopback(answer: Callable[[Asked], Said]) -> Iterator[Loopback]:
    """Run the server; ``answer`` is called for each request, in its own thread."""
    asked: list[Asked] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            asked.append(Asked(self.command, self.path, dict(self.headers), body))
            said = answer(asked[-1])
            if said.status == 0:  # hang up
                self.close_connection = True
                return
            content = said.body if isinstance(said.body, bytes) else json.dumps(said.body).encode()
            self.send_response(said.status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.send_header("x-elastic-product", said.product)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = _answer  # noqa: N815 (the base class names them)

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield Loopback(f"http://127.0.0.1:{server.server_port}", asked)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
