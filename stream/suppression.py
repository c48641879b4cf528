"""Rules that keep known candidates from becoming alerts. They stay queryable, with the rule."""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass

from detectors.errors import ConfigError

from .candidates import Candidate
from .classes import CLASSES
from .features.feature_set import CONNECTION_SET

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Suppression:
    """One rule. Of entity, network, feature and class, all that are set must match.

    ``feature`` is met by candidates in which it weighs most; ``expires`` is compared with
    ``decided_at``, so that a replay decides as the live run did.
    """

    reason: str
    author: str
    entity: str = ""
    network: str = ""  # CIDR
    feature: str = ""
    class_name: str = ""
    expires: float = float("inf")  # seconds since the epoch

    def __post_init__(self) -> None:
        """Raise ConfigError where the rule says nothing, or something unknown."""
        if not (self.entity or self.network or self.feature or self.class_name):
            raise ConfigError(
                "suppression: empty, expected entity, network, feature or class_name; set one"
            )
        if not (self.reason and self.author):
            raise ConfigError(
                "suppression: no reason or author, expected both; say why, and who decided it"
            )
        if self.class_name and self.class_name not in CLASSES:
            raise ConfigError(
                f"suppression: class_name {self.class_name!r}, expected one of "
                f"{', '.join(CLASSES)}; correct it"
            )
        if self.feature and self.feature not in CONNECTION_SET.names:
            raise ConfigError(
                f"suppression: feature {self.feature!r}, expected a name of docs/features.md; "
                "correct it"
            )
        if self.network:
            _network(self.network)


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise ConfigError(
            f"suppression: network {text!r}, expected an address and prefix like 10.0.0.0/8; "
            "correct it"
        ) from error


class Suppressions:
    """The rules in their order; the first that matches is named."""

    def __init__(self, rules: Iterable[Suppression]) -> None:
        self._rules = [(rule, _network(rule.network) if rule.network else None) for rule in rules]

    def match(self, candidate: Candidate, class_name: str) -> Suppression | None:
        """Return the first rule in force that matches, or None."""
        if not self._rules:
            return None
        address = _address(candidate.entity)
        feature = candidate.readings[0].feature if candidate.readings else ""
        for rule, network in self._rules:
            if (
                candidate.decided_at < rule.expires
                and rule.entity in ("", candidate.entity)
                and rule.class_name in ("", class_name)
                and rule.feature in ("", feature)
                and (network is None or (address is not None and address in network))
            ):
                return rule
        return None


def _address(entity: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(entity)
    except ValueError:  # an entity may be something else than an address; no network holds it
        return None
