"""Least rights on Kafka: what each role's login needs, and why.

``almenara setup kafka --print-roles`` prints them, ``--grant`` grants them. A test runs every role
with just these, and takes each away to see what fails.
"""

import re
import shlex
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from connectors.kafka_ranges import READER
from connectors.kafka_refusals import Right

from .configuration.tables import Settings
from .topics import change_log

ROLES = (
    "setup", "score", "rekey", "alert", "publish", "index",
    "suppress", "feedback", "operator", "reader", "feed",
)  # fmt: skip
EVERY = "*"

BEGINNING = re.compile(r"(?:(?:[\w-]|\\\.)(?![*?+{]))*")
"""What every match of a pattern begins with: letters that nothing after them may leave out."""


class Need(NamedTuple):
    """A right that a role needs, and what for."""

    right: Right
    why: str


class Granted(NamedTuple):
    """What one role's login needs."""

    role: str
    principal: str
    needs: tuple[Need, ...]

    @property
    def rights(self) -> tuple[Right, ...]:
        """The rights alone."""
        return tuple(need.right for need in self.needs)


def rights_of(settings: Settings, principal: str) -> list[Granted]:
    """Return what each role needs; ``{role}`` in the principal stands for the role."""
    needs = {
        "setup": _setup(settings),
        "score": _score(settings),
        "rekey": _rekey(settings),
        "alert": _alert(settings),
        "publish": _publish(settings),
        "index": _index(settings),
        "suppress": _suppress(settings),
        "feedback": _feedback(settings),
        "operator": _operator(settings),
        "reader": _reader(settings),
        "feed": _feed(settings),
    }
    return [Granted(role, principal.replace("{role}", role), tuple(needs[role])) for role in ROLES]


def groups_of(settings: Settings) -> list[str]:
    """Return the consumer groups of all roles that there are."""
    group, ns = settings.kafka.group, settings.namespace
    roles = ["alert", "publish"] + ["index"] * bool(settings.elasticsearch.url)
    keying = [f"{group}-rekey"] * any(source.rekey for source in settings.source)
    return [*keying, group, *(f"{group}-{role}-{ns}" for role in roles)]


def acl_lines(granted: Sequence[Granted], bootstrap: Sequence[str]) -> list[str]:
    """Return the rights as commands of Kafka's own tool; of one resource in one command."""
    lines: dict[tuple[str, str, str, bool], list[str]] = {}
    for one in granted:
        for _, resource, name, is_prefix in one.rights:
            lines[one.principal, resource, name, is_prefix] = []
    for one in granted:
        for operation, resource, name, is_prefix in one.rights:
            named = lines[one.principal, resource, name, is_prefix]
            named += [operation] * (operation not in named)
    start = f"kafka-acls.sh --bootstrap-server {','.join(bootstrap)}"
    return [
        f"{start} --command-config admin.properties --add"
        f" --allow-principal {shlex.quote(principal)}"
        + "".join(f" --operation {operation}" for operation in operations)
        + f" --{resource} {shlex.quote(name)}"
        + (" --resource-pattern-type prefixed" if is_prefix else "")
        for (principal, resource, name, is_prefix), operations in lines.items()
    ]


def _setup(settings: Settings) -> Iterator[Need]:
    ours = f"{settings.kafka.prefix}."
    yield Need(Right("Create", "topic", ours, is_prefix=True), "to make our topics")
    yield Need(Right("Describe", "topic", ours, is_prefix=True), "to see which are there")
    changes = change_log(settings.kafka.group, settings.namespace).name
    yield Need(Right("Create", "topic", changes), "to make the change log of the alert role")
    yield Need(Right("Describe", "topic", changes), "to see whether it is there")
    yield Need(Right("Write", "topic", settings.kafka.topics.lane), "what was made, for the audit")
    yield Need(Right("Read", "topic", settings.kafka.topics.lane), "whether it is ours alone")
    yield _range_reader()


def _score(settings: Settings) -> Iterator[Need]:
    kafka = settings.kafka
    for source in settings.source:
        for topic in [settings.keyed_topic(source)] if source.rekey else source.topics:
            yield Need(right_to_read(topic), "records of yours")
    yield Need(Right("Read", "group", kafka.group), "to share lanes, to commit positions")
    yield Need(Right("Write", "topic", kafka.topics.lane), "candidates, pulses, advances")
    yield Need(Right("Read", "topic", kafka.topics.lane), "advances since a snapshot")
    yield Need(Right("Write", "topic", kafka.topics.state), "snapshots")
    yield Need(Right("Read", "topic", kafka.topics.state), "to restore them")
    yield Need(Right("Write", "topic", kafka.topics.dead_letters), "records that are no log line")
    yield Need(
        Right("Write", "transactional-id", f"{kafka.group}-score-", is_prefix=True),
        "snapshot and position together",
    )
    yield _range_reader()


def _rekey(settings: Settings) -> Iterator[Need]:
    """Return what the re-keying role needs: nothing where no source is keyed anew."""
    kafka, sources = settings.kafka, [source for source in settings.source if source.rekey]
    if not sources:
        return
    for source in sources:
        for topic in source.topics:
            yield Need(right_to_read(topic), "records of yours")
        yield Need(Right("Write", "topic", settings.keyed_topic(source)), "the same by their hosts")
    yield Need(Right("Read", "group", f"{kafka.group}-rekey"), "to share partitions")
    yield Need(Right("Write", "topic", kafka.topics.dead_letters), "records that are no log line")
    yield Need(Right("Write", "topic", kafka.topics.lane), "gaps in what it reads, its start")
    yield Need(
        Right("Write", "transactional-id", f"{kafka.group}-rekey-", is_prefix=True),
        "records and positions together",
    )


def _alert(settings: Settings) -> Iterator[Need]:
    kafka = settings.kafka
    name = f"{kafka.group}-alert-{settings.namespace}"
    yield Need(Right("Read", "topic", kafka.topics.lane), "what decisions follow from")
    yield Need(Right("Write", "topic", kafka.topics.lane), "that patience with a lane ran out")
    yield Need(Right("Write", "topic", kafka.topics.decisions), "decisions")
    yield Need(Right("Read", "group", name), "to be the one that decides")
    changes = "change log of its state"
    for operation in ("Create", "Read", "Write"):
        yield Need(Right(operation, "topic", f"{name}-", is_prefix=True), changes)
    yield _range_reader()


def _publish(settings: Settings) -> Iterator[Need]:
    kafka = settings.kafka
    name = f"{kafka.group}-publish-{settings.namespace}"
    yield Need(Right("Read", "topic", kafka.topics.decisions), "decisions")
    yield Need(Right("Read", "group", name), "to commit positions")
    yield Need(Right("Write", "topic", kafka.topics.alerts), "alerts and digests")
    yield Need(Right("Write", "topic", kafka.topics.candidates), "candidates")
    yield Need(Right("Write", "topic", kafka.topics.drift), "drift signals")
    yield Need(Right("Write", "topic", kafka.topics.audit), "the audit")
    yield Need(Right("Write", "topic", kafka.topics.control), "suppressions in force")
    yield Need(Right("Write", "transactional-id", name), "documents and position together")
    yield Need(Right("Write", "topic", kafka.topics.lane), "gaps in what it reads, its start")


def _index(settings: Settings) -> Iterator[Need]:
    kafka = settings.kafka
    group = f"{kafka.group}-index-{settings.namespace}"
    yield Need(Right("Read", "topic", kafka.topics.alerts), "documents")
    yield Need(Right("Read", "topic", kafka.topics.candidates), "documents")
    yield Need(Right("Read", "topic", kafka.topics.drift), "documents")
    yield Need(Right("Read", "topic", kafka.topics.audit), "documents")
    yield Need(Right("Read", "group", group), "to commit positions")
    yield Need(Right("Write", "topic", kafka.topics.dead_letters), "documents that are refused")
    yield Need(Right("Write", "topic", kafka.topics.lane), "gaps in what it reads, its start")


def _suppress(settings: Settings) -> Iterator[Need]:
    topics = settings.kafka.topics
    yield Need(Right("Read", "topic", topics.control), "what is in force, for list and remove")
    yield Need(Right("Write", "topic", topics.lane), "what people say, for add and remove")
    yield _range_reader()


def _feedback(settings: Settings) -> Iterator[Need]:
    topics = settings.kafka.topics
    yield Need(Right("Read", "topic", topics.alerts), "the alert that is spoken of")
    yield Need(Right("Read", "topic", topics.candidates), "the candidate that is spoken of")
    yield Need(Right("Write", "topic", topics.lane), "what people say")
    yield _range_reader()


def _operator(settings: Settings) -> Iterator[Need]:
    """Return what people need who run doctor, status, dlq, suppress and feedback."""
    kafka, topics = settings.kafka, settings.kafka.topics
    look = Right("Describe", "topic", f"{kafka.prefix}.", is_prefix=True)
    yield Need(look, "to see which are there, and lag")
    settled = look._replace(operation="DescribeConfigs")
    yield Need(settled, "cleanup.policy, for doctor")
    for topic in _read_topics(settings):
        yield Need(
            right_to_read(topic), "positions, and the time of the newest, for status and doctor"
        )
    for topic, why in (
        (topics.lane, "stream times, for status"),
        (topics.state, "age of snapshots, for status"),
        (topics.dead_letters, "dead letters, for dlq"),
        (topics.control, "suppressions in force"),
        (topics.alerts, "the alert that is spoken of"),
        (topics.candidates, "the candidate that is spoken of"),
    ):
        yield Need(Right("Read", "topic", topic), why)
    yield Need(Right("Write", "topic", topics.lane), "what people say")
    for topic in (topics.alerts, topics.candidates, topics.drift, topics.audit):
        yield Need(Right("Write", "topic", topic), "documents put back, for dlq replay")
    for group in groups_of(settings):
        yield Need(Right("Describe", "group", group), "members and lag, for status")
    replay = f"{kafka.group}-dlq-"
    yield Need(Right("Read", "group", replay, is_prefix=True), "what was put back, for dlq replay")
    yield Need(Right("Write", "transactional-id", replay, is_prefix=True), "to put back each once")
    yield _range_reader()


def _read_topics(settings: Settings) -> list[str]:
    """Return your topics, and ours that are read in place of them."""
    keyed = [settings.keyed_topic(source) for source in settings.source if source.rekey]
    return [*_topics(settings), *keyed]


def _reader(settings: Settings) -> Iterator[Need]:
    kafka = settings.kafka
    yield Need(Right("Read", "topic", kafka.topics.alerts), "alerts, for a SIEM")
    yield Need(Right("Read", "topic", kafka.topics.candidates), "candidates, for hunters")
    group = Right("Read", "group", f"{kafka.group}-reader", is_prefix=True)
    yield Need(group, "its own group, whose name begins so")


def _feed(settings: Settings) -> Iterator[Need]:
    for topic in _topics(settings):
        _, resource, name, is_prefix = right_to_read(topic)
        for operation, why in (("Create", "to make your topic"), ("Write", "simulated lines")):
            yield Need(Right(operation, resource, name, is_prefix), f"{why}, for trying out")


def _topics(settings: Settings) -> list[str]:
    return [topic for source in settings.source for topic in source.topics]


def _range_reader() -> Need:
    return Need(Right("Describe", "group", READER), "named by readers of ranges; nothing is in it")


def right_to_read(topic: str) -> Right:
    """Return the right to read a topic, or all topics that begin as matches of ``^regex`` do."""
    if not topic.startswith("^"):
        return Right("Read", "topic", topic)
    found = BEGINNING.match(topic, 1)
    stem = found[0].replace("\\.", ".") if found and "|" not in topic else ""
    return Right("Read", "topic", stem or EVERY, is_prefix=bool(stem))
