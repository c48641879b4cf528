"""Fading, scales and the gate, the obvious way: everything is kept, and faded when it is asked."""

import math


def naive_fade(age_s: float, half_life: float) -> float:
    return math.exp2(-age_s / half_life)


def naive_log(x: float) -> float:
    return math.copysign(math.log(1.0 + abs(x)), x)


class NaiveScale:
    """Place and deviation of one column, from values cut at four deviations."""

    def __init__(self, least: float, first_deviation: float = 1.0) -> None:
        self.least = least
        self.place, self.variance = 0.0, first_deviation**2
        self.deviation = first_deviation

    def learn(self, y: float, share: float) -> None:
        step = y - self.place
        step = max(-4.0 * self.deviation, min(4.0 * self.deviation, step))
        self.place += share * step
        self.variance = (1.0 - share) * (self.variance + share * step**2)
        self.deviation = max(math.sqrt(self.variance), self.least)


class NaiveTotal:
    """Faded weight of all rows, with one row at the time of the first before them."""

    def __init__(self, half_life: float) -> None:
        self.half_life = half_life
        self.rows: list[tuple[float, float]] = []

    def start(self, t: float) -> None:
        """Put the weight that a scale has before its first row at the first row's time."""
        if not self.rows:
            self.rows.append((t, 1.0))

    def share_of(self, t: float, weight: float) -> float:
        """Add a row; return its part of the whole."""
        self.rows.append((t, weight))
        return weight / sum(w * naive_fade(t - at, self.half_life) for at, w in self.rows)


class NaiveGate:
    """The half octave of score that one in a hundred learnt rows passes, with its brakes."""

    def __init__(self, half_life: float) -> None:
        self.half_life = half_life
        self.seen: list[tuple[float, int, float]] = []
        self.level: int | None = None
        self.since = 0.0

    @staticmethod
    def bin_of(score: float) -> int:
        if score < 2.0**-10:
            return 0
        octave = math.floor(math.log2(score))
        return min(2 * (octave + 10) + 1 + (score / 2.0**octave >= math.sqrt(2.0)), 63)

    def divisor(self, score: float) -> float:
        return 16.0 if self.level is not None and self.bin_of(score) > self.level else 1.0

    def follow(self, score: float, weight: float, t: float) -> None:
        self.seen.append((t, self.bin_of(score), weight))
        if len(self.seen) < 64:
            return
        faded = [(at, w * naive_fade(t - when, self.half_life)) for when, at, w in self.seen]
        total = sum(w for _, w in faded)
        want = max(
            b for b in range(64) if b == 0 or sum(w for a, w in faded if a >= b) > total / 100
        )
        if self.level is None or len(self.seen) <= 256 or want < self.level:
            self.level, self.since = want, t
        elif want > self.level and t - self.since >= 3600.0:
            self.level, self.since = self.level + 1, t
