"""Our topics on the user's Kafka: what is missing is made, what is there is left as it is."""

from collections.abc import Sequence
from dataclasses import dataclass

from connectors.kafka_topics import TopicPlan, Topics


@dataclass(frozen=True, slots=True)
class TopicChange:
    """A topic that has to be made, or that differs from what is needed."""

    plan: TopicPlan
    partitions: int  # that it has, 0 where it is missing

    @property
    def text(self) -> str:
        """Say what is to be done."""
        name, wanted = self.plan.name, self.plan.partitions
        if not self.partitions:
            kept = ", ".join(f"{key}={value}" for key, value in sorted(self.plan.config.items()))
            return f"topic {name}: make it, {wanted} partition{'s' * (wanted > 1)}, {kept}"
        found = f"{self.partitions} partitions"
        return f"topic {name}: {found}, expected {wanted}; take another prefix"


def planned_topics(topics: Topics, plans: Sequence[TopicPlan]) -> list[TopicChange]:
    """Return what has to change; nothing where all is there."""
    found = topics.partitions()
    return [
        TopicChange(plan, found.get(plan.name, 0))
        for plan in plans
        if found.get(plan.name, 0) != plan.partitions
    ]


def make_topics(topics: Topics, changes: Sequence[TopicChange], replicas: int) -> None:
    """Make the topics that are missing."""
    topics.make([change.plan for change in changes if not change.partitions], replicas)
