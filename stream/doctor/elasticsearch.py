"""Checks of Elasticsearch: that it answers, knows us, has our templates, and lets us write."""

import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from connectors.answers import MissingError
from connectors.elasticsearch import Cluster
from connectors.elasticsearch_objects import (
    data_stream,
    has_security,
    index_template,
    missing_privileges,
)
from connectors.errors import RightsError, SinkError
from stream.configuration.tables import Settings
from stream.elasticsearch_roles import ENGINE, ROLES
from stream.elasticsearch_setup import DATASETS, MANAGED_BY, stream_name, template_of
from stream.exit_codes import CONNECTION, RIGHTS, USAGE

from .checks import Check, CheckError
from .network import Address, connect, look_up, shake_hands

OLDEST = 9
SKEW_S = 60.0
LEAST_FREE = 0.05  # the server blocks writes where less of a disk is left
LOGIN = "elasticsearch: login"
SETUP = "run almenara setup elasticsearch"


@dataclass(slots=True)
class ElasticsearchChecks:
    """The checks of one Elasticsearch."""

    settings: Settings
    cluster: Callable[[], Cluster]
    addresses: list[Address] = field(default_factory=list)

    def checks(self) -> Iterator[Check]:
        """Yield them in order."""
        for url in self.settings.elasticsearch.url:
            parts = urlsplit(url)
            self.addresses.append(Address(parts.hostname or "", parts.port or 9200))
        name, tcp, tls = (f"elasticsearch: {part}" for part in ("name", "TCP", "TLS"))
        yield Check(name, lambda: look_up(self.addresses))
        yield Check(tcp, lambda: connect(self.addresses), (name,))
        yield Check(tls, self._tls, (tcp,))
        yield Check(LOGIN, self._login, (tls,), "correct elasticsearch.api_key or password")
        yield Check("elasticsearch: privileges", self._privileges, (LOGIN,))
        yield Check("elasticsearch: templates", self._templates, (LOGIN,))
        yield Check("elasticsearch: write", self._write, ("elasticsearch: privileges",))
        yield Check("elasticsearch: clock", self._clock, (LOGIN,))
        yield Check("elasticsearch: disk", self._disk, (LOGIN,))

    def _tls(self) -> str:
        told = self.settings.elasticsearch
        if not told.is_tls:
            return "none: the address is http"
        if told.fingerprint is not None:
            return "left to the login: the certificate is known by its fingerprint"
        context = ssl.create_default_context(cafile=told.ca_certs)
        if not told.verify:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return shake_hands(self.addresses, context, "elasticsearch.ca_certs")

    def _login(self) -> str:
        info = self.cluster().info()
        if int(info.version.partition(".")[0]) < OLDEST:
            raise CheckError(
                f"version {info.version}, expected {OLDEST} or later", "update Elasticsearch", USAGE
            )
        return f"Elasticsearch {info.version}, cluster {info.cluster}"

    def _privileges(self) -> str:
        cluster = self.cluster()
        if not has_security(cluster):
            return "no logins on this server: everybody may do everything"
        missing = missing_privileges(cluster, ROLES[ENGINE])
        if missing:
            raise CheckError(
                f"missing: {', '.join(missing)}",
                "make the key or user anew from almenara setup elasticsearch --print-roles",
                RIGHTS,
            )
        return f"all of {ENGINE}"

    def _templates(self) -> str:
        cluster, seen = self.cluster(), "templates and data streams are of this release"
        for dataset in DATASETS:
            try:
                self._template(cluster, dataset)
            except RightsError:  # the engine's login need not see them
                seen = "not seen: this login has no right to; run with that of the set-up"
        return seen

    def _template(self, cluster: Cluster, dataset: str) -> None:
        name = f"almenara-{dataset}"
        found = index_template(cluster, name)
        meta: Any = {} if found is None else found.get("_meta") or {}
        if found is None:
            raise CheckError(f"template {name} is not there", SETUP, CONNECTION)
        if meta.get("managed_by") != MANAGED_BY:
            raise CheckError(f"template {name} is somebody else's", "rename or delete it", USAGE)
        if meta.get("hash") != template_of(dataset)["_meta"]["hash"]:
            raise CheckError(f"template {name} is of another release or was changed", SETUP, USAGE)
        if data_stream(cluster, stream_name(dataset, self.settings.namespace)) is None:
            raise CheckError(
                f"{stream_name(dataset, self.settings.namespace)} is not there", SETUP, CONNECTION
            )

    def _write(self) -> str:
        """See what a document would be written into; nothing is written."""
        name = stream_name("alerts", self.settings.namespace)
        try:
            found = self.cluster().request("POST", f"/_index_template/_simulate_index/{name}")
        except RightsError:
            return "would be allowed; where to is not seen with this login"
        except (MissingError, SinkError):
            return "would be allowed; this server cannot say where to"
        mapping: Any = found.get("template", {}).get("mappings", {})
        if mapping.get("_meta", {}).get("managed_by") != MANAGED_BY:
            raise CheckError(
                f"{name} would not be made from our template",
                f"{SETUP}; look for templates of a higher priority",
                USAGE,
            )
        return f"would be written to {name}, with our fields"

    def _nodes(self) -> list[Any]:
        found: Any = self.cluster().request("GET", "/_nodes/stats/fs")
        return list(found["nodes"].values())

    def _clock(self) -> str:
        before = time.time()
        skews = [
            max(0.0, before - node["timestamp"] / 1e3, node["timestamp"] / 1e3 - time.time())
            for node in self._nodes()
        ]
        worst = max(skews, default=0.0)
        if worst > SKEW_S:
            raise CheckError(
                f"{worst:,.0f} s apart from this clock",
                "set the clocks of both machines (NTP)",
                USAGE,
            )
        return f"less than {max(1, round(worst + 0.5))} s apart from this clock"

    def _disk(self) -> str:
        free = [
            node["fs"]["total"]["available_in_bytes"] / node["fs"]["total"]["total_in_bytes"]
            for node in self._nodes()
            if node.get("fs", {}).get("total", {}).get("total_in_bytes")
        ]
        if not free:
            return "not told by this server"
        if min(free) < LEAST_FREE:
            raise CheckError(
                f"{min(free):.0%} of a disk is free, expected {LEAST_FREE:.0%}",
                "make room on the node: the server blocks writes",
                USAGE,
            )
        return f"{min(free):.0%} is free on the fullest node"
