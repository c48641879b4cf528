"""Rules that keep known candidates from becoming alerts. They stay queryable, with the rule."""

import ipaddress
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from math import isfinite
from typing import Any

from detectors.errors import ConfigError

from .candidates import Candidate
from .classes import CLASSES
from .features.feature_set import CONNECTION_SET

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
MAX_LOGGED = 150  # rules from the log: they are state, and the state is bounded


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

    @property
    def text(self) -> str:
        """Say what it matches, in words."""
        parts = {
            "entity": self.entity,
            "network": self.network,
            "feature": self.feature,
            "class": self.class_name,
        }
        return ", ".join(f"{name} {value}" for name, value in parts.items() if value)


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise ConfigError(
            f"suppression: network {text!r}, expected an address and prefix like 10.0.0.0/8; "
            "correct it"
        ) from error


def rule_row(rule: Suppression) -> list[Any]:
    """Return a rule as JSON; None stands for no expiry."""
    *texts, expires = astuple(rule)
    return [*texts, expires if isfinite(expires) else None]


def read_rule(row: list[Any]) -> Suppression:
    """Return the rule that ``rule_row`` wrote; ConfigError where it cannot be meant."""
    *texts, expires = row
    fields = [*texts, float("inf") if expires is None else float(expires)]
    return Suppression(*fields)


class Suppressions:
    """The rules in their order; the first that matches is named.

    Those of the settings come first and stay. Those of the log come and go: of more than
    ``MAX_LOGGED`` the expired go first, then the oldest.
    """

    def __init__(self, rules: Iterable[Suppression] = ()) -> None:
        self._fixed = [_with_network(rule) for rule in rules]
        self._logged: OrderedDict[str, tuple[Suppression, Network | None]] = OrderedDict()
        self.evicted = 0

    def add(self, ident: str, rule: Suppression, now: float) -> list[str] | None:
        """Put a rule in force; return the ids of those that made room, None if it is known.

        ``now`` is plane time, by which rules have expired.
        """
        if ident in self._logged:
            return None
        self._logged[ident] = _with_network(rule)
        gone = []
        while len(self._logged) > MAX_LOGGED:
            expired = (i for i, (one, _) in self._logged.items() if one.expires <= now)
            gone.append(next(expired, next(iter(self._logged))))
            del self._logged[gone[-1]]
        self.evicted += len(gone)
        return gone

    def remove(self, ident: str) -> Suppression | None:
        """Take a rule back and return it; None where there is none of that id."""
        found = self._logged.pop(ident, None)
        return None if found is None else found[0]

    def match(self, candidate: Candidate, class_name: str) -> Suppression | None:
        """Return the first rule in force that matches, or None."""
        rules = [*self._fixed, *self._logged.values()] if self._logged else self._fixed
        if not rules:
            return None
        address = _address(candidate.entity)
        feature = candidate.readings[0].feature if candidate.readings else ""
        for rule, network in rules:
            if (
                candidate.decided_at < rule.expires
                and rule.entity in ("", candidate.entity)
                and rule.class_name in ("", class_name)
                and rule.feature in ("", feature)
                and (network is None or (address is not None and address in network))
            ):
                return rule
        return None

    def state(self) -> dict[str, Any]:
        """Return the rules of the log in their order."""
        rules = [[ident, rule_row(rule)] for ident, (rule, _) in self._logged.items()]
        return {"rules": rules, "evicted": self.evicted}

    def restore(self, state: dict[str, Any]) -> None:
        """Take up a state that ``state`` returned."""
        read = ((ident, read_rule(row)) for ident, row in state["rules"])
        self._logged = OrderedDict((ident, _with_network(rule)) for ident, rule in read)
        self.evicted = state["evicted"]


def _with_network(rule: Suppression) -> tuple[Suppression, Network | None]:
    return rule, _network(rule.network) if rule.network else None


def _address(entity: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(entity)
    except ValueError:  # an entity may be something else than an address; no network holds it
        return None
