"""What the alert role needs to be told."""

import ssl
from dataclasses import dataclass, field

from connectors.kafka_clients import Properties

from .decisions import AlertSettings
from .topics import TopicNames


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRoleSettings:
    """What an alert worker is told.

    Parameters
    ----------
    properties : mapping
        Of librdkafka, for reading the log itself.
    broker : str
        Bootstrap servers as Faust wants them, ``kafka://a:9092;kafka://b:9092``.
    tls : ssl.SSLContext, optional
    sasl : (mechanism, user, password), optional
    name : str
        Of the Faust application and its consumer group.
    topics : TopicNames
    alerts : AlertSettings
    patience_s : float
        Wall clock after which a lane that stands still is waited for no longer.
    session_s : float
        After so long without a word another worker takes over.
    """

    properties: Properties
    broker: str
    name: str
    topics: TopicNames
    alerts: AlertSettings
    patience_s: float = 30.0
    session_s: float = 10.0
    tls: ssl.SSLContext | None = None
    sasl: tuple[str, str, str] | None = field(default=None, repr=False)
