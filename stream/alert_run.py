"""The alert role through outages: Faust waits for no broker, so this does it.

Faust ends where a broker is away at its start, may end or stand still when one comes back, and does
not always end when it is told to. Nothing that it holds is lost with it: the state is in its topic
and what follows is in the log. So it begins again in a fresh image of the same process.
"""

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable

from connectors.errors import ConnectError, RightsError, StoppedError
from connectors.kafka_clients import Watch
from connectors.kafka_ranges import LogEnds

from .alert_role_settings import AlertRoleSettings
from .app import AlertRole
from .health import Health
from .metrics import Meters
from .stopping import WAITING, Stopping

_log = logging.getLogger(__name__)

LOOK_S = 1.0
STUCK_S = 45.0  # without progress, while the log has more and Kafka answers
SOON_S = 60.0  # Faust that ends sooner, with Kafka there all the time, has another reason


class Guard(threading.Thread):
    """Looks from beside whether the fold goes on, and ends or begins the process anew.

    Parameters
    ----------
    role : AlertRole
    ends : LogEnds
    topic : str
        The lane log.
    stopping : Stopping
    """

    def __init__(self, role: AlertRole, ends: LogEnds, topic: str, stopping: Stopping) -> None:
        super().__init__(name="guard", daemon=True)
        self._role = role
        self._ends = ends
        self._topic = topic
        self._stopping = stopping
        self._seen = (-1, -1)
        self._moved_at = time.monotonic()
        self.was_away = False

    def run(self) -> None:
        """Look, for as long as the process runs."""
        while self._stopping():
            time.sleep(LOOK_S)
            if self._is_stuck():
                _log.warning("alerting stands still though Kafka answers; beginning again")
                begin_again()
        _log.warning("alerting did not end when it was told to; its state is where it was")
        logging.shutdown()
        os._exit(0)

    def answers(self) -> bool:
        """Whether Kafka does at this moment."""
        return self._ends.lag_now(self._topic, 0) is not None

    def wait_for_kafka(self) -> None:
        """Wait until it answers; StoppedError where the process was told to stop."""
        self._ends.ends(self._topic, 0)

    def _is_stuck(self) -> bool:
        """Whether neither this worker nor another of the group goes on, for too long."""
        now = time.monotonic()
        try:
            lag = self._ends.lag_now(self._topic, 0)
        except (RightsError, ConnectError):  # the role meets it too, and says so
            lag = None
        self.was_away = self.was_away or lag is None
        committed, end = lag or (0, 0)
        seen = (self._role.taken, committed)
        if committed >= end or seen != self._seen:
            self._seen, self._moved_at = seen, now
        return now - self._moved_at > STUCK_S


def run_alert_role(
    settings: AlertRoleSettings, running: Callable[[], bool], meters: Meters, health: Health
) -> None:
    """Fold the log until told to stop; waits for Kafka at the start and whenever it is away."""
    stopping = Stopping(running)
    watch = Watch(stopping)
    ends = LogEnds(settings.properties, watch, settings.name)
    try:
        ends.ends(settings.topics.lane, 0)
        role = AlertRole(settings, running, ends, meters, health)
        _fold(role, running, Guard(role, ends, settings.topics.lane, stopping))
    except StoppedError as error:
        _log.warning("%s", error)


def _fold(role: AlertRole, running: Callable[[], bool], guard: Guard) -> None:
    began = time.monotonic()
    guard.start()
    role.work()
    if not running():
        return
    if time.monotonic() - began < SOON_S and not guard.was_away and guard.answers():
        raise ConnectError(
            "alerting: Faust ended though Kafka answers, expected it to go on; its log says why"
        )
    guard.wait_for_kafka()
    _log.warning("alerting lost its brokers; beginning again")
    begin_again()


def begin_again() -> None:
    """Go on as a fresh image of the same process, with the same arguments."""
    # signals wait until there is a handler again
    signal.pthread_sigmask(signal.SIG_BLOCK, WAITING)
    logging.shutdown()
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 (ourselves)
