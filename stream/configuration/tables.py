"""The other tables of the settings, and all of them together."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Strict, model_validator

from connectors.kafka_topics import TopicPlan

from .elasticsearch import Elasticsearch
from .fields import Fault, Flag, Number, Table, Text, Whole, setting
from .http import LAST_PORT, OTHERS, checked
from .kafka import GroupProtocol, Kafka
from .sources import Networks, Source

DEFAULT_NAMESPACE = "default"
FETCHED = 52_428_800  # bytes that librdkafka asks for at most by default
SHIPPED = "shipped"
NO_PRIOR = "none"
SEED = 20_260_302
"""Seed of the tables where none is set; it is public, so `almenara init` draws another."""


class NetworkTable(Table):
    """Own networks."""

    internal: Networks | None = setting(
        None,
        "Own networks, where a log does not mark its hosts; the private ranges if unset.",
        expected="a list of networks such as 10.0.0.0/8",
    )


class DetectorTable(Table):
    """One detector."""

    votes: Flag = setting(default=False, meaning="Whether it decides; else it is only shown.")
    arguments: dict[str, Any] = setting({}, "Its own arguments.")


class Detection(Table):
    """What candidates are made of. A change here changes ids and starts fresh."""

    max_entities: Whole = setting(
        100_000, "Entities kept per lane; sets the memory.", ge=64, le=100_000_000
    )
    cut: Number = setting(
        30.0, "Rows expected up to this many times a day by chance become candidates.", gt=0
    )
    hash_seed: Whole = setting(
        SEED,
        "Seed of the tables. Keep it to yourself, and the same for good: whoever knows it can make"
        " addresses collide.",
        ge=0,
        le=2**53,
        repr=False,
    )
    prior: Text = setting(
        SHIPPED,
        "The past that a new lane starts from: `shipped`, `none`, or the file of your own.",
        expected="shipped, none or a path",
    )
    detectors: dict[Text, DetectorTable] = setting(
        {}, "Detectors by name; `tails` votes and the other built-in ones are shown if unset."
    )

    def faults(self) -> Iterator[Fault]:
        """Yield what cannot be meant together."""
        if self.detectors and not any(table.votes for table in self.detectors.values()):
            yield Fault("detectors", "none that votes", "one at least; set votes = true of tails")


class Alerts(Table):
    """What becomes an alert. Nothing here enters an id."""

    floor: Number = setting(1.0, "Alert where at most this many a day come by chance.", gt=0)
    budget: Whole = setting(10, "Most alerts in any 24 hours.", ge=0, le=500)
    quiet_s: Number = setting(
        86_400.0, "Seconds without a candidate under the floor that end an incident.", gt=0
    )
    silence_s: Number = setting(
        3_600.0,
        "Seconds without a record that make a source silent; twice its usual if more.",
        gt=0,
    )


class Run(Table):
    """How the roles run."""

    workers: Whole = setting(1, "Processes that score.", ge=1, le=256)
    batch_records: Whole = setting(10_000, "Records taken at once.", ge=1, le=1_000_000)
    batch_ms: Whole = setting(200, "Milliseconds waited for a batch to fill.", ge=1, le=60_000)
    idle_s: Number = setting(
        10.0, "Seconds at a log's end after which its lane's time passes by the clock.", gt=0
    )
    patience_s: Number = setting(
        30.0, "Seconds for which alerting waits for a lane that stands still.", gt=0
    )
    snapshot_s: Number = setting(600.0, "Most seconds between snapshots.", gt=0)
    transaction_timeout_s: Number = setting(
        10.0, "A dead worker's open transaction is ended after it.", ge=1, le=900
    )
    session_timeout_s: Number = setting(
        10.0,
        "A worker not heard of for so long loses its partitions (classic protocol; brokers set it"
        " for the other).",
        ge=1,
        le=1_800,
    )
    max_poll_s: Number = setting(
        60.0, "A worker that takes longer over a batch loses its partitions.", ge=1, le=86_400
    )
    queue_mb: Whole = setting(
        64,
        "Memory for records fetched ahead, and for those on their way out, per worker, in MiB.",
        ge=1,
        le=2_000,
    )
    reject_share: Number = setting(
        0.5, "A source stops where more than this share of its records is rejected.", gt=0, le=1
    )
    http: Annotated[str, Strict(), AfterValidator(checked)] = setting(
        "127.0.0.1:9464",
        "Where health and metrics are answered: the address of one role; `almenara run` of all"
        " roles takes this port and those after it (docs/operations.md). Empty: nowhere.",
        expected="host:port, or nothing",
    )

    def faults(self) -> Iterator[Fault]:
        """Yield what cannot be meant together."""
        if self.idle_s >= self.patience_s:
            yield Fault(
                "idle_s",
                f"{self.idle_s:g}",
                f"less than patience_s ({self.patience_s:g}), or alerting overtakes idle lanes;"
                " lower it",
            )
        last = int(self.http.rpartition(":")[2] or 0) + len(OTHERS) + self.workers  # rekey
        if last > LAST_PORT:
            yield Fault("http", f"{self.http}", f"room for ports up to {last}; take a lower one")
        if self.session_timeout_s > self.max_poll_s:
            yield Fault(
                "max_poll_s",
                f"{self.max_poll_s:g}",
                f"at least session_timeout_s ({self.session_timeout_s:g}); raise it",
            )


def tables_of(value: Any) -> Any:
    """Take ``[source]`` for one ``[[source]]``."""
    return [value] if isinstance(value, dict) else value


class Settings(Table):
    """All settings of the live engine."""

    namespace: Text = setting(
        DEFAULT_NAMESPACE,
        "Name of the tenant: in ids and in the names of data streams. Another than `default` has"
        " topics and a group of its own: where `kafka.prefix` and `kafka.group` are unset, they are"
        " `almenara.NAMESPACE`.",
        expected="lower-case letters, digits and `_`, at most 100",
        pattern=r"^[a-z0-9][a-z0-9_]{0,99}$",
    )
    dialect_folder: Path | None = setting(None, "Folder with TOML files of more formats.")
    kafka: Kafka = setting(..., "Brokers, group, topics and security.")
    elasticsearch: Elasticsearch = setting(Elasticsearch(), "Where documents go.")
    source: Annotated[tuple[Source, ...], BeforeValidator(tables_of)] = setting(
        ..., "Topics that are read.", min_length=1
    )
    networks: NetworkTable = setting(NetworkTable(), "Own networks.")
    detection: Detection = setting(Detection(), "What candidates are made of.")
    alerts: Alerts = setting(Alerts(), "What becomes an alert.")
    run: Run = setting(Run(), "How the roles run.")

    @model_validator(mode="after")
    def _apart(self) -> Self:
        """Keep namespaces apart: all lanes of a log are decided together."""
        named = {"prefix", "group"} - self.kafka.model_fields_set
        if self.namespace != DEFAULT_NAMESPACE and named:
            own = {name: f"{getattr(self.kafka, name)}.{self.namespace}" for name in named}
            object.__setattr__(self, "kafka", self.kafka.model_copy(update=own))
        return self

    def source_of(self, topic: str) -> Source | None:
        """Return the source that a topic belongs to: by its name first, else by a pattern."""
        keyed = {self.keyed_topic(source): source for source in self.source if source.rekey}
        if topic in keyed:
            return keyed[topic]
        for is_pattern in (False, True):
            for source in self.source:
                if source.is_pattern is is_pattern and source.reads(topic):
                    return source
        return None

    def subscription(self) -> tuple[str, ...]:
        """Return the topics and patterns to be scored, as a consumer takes them."""
        return tuple(
            topic
            for source in self.source
            for topic in ([self.keyed_topic(source)] if source.rekey else source.subscription())
        )

    def keyed_topic(self, source: Source) -> str:
        """Return the topic of a source's keyed records."""
        return self.kafka.topics.keyed(source.name)

    def plans(self) -> tuple[TopicPlan, ...]:
        """Return every topic of ours as it should be."""
        topics = self.kafka.topics
        keyed = (
            topics.keyed_plan(source.name, source.rekey_partitions)
            for source in self.source
            if source.rekey
        )
        return (*topics.plans(), *keyed)

    def reading(self, group_protocol: GroupProtocol) -> dict[str, str | int | float | bool]:
        """Return the properties of a consumer, with the limits of ``[run]``. It holds secrets.

        ConfigError where a file with a secret cannot be read.
        """
        limits = {
            "max.poll.interval.ms": int(self.run.max_poll_s * 1e3),
            "queued.max.messages.kbytes": self.run.queue_mb * 1_024,
            "queue.buffering.max.kbytes": self.run.queue_mb * 1_024,
            "fetch.max.bytes": self._fetched_at_once(),
        }
        if group_protocol == "classic":  # brokers set it for the other
            limits["session.timeout.ms"] = int(self.run.session_timeout_s * 1e3)
        return {**self.kafka.properties(group_protocol), **limits}

    def _fetched_at_once(self) -> int:
        """Return how many bytes an answer of a broker may have; one record always fits."""
        record = int(str(self.kafka.librdkafka.get("message.max.bytes", 0)))
        return max(min(self.run.queue_mb << 20, FETCHED), record)

    def faults(self) -> Iterator[Fault]:
        """Yield what cannot be meant together, of different tables."""
        own = {plan.name for plan in self.plans()}
        seen: set[str] = set()
        keyed: set[str] = set()
        for n, source in enumerate(self.source):
            if source.rekey and source.name in keyed:
                told = "a name that no other source with rekey has; change it"
                yield Fault(f"source.{n}.name", f"{source.name!r}", told)
            keyed |= {source.name} if source.rekey else set()
            key = f"source.{n}.topics"
            read = sorted(topic for topic in own if source.reads(topic))
            if read:
                yield Fault(key, f"our own topic {read[0]}", "topics of records; narrow it")
            twice = seen & set(source.topics)
            if twice:
                yield Fault(key, f"{min(twice)} of another source", "each topic once; take it out")
            seen |= set(source.topics)
