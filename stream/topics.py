"""Names of our topics, and how each is to be kept."""

from dataclasses import dataclass

from connectors.kafka_topics import TopicPlan

DAY_MS = 86_400_000
STATE_PARTITIONS = 8
LARGEST_KEYED = 2_000_000


def change_log(group: str, namespace: str) -> TopicPlan:
    """Return the topic of the alert role's state, under the name that Faust gives it.

    Faust would make it by itself, but with one copy only.
    """
    name = f"{group}-alert-{namespace}-state-changelog"
    return TopicPlan(name, 1, {"cleanup.policy": "compact"})


@dataclass(frozen=True, slots=True)
class TopicNames:
    """The topics of one deployment; ``prefix`` sets it apart from others on the same Kafka."""

    prefix: str = "almenara"

    @property
    def lane(self) -> str:
        """The log that decisions are folded from; one partition, for its order is their order."""
        return f"{self.prefix}.lane.v1"

    @property
    def decisions(self) -> str:
        """Numbered decisions, some of them twice."""
        return f"{self.prefix}.decisions.v1"

    @property
    def alerts(self) -> str:
        """Alerts and digests, each once: what a SIEM reads."""
        return f"{self.prefix}.alerts.v1"

    @property
    def candidates(self) -> str:
        """Every judged candidate, once."""
        return f"{self.prefix}.candidates.v1"

    @property
    def drift(self) -> str:
        """Drift signals, each once."""
        return f"{self.prefix}.drift.v1"

    @property
    def audit(self) -> str:
        """What people and roles did, each once."""
        return f"{self.prefix}.audit.v1"

    @property
    def control(self) -> str:
        """Suppressions in force, by id: what ``almenara suppress list`` reads."""
        return f"{self.prefix}.control.v1"

    @property
    def state(self) -> str:
        """Snapshots of lanes."""
        return f"{self.prefix}.state.v1"

    @property
    def dead_letters(self) -> str:
        """Records that could not be taken, untouched, with the reason."""
        return f"{self.prefix}.dlq.v1"

    def of(self, kind: str) -> str:
        """Return where a decision's records of a kind go (``stream.published``)."""
        return {
            "alerts": self.alerts,
            "candidates": self.candidates,
            "drift": self.drift,
            "audit": self.audit,
            "control": self.control,
        }[kind]

    def keyed(self, source: str) -> str:
        """Return the topic of a source's records that are keyed by address."""
        return f"{self.prefix}.keyed.{source}.v1"

    def keyed_plan(self, source: str, partitions: int) -> TopicPlan:
        """Return the topic of a source's keyed records as it should be."""
        kept = {"cleanup.policy": "delete", "retention.ms": str(7 * DAY_MS)}
        return TopicPlan(
            self.keyed(source), partitions, {**kept, "max.message.bytes": str(LARGEST_KEYED)}
        )

    def plans(self) -> tuple[TopicPlan, ...]:
        """Return every topic as it should be."""
        log = {"cleanup.policy": "delete", "retention.ms": str(7 * DAY_MS)}
        kept = {"cleanup.policy": "delete", "retention.ms": str(30 * DAY_MS)}
        return (
            TopicPlan(self.lane, 1, log),
            TopicPlan(self.decisions, 1, log),
            TopicPlan(self.alerts, 1, log),
            TopicPlan(self.candidates, 1, log),
            TopicPlan(self.drift, 1, kept),
            TopicPlan(self.audit, 1, kept),
            TopicPlan(self.control, 1, {"cleanup.policy": "compact"}),
            TopicPlan(
                self.state,
                STATE_PARTITIONS,
                {"cleanup.policy": "compact", "max.message.bytes": "2000000"},
            ),
            TopicPlan(
                self.dead_letters,
                1,
                {"cleanup.policy": "delete", "retention.ms": str(14 * DAY_MS)},
            ),
        )
