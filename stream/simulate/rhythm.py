"""When things happen: the shapes of a day, polls, and bursts."""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from .contacts import Real, Whole

# tenths of somebody's time at work: a slow start, a lunch, an early end
_AT_WORK = np.array([0.9, 1.1, 1.2, 1.1, 0.6, 0.8, 1.1, 1.1, 1.0, 0.7])
# hours of the day, UTC: outside users of a site, machines that serve people, machines alone
PUBLIC = np.array(
    [4, 3, 2, 2, 2, 3, 5, 8, 11, 13, 14, 14, 13, 13, 14, 13, 12, 11, 11, 12, 12, 10, 8, 6]
)
SERVING = np.array([2, 2, 2, 2, 2, 2, 3, 6, 10, 12, 12, 12, 9, 11, 12, 12, 10, 7, 4, 3, 3, 2, 2, 2])
FLAT = np.ones(24)


def _inverse(weights: NDArray[np.float64] | NDArray[np.int64], u: Real) -> Real:
    total = np.concatenate(([0.0], np.cumsum(weights)))
    return np.interp(u, total / total[-1], np.linspace(0.0, 1.0, len(total)))


def at_work(rng: Generator, arrive: Real, leave: Real) -> Real:
    """One time for each person between coming and going."""
    return arrive + (leave - arrive) * _inverse(_AT_WORK, rng.random(len(arrive)))


def in_day(rng: Generator, n: int, hours: NDArray[np.float64] | NDArray[np.int64]) -> Real:
    """Seconds into the day of n events that follow 24 hourly weights."""
    return 86_400.0 * _inverse(hours, rng.random(n))


def times_each(rng: Generator, mean: Real) -> Whole:
    """Index of each of the members, repeated as often as a Poisson law of its mean says."""
    counts = rng.poisson(mean)
    return np.repeat(np.arange(len(counts)), counts)


def polls(rng: Generator, start: Real, stop: Real, period: float) -> tuple[Whole, Real]:
    """Index and times of members that act every ``period`` s, each with its own phase."""
    counts = np.maximum((stop - start) / period, 0.0).astype(np.int64)
    who = np.repeat(np.arange(len(counts)), counts)
    turn = np.arange(len(who)) - np.repeat(np.cumsum(counts) - counts, counts)
    phase = rng.random(len(counts))[who]
    jitter = rng.normal(0.0, 0.03, len(who))
    return who, start[who] + (turn + phase + jitter) * period


def bursts(rng: Generator, n: int, median: float, sigma: float, most: int) -> Whole:
    """Sizes of n bursts: at least 1, log-normal, cut at ``most``."""
    return np.minimum(1 + rng.lognormal(np.log(median), sigma, n), most).astype(np.int64)


def heavy(rng: Generator, n: int, alpha: float, most: int) -> Whole:
    """Return n counts with P(count >= k) = k ** -alpha, cut at ``most`` (a discrete Pareto law)."""
    return np.minimum((1.0 - rng.random(n)) ** (-1.0 / alpha), most).astype(np.int64)


def ranks(rng: Generator, n: int, of: int, exponent: float) -> Whole:
    """Return n draws from ``of`` things whose popularity falls with rank (Zipf's law)."""
    total = np.cumsum(np.arange(1, of + 1, dtype=np.float64) ** -exponent)
    return np.searchsorted(total / total[-1], rng.random(n)).clip(0, of - 1)
