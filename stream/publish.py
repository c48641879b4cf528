"""The publish role: forwards each numbered decision once.

The alert role may send a decision again after a kill, with the same number. Documents, the position
in the decisions topic and the last number are committed in one transaction, and a second publisher
fences the first; so a number is forwarded once, whoever is killed when (docs/delivery.md).
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import orjson

from connectors.errors import ConnectError, FencedError, StoppedError
from connectors.kafka_clients import Place, Properties, Record, Watch
from connectors.kafka_consumer import Changes, GroupConsumer
from connectors.kafka_producer import Producer
from connectors.kafka_transactions import Outgoing, Transactions

from .decision_order import NONE, DecisionOrder
from .log_topic import LogTopic
from .metrics import Meters
from .metrics_table import LAG, PUBLISH_EARLY, PUBLISH_LATENCY, PUBLISH_REPEATS, PUBLISHED
from .published import KINDS, read_decision
from .record_times import ages, carried
from .stopping import Stopping
from .topics import TopicNames

_log = logging.getLogger(__name__)

Lane = tuple[str, int]
BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishSettings:
    """What a publisher is told: librdkafka's properties, its group, and the topics."""

    properties: Properties
    group: str
    topics: TopicNames
    wait_s: float = 0.2
    transaction_s: float = 10.0


class PublishRole:
    """Forwards decisions until it is told to stop."""

    def __init__(
        self,
        settings: PublishSettings,
        running: Callable[[], bool],
        meters: Meters | None = None,
    ) -> None:
        self._settings = settings
        self._meters = meters or Meters("publish")
        self._is_member = False
        self._running = running
        self._watch = Watch(Stopping(running))
        self._given: list[Lane] = []
        self._order = DecisionOrder()
        self._position = -1
        self.repeats = 0
        self._transactions = Transactions(
            settings.properties, settings.group, settings.transaction_s, self._watch
        )
        self._log = LogTopic(Producer(settings.properties, self._watch), settings.topics.lane)
        self._consumer = GroupConsumer(
            settings.properties,
            settings.group,
            [settings.topics.decisions],
            Changes(self._assigned, self._forget, self._forget),
            self._watch,
        )

        self._meters.pulls(self._pull)

    def waits_for(self) -> str:
        """Say what it waits for, "" where it forwards or stands by for another publisher."""
        return "" if self._is_member else "the group gave no partition yet"

    def _pull(self, meters: Meters) -> None:
        place = (self._settings.topics.decisions, 0)
        end = self._consumer.last_end(place)
        if end is not None and self._position >= 0:
            meters.set(LAG, max(0, end - self._position), place[0], "0")

    def run(self) -> None:
        """Work until told to stop."""
        try:
            while self._running():
                self.step()
        except StoppedError as error:
            _log.warning("%s", error)
        self._consumer.close()

    def step(self) -> None:
        """Forward what has come."""
        self._open_given()
        records = self._consumer.read(BATCH, self._settings.wait_s)
        self._skip_gap()
        new = [record for record in records if record.offset >= self._position >= 0]
        if new:
            self._forward(new)

    def _forward(self, records: list[Record]) -> None:
        order, out = replace(self._order), list[Outgoing]()
        for record in records:
            number, documents = read_decision(record.value)
            found = order.take(number)
            if found != "new":
                self._left_out(found, number, order.last)
                continue
            times = carried(record.headers)
            for made in documents:
                topic = self._settings.topics.of(made.kind)
                out.append(Outgoing(topic, -1, made.key, made.value, (*made.headers, *times)))
        place = Place(
            self._settings.topics.decisions,
            0,
            records[-1].offset + 1,
            orjson.dumps({"number": order.last}).decode(),
        )
        try:
            self._transactions.commit(out, lambda _: [place], self._consumer.group())
        except (FencedError, ConnectError) as error:  # where it stands is asked for again
            _log.warning("decisions up to %d not forwarded yet: %s", order.last, error)
            self._given, self._position = [(place.topic, place.partition)], -1
        else:
            self._order, self._position = order, place.offset
            self._count(out)

    def _left_out(self, found: str, number: int, last: int) -> None:
        if found == "repeat":
            self.repeats += 1
            self._meters.count(PUBLISH_REPEATS)
        else:
            _log.warning(
                "decision %d came before %d: left out until it comes again", number, last + 1
            )
            self._meters.count(PUBLISH_EARLY)

    def _count(self, sent: Sequence[Outgoing]) -> None:
        kinds = {self._settings.topics.of(kind): kind for kind in KINDS}
        for record in sent:
            kind = kinds[record.topic]
            self._meters.count(PUBLISHED, 1, kind)
            for age in ages([record.headers]):
                self._meters.took(PUBLISH_LATENCY, age, kind)

    def _assigned(self, names: list[Lane]) -> None:
        """Note what is to be opened after the call that gives it: a transaction may hang in it."""
        self._given += names
        self._is_member = True

    def _open_given(self) -> None:
        """Find out where to go on, when no transaction of ours can change that any more."""
        if not self._given:
            return
        self._transactions.begin()
        try:
            found = self._consumer.committed(self._given)
        except FencedError as error:  # the group says next whose they are
            _log.warning("decisions not owned yet: %s", error)
            return
        for place in found:
            name = (place.topic, place.partition)
            last = int(orjson.loads(place.note)["number"]) if place.note else NONE
            self._order = DecisionOrder(last)
            self._begin(name, place.offset)
        self._given = []

    def _begin(self, name: Lane, position: int) -> None:
        known = position if position >= 0 else self._consumer.ends(*name)[0]
        self._position = self._consumer.kept(*name, known)
        has_a_place = position >= 0  # else older decisions may be gone, if others are
        self._order.may_jump = self._position != known if has_a_place else known > 0
        self._log.gap(name, known, self._position)
        self._consumer.begin(*name, self._position)

    def _skip_gap(self) -> None:
        """Go on behind decisions that were gone before they were read, and say so in the log."""
        gone, self._consumer.gone = self._consumer.gone, []
        if gone and self._position >= 0:
            self._begin(gone[0], self._position)

    def _forget(self, names: list[Lane]) -> None:
        self._given = [name for name in self._given if name not in names]
        self._position = -1
