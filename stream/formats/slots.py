"""Where a scanner leaves what it found: for each record and source key the span of its value.

Records are worked on in chunks: first all are scanned, then each column is decoded over all of
them. So the slots of one key lie together, row behind row, and what is touched of them is small
enough to stay in the processor's cache however many keys the dialects know. A slot is one int64:
start in the buffer, length and kind of the value.
"""

import numpy as np
from numpy.typing import NDArray

from .borrowing import inner_njit

CHUNK = 512

# kinds of a value: not there (the whole slot is 0); unset; as it stands; with JSON escapes; with
# doubled quotes; with a bad escape; with backslashes before quotes, signs and backslashes
MISSING, UNSET, PLAIN, ESCAPED, DOUBLED, BAD, SLASHED = range(7)
KIND_BITS = 3
START_SHIFT = 32
KIND_MASK = (1 << KIND_BITS) - 1
LENGTH_MASK = (1 << (START_SHIFT - KIND_BITS)) - 1
# so a buffer may have 2 GiB, a value half a GiB
LARGEST_PAYLOAD = 2**30 - 1024
LARGEST_RECORD = LENGTH_MASK

# slots that no key fills, but the text around a record: syslog header (time, host, program, id of
# the message), log prefix, #path, the head of CEF and LEEF
(
    TIME_SLOT,
    HOST_SLOT,
    PREFIX_SLOT,
    PATH_SLOT,
    TAG_SLOT,
    ID_SLOT,
    VENDOR_SLOT,
    PRODUCT_SLOT,
    VERSION_SLOT,
    NAME_SLOT,
    SEVERITY_SLOT,
) = range(11)
FIXED_KEYS = (
    "@time", "@host", "@prefix", "@path", "@tag", "@id", "@vendor", "@product", "@version",
    "@name", "@severity",
)  # fmt: skip

N_FIXED = 11

# behind the rows of a chunk stand whether a key's slot is filled in some row, the list of the keys
# for which it is, and in the first place how many those are; so no other is looked at or emptied
FILLED, LIST, LISTED = CHUNK, CHUNK + 1, CHUNK + 2
# and as much room that the rows of several keys do not fall on one another in the cache
WIDTH = CHUNK + 8

# The buffer of records begins with the bytes of #path; then there is room to write out escaped
# text: the records in two envelopes and the values of the innermost; records follow
HEAD = 0
SCRATCH = 256
LAYERS = 3

# what a scanner says
SCANNED = 0
NOT_JSON = -1
CUT_OFF = -2


@inner_njit
def slot_of(start: int, end: int, kind: int) -> int:
    """Pack a slot."""
    return (start << START_SHIFT) | ((end - start) << KIND_BITS) | kind


@inner_njit
def slot_start(slot: int) -> int:
    """Where the value of a slot begins."""
    return slot >> START_SHIFT


@inner_njit
def slot_length(slot: int) -> int:
    """How long the value of a slot is."""
    return (slot >> KIND_BITS) & LENGTH_MASK


def empty_slots(slots: int) -> NDArray[np.int64]:
    """Room for the slots of a chunk, (slots, WIDTH). Those that no key fills are always listed."""
    room = np.zeros((slots, WIDTH), np.int64)
    room[:N_FIXED, FILLED] = 1
    room[:N_FIXED, LIST] = np.arange(N_FIXED)
    room[0, LISTED] = N_FIXED
    return room


@inner_njit
def mark_filled(slots: NDArray[np.int64], slot: int) -> None:
    """List a slot that is filled in some row."""
    if slots[slot, FILLED] == 0:
        slots[slot, FILLED] = 1
        n = slots[0, LISTED]
        slots[n, LIST] = slot
        slots[0, LISTED] = n + 1


@inner_njit
def empty_filled(slots: NDArray[np.int64], count: int) -> None:
    """Empty the slots of the first rows."""
    for n in range(slots[0, LISTED]):
        k = slots[n, LIST]
        for row in range(count):
            slots[k, row] = MISSING
        if n >= N_FIXED:
            slots[k, FILLED] = 0
    slots[0, LISTED] = N_FIXED


@inner_njit
def empty_row(slots: NDArray[np.int64], row: int) -> None:
    """Empty the slots of a row but for the host."""
    for n in range(slots[0, LISTED]):
        k = slots[n, LIST]
        if k != HOST_SLOT:
            slots[k, row] = MISSING
