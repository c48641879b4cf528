"""Puts dead letters back where they came from, each once.

Records and the position in the topic of dead letters are committed in one transaction, in a group
of its own for each stage: who is killed in between has done nothing, and a second run goes on
behind.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from connectors.kafka_clients import Place, Properties
from connectors.kafka_consumer import Changes, GroupConsumer
from connectors.kafka_transactions import Outgoing, Transactions

from .dead_letter_view import DeadLetter, dead_letter

BATCH = 500
WAIT_S = 0.5
QUIET_S = 20.0  # without a record, before the end was seen: the group is somebody else's
TRANSACTION_S = 30.0


@dataclass(slots=True)
class Replayed:
    """What became of dead letters."""

    sent: dict[str, int] = field(default_factory=dict)  # by topic
    others: int = 0  # of another stage, or of nobody we know
    cut: int = 0  # only the beginning is kept
    homeless: int = 0  # their topic is not there any more

    @property
    def total(self) -> int:
        """Return how many were put back."""
        return sum(self.sent.values())


def group_of(group: str, stage: str, namespace: str) -> str:
    """Return the consumer group, and transactional id, that replays of a stage go on with."""
    return f"{group}-dlq-{stage}-{namespace}"


def sorted_out(
    letters: Sequence[DeadLetter], stage: str, topics: dict[str, int], counts: Replayed
) -> list[DeadLetter]:
    """Return those that can be put back, and count all. ``topics``: partitions of each."""
    out = []
    for letter in letters:
        if letter.stage != stage:
            counts.others += 1
        elif letter.is_cut:
            counts.cut += 1
        elif letter.topic not in topics:
            counts.homeless += 1
        else:
            counts.sent[letter.topic] = counts.sent.get(letter.topic, 0) + 1
            out.append(letter)
    return out


class Replay:
    """Reads dead letters of one stage as a member of its group, and puts them back.

    Parameters
    ----------
    properties : mapping
    name : str
        Group and transactional id, from :func:`group_of`.
    topic : str
        Of the dead letters.
    topics : dict
        Partitions of every topic that is there.
    """

    def __init__(
        self, properties: Properties, name: str, topic: str, topics: dict[str, int]
    ) -> None:
        self._topic = topic
        self._topics = topics
        self._transactions = Transactions(properties, name, TRANSACTION_S)
        self._given: list[tuple[str, int]] = []
        changes = Changes(self._given.extend, lambda _: None, lambda _: None)
        self._consumer = GroupConsumer(properties, name, [topic], changes)

    def run(self, stage: str, end: int, running: Callable[[], bool] = lambda: True) -> Replayed:
        """Put back what lies before ``end``; return what was done."""
        counts, position = Replayed(), 0
        heard = time.monotonic()
        try:
            while position < end and running() and time.monotonic() - heard < QUIET_S:
                self._open_given()
                records = [r for r in self._consumer.read(BATCH, WAIT_S) if r.offset < end]
                if not records:
                    continue
                letters = sorted_out([dead_letter(r) for r in records], stage, self._topics, counts)
                position = records[-1].offset + 1
                self._commit(letters, position)
                heard = time.monotonic()
        finally:
            self._consumer.close()
        return counts

    def _open_given(self) -> None:
        """Go on where the run before ended, when no transaction of its can change that any more."""
        if not self._given:
            return
        self._transactions.begin()
        for place in self._consumer.committed(self._given):
            start = self._consumer.kept(place.topic, place.partition, max(0, place.offset))
            self._consumer.begin(place.topic, place.partition, start)
        self._given.clear()

    def _commit(self, letters: Sequence[DeadLetter], position: int) -> None:
        records = [
            Outgoing(
                one.topic, self._partition(one), one.record.key, one.record.value, one.headers()
            )
            for one in letters
        ]
        place = Place(self._topic, 0, position)
        self._transactions.commit(records, lambda _: [place], self._consumer.group())

    def _partition(self, letter: DeadLetter) -> int:
        is_there = 0 <= letter.partition < self._topics[letter.topic]
        return letter.partition if is_there else -1
