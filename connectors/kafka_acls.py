"""Rights that logins have on Kafka: what is granted, and granting what is missing."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from confluent_kafka import KafkaError, KafkaException, TopicCollection
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._acl import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
)
from confluent_kafka.admin._resource import ResourcePatternType, ResourceType

from .errors import ConnectError
from .kafka_clients import Properties, Watch, client, error_of, made
from .kafka_refusals import REFUSED, Resource, Right

ANYWHERE = "*"
CLUSTER = "kafka-cluster"
WAIT_S = 30.0
ANSWER_S = 5.0

KINDS: dict[Resource, ResourceType] = {
    "topic": ResourceType.TOPIC,
    "group": ResourceType.GROUP,
    "transactional-id": ResourceType.TRANSACTIONAL_ID,
    "cluster": ResourceType.BROKER,  # librdkafka's word for it
}
OPERATIONS = {
    "Alter": AclOperation.ALTER,
    "Create": AclOperation.CREATE,
    "Describe": AclOperation.DESCRIBE,
    "DescribeConfigs": AclOperation.DESCRIBE_CONFIGS,
    "Read": AclOperation.READ,
    "Write": AclOperation.WRITE,
}


NAMES: dict[AclOperation, str] = {operation: name for name, operation in OPERATIONS.items()}


class Acls:
    """The rights of logins. Asking needs Describe on the cluster, granting Alter.

    A principal is named with its type, as ``User:almenara-score``.
    """

    def __init__(self, properties: Properties) -> None:
        self._watch = Watch()
        self._admin = made(AdminClient, client(properties, self._watch))

    def missing(self, principal: str, rights: Iterable[Right]) -> list[Right]:
        """Return those of the rights that are not granted in just these words."""
        granted = self._granted(principal)
        return [right for right in rights if _binding(principal, right) not in granted]

    def grant(self, principal: str, rights: Iterable[Right]) -> None:
        """Grant rights, from every address; one that is there is no error."""
        wanted = [_binding(principal, right) for right in rights]
        with self._refusals("Alter"):
            for future in self._admin.create_acls(wanted).values() if wanted else ():
                future.result(WAIT_S)

    def _granted(self, principal: str) -> set[AclBinding]:
        anything: Any = None
        theirs = AclBindingFilter(
            ResourceType.ANY,
            anything,
            ResourcePatternType.ANY,
            principal,
            anything,
            AclOperation.ANY,
            AclPermissionType.ALLOW,
        )
        with self._refusals("Describe"):
            return set(self._admin.describe_acls(theirs, request_timeout=WAIT_S).result(WAIT_S))

    @contextmanager
    def _refusals(self, operation: str) -> Iterator[None]:
        try:
            yield
        except KafkaException as raised:
            self._admin.poll(0)  # hands over why a login failed
            self._watch.check()
            error = raised.args[0]
            if error.code() == KafkaError.SECURITY_DISABLED:
                raise ConnectError(
                    "kafka: found no authorizer, expected brokers that keep rights; set"
                    " authorizer.class.name there"
                ) from raised
            right = Right(operation, "cluster", CLUSTER)
            raise error_of(error, "kafka: rights", right) from raised


def lacking_now(properties: Properties, rights: Iterable[Right]) -> list[Right]:
    """Return those rights on topics and groups, named in full, that this login has not.

    A broker that does not answer, and a topic that is not there, lack nothing yet.
    """
    watch = Watch()
    admin = made(AdminClient, client(properties, watch))
    asked = list(rights)
    if not _answers(admin):
        watch.check()
        return []
    topics = TopicCollection(sorted({right.name for right in asked if right.resource == "topic"}))
    groups = sorted({right.name for right in asked if right.resource == "group"})
    options: dict[str, Any] = {"include_authorized_operations": True, "request_timeout": ANSWER_S}
    futures: dict[tuple[str, str], Any] = {}
    if topics.topic_names:
        found = admin.describe_topics(topics, **options)
        futures |= {("topic", name): future for name, future in found.items()}
    if groups:
        found = admin.describe_consumer_groups(groups, **options)
        futures |= {("group", name): future for name, future in found.items()}
    allowed = {place: _allowed(future) for place, future in futures.items()}
    admin.poll(0)  # hands over why a login failed
    watch.check()
    return [
        right
        for right in asked
        if (names := allowed.get((right.resource, right.name))) is not None
        and right.operation not in names
    ]


def _answers(admin: AdminClient) -> bool:
    """Return whether a broker answers.

    librdkafka 2.16 aborts the process where groups are described meanwhile and the time for it runs
    out: rd_kafka_enq_once_del_source_return, in 15 of 24 starts around a broker's return.
    """
    try:
        admin.list_topics(timeout=ANSWER_S)
    except KafkaException:
        admin.poll(0)  # hands over why a login failed
        return False
    return True


def _allowed(future: Any) -> set[str] | None:
    """Return what may be done, None where that is not known."""
    try:
        described = future.result(WAIT_S)
    except KafkaException as raised:
        return set() if raised.args[0].code() in REFUSED else None
    return {NAMES[each] for each in described.authorized_operations or () if each in NAMES}


def _binding(principal: str, right: Right) -> AclBinding:
    return AclBinding(
        KINDS[right.resource],
        right.name,
        ResourcePatternType.PREFIXED if right.is_prefix else ResourcePatternType.LITERAL,
        principal,
        ANYWHERE,
        OPERATIONS[right.operation],
        AclPermissionType.ALLOW,
    )
