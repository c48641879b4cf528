"""At most N alerts in any 24 h of plane time (docs/semantics.md, rule 20)."""

from collections import deque
from typing import NamedTuple

from .decisions import DAY_S, Key, State

HOUR_S = 3_600.0


class Charge(NamedTuple):
    """One alert that was raised."""

    at: float  # plane time
    expected: float  # corrected E
    key: Key


class Budget:
    """Charges of the last 24 h, and whether one more may be made.

    Any 24 h means any half-open interval [t, t + 24 h). In an hour at most half of the budget,
    rounded up, is spent. The last fifth, rounded down, is kept for candidates stronger than every
    alert of those 24 h: of equal E the earlier in the order of judgement is stronger.
    """

    def __init__(self, per_day: int) -> None:
        self._per_day = per_day
        self._per_hour = (per_day + 1) // 2
        self._reserve = per_day // 5
        self._charges: deque[Charge] = deque()

    def admit(self, at: float, expected: float, key: Key) -> bool:
        """Charge an alert at plane time ``at`` and return True, or return False."""
        while self._charges and at - self._charges[0].at >= DAY_S:
            self._charges.popleft()
        if not self._may(at, expected, key):
            return False
        self._charges.append(Charge(at, expected, key))
        return True

    def _may(self, at: float, expected: float, key: Key) -> bool:
        spent = len(self._charges)
        if spent >= self._per_day:
            return False
        if sum(at - charge.at < HOUR_S for charge in self._charges) >= self._per_hour:
            return False
        if spent < self._per_day - self._reserve:
            return True
        return all((expected, key) < (charge.expected, charge.key) for charge in self._charges)

    def state(self) -> State:
        """Return the charges, at most ``per_day``."""
        return {"charges": [[c.at, c.expected, list(c.key)] for c in self._charges]}

    def restore(self, state: State) -> None:
        """Take up a state that ``state`` returned."""
        self._charges = deque(
            Charge(at, expected, tuple(key)) for at, expected, key in state["charges"]
        )
