"""E by plain counting, where at least sixteen others are as strange: no tail, no prior."""

import math
from collections import defaultdict

HALF = 43_200.0
DAY = 86_400.0


def bin_of(score: float) -> int:
    return max(0, min(int((math.log2(score) + 10) * 52), 2047)) if score > 2**-10 else 0


class NaiveCalibration:
    """Largest scores of each entity by half-day, in plain dictionaries."""

    def __init__(self) -> None:
        self.maxima: dict[int, dict[int, int]] = defaultdict(dict)  # half-day -> entity -> bin
        self.start: float | None = None

    def take(self, entity: int, t: float, score: float) -> float:
        """Return E from counts alone, then let the score in."""
        if self.start is None:
            self.start = t
        half = int(t // HALF)
        now, before = self.maxima[half], self.maxima[half - 1]
        others = (set(now) | set(before)) - {entity}
        at = bin_of(score)
        best = [max(now.get(e, -1), before.get(e, -1)) for e in others]
        count = sum(b >= at for b in best)
        age = (t - self.start) / DAY
        days = max(age, 0.25) if age < 1 else math.sqrt(min(1.0, t / DAY - (half - 1) * 0.5))
        now[entity] = max(now.get(entity, -1), at)
        return count / max(1, len(others)) * (len(others) + 1) / days
