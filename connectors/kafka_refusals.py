"""Rights on Kafka, and what is said where one is missing.

A broker tells only what kind of thing it keeps us from. Each client knows what it works with, so an
error names the right itself, in the words of ``kafka-acls.sh``.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from confluent_kafka import KafkaError

from .errors import RightsError

Resource = Literal["topic", "group", "transactional-id", "cluster"]

LOGIN = {
    KafkaError._AUTHENTICATION,  # noqa: SLF001 (librdkafka's own error codes begin so)
    KafkaError._SSL,  # noqa: SLF001
    KafkaError.SASL_AUTHENTICATION_FAILED,
}
KINDS: dict[int, tuple[Resource, ...]] = {
    KafkaError.TOPIC_AUTHORIZATION_FAILED: ("topic",),
    KafkaError.GROUP_AUTHORIZATION_FAILED: ("group",),
    # an idempotent producer that may write nowhere is told that the cluster refuses it
    KafkaError.CLUSTER_AUTHORIZATION_FAILED: ("cluster", "topic"),
    KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED: ("transactional-id",),
}
REFUSED = LOGIN | set(KINDS)


class Right(NamedTuple):
    """What a login may do, as ``kafka-acls.sh`` names it: "Write" on topic "x"."""

    operation: str
    resource: Resource
    name: str
    is_prefix: bool = False  # of all whose names begin so

    @property
    def text(self) -> str:
        """Say the right: "Write on topic x"."""
        return f"{self.operation} on {self.resource} {self.name}{'*' * self.is_prefix}"


def lacking(right: Right) -> RightsError:
    """Return the error that names a missing right."""
    return RightsError(
        f"{right.resource} {right.name}: refused, expected the right {right.operation};"
        " grant it (`almenara setup kafka --print-roles`)"
    )


def refusal(error: KafkaError, rights: Sequence[Right] = ()) -> RightsError:
    """Return our error for one of :data:`REFUSED`.

    ``rights`` are those that the call needs; the first of the kind that the broker means is named.
    """
    code = error.code()
    if code in LOGIN:
        return RightsError(f"kafka: refused ({error.str()}), check user, password and CA")
    for right in rights:
        if right.resource in KINDS[code]:
            return lacking(right)
    return RightsError(
        f"kafka: refused ({error.str()}), expected a right on a {KINDS[code][0]};"
        " `almenara setup kafka --print-roles` lists what each role needs"
    )
