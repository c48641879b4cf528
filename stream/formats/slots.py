"""Where a scanner leaves what it found: for each source key the span of its value.

A slot is one row of an int64 matrix. It holds for the record whose stamp it carries, so that
nothing has to be cleared between records.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

# columns of a slot
STAMP, START, END, KIND = range(4)
N_SLOT = 4

# kinds of a value: as it stands; with JSON escapes; with doubled quotes; unset
PLAIN, ESCAPED, DOUBLED, UNSET = range(4)

# slots that no key fills, but the text around a record: syslog header, log prefix, #path
TIME_SLOT, HOST_SLOT, PREFIX_SLOT, PATH_SLOT = range(4)
N_FIXED_SLOT = 4
FIXED_KEYS = ("@time", "@host", "@prefix", "@path")

# The buffer of records has a head: first the bytes of #path, then room to write out escaped text,
# as long as the longest record. Records follow.
SCRATCH = 256

# what a scanner says
SCANNED = 0
NOT_JSON = -1
CUT_OFF = -2


@njit(cache=True, nogil=True, error_model="numpy")
def fill_slot(
    slots: NDArray[np.int64], slot: int, stamp: int, span: tuple[int, int], kind: int
) -> None:
    """Note a value."""
    slots[slot, STAMP] = stamp
    slots[slot, START] = span[0]
    slots[slot, END] = span[1]
    slots[slot, KIND] = kind
