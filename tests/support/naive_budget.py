"""The budget as its rule reads, over the whole history, with no running state."""

from stream.decisions import Key

Strength = tuple[float, Key]
Raised = list[tuple[float, Strength]]


def naive_may_raise(n: int, raised: Raised, at: float, strength: Strength) -> bool:
    """Whether one more alert may be raised at plane time ``at``; strength is (E, key)."""
    day = [s for t, s in raised if t > at - 86_400]
    hour = [s for t, s in raised if t > at - 3_600]
    if len(day) + 1 > n or len(hour) + 1 > -(-n // 2):
        return False
    is_reserve = len(day) + 1 > n - n // 5
    return not is_reserve or strength < min(day)
