"""What a lane's candidates depend on, and the fingerprint of it."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from detectors.errors import ConfigError

from .features.feature_set import FeatureSet
from .formats.parse_settings import ParseSettings
from .judges import DEFAULT_JUDGES, JudgeSettings
from .networks import PRIVATE
from .populations import POPULATIONS
from .prior import Prior, load_prior
from .witnesses import LaneNames


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineSettings:
    """What a lane's candidates depend on.

    Parameters
    ----------
    parse : ParseSettings
    internal : tuple of str
        Own networks (CIDR), for events whose log does not mark them itself.
    max_entities : int
        Entities kept; pairs and services twice as many. Sets the memory.
    cut : float, entities a day
        Rows with a fused E up to this become candidates.
    judges : tuple of JudgeSettings
    prior : bool or Path
        Our prior, none, or one of the user's own, which also ends the warm-up of internal hosts.
    hash_seed : int
    namespace, stream, topic : str
    partition : int
        Where the lane belongs; part of the ids, not of the fingerprint.
    """

    parse: ParseSettings = field(default_factory=ParseSettings)
    internal: tuple[str, ...] = PRIVATE
    max_entities: int = 100_000
    cut: float = 30.0
    judges: tuple[JudgeSettings, ...] = DEFAULT_JUDGES
    prior: bool | Path = True
    hash_seed: int = 20_260_302
    namespace: str = "default"
    stream: str = "replay"
    topic: str = "replay"
    partition: int = 0

    def __post_init__(self) -> None:
        """Raise ConfigError where a value cannot be meant."""
        if not 64 <= self.max_entities <= 100_000_000:
            raise ConfigError(
                f"max_entities: {self.max_entities!r}, expected 64 to 100000000; choose one between"
            )
        if not self.cut > 0:
            raise ConfigError(f"cut: {self.cut!r}, expected more than 0 entities a day; set 30")
        if not any(judge.votes for judge in self.judges):
            raise ConfigError("detectors: none votes, expected one at least; let tails vote")


def prior_of(settings: PipelineSettings, features: FeatureSet) -> Prior | None:
    """Return what a lane starts from; ModelError where it is damaged or of other features."""
    if settings.prior is False:
        return None
    return load_prior(features, None if settings.prior is True else settings.prior)


def names_of(settings: PipelineSettings, features: FeatureSet, prior: Prior | None) -> LaneNames:
    """Return the names of a lane and the fingerprint of what its candidates depend on."""
    prior_mark = "none" if prior is None else f"{prior.name} {prior.fingerprint}"
    parts = [
        repr(settings.parse),
        repr(settings.internal),
        repr((settings.max_entities, settings.cut, settings.hash_seed)),
        repr([(judge.fingerprint, judge.votes) for judge in settings.judges]),
        features.fingerprint,
        repr([sorted(population.judged) for population in POPULATIONS]),
        prior_mark,
    ]
    digest = hashlib.blake2b("\n".join(parts).encode(), digest_size=16).hexdigest()
    return LaneNames(
        namespace=settings.namespace,
        stream=settings.stream,
        topic=settings.topic,
        partition=settings.partition,
        fingerprint=digest,
        feature_set=f"{features.name} {features.fingerprint}",
        models=tuple(f"{judge.name} {judge.fingerprint} {prior_mark}" for judge in settings.judges),
        voting_populations=len(POPULATIONS),
    )
