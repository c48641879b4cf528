"""The words behind the hashes of text columns: a small table, first come, first kept.

A hash has one place in the table, and a word that is there stays. So the memory is fixed, and
what a hash reads as is the same whenever it is asked after its event: a flagged row may be decoded
later than the batch it came in. Words are kept to 32 bytes.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .borrowing import inner_njit

PLACES = 4096
WORD_BYTES = 32


class Lexicon(NamedTuple):
    """Hash, length and bytes of the words that found a free place."""

    hash: NDArray[np.int64]  # (PLACES,) 0 is free
    length: NDArray[np.int64]  # (PLACES,)
    word: NDArray[np.uint8]  # (PLACES, WORD_BYTES)

    @classmethod
    def empty(cls) -> "Lexicon":
        """Make a lexicon without words."""
        return cls(
            np.zeros(PLACES, np.int64),
            np.zeros(PLACES, np.int64),
            np.zeros((PLACES, WORD_BYTES), np.uint8),
        )

    def text(self, hashed: int) -> str:
        """Give the word of a hash: "" for 0, and #hash in hexadecimal for one without a place."""
        if hashed == 0:
            return ""
        place = hashed % PLACES
        if int(self.hash[place]) != hashed:
            return f"#{hashed:016x}"
        raw = self.word[place, : self.length[place]].tobytes()
        return raw.decode("utf-8", "replace")


@inner_njit
def note_word(
    hashes: NDArray[np.int64],
    lengths: NDArray[np.int64],
    words: NDArray[np.uint8],
    hashed: int,
    buf: NDArray[np.uint8],
    start: int,
    end: int,
) -> None:
    """Keep a word, unless its place is taken."""
    place = hashed & (PLACES - 1)
    if hashes[place] != 0:
        return
    n = min(end - start, WORD_BYTES)
    hashes[place] = hashed
    lengths[place] = n
    for k in range(WORD_BYTES):
        words[place, k] = buf[start + k] if k < n else 0
