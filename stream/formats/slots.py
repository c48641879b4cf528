"""Where a scanner leaves what it found: for each record and source key the span of its value.

Records are worked on in chunks of CHUNK: first all are scanned, then each column is decoded over
all of them. A chunk's memory is small enough to stay in the processor's cache.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

CHUNK = 256

# kinds of a value: not there; unset; as it stands; with JSON escapes; with doubled quotes
MISSING, UNSET, PLAIN, ESCAPED, DOUBLED = range(5)

# slots that no key fills, but the text around a record: syslog header, log prefix, #path
TIME_SLOT, HOST_SLOT, PREFIX_SLOT, PATH_SLOT = range(4)
FIXED_KEYS = ("@time", "@host", "@prefix", "@path")

# The buffer of records has a head: first the bytes of #path, then room to write out escaped text,
# as long as all records. Records follow.
SCRATCH = 256

# what a scanner says
SCANNED = 0
NOT_JSON = -1
CUT_OFF = -2


class Slots(NamedTuple):
    """The slots of a chunk; s slots a record."""

    span: NDArray[np.int64]  # (CHUNK, s, 2) start and end in the buffer
    kind: NDArray[np.int8]  # (CHUNK, s)

    @classmethod
    def empty(cls, slots: int) -> "Slots":
        """Slots in which nothing was found."""
        return cls(np.zeros((CHUNK, slots, 2), np.int64), np.zeros((CHUNK, slots), np.int8))
