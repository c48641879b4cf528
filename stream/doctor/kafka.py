"""Checks of Kafka: that it answers, knows us, has our topics, and lets us use them.

They are of all that the engine needs, or of what the login of one role needs.
"""

import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

from connectors.errors import RightsError
from connectors.kafka_lookout import ClusterView, Lookout
from connectors.kafka_refusals import Right
from connectors.kafka_topics import TopicPlan
from stream.configuration.sources import Source
from stream.configuration.tables import Settings
from stream.exit_codes import CONNECTION, RIGHTS, USAGE
from stream.kafka_rights import groups_of, right_to_read
from stream.roles import tls_of
from stream.topics import change_log

from .checks import Check, CheckError
from .network import Address, address_of, connect, look_at_protocol, look_up, shake_hands, spoken

SKEW_S = 60.0
SETUP = "run almenara setup kafka; or the login may not Describe it"
GRANT = "grant it: docs/operations.md lists the rights of each role"
OTHER_TLS = ("ssl.ca.pem", "ssl.ca.certificate.stores", "enable.ssl.certificate.verification")
LOGIN = "kafka: login"
ASKED = {
    "Create": "CREATE",
    "Describe": "DESCRIBE",
    "DescribeConfigs": "DESCRIBE_CONFIGS",
    "Read": "READ",
    "Write": "WRITE",
}
"""Operations as they are granted, and as brokers tell them."""


@dataclass(slots=True)
class KafkaChecks:
    """The checks of one Kafka, and what the first of them found out for the others."""

    settings: Settings
    lookout: Callable[[], Lookout]
    rights: tuple[Right, ...] = ()  # of one role; none for those of all
    view: ClusterView = field(default_factory=lambda: ClusterView("", 0, {}))
    addresses: list[Address] = field(default_factory=list)

    def checks(self) -> Iterator[Check]:
        """Yield them in order."""
        kafka = self.settings.kafka
        self.addresses = [address_of(one) for one in kafka.bootstrap]
        yield Check("kafka: name", lambda: look_up(self.addresses))
        yield Check("kafka: TCP", lambda: connect(self.addresses), ("kafka: name",))
        yield Check("kafka: TLS", self._tls, ("kafka: TCP",))
        yield Check("kafka: protocol", self._protocol, ("kafka: TLS",))
        yield Check(LOGIN, self._login, ("kafka: protocol",), "correct kafka.username and password")
        for source in self.settings.source:
            name = f"topic {source.topics[0]}"
            if not self.rights or right_to_read(source.topics[0]) in self.rights:
                yield Check(name, partial(self._source, source), (LOGIN,))
        for plan in (*self.settings.plans(), change_log(kafka.group, self.settings.namespace)):
            if self._asked("topic", plan.name, self._needed(plan.name)):
                yield Check(f"topic {plan.name}", partial(self._topic, plan), (LOGIN,))
        for name in groups_of(self.settings):
            if self._asked("group", name, {"READ"}):
                yield Check(f"group {name}", partial(self._group, name), (LOGIN,))
        yield Check("kafka: clock", self._clock, (LOGIN,))

    def _asked(self, resource: str, name: str, of_all: set[str]) -> set[str]:
        """Return what a login has to be allowed on a topic or group, in the words of brokers."""
        if not self.rights:
            return of_all
        return {
            ASKED[right.operation]
            for right in self.rights
            if right.resource == resource
            and (name.startswith(right.name) if right.is_prefix else name == right.name)
        }

    def _context(self) -> ssl.SSLContext | None:
        return tls_of(self.settings.kafka)

    def _tls(self) -> str:
        kafka = self.settings.kafka
        context = self._context()
        if context is None:
            return f"none: protocol {kafka.security}"
        if any(name in kafka.librdkafka for name in OTHER_TLS):
            return "left to the login: it is set in kafka.librdkafka"
        return shake_hands(self.addresses, context, "kafka.ca")

    def _protocol(self) -> str:
        kafka = self.settings.kafka
        if any(name in kafka.librdkafka for name in OTHER_TLS):
            return "left to the login"
        return look_at_protocol(spoken(self.addresses, self._context()), kafka.group_protocol)

    def _login(self) -> str:
        kafka = self.settings.kafka
        self.view = self.lookout().cluster()
        who = f"as {kafka.username} ({kafka.sasl})" if kafka.sasl else "without a login"
        if kafka.sasl is None and kafka.certificate is not None:
            who = "with our certificate"
        brokers = f"{self.view.brokers} broker{'s' * (self.view.brokers != 1)}"
        return f"cluster {self.view.cluster}, {brokers}, {who}"

    def _source(self, source: Source) -> str:
        there = [topic for topic in self.view.topics if source.reads(topic)]
        missing = [] if source.is_pattern else sorted(set(source.topics) - set(there))
        if missing or not there:
            raise CheckError(
                f"{', '.join(missing or source.topics)} not there",
                "correct source.topics, make the topic, or let the login Read it",
                CONNECTION,
            )
        for topic in there:
            _allowed(self.lookout().operations(topic), {"READ"}, topic)
        partitions = sum(self.view.topics[topic] for topic in there)
        return (
            f"{len(there)} topic{'s' * (len(there) > 1)}, {partitions} partition"
            f"{'s' * (partitions > 1)}, may be read"
        )

    def _topic(self, plan: TopicPlan) -> str:
        found = self.view.topics.get(plan.name)
        if found is None:
            raise CheckError("not there", SETUP, CONNECTION)
        if found != plan.partitions:
            raise CheckError(
                f"{found} partitions, expected {plan.partitions}",
                "take another kafka.prefix and set up anew",
                USAGE,
            )
        wanted = self._asked("topic", plan.name, self._needed(plan.name))
        _allowed(self.lookout().operations(plan.name), wanted, plan.name)
        return f"{found} partition{'s' * (found > 1)}, {self._cleanup(plan)}"

    def _needed(self, topic: str) -> set[str]:
        names = self.settings.kafka.topics
        if topic == names.dead_letters:
            return {"WRITE"}
        has_index = bool(self.settings.elasticsearch.url)
        return (
            {"WRITE"}
            if topic in (names.alerts, names.candidates) and not has_index
            else {
                "READ",
                "WRITE",
            }
        )

    def _cleanup(self, plan: TopicPlan) -> str:
        wanted = plan.config["cleanup.policy"]
        try:
            found = self.lookout().configuration(plan.name)["cleanup.policy"]
        except RightsError:  # a right that the roles do not need
            return "cleanup.policy not seen: no right to DescribeConfigs"
        if found != wanted:
            raise CheckError(
                f"cleanup.policy {found}, expected {wanted}",
                "set it with kafka-configs: else state is lost, or the topic grows for ever",
                USAGE,
            )
        return f"cleanup.policy {found}"

    def _group(self, name: str) -> str:
        lookout = self.lookout()
        wanted = self._asked("group", name, {"READ"})
        _allowed(lookout.group_operations(name), wanted, name)
        view = lookout.group(name)
        may = "joined" if "READ" in wanted else "looked at"
        return f"{view.state}, {view.members} member{'s' * (view.members != 1)}, may be {may}"

    def _clock(self) -> str:
        """Compare the newest record of the users' topics with our clock: brokers tell no time."""
        lookout = self.lookout()
        newest = float("-inf")
        for topic in self.view.topics:
            is_read = "READ" in self._asked("topic", topic, {"READ"})
            if self.settings.source_of(topic) is None or not is_read:
                continue
            start, end = lookout.ends(topic, 0)
            for record in lookout.records(topic, 0, max(start, end - 1), end):
                newest = max(newest, record.timestamp)
        ahead = newest - time.time()
        if ahead > SKEW_S:
            raise CheckError(
                f"a record is {ahead:,.0f} s ahead of this clock",
                "set the clocks of producers, brokers and of this machine (NTP)",
                USAGE,
            )
        return "no record is ahead of this clock" if newest > 0 else "no record to compare with yet"


def _allowed(operations: set[str] | None, wanted: set[str], subject: str) -> None:
    """Raise CheckError where a right is missing; brokers that tell none are believed."""
    if not operations:
        return
    missing = sorted(wanted - operations - ({"READ", "WRITE"} if "ALL" in operations else set()))
    if missing:
        raise CheckError(
            f"no right to {' and '.join(one.capitalize() for one in missing)}",
            f"{GRANT} ({subject})",
            RIGHTS,
        )
