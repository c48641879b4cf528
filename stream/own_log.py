"""A log of lanes is of one namespace: all its lanes are decided together, and by one.

Two namespaces with one ``kafka.prefix`` would each raise the alerts of both.
"""

import orjson

from connectors.errors import RightsError
from connectors.kafka_clients import Watch
from connectors.kafka_ranges import LogEnds
from detectors.errors import ConfigError

from .configuration.tables import Settings

LOOKED_AT = 5_000  # records at the end of the log
CANDIDATE = b'"kind":"candidate"'


def demand_own_log(settings: Settings, watch: Watch) -> None:
    """Raise ConfigError where the log holds candidates of another namespace and none of ours.

    Where Kafka does not answer now, or this login may not read the log, nothing is said.
    """
    try:
        found = _namespaces(settings, watch)
    except RightsError:
        return
    if found and settings.namespace not in found:
        raise ConfigError(
            f"kafka.prefix: {settings.kafka.prefix!r} is that of namespace {min(found)!r}, expected"
            f" one of {settings.namespace!r} alone; set another"
        )


def _namespaces(settings: Settings, watch: Watch) -> set[str]:
    log, topic = LogEnds(settings.kafka.properties(), watch), settings.kafka.topics.lane
    end = log.end_now(topic, 0)
    if not end:
        return set()
    start = max(log.ends(topic, 0)[0], end - LOOKED_AT)
    values = [record.value or b"" for record in log.range(topic, 0, start, end)]
    return {orjson.loads(value)["namespace"] for value in values if CANDIDATE in value}
