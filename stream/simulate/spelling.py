"""Columns of numbers to lists of words, quickly: what all writers of text share."""

import numpy as np
from numpy.typing import NDArray

from .contacts import Address, Real
from .truth import address_text

UNSET = "-"


def address_words(addresses: Address) -> list[str]:
    """IPv4 addresses in dotted form; each distinct one is spelt once."""
    distinct, place = np.unique(addresses, return_inverse=True)
    words = np.array([address_text(int(address)) for address in distinct], np.object_)
    spelt: list[str] = words[place].tolist()
    return spelt


def second_words(seconds: Real) -> list[str]:
    """Seconds with six decimals, the unset mark for NaN."""
    spelt = [f"{second:.6f}" for second in seconds.tolist()]
    for row in np.flatnonzero(np.isnan(seconds)).tolist():
        spelt[row] = UNSET
    return spelt


def count_words(counts: Real) -> list[str]:
    """Whole numbers, the unset mark for NaN."""
    whole = np.where(np.isnan(counts), -1, counts).astype(np.int64).tolist()
    return [str(count) if count >= 0 else UNSET for count in whole]


def time_words(seconds: Real) -> list[str]:
    """Return times of ISO 8601 in UTC with microseconds, without a zone."""
    instants = np.round(seconds * 1e6).astype(np.int64).view("datetime64[us]")
    spelt: list[str] = np.datetime_as_string(instants).tolist()
    return spelt


def pick(words: tuple[str, ...], numbers: NDArray[np.int32]) -> list[str]:
    """Return the words at some numbers."""
    spelt: list[str] = np.array(words, np.object_)[numbers].tolist()
    return spelt


def plain_counts(counts: Real) -> list[int]:
    """Whole numbers that are never unset."""
    spelt: list[int] = counts.astype(np.int64).tolist()
    return spelt
