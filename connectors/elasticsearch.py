"""A connection to Elasticsearch; the only importer of its client library.

The transport never retries by itself here: it would do so at once and without a wait, and who calls
knows better whether to go on (:mod:`connectors.bulk`).
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, quote, urlsplit

from elasticsearch import (
    ApiError,
    ConnectionTimeout,
    Elasticsearch,
    SerializationError,
    TransportError,
    UnsupportedProductError,
)
from elasticsearch.exceptions import SSLError

from .answers import Answer, AwayError, MissingError, Outcome, error_of, outcome_of
from .errors import ConnectError, RightsError

JSON = {"accept": "application/json", "content-type": "application/json"}
NDJSON = {"accept": "application/json", "content-type": "application/x-ndjson"}
MAX_FOUND = 10_000  # hits of one search, the server's own limit

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ElasticsearchOptions:
    """How to reach a cluster. Secrets are left out of ``repr``.

    ``fingerprint`` is the SHA-256 of the server's certificate or of its CA, as Elasticsearch prints
    it at its first start; it stands in for ``ca_certs``.
    """

    urls: tuple[str, ...]
    api_key: str = field(default="", repr=False)
    username: str = ""
    password: str = field(default="", repr=False)
    ca_certs: Path | None = None
    fingerprint: str = ""
    verify: bool = True
    timeout_s: float = 30.0
    compress: bool = True
    opaque_id: str = "almenara"  # names us in the server's slow log


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """Who answers."""

    version: str
    cluster: str


class Cluster:
    """A connection. Made by :func:`connect`; every method may be called from one thread at a time.

    All methods raise the errors of :mod:`connectors.answers`: ConnectError (AwayError, BusyError)
    where the server does not answer, RightsError where it does not let us, SinkError (MissingError,
    TooLargeError) where it refuses what was sent.
    """

    def __init__(self, client: Elasticsearch) -> None:
        self._client = client

    def request(
        self,
        method: str,
        path: str,
        body: object = None,
        parameters: Mapping[str, Any] | None = None,
    ) -> Answer:
        """Send a request, return the object that the server answers with."""
        return self._request(method, path, body, parameters, JSON)

    def info(self) -> ServerInfo:
        """Ask who answers. Needs the cluster privilege ``monitor``."""
        found = self.request("GET", "/")
        return ServerInfo(str(found["version"]["number"]), str(found["cluster_name"]))

    def bulk(self, body: bytes) -> list[Outcome]:
        """Send a bulk to data streams; return what became of each document, in order.

        Where a stream is missing and no template makes one, the server would make a plain index
        with guessed types: ``require_data_stream`` keeps it from that.
        """
        parameters = {
            "require_data_stream": "true",
            "include_source_on_error": "false",
            "filter_path": "items.*.status,items.*.error,items.*.failure_store,items.*._index",
        }
        answer = self._request("POST", "/_bulk", body, parameters, NDJSON)
        return [outcome_of(item) for item in answer.get("items", ())]

    def known_ids(self, stream: str, ids: Sequence[str]) -> set[str]:
        """Return those of the ids that any backing index of the stream holds.

        The refresh shows what was acknowledged before this call; a shard that does not answer is
        an error, for its documents would look new. Needs the index privileges ``maintenance`` and
        ``read``.
        """
        target = f"/{quote(stream, safe='')}"
        try:
            refreshed = self.request("POST", f"{target}/_refresh")
            answer = self.request(
                "POST",
                f"{target}/_search",
                {"query": {"ids": {"values": list(ids)}}, "size": MAX_FOUND, "_source": False},
                {"allow_partial_search_results": "false"},
            )
        except MissingError:
            return set()  # no stream, so no documents
        failed = refreshed["_shards"]["failed"] + answer["_shards"]["failed"]
        if failed:
            raise AwayError(
                f"elasticsearch: {failed} shards of {stream!r} do not answer, expected 0"
            )
        return {hit["_id"] for hit in answer["hits"]["hits"]}

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def _request(
        self,
        method: str,
        path: str,
        body: object,
        parameters: Mapping[str, Any] | None,
        headers: Mapping[str, str],
    ) -> Answer:
        named = f"{method} {path}"
        try:
            answer = self._client.perform_request(
                method, path, params=parameters, headers=headers, body=body
            )
        except UnsupportedProductError as error:
            raise ConnectError(
                "elasticsearch: found another product, expected Elasticsearch 9; check the address"
            ) from error
        except ApiError as error:
            raise error_of(error.meta.status, error.body, named) from error
        except SSLError as error:
            raise AwayError(
                "elasticsearch: TLS failed, expected a certificate that is trusted; set ca_certs "
                "or fingerprint, or check whether the address is https"
            ) from error
        except ConnectionTimeout as error:
            raise AwayError(f"elasticsearch: {named} took too long, expected an answer") from error
        except SerializationError as error:
            raise AwayError(
                f"elasticsearch: {named}: the answer is no JSON, expected Elasticsearch; check "
                "the address and what stands before the server"
            ) from error
        except TransportError as error:
            raise AwayError(
                "elasticsearch: no connection, expected one; check address, port, and that it runs"
            ) from error
        found: Any = answer.body
        return found if isinstance(found, Mapping) else {"answer": found}


def connect(options: ElasticsearchOptions) -> Cluster:
    """Make a connection; the server is asked nothing yet.

    Raises
    ------
    ConnectError
        The options cannot be meant: an address that is none, a CA file that is missing.
    """
    for url in options.urls or ("",):
        _check(url)
    if options.ca_certs is not None and not options.ca_certs.is_file():
        raise ConnectError(
            f"elasticsearch ca_certs: {str(options.ca_certs)!r} is no file, expected certificates"
        )
    return Cluster(Elasticsearch(list(options.urls), **_login(options), **_transport(options)))


def _check(url: str) -> None:
    parts = urlsplit(url)
    if parts.username or parts.password:
        raise ConnectError(
            "elasticsearch url: found a user name in it, expected none; set username and password"
        )
    if parts.scheme not in ("http", "https") or not parts.hostname or not _port(parts):
        raise ConnectError(
            f"elasticsearch url: {url!r}, expected one like https://host.example:9200"
        )


def _port(parts: SplitResult) -> int | None:
    try:
        return parts.port or {"https": 443}.get(parts.scheme)
    except ValueError:  # no number, or out of range
        return None


def _login(options: ElasticsearchOptions) -> dict[str, Any]:
    if options.api_key and options.username:
        raise RightsError(
            "elasticsearch: found an API key and a user name, expected one of the two"
        )
    if options.api_key:
        return {"api_key": options.api_key}
    return {"basic_auth": (options.username, options.password)} if options.username else {}


def _transport(options: ElasticsearchOptions) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "request_timeout": options.timeout_s,
        "max_retries": 0,
        "retry_on_status": (),
        "retry_on_timeout": False,
        "http_compress": options.compress,
        "opaque_id": options.opaque_id,
    }
    if all(url.startswith("http://") for url in options.urls):
        return settings
    if options.ca_certs is not None:
        settings["ca_certs"] = str(options.ca_certs)
    if options.fingerprint:
        settings["ssl_assert_fingerprint"] = options.fingerprint
    if not options.verify:
        settings |= {"verify_certs": False, "ssl_show_warn": False}
        _log.warning("elasticsearch: certificates are not checked; anybody can pose as the server")
    return settings
