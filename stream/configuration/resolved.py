"""What will run, in a few lines for people: resolved, without secrets."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from .elasticsearch import Elasticsearch
from .kafka import Kafka
from .sources import Source
from .tables import Settings

Row = tuple[str, str]
DEFAULT_VOICES = "tails votes, den_stream and kit_net are shown"


def resolved(settings: Settings) -> list[Row]:
    """Return rows of what and how."""
    return list(_rows(settings))


def _rows(settings: Settings) -> Iterator[Row]:
    kafka, run, alerts = settings.kafka, settings.run, settings.alerts
    yield "namespace", settings.namespace
    yield "kafka", f"{', '.join(kafka.bootstrap)}; {_login(kafka)}"
    yield "group", f"{kafka.group}; protocol {kafka.group_protocol}"
    yield "our topics", ", ".join(plan.name for plan in kafka.topics.plans())
    yield "elasticsearch", _index(settings.elasticsearch)
    for source in settings.source:
        yield "source", _source(source, settings)
    yield "detection", _detection(settings)
    yield (
        "alerts",
        f"at most {alerts.budget} in 24 h, where at most {alerts.floor:g} a day come by chance;"
        f" quiet after {alerts.quiet_s / 3600:g} h",
    )
    yield (
        "run",
        f"{run.workers} worker{'s' if run.workers > 1 else ''}, idle after {run.idle_s:g} s,"
        f" patience {run.patience_s:g} s, snapshots every {run.snapshot_s:g} s at least",
    )


def _login(kafka: Kafka) -> str:
    if kafka.sasl is None:
        return kafka.security + (" with our certificate" if kafka.certificate else "")
    user = f" as {kafka.username}" if kafka.username else ""
    return f"{kafka.security}, {kafka.sasl}{user}"


def _index(index: Elasticsearch) -> str:
    if not index.url:
        return "none: alerts end in Kafka"
    who = "without login"
    if index.api_key or index.api_key_file:
        who = "with an API key"
    elif index.username:
        who = f"as {index.username}"
    is_open = any(urlsplit(url).scheme == "https" for url in index.url) and not index.verify
    return f"{', '.join(index.url)}; {who}" + (", certificate not verified" if is_open else "")


def _source(source: Source, settings: Settings) -> str:
    own = settings.networks.internal if source.internal is None else source.internal
    inside = "the private ranges" if own is None else ", ".join(own) or "none"
    return (
        f"{', '.join(source.topics)}; format {source.format}, zone {source.zone},"
        f" own networks: {inside}"
    )


def _detection(settings: Settings) -> str:
    detection = settings.detection
    named = detection.detectors.items()
    voices = ", ".join(f"{name} {'votes' if one.votes else 'is shown'}" for name, one in named)
    return (
        f"{detection.max_entities:,} entities a lane, cut {detection.cut:g}, prior"
        f" {detection.prior}; {voices or DEFAULT_VOICES}"
    )
