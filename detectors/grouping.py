"""Columns grouped by correlation, once: plain Python, for it runs once in a detector's life."""

import math
from collections.abc import Sequence

from .base import Rows


def correlation_groups(mean: Rows, joint: Rows, largest: int) -> list[list[int]]:
    """Merge the columns bottom up into groups of at most ``largest``.

    Parameters
    ----------
    mean : (d,) float64
        Of each column.
    joint : (d, d) float64
        Sums of joint deviations. The distance of two columns is 1 - their correlation, and 1 where
        one of them is constant; that of two groups is the average over their columns.
    largest : int
        Most columns of a group.

    Returns
    -------
    groups : list of list of int
        Each column once. Columns are taken in an order of their own moments, so that groups do not
        depend on the order of columns.
    """
    rank = sorted(range(len(mean)), key=lambda j: (mean[j], joint[j, j], j))
    groups = [[j] for j in rank]
    while True:
        pairs = [
            (_distance(joint, first, second), a, b)
            for a, first in enumerate(groups)
            for b, second in enumerate(groups[:a])
            if len(first) + len(second) <= largest
        ]
        if not pairs:
            return groups
        _, a, b = min(pairs)
        groups[b] += groups.pop(a)


def _distance(joint: Rows, first: Sequence[int], second: Sequence[int]) -> float:
    apart = [_correlation_distance(joint, j, k) for j in first for k in second]
    return math.fsum(apart) / len(apart)


def _correlation_distance(joint: Rows, j: int, k: int) -> float:
    norm = math.sqrt(joint[j, j] * joint[k, k])
    return 1.0 - float(joint[j, k]) / norm if norm > 0.0 else 1.0
