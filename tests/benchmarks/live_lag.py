"""How far the roles of a deployment are behind what they read."""

from confluent_kafka import Consumer, TopicPartition
from live_deployment import Deployment


class Lag:
    """How many records each role has not committed; that of scoring, behind the last snapshots."""

    def __init__(self, deployment: Deployment) -> None:
        mark, names, tenant = deployment.mark, deployment.names, deployment.namespace
        self._readers = {}
        for role, group, topics in (
            ("score", mark, [(deployment.source, k) for k in range(deployment.lanes)]),
            ("alert", f"{mark}-alert-{tenant}", [(names.lane, 0)]),
            ("publish", f"{mark}-publish-{tenant}", [(names.decisions, 0)]),
            ("index", f"{mark}-index-{tenant}", [(names.alerts, 0), (names.candidates, 0)]),
        ):
            consumer = Consumer({**deployment.properties, "group.id": group})
            self._readers[role] = (consumer, [TopicPartition(*one) for one in topics])

    def of(self, role: str) -> int:
        """Return the records that a role has before it."""
        consumer, parts = self._readers[role]
        found = consumer.committed(parts, timeout=20.0)
        ends = [consumer.get_watermark_offsets(part, timeout=20.0)[1] for part in parts]
        return sum(end - max(0, part.offset) for part, end in zip(found, ends, strict=True))

    def close(self) -> None:
        """Let go."""
        for consumer, _ in self._readers.values():
            consumer.close()
