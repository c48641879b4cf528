"""A topic and a data stream in memory, for tests of the index role: obvious, and told to fail."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import orjson

from connectors.answers import Outcome
from connectors.errors import FencedError
from stream.index import IndexRole, Lane

ALERTS = "logs-almenara.alerts-default"


class PlainRecord(NamedTuple):
    topic: str
    partition: int
    offset: int
    value: bytes | None


def document(number: int, stream: str = ALERTS) -> bytes:
    """A small document of ours."""
    kind, dataset, namespace = stream.split("-", 2)
    return orjson.dumps(
        {
            "@timestamp": "2026-11-21T00:00:00.000000Z",
            "data_stream": {"type": kind, "dataset": dataset, "namespace": namespace},
            "event": {"id": f"id-{number}"},
        }
    )


def records(numbers: Iterable[int], topic: str = "t", partition: int = 0) -> list[PlainRecord]:
    return [PlainRecord(topic, partition, n, document(n)) for n in numbers]


class NaiveStream:
    """A data stream: ids are unique in one backing index only, and bulks can go wrong.

    ``before`` and ``after`` are called with each bulk, before it is applied and after; what they
    raise is the answer.
    """

    def __init__(self) -> None:
        self.indices: list[dict[str, bytes]] = [{}]
        self.before: Callable[[list[str]], None] = lambda _ids: None
        self.after: Callable[[list[str]], None] = lambda _ids: None
        self.outcome: Callable[[str], Outcome | None] = lambda _id: None
        self.bulks: list[list[str]] = []
        self.looked_up: list[str] = []
        self.is_blind = False  # finds nothing that is there

    def rollover(self) -> None:
        self.indices.append({})

    def all_ids(self) -> list[str]:
        return sorted(one for index in self.indices for one in index)

    def bulk(self, body: bytes) -> list[Outcome]:
        lines = body.splitlines()
        pairs = [
            (orjson.loads(action)["create"]["_id"], content)
            for action, content in zip(lines[::2], lines[1::2], strict=True)
        ]
        ids = [one for one, _ in pairs]
        self.bulks.append(ids)
        self.before(ids)
        outcomes = [self.outcome(one) or self._create(one, content) for one, content in pairs]
        self.after(ids)
        return outcomes

    def _create(self, one: str, content: bytes) -> Outcome:
        if one in self.indices[-1]:
            return Outcome("present")
        self.indices[-1][one] = content
        return Outcome("created")

    def known_ids(self, stream: str, ids: Sequence[str]) -> set[str]:
        assert stream == ALERTS
        self.looked_up += ids
        if self.is_blind:
            return set()
        return {one for one in ids if any(one in index for index in self.indices)}


@dataclass
class NaiveTopic:
    """A topic with its group's offsets, which outlive the members that read it."""

    log: dict[Lane, list[PlainRecord]]
    committed: dict[Lane, int] = field(default_factory=dict)

    @classmethod
    def of(cls, made: Iterable[PlainRecord]) -> "NaiveTopic":
        log: dict[Lane, list[PlainRecord]] = {}
        for record in made:
            log.setdefault((record.topic, record.partition), []).append(record)
        return cls(log)


class NaiveMember:
    """A member of the group that has all lanes, until a test takes some away."""

    def __init__(self, topic: NaiveTopic, batch: int = 100) -> None:
        self.topic = topic
        self.batch = batch
        self.role: IndexRole | None = None
        self.position: dict[Lane, int] = {}
        self.waits: list[float] = []
        self.on_wait: Callable[[], None] = lambda: None
        self.is_fenced = False

    def join(self, role: IndexRole) -> None:
        self.role = role
        self.position = {lane: self.topic.committed.get(lane, 0) for lane in self.topic.log}
        role.assigned({lane: len(log) for lane, log in self.topic.log.items()})

    def leave(self, lane: Lane) -> None:
        assert self.role
        del self.position[lane]
        self.role.revoked([lane])

    def poll(self) -> Sequence[PlainRecord]:
        found: list[PlainRecord] = []
        for lane, position in self.position.items():
            more = self.topic.log[lane][position : position + self.batch]
            self.position[lane] += len(more)
            found += more
        return found

    def keep_alive(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.on_wait()

    def commit(self, positions: Mapping[Lane, int]) -> None:
        if self.is_fenced:
            raise FencedError("group: another owner, expected this one; go on")
        assert set(positions) <= set(self.position)
        self.topic.committed |= positions
