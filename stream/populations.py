"""What is compared with what, and which features are judged there.

An entity is compared with those of its own population. A feature that says nothing of harm in a
population (bytes of outside sources: stray answers) is left out of the judgement there by a
direction of 0; docs/detection.md has the figures.
"""

from dataclasses import dataclass

from .features.feature_set import FeatureSet

TAG_EXTERNAL_SOURCE, TAG_INTERNAL_SOURCE, TAG_INTERNAL_DESTINATION = range(3)


@dataclass(frozen=True, slots=True)
class Population:
    """One kind of entity. ``tag`` is its number in the entity tables."""

    name: str
    tag: int
    judged: frozenset[str]
    is_internal: bool

    def directions(self, features: FeatureSet) -> tuple[int, ...]:
        """Which tail of each feature is strange here; 0 where it is not judged."""
        return tuple(f.direction if f.name in self.judged else 0 for f in features.features)


EXTERNAL_SOURCE = Population(
    "external source",
    TAG_EXTERNAL_SOURCE,
    frozenset(
        {
            "events_15m",
            "events_4h",
            "ports_4h",
            "failed_4h",
            "failed_share",
            "port_rarity",
            "logons_15m",
        }
    ),
    is_internal=False,
)
INTERNAL_SOURCE = Population(
    "internal source",
    TAG_INTERNAL_SOURCE,
    frozenset(
        {
            "events_15m",
            "peers_15m",
            "ports_15m",
            "failed_15m",
            "novel_failed_4h",
            "novel_internal_4h",
            "novel_ports_4h",
            "pair_events_15m",
            "logons_15m",
            "novel_admin_4h",
            "surge_events",
            "surge_peers",
        }
    ),
    is_internal=True,
)
INTERNAL_DESTINATION = Population(
    "internal destination",
    TAG_INTERNAL_DESTINATION,
    frozenset(
        {
            "events_15m",
            "peers_15m",
            "ports_15m",
            "failed_15m",
            "novel_ports_4h",
            "pair_events_15m",
            "logons_15m",
            "surge_events",
            "surge_peers",
        }
    ),
    is_internal=True,
)
POPULATIONS = (EXTERNAL_SOURCE, INTERNAL_SOURCE, INTERNAL_DESTINATION)
