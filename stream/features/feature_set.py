"""The features of a row: name, unit, direction, description and source of each."""

import hashlib
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True, slots=True)
class Feature:
    """One column of ``X``.

    ``direction`` is +1 where high is strange, -1 where low is strange, 0 where neither is alone.
    """

    name: str
    unit: str
    direction: int
    meaning: str
    source: str


KITSUNE = "Mirsky et al. 2018, table II (damped statistics)"
NEW_FLOW = "decayed distinct count: each peer weighs 2^(-age / half-life)"
OWN = "Almenara"

CONNECTION: tuple[Feature, ...] = (
    Feature("events_window", "events", 1, "events in this window", OWN),
    Feature("events_1m", "events", 1, "damped events, half-life 60 s", KITSUNE),
    Feature("events_15m", "events", 1, "damped events, half-life 15 min", KITSUNE),
    Feature("events_4h", "events", 1, "damped events, half-life 4 h", KITSUNE),
    Feature("events_24h", "events", 1, "damped events, half-life 24 h", KITSUNE),
    Feature("peers_window", "addresses", 1, "distinct peers in this window", OWN),
    Feature("peers_15m", "addresses", 1, "distinct peers, half-life 15 min", NEW_FLOW),
    Feature("peers_4h", "addresses", 1, "distinct peers, half-life 4 h", NEW_FLOW),
    Feature("ports_window", "ports", 1, "distinct destination ports in this window", OWN),
    Feature("ports_15m", "ports", 1, "distinct destination ports, half-life 15 min", NEW_FLOW),
    Feature("ports_4h", "ports", 1, "distinct destination ports, half-life 4 h", NEW_FLOW),
    Feature("failed_1m", "events", 1, "damped failed or denied events, half-life 60 s", KITSUNE),
    Feature("failed_15m", "events", 1, "damped failed or denied events, half-life 15 min", KITSUNE),
    Feature("failed_4h", "events", 1, "damped failed or denied events, half-life 4 h", KITSUNE),
    Feature(
        "failed_share", "1", 1, "failed share of events, half-life 4 h, one event of doubt", OWN
    ),
    Feature(
        "port_rarity", "bans", 1, "mean -log10 share of the port in the lane, half-life 4 h", OWN
    ),
    Feature("novel_peers_4h", "addresses", 1, "damped first contacts, half-life 4 h", OWN),
    Feature("novel_failed_4h", "addresses", 1, "damped failed first contacts, half-life 4 h", OWN),
    Feature(
        "novel_internal_4h", "addresses", 1, "damped first contacts inside, half-life 4 h", OWN
    ),
    Feature("novel_ports_4h", "ports", 1, "damped first uses of a port, half-life 4 h", OWN),
    Feature("bytes_out_15m", "B", 1, "damped bytes to the destination, half-life 15 min", KITSUNE),
    Feature("bytes_out_24h", "B", 1, "damped bytes to the destination, half-life 24 h", KITSUNE),
    Feature("bytes_in_15m", "B", 0, "damped bytes to the source, half-life 15 min", KITSUNE),
    Feature(
        "bytes_spread", "decades", 0, "deviation of log10 bytes of an event, half-life 4 h", KITSUNE
    ),
    Feature(
        "interarrival_spread", "1", 0, "variation of the time between events, half-life 4 h", OWN
    ),
    Feature("pair_events_15m", "events", 1, "most events with one peer, half-life 15 min", OWN),
    Feature("logons_15m", "events", 1, "damped events on ports of log-ons, half-life 15 min", OWN),
    Feature(
        "novel_admin_4h", "addresses", 1, "damped first contacts inside by remote control, 4 h", OWN
    ),
    Feature("surge_events", "ratio", 1, "events in the window over the entity's usual window", OWN),
    Feature("surge_peers", "ratio", 1, "peers in the window over the entity's usual window", OWN),
    Feature("hour_sine", "1", 0, "sine of the time of day, UTC", OWN),
    Feature("hour_cosine", "1", 0, "cosine of the time of day, UTC", OWN),
)


@dataclass(frozen=True)
class FeatureSet:
    """Named columns of ``X`` in their order. Without slots, so that what is derived is kept."""

    name: str
    features: tuple[Feature, ...]

    @cached_property
    def fingerprint(self) -> str:
        """16 hexadecimal digits over names, units, directions and order."""
        text = "\n".join(f"{f.name} {f.unit} {f.direction}" for f in self.features)
        return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(feature.name for feature in self.features)

    @cached_property
    def directions(self) -> tuple[int, ...]:
        """Which tail of each column is strange."""
        return tuple(feature.direction for feature in self.features)


CONNECTION_SET = FeatureSet("connection-v2", CONNECTION)
