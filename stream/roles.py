"""The roles of the engine, made from settings."""

import logging
import secrets
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Literal

from connectors.elasticsearch import ElasticsearchOptions, connect
from connectors.errors import ConnectError, StoppedError
from connectors.kafka_clients import Watch, is_kafka_away
from connectors.kafka_producer import Producer
from detectors.errors import ConfigError

from .alert_role_settings import AlertRoleSettings
from .alert_run import run_alert_role
from .configuration.fields import secret_in
from .configuration.kafka import PASSWORD_MECHANISMS, Kafka
from .configuration.parts import alert_settings, keyed, pipeline_settings
from .configuration.tables import Settings
from .control_writing import note_in_audit, role_started
from .dead_letters import DeadLetterTopic
from .demanded_rights import demand_rights
from .engine import ScoreRole
from .health import Health, served, waits_for_kafka
from .index import IndexRole
from .index_source import KafkaSource
from .log_topic import LogTopic
from .metrics import Meters
from .metrics_index import IndexPull, Probe, note_settled
from .metrics_table import KAFKA_AWAY
from .own_log import demand_own_log
from .publish import PublishRole, PublishSettings
from .rekey import RekeyRole, RekeySettings
from .score_settings import ScoreSettings
from .start_from import NEWEST, StartFrom
from .stopping import Stopping
from .topics import TopicNames
from .user_dialects import UserDialects

_log = logging.getLogger(__name__)

Running = Callable[[], bool]


READERS_OF_THE_LOG = ("score", "alert")
STANDSTILL = 2.0  # times run.max_poll_s without a round of the main loop: it has stopped


def run_role(
    role: str,
    settings: Settings,
    running: Running,
    *,
    start: StartFrom = NEWEST,
    http: str = "",
    reloads: Callable[[], int] = int,
) -> None:
    """Run one role (score, rekey, alert, publish or index) until ``running`` says no.

    ``start`` says what a score worker's lanes go on from. ``http`` is where
    health and metrics are answered, "" for nowhere. ``reloads`` says how often the user's dialects
    were asked to be read again.
    """
    logging.basicConfig(level=logging.INFO, format=f"%(asctime)s {role} %(levelname)s %(message)s")
    logging.getLogger("elastic_transport").setLevel(logging.WARNING)
    for noisy in ("aiokafka", "faust", "mode"):  # a line a second while a broker is away
        logging.getLogger(noisy).setLevel(logging.CRITICAL)
    meters, health = Meters(role), Health(STANDSTILL * settings.run.max_poll_s)
    meters.pulls(lambda found: found.set(KAFKA_AWAY, float(is_kafka_away())))
    watched = health.watched(running)
    demand_rights(settings, role)
    if role in READERS_OF_THE_LOG:
        demand_own_log(settings, Watch(Stopping(running)))
    with served(http, meters, health):
        note_in_audit(settings.kafka.properties("classic"), names_of(settings), role_started(role))
        if role == "alert":
            run_alert_role(alert_role(settings), watched, meters, health)
        elif role == "index":
            run_index(settings, watched, meters, health)
        elif role == "score":
            score = ScoreRole(score_settings(settings, start, reloads), watched, meters)
            health.starts_with(waits_for_kafka, score.waits_for)
            score.run()
        elif role == "rekey":
            rekey = RekeyRole(rekey_settings(settings, reloads), watched, meters)
            health.starts_with(waits_for_kafka, rekey.waits_for)
            rekey.run()
        else:
            publish = PublishRole(publish_settings(settings), watched, meters)
            health.starts_with(waits_for_kafka, publish.waits_for)
            publish.run()


def names_of(settings: Settings) -> TopicNames:
    """Return the names of our topics."""
    return TopicNames(settings.kafka.prefix)


def score_settings(
    settings: Settings, start: StartFrom = NEWEST, reloads: Callable[[], int] = int
) -> ScoreSettings:
    """Return what a score worker is told."""
    run, dialects = settings.run, UserDialects(settings, reloads)
    return ScoreSettings(
        properties=settings.reading(_protocol(settings.kafka)),
        group=settings.kafka.group,
        sources=tuple(settings.subscription()),
        topics=names_of(settings),
        pipeline=lambda topic, partition: pipeline_settings(settings, topic, partition, dialects()),
        dialects=dialects,
        worker=secrets.token_hex(8),
        batch=run.batch_records,
        batch_s=run.batch_ms / 1e3,
        idle_s=run.idle_s,
        snapshot_s=run.snapshot_s,
        transaction_s=run.transaction_timeout_s,
        reject_share=run.reject_share,
        start=start,
    )


def rekey_settings(settings: Settings, reloads: Callable[[], int] = int) -> RekeySettings:
    """Return what a re-keying worker is told; ConfigError where no source is to be keyed."""
    run, sources = settings.run, [source for source in settings.source if source.rekey]
    if not sources:
        raise ConfigError("source: none with rekey = true, expected one; set it, or run score")
    dialects = UserDialects(settings, reloads)
    return RekeySettings(
        properties=settings.reading(_protocol(settings.kafka)),
        group=f"{settings.kafka.group}-rekey",
        sources=tuple(topic for source in sources for topic in source.subscription()),
        keyed=lambda topic: keyed(settings, topic, dialects()),
        topics=names_of(settings),
        worker=secrets.token_hex(8),
        batch=run.batch_records,
        batch_s=run.batch_ms / 1e3,
        transaction_s=run.transaction_timeout_s,
        reject_share=run.reject_share,
    )


def publish_settings(settings: Settings) -> PublishSettings:
    """Return what the publisher is told."""
    return PublishSettings(
        properties=settings.reading("classic"),
        group=f"{settings.kafka.group}-publish-{settings.namespace}",
        topics=names_of(settings),
        transaction_s=settings.run.transaction_timeout_s,
    )


def alert_role(settings: Settings) -> AlertRoleSettings:
    """Return what the alert worker is told."""
    return AlertRoleSettings(
        properties=settings.kafka.properties("classic"),
        broker=";".join(f"kafka://{broker}" for broker in settings.kafka.bootstrap),
        name=f"{settings.kafka.group}-alert-{settings.namespace}",
        topics=names_of(settings),
        alerts=alert_settings(settings),
        patience_s=settings.run.patience_s,
        session_s=settings.run.session_timeout_s,
        tls=tls_of(settings.kafka),
        sasl=_sasl(settings.kafka),
    )


def run_index(settings: Settings, running: Running, meters: Meters, health: Health) -> None:
    """Run the index role until ``running`` says no."""
    cluster = connect(elasticsearch_options(settings))
    with suppress(ConnectError):  # one that does not answer is waited for later
        cluster.info()  # a login that is refused is not found out with the first document
    names = names_of(settings)
    properties = settings.reading("classic")
    group = f"{settings.kafka.group}-index-{settings.namespace}"
    watch = Watch(Stopping(running))
    producer = Producer(properties, watch)
    log = LogTopic(producer, names.lane)
    topics = (names.alerts, names.candidates, names.drift, names.audit)
    source = KafkaSource(properties, group, topics, log, watch)
    role = IndexRole(
        source=source,
        target=cluster,
        dead_letters=DeadLetterTopic(producer, names.dead_letters, "index", meters),
        now=time.time,
        running=running,
    )
    role.settled = lambda records: note_settled(meters, records, names.alerts)
    source.tells(role.assigned, role.revoked)
    probe = Probe(elasticsearch_options(settings))
    meters.pulls(IndexPull(role, source, probe))
    health.starts_with(waits_for_kafka, source.waits_for, probe.waits_for)
    try:
        role.run()
    except StoppedError as error:
        _log.warning("%s", error)
    finally:
        source.close()
        cluster.close()
        probe.close()


def elasticsearch_options(settings: Settings) -> ElasticsearchOptions:
    """Return how to reach the cluster; ConfigError where none is named."""
    told = settings.elasticsearch
    told.options()  # says what is missing
    return ElasticsearchOptions(
        urls=told.url,
        api_key=secret_in(told.api_key, told.api_key_file) or "",
        username=told.username or "",
        password=secret_in(told.password, told.password_file) or "",
        ca_certs=told.ca_certs,
        fingerprint=told.fingerprint or "",
        verify=told.verify,
    )


def _protocol(kafka: Kafka) -> Literal["classic", "consumer"]:
    return "consumer" if kafka.group_protocol == "consumer" else "classic"


def tls_of(kafka: Kafka) -> ssl.SSLContext | None:
    """Return the context of TLS for clients that do not use librdkafka.

    ConfigError where a file is none of its kind, or the key has another password.
    """
    if not kafka.security.endswith("ssl"):
        return None
    password = secret_in(kafka.key_password, kafka.key_password_file) or ""  # without: it asks
    try:
        context = ssl.create_default_context(cafile=str(kafka.ca) if kafka.ca else None)
        if kafka.certificate is not None:
            context.load_cert_chain(kafka.certificate, kafka.key, password)
    except OSError as error:  # ssl.SSLError is one
        raise ConfigError(
            f"kafka.ca, kafka.certificate, kafka.key: {error.strerror or error}, expected files of"
            " PEM and the password of the key; correct them"
        ) from error
    return context


def _sasl(kafka: Kafka) -> tuple[str, str, str] | None:
    """Return mechanism, user and password for the client of the alert role.

    ConfigError where that client does not know the mechanism, or is not told the user.
    """
    if kafka.sasl is None:
        return None
    if kafka.sasl not in PASSWORD_MECHANISMS:
        raise ConfigError(
            f"kafka.mechanism: {kafka.sasl}, expected {' or '.join(PASSWORD_MECHANISMS)} for the"
            " alert role; give it a login of its own"
        )
    password = secret_in(kafka.password, kafka.password_file)
    if kafka.username is None or password is None:
        raise ConfigError(
            "kafka.username: none, expected user and password for the alert role; set them here,"
            " kafka.librdkafka does not reach it"
        )
    return kafka.sasl, kafka.username, password
