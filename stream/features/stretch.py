"""A stretch: events in a row between which nothing falls due, taken column by column.

Each kernel walks the whole stretch with the few arrays it needs. That is several times as fast as
all steps event by event: numba counts references to arrays at every call, and the look-ups of
neighbouring events wait for memory together.

A stretch is a matrix of look-ups. Event k has row k, where its pair is looked up. It has one or two
sides, its source and a destination that is inside: side j, counted through the stretch, has row
SIDES + j, where its entity is looked up, and row SERVICES + j for the entity's port.
"""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from stream.events import (
    ABORTED,
    ACTION,
    ATTEMPT,
    BYTES_IN,
    BYTES_OUT,
    DENIED,
    DST_HI,
    DST_LO,
    DST_LOCAL,
    DST_PORT,
    OUTCOME,
    SRC_HI,
    SRC_LO,
    SRC_LOCAL,
    EventBatch,
)
from stream.populations import (
    TAG_EXTERNAL_SOURCE,
    TAG_INTERNAL_DESTINATION,
    TAG_INTERNAL_SOURCE,
)

from .tables import ASK_HASH, ASK_TAG, NOW, Stretch, hash_address, mix

LONGEST = 256
SIDES = LONGEST
SERVICES = 3 * LONGEST
PORT_BITS = 16

# more columns of Stretch.whole, in an event's row: its number in the batch
EVENT, PORT, FAILED, INSIDE, DESTINATION_INSIDE = range(4, 9)
# in a side's row: its event; 0 for a source, 1 for a destination; the entity's open window
OF, SIDE, PEER_INSIDE, WINDOW = range(4, 8)
N_WHOLE = 9
# more columns of Stretch.real, in an event's row; SIZE is log10(1 + bytes), PEER_15M and PEER_4H
# are how much of a new peer it is: 1 - 2^(-age / half-life)
OUT, BACK, SIZE, RARITY, PEER_15M, PEER_4H, PAIR_EVENTS = range(2, 9)
N_STRETCH_REAL = 9


def new_stretch() -> Stretch:
    """Room for the longest."""
    n = 5 * LONGEST
    return Stretch(
        np.zeros((n, 2), np.uint64),
        np.zeros((n, N_WHOLE), np.int64),
        np.zeros((n, N_STRETCH_REAL)),
        np.array([0, SIDES, SERVICES]),
    )


@njit(cache=True, nogil=True, error_model="numpy")
def describe(stretch: Stretch, batch: EventBatch, n: int) -> None:
    """Write what n events say by themselves."""
    whole, real = stretch.whole, stretch.real
    for k in range(n):
        i = whole[k, EVENT]
        outcome = batch.code[i, OUTCOME]
        failed = batch.code[i, ACTION] >= DENIED or (outcome >= ATTEMPT and outcome <= ABORTED)
        whole[k, PORT] = batch.code[i, DST_PORT]
        whole[k, FAILED] = 1 if failed else 0
        whole[k, INSIDE] = 1 if batch.code[i, SRC_LOCAL] == 1 else 0
        whole[k, DESTINATION_INSIDE] = 1 if batch.code[i, DST_LOCAL] == 1 else 0
        out, back = batch.real[i, BYTES_OUT], batch.real[i, BYTES_IN]
        real[k, OUT] = out if out > 0.0 else 0.0
        real[k, BACK] = back if back > 0.0 else 0.0
        real[k, SIZE] = math.log10(1.0 + real[k, OUT] + real[k, BACK])


@njit(cache=True, nogil=True, error_model="numpy")
def ask(stretch: Stretch, address: NDArray[np.uint64], seed: int, n: int) -> int:
    """Write what is to be looked up for n events; return how many sides they have.

    A pair's key is the low half of both addresses, each stirred with the hash of the other address,
    which covers the high half.
    """
    key, whole, real, _ = stretch
    shift = np.uint64(32)
    m = 0
    for k in range(n):
        i = whole[k, EVENT]
        source = hash_address(address[i, SRC_HI], address[i, SRC_LO], seed)
        destination = hash_address(address[i, DST_HI], address[i, DST_LO], seed)
        key[k, 0] = address[i, SRC_LO] ^ (np.uint64(destination) << shift)
        key[k, 1] = address[i, DST_LO] ^ (np.uint64(source) << shift)
        whole[k, ASK_TAG] = 0
        whole[k, ASK_HASH] = mix(source, destination)
        port = whole[k, PORT]
        tag = TAG_INTERNAL_SOURCE if whole[k, INSIDE] == 1 else TAG_EXTERNAL_SOURCE
        h = source
        for side in range(1 + whole[k, DESTINATION_INSIDE]):
            if side == 1:
                tag = TAG_INTERNAL_DESTINATION
                h = destination
            service = tag << PORT_BITS | port
            e, s = SIDES + m, SERVICES + m
            key[e, 0] = address[i, 2 * side]
            key[e, 1] = address[i, 2 * side + 1]
            key[s, 0] = address[i, 2 * side]
            key[s, 1] = address[i, 2 * side + 1]
            whole[e, ASK_TAG] = tag
            whole[e, ASK_HASH] = mix(h, tag)
            whole[s, ASK_TAG] = service
            whole[s, ASK_HASH] = mix(h, service) if port >= 0 else -1
            real[e, NOW] = real[k, NOW]
            real[s, NOW] = real[k, NOW]
            whole[e, OF] = k
            whole[e, SIDE] = side
            whole[e, PEER_INSIDE] = whole[k, DESTINATION_INSIDE - side]
            m += 1
    return m
