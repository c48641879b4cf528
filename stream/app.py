"""The alert role: a Faust worker that folds the lane log into decisions; sole importer of Faust.

Faust's own exactly-once is not exact, and its committed offsets may be ahead of what was done. So
the state, one table value, holds the place in the log that it belongs to: records before it are
skipped, and those that Faust leaves out are read from the log itself. A decision is in its topic
before the state that counts it is written; a kill in between sends it again with the same number.
"""

import asyncio
import logging
import os
import threading
import time
from collections.abc import Callable
from typing import Any

import faust

from connectors.kafka_ranges import LogEnds

from .alert_refusals import refusal_of
from .alert_role_settings import AlertRoleSettings
from .decisions import Decision, Judged
from .documents import Encoder
from .exit_codes import RIGHTS
from .health import Health, waits_for_kafka
from .lane_log import Gap, LogRecord, Overtake, encode
from .log_fold import LogFold
from .metrics import Meters
from .metrics_plane import count_decision, tell_state
from .metrics_table import LAG
from .patience import Patience
from .published import encode_decision
from .record_times import RecordTimes

_log = logging.getLogger(__name__)

STEP_RECORDS = 1_000  # most records between two writes of the state
STEP_S = 1.0
LARGEST_REQUEST = 2_000_000
LOOK_S = 0.2
LONGEST_END_S = 5.0


class AlertRole:
    """The fold of one namespace in the hands of a Faust worker.

    Parameters
    ----------
    settings : AlertRoleSettings
    running : callable
        Whether to go on.
    ends : LogEnds
    meters : Meters
    health : Health
    """

    def __init__(
        self,
        settings: AlertRoleSettings,
        running: Callable[[], bool],
        ends: LogEnds,
        meters: Meters,
        health: Health,
    ) -> None:
        self._settings = settings
        self._meters = meters
        self._times = RecordTimes()
        self._is_member = False
        self._running = running
        self._ends = ends
        self._patience = Patience(settings.patience_s)
        self.failed: Exception | None = None
        self.taken = 0
        """Records of the log that were taken or read again: whether there is progress."""
        self._fold: LogFold | None = None
        self._written_at = 0.0
        self._written_next = 0
        self._due: list[Any] = []  # deliveries of decisions that the written state does not count
        self._encoder = Encoder("live")
        self.app = faust.App(
            settings.name,
            broker=settings.broker,
            store="memory://",
            topic_partitions=1,
            processing_guarantee="at_least_once",
            broker_session_timeout=settings.session_s,
            broker_heartbeat_interval=settings.session_s / 3,
            broker_request_timeout=max(90.0, settings.session_s),
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
        self.app.on_partitions_revoked.connect(self._let_go)
        self.app.on_rebalance_complete.connect(self._join)
        health.starts_with(waits_for_kafka, self._waits_for)

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
                self.failed = self.failed or error
                await self.app.crash(error)
                raise

    async def _take(self, offset: int, value: bytes) -> None:
        fold = self._fold or await self._restored()
        if offset > fold.next:
            await self._note_gap(fold)
            for missed, left_out in await self._read(fold.next, offset):
                await self._decide(fold, missed, left_out)
        await self._decide(fold, offset, value)
        is_time = time.monotonic() - self._written_at >= STEP_S
        if fold.next - self._written_next >= STEP_RECORDS or is_time:
            await self._keep(fold)

    async def _keep(self, fold: LogFold) -> None:
        """Write the state, once all decisions that it counts are in their topic.

        They are not waited for one by one: where many wait to be judged that would be most of
        their time.
        """
        due, self._due = self._due, []
        for delivery in due:
            await delivery
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
            topic, out = self._settings.topics.lane, []
            for record in self._ends.range(topic, 0, start, stop):
                out.append((record.offset, record.value or b""))
                self.taken += 1
            return out

        return await asyncio.to_thread(read)

    async def _note_gap(self, fold: LogFold) -> None:
        """Say where the log does not reach back to the state's place in it."""
        topic = self._settings.topics.lane
        low, _ = await asyncio.to_thread(self._ends.ends, topic, 0)
        if 0 < fold.next < low:
            _log.warning("%s 0: a gap: expected record %d, found %d", topic, fold.next, low)
            await self._write(Gap(topic, 0, fold.next, low, time.time()))
            fold.next = low

    async def _write(self, record: LogRecord) -> None:
        await self._log_topic.send(value=encode(record, 0))

    async def _decide(self, fold: LogFold, offset: int, value: bytes) -> None:
        self.taken += 1
        for decision in fold.take(offset, value):
            delivery = await self._send(decision)
            delivery.add_done_callback(self._sent)
            self._due.append(delivery)

    def _sent(self, delivery: Any) -> None:
        """Begin again from the state where a decision could not be sent, whatever comes next."""
        error = None if delivery.cancelled() else delivery.exception()
        if error is not None and self.failed is None:
            self._fold, self.failed = None, error
            self._crash = asyncio.ensure_future(self.app.crash(error))

    async def _send(self, decision: Decision) -> Any:
        count_decision(self._meters, decision)
        about = decision.candidate.id if isinstance(decision, Judged) else ""
        headers = self._times.headers_of(about)
        value = encode_decision(decision, self._encoder)
        return await self._decisions.send(value=value, headers=list(headers))

    async def _overtake(self) -> None:
        """Write down that patience with a lane ran out: the log decides, not the clock."""
        end = await asyncio.to_thread(self._ends.end_now, self._settings.topics.lane, 0)
        fold = self._fold
        if fold is None:
            return
        held = fold.held_up_by()
        for name in self._patience.ran_out(held, fold.next, end, time.monotonic()):
            _log.warning("lane %s %d overtaken: it stands at %s", *name, held[name])
            await self._write(Overtake(*name))

    async def _stop_when_told(self, worker: Any) -> None:
        while self._running():
            await asyncio.sleep(LOOK_S)
        await worker.stop()

    def work(self) -> None:
        """Work until told to stop, or until Faust gives up; then raise why, or nothing."""
        self.app.finalize()
        worker = _Worker(self.app, redirect_stdouts=False, loglevel="WARNING")
        self._telling = worker.loop.create_task(self._stop_when_told(worker))
        ended: SystemExit | None = None
        try:
            worker.execute_from_commandline()
        except SystemExit as error:
            ended = error
        if self.failed is not None:
            raise self.failed
        refused = refusal_of(worker.crash_reason or self.app.crash_reason or ended)
        if refused is not None:
            # threads of Faust that were refused something may not end; Python would wait for them
            last = threading.Timer(LONGEST_END_S, os._exit, (RIGHTS,))
            last.daemon = True
            last.start()
            raise refused


class _Worker(faust.Worker):
    """Leaves signals to the command that runs it."""

    def install_signal_handlers(self) -> None:
        """Install none."""


def _credentials(settings: AlertRoleSettings) -> Any:
    if settings.sasl is not None:
        mechanism, username, password = settings.sasl
        return faust.SASLCredentials(
            username=username, password=password, ssl_context=settings.tls, mechanism=mechanism
        )
    return None if settings.tls is None else faust.SSLCredentials(settings.tls)
