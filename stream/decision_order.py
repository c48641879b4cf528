"""Which numbered decisions are forwarded: each once, and none before the one before it.

Decisions are sent without waiting for each of them. Where one is lost on its way and the next is
not, the alert role begins again from its state and sends both, in order; what came early is left
out until then. Only where records are gone from the topic itself a number may be missing for good.
"""

from dataclasses import dataclass
from typing import Literal

NONE = -1


@dataclass(slots=True)
class DecisionOrder:
    """Where the sequence of numbers stands.

    Parameters
    ----------
    last : int
        Number that was forwarded last.
    may_jump : bool
        Whether numbers before the next one may be gone for good.
    """

    last: int = NONE
    may_jump: bool = False

    def take(self, number: int) -> Literal["new", "repeat", "early"]:
        """Say what a decision is; a new one is the last from here on."""
        if number <= self.last:
            return "repeat"
        if number > self.last + 1 and not self.may_jump:
            return "early"
        self.last, self.may_jump = number, False
        return "new"
