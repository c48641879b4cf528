"""Random trouble for a running engine: what dies, pauses, comes and goes, in an order of a seed."""

import random
import signal
import time
from collections.abc import Callable, Sequence

from live_engine import LiveEngine
from real_servers import services

ROLES = ("score", "alert", "publish", "index")
MOST = {"score": 3, "alert": 2, "publish": 2, "index": 2}
PAUSE_S = 9.0  # past the session timeouts of a LiveEngine
WEIGHTS = {
    "kill": 10,
    "term": 5,
    "add": 3,
    "remove": 3,
    "pause": 2,
    "broker": 2,
    "elasticsearch": 1,
}


class Trouble:
    """Does one thing after the other to an engine, and says each in a line.

    Parameters
    ----------
    engine : LiveEngine
        With one process of each role, named as the role.
    seed : int
    say : callable
        Takes a line for each thing done.
    brokers : int
        How many there are.
    """

    def __init__(
        self, engine: LiveEngine, seed: int, say: Callable[[str], object], brokers: int = 1
    ) -> None:
        self._engine = engine
        self._random = random.Random(seed)
        self._say = say
        self._brokers = brokers
        self._number = 1
        self.done = 0

    def plan(self, n: int) -> list[str]:
        """Return kinds of n things to do, in random order, each kind at least once."""
        kinds = list(WEIGHTS)
        more = self._random.choices(kinds, list(WEIGHTS.values()), k=max(0, n - len(kinds)))
        plan = [*kinds, *more]
        self._random.shuffle(plan)
        return plan[:n]

    def make(self, kind: str) -> None:
        """Do a thing of a kind, at a random moment."""
        time.sleep(self._random.uniform(0.2, 2.0))
        getattr(self, f"_{kind}")()
        self.done += 1

    def _tell(self, what: str) -> None:
        self._say(f"{self.done + 1} {time.strftime('%H:%M:%S')} {what}")

    def _any(self) -> str:
        role = self._random.choice(ROLES)
        return self._random.choice(self._of(role))

    def _of(self, role: str) -> Sequence[str]:
        return [name for name in self._engine.processes if name.startswith(role)]

    def _end(self, name: str, number: int) -> None:
        self._tell(f"{signal.Signals(number).name} {name}")
        self._engine.kill(name, number)
        self._engine.start(name.split("-", maxsplit=1)[0], name)

    def _kill(self) -> None:
        self._end(self._any(), signal.SIGKILL)

    def _term(self) -> None:
        self._end(self._any(), signal.SIGTERM)

    def _add(self) -> None:
        roles = [role for role in ROLES if len(self._of(role)) < MOST[role]]
        if not roles:
            return self._remove()
        role = self._random.choice(roles)
        self._number += 1
        name = f"{role}-{self._number}"
        self._tell(f"add {name}")
        return self._engine.start(role, name)

    def _remove(self) -> None:
        names = [name for role in ROLES if len(of := self._of(role)) > 1 for name in of]
        if not names:
            return self._add()
        name = self._random.choice(names)
        number = self._random.choice([signal.SIGKILL, signal.SIGTERM])
        self._tell(f"remove {name} by {signal.Signals(number).name}")
        return self._engine.kill(name, number)

    def _pause(self) -> None:
        name = self._any()
        self._tell(f"pause {name} for {PAUSE_S:g} s")
        self._engine.pause(name)
        time.sleep(PAUSE_S)
        self._engine.resume(name)

    def _broker(self) -> None:
        name = f"kafka-{self._random.randrange(self._brokers) + 1}"
        self._server(name, self._random.uniform(0.0, 8.0))

    def _elasticsearch(self) -> None:
        self._server("elasticsearch", self._random.uniform(0.0, 3.0))

    def _server(self, name: str, away_s: float) -> None:
        self._tell(f"kill {name}, start it after {away_s:.1f} s")
        services("kill", name)
        time.sleep(away_s)
        services("start", name)
