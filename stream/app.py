"""The alert role: a Faust worker that folds the lane log into decisions; sole importer of Faust.

Faust's own exactly-once is not exact, and its committed offsets may be ahead of what was done. So
the state, one table value, holds the place in the log that it belongs to: records before it are
skipped, and those that Faust leaves out are read from the log itself. A decision is in its topic
before the state that counts it is written; a kill in between sends it again with the same number.
"""

import asyncio
import logging
import ssl
import time
from dataclasses import dataclass, field
from typing import Any

import faust

from connectors.kafka_clients import Properties
from connectors.kafka_consumer import read_range

from .decisions import AlertSettings, DayDigest, Decision
from .documents import Encoder
from .health import Health
from .lane_log import Overtake, encode
from .lanes import Name
from .log_fold import LogFold
from .metrics import Meters
from .metrics_plane import count_decision, tell_state
from .metrics_table import LAG
from .published import encode_decision
from .record_times import RecordTimes
from .topics import TopicNames

_log = logging.getLogger(__name__)

STEP_RECORDS = 1_000  # most records between two writes of the state
STEP_S = 1.0
LARGEST_REQUEST = 2_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRoleSettings:
    """What an alert worker is told.

    Parameters
    ----------
    properties : mapping
        Of librdkafka, for reading the log itself.
    broker : str
        Bootstrap servers as Faust wants them, ``kafka://a:9092;kafka://b:9092``.
    tls : ssl.SSLContext, optional
    sasl : (mechanism, user, password), optional
    name : str
        Of the Faust application and its consumer group.
    topics : TopicNames
    alerts : AlertSettings
    patience_s : float
        Wall clock after which a lane that stands still is waited for no longer.
    """

    properties: Properties
    broker: str
    name: str
    topics: TopicNames
    alerts: AlertSettings
    patience_s: float = 30.0
    tls: ssl.SSLContext | None = None
    sasl: tuple[str, str, str] | None = field(default=None, repr=False)


class AlertRole:
    """The fold of one namespace in the hands of a Faust worker."""

    def __init__(self, settings: AlertRoleSettings, meters: Meters, health: Health) -> None:
        self._settings = settings
        self._meters = meters
        self._health = health
        self._times = RecordTimes()
        self._is_member = False
        self._fold: LogFold | None = None
        self._written_at = 0.0
        self._written_next = 0
        self._stood: dict[Name, tuple[float, float]] = {}  # pulse, and since when it stands
        self._encoder = Encoder("live")
        self.app = faust.App(
            settings.name,
            broker=settings.broker,
            store="memory://",
            topic_partitions=1,
            processing_guarantee="at_least_once",
            broker_session_timeout=10.0,
            broker_heartbeat_interval=3.0,
            producer_max_request_size=LARGEST_REQUEST,
            consumer_max_fetch_size=4_000_000,
            autodiscover=False,
            web_enabled=False,
            topic_disable_leader=True,
            broker_credentials=_credentials(settings),
        )
        # without a type of values they are JSON on both ways; with `dict` no recovery works
        self._table: Any = self.app.Table("state", partitions=1, key_type=str)
        self._log_topic = self._raw(settings.topics.lane)
        self._decisions = self._raw(settings.topics.decisions)
        self.app.agent(self._log_topic)(self._work)
        self.app.timer(max(0.2, settings.patience_s / 10))(self._overtake)
        self.app.timer(1.0)(self._beat)
        self.app.on_partitions_revoked.connect(self._let_go)
        self.app.on_rebalance_complete.connect(self._join)
        health.starts_with(self._waits_for)

    def _raw(self, name: str) -> Any:
        return self.app.topic(
            name,
            key_type=bytes,
            value_type=bytes,
            key_serializer="raw",
            value_serializer="raw",
        )

    def _waits_for(self) -> str:
        return "" if self._is_member else "its state is not restored yet"

    async def _beat(self) -> None:
        self._health.beat()

    def _tell_lag(self, message: Any) -> None:
        end = self.app.consumer.highwater(message.tp)
        if end is not None:
            place = (message.topic, str(message.partition))
            self._meters.set(LAG, max(0, end - message.offset - 1), *place)

    async def _join(self, *_: Any, **__: Any) -> None:
        self._is_member = True

    async def _let_go(self, *_: Any, **__: Any) -> None:
        self._fold = None
        self._is_member = False

    async def _work(self, stream: Any) -> None:
        async for event in stream.events():
            self._times.note(list(event.message.headers or ()))
            try:
                await self._take(event.message.offset, event.value)
                self._tell_lag(event.message)
            except Exception as error:
                self._fold = None  # it may have decided what was never sent
                await self.app.crash(error)
                raise

    async def _take(self, offset: int, value: bytes) -> None:
        fold = self._fold or await self._restored()
        if offset > fold.next:
            for missed, left_out in await self._read(fold.next, offset):
                await self._decide(fold, missed, left_out)
        await self._decide(fold, offset, value)
        is_time = time.monotonic() - self._written_at >= STEP_S
        if fold.next - self._written_next >= STEP_RECORDS or is_time:
            state = fold.state()
            self._table[self._settings.alerts.namespace] = state
            tell_state(self._meters, state, self._settings.alerts)
            self._written_at, self._written_next = time.monotonic(), fold.next

    async def _restored(self) -> LogFold:
        fold = LogFold(self._settings.alerts)
        state = self._table.get(self._settings.alerts.namespace)
        if state:
            start = fold.restore(state)
            for offset, value in await self._read(start, fold.next):
                fold.refill(offset, value)
        self._fold, self._written_next = fold, fold.next
        return fold

    async def _read(self, start: int, stop: int) -> list[tuple[int, bytes]]:
        def read() -> list[tuple[int, bytes]]:
            records = read_range(
                self._settings.properties, self._settings.topics.lane, 0, start, stop
            )
            return [(record.offset, record.value or b"") for record in records]

        return await asyncio.to_thread(read)

    async def _decide(self, fold: LogFold, offset: int, value: bytes) -> None:
        sent = [await self._send(decision) for decision in fold.take(offset, value)]
        for delivery in sent:
            await delivery

    async def _send(self, decision: Decision) -> Any:
        count_decision(self._meters, decision)
        about = "" if isinstance(decision, DayDigest) else decision.candidate.id
        headers = self._times.headers_of(about)
        value = encode_decision(decision, self._encoder)
        return await self._decisions.send(value=value, headers=list(headers))

    async def _overtake(self) -> None:
        """Write down that patience with a lane ran out: the log decides, not the clock."""
        if self._fold is None:
            return
        held = self._fold.held_up_by()
        now = time.monotonic()
        self._stood = {
            name: (pulse, self._stood[name][1])
            if name in self._stood and self._stood[name][0] == pulse
            else (pulse, now)
            for name, pulse in held.items()
        }
        for name, (pulse, since) in list(self._stood.items()):
            if now - since >= self._settings.patience_s:
                _log.warning("lane %s %d overtaken: it stands at %s", *name, pulse)
                await self._log_topic.send(value=encode(Overtake(*name), 0))
                del self._stood[name]


def _credentials(settings: AlertRoleSettings) -> Any:
    if settings.sasl is not None:
        mechanism, username, password = settings.sasl
        return faust.SASLCredentials(
            username=username, password=password, ssl_context=settings.tls, mechanism=mechanism
        )
    return None if settings.tls is None else faust.SSLCredentials(settings.tls)


def run_alert_role(settings: AlertRoleSettings, meters: Meters, health: Health) -> None:
    """Run the worker until a signal ends it; raises SystemExit."""
    role = AlertRole(settings, meters, health)
    role.app.finalize()
    faust.Worker(role.app, redirect_stdouts=False, loglevel="WARNING").execute_from_commandline()
