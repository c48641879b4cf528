"""Control records on their way from a command or a role into the log of lanes."""

import getpass
import ipaddress
import logging
import os
import socket
import time
from datetime import UTC, datetime
from importlib.metadata import version

from connectors.errors import ConnectError, RightsError
from connectors.kafka_clients import Properties
from connectors.kafka_producer import Producer
from detectors.errors import ConfigError

from .control import Control, Note, checked_text
from .lane_log import encode
from .spans import span_of
from .topics import TopicNames

_log = logging.getLogger(__name__)

PATIENCE_S = 20.0


def write_control(properties: Properties, names: TopicNames, record: Control) -> None:
    """Write a record and wait until Kafka has it; ConnectError, RightsError where it has not."""
    producer = Producer(properties)
    producer.send(names.lane, encode(record, 0), partition=0)
    if not producer.flush(PATIENCE_S):
        raise ConnectError(
            f"kafka: no answer in {PATIENCE_S:.0f} s, expected one; check kafka.bootstrap"
        )


def note_in_audit(properties: Properties, names: TopicNames, note: Note) -> bool:
    """Write a note; where that cannot be, say so and return False: nothing else waits for it."""
    try:
        write_control(properties, names, note)
    except (ConnectError, RightsError) as error:
        _log.warning("not in the audit: %s: %s", note.action, error)
        return False
    return True


def role_started(role: str) -> Note:
    """Return what the audit is told when a process of a role starts."""
    instance = f"{socket.gethostname()}:{os.getpid()}"
    after = f"almenara {version('almenara')}"
    return Note("role_started", role, time.time(), role=role, instance=instance, after=after)


def rebuilt(name: tuple[str, int], records: int, position: int) -> Note:
    """Return what the audit is told of a lane that has learnt from kept records."""
    topic, partition = name
    return Note(
        "rebuild",
        f"{topic} {partition}",
        time.time(),
        role="score",
        records=records,
        topic=topic,
        partition=partition,
        last=position - 1,
    )


def author_of(given: str) -> str:
    """Return who says it: the name given, else that of the login."""
    author = given or login_name()
    if not author:
        raise ConfigError("author: found none, expected a name; give --author")
    return checked_text("author", author)


def login_name() -> str:
    """Return the name of whoever runs this, "" where the system knows none."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container may have no name for its user
        return ""


def expiry_of(text: str, now: float) -> float:
    """Return until when: ``7d``, ``12h``, or ISO 8601 (UTC where it has no zone); "" for good."""
    if not text:
        return float("inf")
    span = span_of(text)
    if span is not None:
        return now + span
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(
            f"expires: {text!r}, expected a span like 7d or ISO 8601; write it as 2026-12-31"
        ) from error
    until = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    if until <= now:
        raise ConfigError(f"expires: {text} is over, expected a time to come; correct it")
    return until


def address_of(text: str) -> str:
    """Return an address as candidates have it; ConfigError for what is none."""
    try:
        return str(ipaddress.ip_address(text)) if text else ""
    except ValueError as error:
        raise ConfigError(
            f"entity: {text!r}, expected an address; name several of them with --network"
        ) from error
