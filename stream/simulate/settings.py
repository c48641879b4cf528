"""What a simulated site is like: size, rhythm, rates, and which attacks are planted in it."""

import math
from dataclasses import dataclass, fields
from typing import Literal

from detectors.errors import ConfigError

DAY = 86_400.0
MONDAY = 1_772_409_600.0  # 2026-03-02 00:00:00 UTC, a Monday
KINDS = ("port scan", "host sweep", "brute force", "flood", "lateral movement")
Order = Literal["end", "start"]  # a sensor writes when a connection ends, a firewall when it starts

# smallest and largest value of each number, in its unit
_BOUNDS: dict[str, tuple[float, float]] = {
    "hosts": (4, 20_000),
    "servers": (10, 200),
    "published": (8, 200),
    "days": (1, 3_660),
    "start": (0.0, 4_102_444_800.0),
    "seed": (0, 2**63 - 1),
    "activity": (0.0, 1_000.0),
    "activity_spread": (0.0, 2.0),
    "server_activity": (0.0, 1_000.0),
    "internet_sources_per_day": (0, 1_000_000),
    "knocks_most": (1, 1_000_000),
    "clients_per_day": (0, 1_000_000),
    "failures": (0.0, 5.0),
    "outages_per_week": (0.0, 100.0),
    "weekend": (0.0, 1.0),
    "office_opens": (0.0, 23.0),
    "office_closes": (1.0, 24.0),
    "attacks_per_kind": (0, 100),
    "attacks_from_day": (1, 3_660),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulationSettings:
    """Settings of a simulated site. The same settings give the same traffic, bit for bit.

    Parameters
    ----------
    hosts, servers, published : int
        Office hosts; internal servers; addresses in the published segment, most of them idle.
    days : int
        Days from ``start``.
    start : float, seconds since the epoch
        A midnight, UTC. The site keeps UTC.
    seed : int
        Of everything.
    activity, server_activity : float
        Multiply what people and what servers do by themselves; 1 is an ordinary site.
    activity_spread : float
        Deviation of the log of a host's own activity: 0 makes all hosts alike.
    internet_sources_per_day : int
        Strangers that knock at the published addresses: background radiation.
    knocks_most : int
        Most knocks of one stranger in a day. The default is where attackers begin: of the sources
        on the Zeek days looked at for this simulator a hundredth come more often than that.
    clients_per_day : int
        Outside users of the published servers on a working day.
    failures : float
        Multiplies the natural share of failed connections (2 to 10 per cent by service).
    outages_per_week : float
        Times a week that one of the servers does not answer for some minutes.
    weekend : float, 0 to 1
        Activity on Saturday and Sunday in proportion to a working day.
    office_opens, office_closes : float, hours
        When most people come and go.
    attacks : tuple of str
        Kinds to plant, of ``KINDS``; empty plants none.
    attacks_per_kind : int
        How many of each kind: brisk and slower by turns.
    attacks_from_day : int
        First day with attacks, counted from 1.

    Raises
    ------
    ConfigError
        If a value is out of bounds.
    """

    hosts: int = 60
    servers: int = 12
    published: int = 40
    days: int = 3
    start: float = MONDAY
    seed: int = 1
    activity: float = 1.0
    activity_spread: float = 0.8
    server_activity: float = 1.0
    internet_sources_per_day: int = 1_500
    knocks_most: int = 40
    clients_per_day: int = 200
    failures: float = 1.0
    outages_per_week: float = 0.5
    weekend: float = 0.15
    office_opens: float = 8.0
    office_closes: float = 17.5
    attacks: tuple[str, ...] = KINDS
    attacks_per_kind: int = 2
    attacks_from_day: int = 2

    def __post_init__(self) -> None:
        """Check every value."""
        for field in fields(self):
            if field.name in _BOUNDS:
                _check_number(field.name, getattr(self, field.name), is_whole=field.type is int)
        if self.start % DAY:
            raise ConfigError(
                f"start: {self.start!r}, expected a midnight UTC; round it to 86400 s"
            )
        if self.office_closes < self.office_opens + 1:
            raise ConfigError(
                f"office_closes: {self.office_closes!r}, expected an hour after office_opens"
                f" ({self.office_opens!r}) or later; move one of them"
            )
        for kind in self.attacks:
            if kind not in KINDS:
                raise ConfigError(
                    f"attacks: {kind!r}, expected one of {', '.join(KINDS)}; name those"
                )

    def day_start(self, day: int) -> float:
        """Seconds since the epoch at which a day starts, counted from 0."""
        return self.start + day * DAY

    def is_weekend(self, day: int) -> bool:
        """Whether a day, counted from 0, is a Saturday or a Sunday. 1970-01-01 was a Thursday."""
        return int(self.day_start(day) // DAY + 3) % 7 >= 5


def _check_number(name: str, value: float, *, is_whole: bool) -> None:
    low, high = _BOUNDS[name]
    if is_whole and not isinstance(value, int):
        raise ConfigError(f"{name}: {value!r}, expected a whole number; round it")
    if not (math.isfinite(value) and low <= value <= high):
        raise ConfigError(f"{name}: {value!r}, expected {low:g} to {high:g}; choose one in between")
