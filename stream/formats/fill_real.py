"""Fill times, durations, counts and addresses from the source texts of a chunk."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from stream.events import DURATION, TS

from .addresses import parse_ipv4, parse_ipv6
from .chunk import Chunk
from .numbers import parse_number
from .tables import (
    BAD_ADDRESS,
    BAD_NUMBER,
    BAD_TIME,
    OP_SECONDS,
    OP_TIME,
    R_COLUMN,
    R_DEFAULT,
    R_OP,
    Tables,
)
from .times import parse_time

LARGEST_COUNT = 9.0e18
LONGEST_DURATION = 1.0e10
MAPPED = 0xFFFF00000000  # ::ffff:0:0, the low half


@njit(cache=True, nogil=True, error_model="numpy")
def fill_times(
    tables: Tables,
    r: int,
    buf: NDArray[np.uint8],
    chunk: Chunk,
    m: int,
    zone: int,
    real: NDArray[np.float64],
) -> None:
    """Times, and durations: seconds as they stand, or up to a time. Negative ones are left out."""
    op = tables.rule[r, R_OP]
    column = tables.rule[r, R_COLUMN]
    leave_bad = tables.rule[r, R_DEFAULT] == 1
    factor = tables.factor[r]
    powers = tables.powers
    for k in range(m):
        event = chunk.event[k]
        start, end = chunk.start[k], chunk.end[k]
        if end < 0 or not np.isnan(real[event, column]):
            continue
        if op == OP_SECONDS:
            value = parse_number(buf, start, end, powers) * factor
            if not abs(value) <= LONGEST_DURATION:
                chunk.why[k] = BAD_NUMBER
            elif value >= 0:
                real[event, DURATION] = value
            continue
        seconds = parse_time(buf, start, end, zone, chunk.time[k], factor, powers)
        if np.isnan(seconds):
            if not leave_bad:
                chunk.why[k] = BAD_TIME
        elif op == OP_TIME:
            real[event, TS] = seconds
        elif seconds >= real[event, TS]:
            real[event, DURATION] = seconds - real[event, TS]


@njit(cache=True, nogil=True, error_model="numpy")
def fill_counts(
    tables: Tables,
    r: int,
    buf: NDArray[np.uint8],
    chunk: Chunk,
    m: int,
    real: NDArray[np.float64],
) -> None:
    """Bytes and packets, times the unit factor."""
    column = tables.rule[r, R_COLUMN]
    factor = tables.factor[r]
    powers = tables.powers
    events, starts, ends, why = chunk.event, chunk.start, chunk.end, chunk.why
    for k in range(m):
        if ends[k] < 0 or not np.isnan(real[events[k], column]):
            continue
        value = parse_number(buf, starts[k], ends[k], powers) * factor
        if 0 <= value <= LARGEST_COUNT:
            real[events[k], column] = value
        else:
            why[k] = BAD_NUMBER


@njit(cache=True, nogil=True, error_model="numpy")
def fill_addresses(
    tables: Tables,
    r: int,
    buf: NDArray[np.uint8],
    chunk: Chunk,
    m: int,
    address: NDArray[np.uint64],
) -> None:
    """Addresses, and the bit that says that one was read."""
    column = tables.rule[r, R_COLUMN]
    events, starts, ends = chunk.event, chunk.start, chunk.end
    group = chunk.group
    for k in range(m):
        if ends[k] < 0 or chunk.found[k] & (1 << column) != 0:
            continue
        value = parse_ipv4(buf, starts[k], ends[k])
        if value >= 0:
            address[events[k], column + 1] = np.uint64(MAPPED + value)
        elif not parse_ipv6(buf, starts[k], ends[k], group, address, events[k], column):
            chunk.why[k] = BAD_ADDRESS
            continue
        chunk.found[k] |= 1 << column
