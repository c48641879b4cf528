"""What the lanes of a score worker go on from, when somebody asks for something else."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class StartFrom:
    """What lanes go on from, other than their newest snapshots.

    Parameters
    ----------
    state : {"newest", "previous", "fresh"}
        The newest snapshot, the one before it, or none: to learn from now on.
    rebuild_s : float
        Learn from the records of so many seconds before now instead; 0 does not.
    asked : float, seconds since the epoch
        When this was asked for. Lanes that began so after it go on from their snapshots.
    """

    state: Literal["newest", "previous", "fresh"] = "newest"
    rebuild_s: float = 0.0
    asked: float = 0.0


NEWEST = StartFrom()
