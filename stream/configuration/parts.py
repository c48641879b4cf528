"""Settings as the parts of the engine take them."""

from pathlib import Path

from detectors.errors import ConfigError
from stream.decisions import AlertSettings
from stream.formats.dialect import DialectTexts, read_folder
from stream.formats.parse_settings import ParseSettings
from stream.judges import DEFAULT_JUDGES, JudgeSettings
from stream.networks import PRIVATE
from stream.pipeline import PipelineSettings
from stream.rekey import Keyed

from .sources import Source
from .tables import NO_PRIOR, SHIPPED, Settings


def pipeline_settings(
    settings: Settings, topic: str, partition: int, dialects: DialectTexts | None = None
) -> PipelineSettings:
    """Return what the pipeline of one partition is made with; ConfigError for a foreign topic.

    The user's dialects are read from their folder where they are not given.
    """
    source = settings.source_of(topic)
    if source is None:
        raise ConfigError(f"topic {topic!r}: of no source, expected one of theirs; add a source")
    own = settings.networks.internal if source.internal is None else source.internal
    detection = settings.detection
    return PipelineSettings(
        parse=parse_settings(settings, source, dialects),
        internal=PRIVATE if own is None else own,
        max_entities=detection.max_entities,
        cut=detection.cut,
        judges=judges(settings),
        prior=prior(settings),
        hash_seed=detection.hash_seed,
        namespace=settings.namespace,
        stream=source.name,
        topic=topic,
        partition=partition,
    )


def parse_settings(
    settings: Settings, source: Source, dialects: DialectTexts | None = None
) -> ParseSettings:
    """Return how the records of a source are read."""
    files = read_folder(settings.dialect_folder) if dialects is None else dialects
    return ParseSettings(source.format, source.columns, source.zone_offset_s, files)


def keyed(settings: Settings, topic: str, dialects: DialectTexts | None = None) -> Keyed:
    """Return how the records of a topic are keyed; ConfigError for a foreign topic."""
    source = settings.source_of(topic)
    if source is None:
        raise ConfigError(f"topic {topic!r}: of no source, expected one of theirs; add a source")
    target = settings.keyed_topic(source)
    return Keyed(parse_settings(settings, source, dialects), source.rekey_by, target)


def alert_settings(settings: Settings) -> AlertSettings:
    """Return what the alerting plane is made with. Suppressions come from the log."""
    alerts = settings.alerts
    return AlertSettings(
        floor=alerts.floor,
        budget=alerts.budget,
        quiet_s=alerts.quiet_s,
        silence_s=alerts.silence_s,
        namespace=settings.namespace,
    )


def judges(settings: Settings) -> tuple[JudgeSettings, ...]:
    """Return the detectors, the built-in ones where none is named."""
    named = settings.detection.detectors
    if not named:
        return DEFAULT_JUDGES
    return tuple(JudgeSettings(name, one.votes, one.arguments) for name, one in named.items())


def prior(settings: Settings) -> bool | Path:
    """Return the past that a new lane starts from."""
    found = settings.detection.prior
    return found == SHIPPED if found in {SHIPPED, NO_PRIOR} else Path(found)
