"""Fill times, durations, counts and addresses of a chunk."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from stream.events import DURATION, TS

from .addresses import parse_ipv4, parse_ipv6
from .chunk import Chunk
from .eight_bytes import digits_value
from .numbers import parse_any_number, parse_plain
from .slots import BAD_SLOT, KIND_MASK, PLAIN, slot_length, slot_start
from .sources import is_unset, plain_slot
from .tables import (
    BAD_ADDRESS,
    BAD_ESCAPE,
    BAD_NUMBER,
    BAD_TIME,
    D_UNSET_SPACE,
    OP_SECONDS,
    OP_TIME,
    R_COLUMN,
    R_DEFAULT,
    R_OP,
    R_SLOT,
    Tables,
)
from .times import LATEST, parse_time

LARGEST_COUNT = 9.0e18
LONGEST_DURATION = 1.0e10
MAPPED = 0xFFFF00000000  # ::ffff:0:0, the low half
AT_ONCE = 8  # digits


@njit(cache=True, nogil=True, error_model="numpy")
def fill_times(
    tables: Tables,
    dialect: int,
    r: int,
    buf: NDArray[np.uint8],
    slots: NDArray[np.int64],
    chunk: Chunk,
    m: int,
    zone: int,
    real: NDArray[np.float64],
) -> None:
    """Times, and durations: seconds as they stand, or up to a time. Negative ones are left out."""
    op = tables.rule[r, R_OP]
    number = tables.rule[r, R_SLOT]
    column = tables.rule[r, R_COLUMN]
    leave_bad = tables.rule[r, R_DEFAULT] == 1
    factor = tables.factor[r]
    powers = tables.powers
    entry, space = tables.words.entry, tables.dialect[dialect, D_UNSET_SPACE]
    rows, events, times, why = chunk.row, chunk.event, chunk.time, chunk.why
    for k in range(m):
        slot = slots[rows[k], number]
        if slot & KIND_MASK < PLAIN or not np.isnan(real[events[k], column]):
            continue
        if slot & KIND_MASK > PLAIN:
            slot = plain_slot(buf, slot)
            if slot == BAD_SLOT:
                why[k] = BAD_ESCAPE
                continue
        start = slot_start(slot)
        end = start + slot_length(slot)
        value = parse_plain(buf, start, end, powers) * factor
        if op == OP_SECONDS:
            if not value >= 0:
                value = parse_any_number(buf, start, end, powers) * factor
        elif not 0 <= value < LATEST:
            value = parse_time(buf, start, end, zone, times[k], factor, powers)
        if np.isnan(value):
            if not leave_bad and not is_unset(entry, space, buf, start, end):
                why[k] = BAD_NUMBER if op == OP_SECONDS else BAD_TIME
        elif op == OP_TIME:
            real[events[k], TS] = value
        elif op == OP_SECONDS:
            if abs(value) > LONGEST_DURATION:
                why[k] = BAD_NUMBER
            elif value >= 0:
                real[events[k], DURATION] = value
        elif value >= real[events[k], TS]:
            real[events[k], DURATION] = value - real[events[k], TS]


@njit(cache=True, nogil=True, error_model="numpy")
def fill_counts(
    tables: Tables,
    dialect: int,
    r: int,
    buf: NDArray[np.uint8],
    slots: NDArray[np.int64],
    chunk: Chunk,
    m: int,
    real: NDArray[np.float64],
) -> None:
    """Bytes and packets, times the unit factor."""
    number = tables.rule[r, R_SLOT]
    column = tables.rule[r, R_COLUMN]
    factor = tables.factor[r]
    powers = tables.powers
    entry, space = tables.words.entry, tables.dialect[dialect, D_UNSET_SPACE]
    rows, events, why = chunk.row, chunk.event, chunk.why
    for k in range(m):
        slot = slots[rows[k], number]
        if slot & KIND_MASK < PLAIN or not np.isnan(real[events[k], column]):
            continue
        if slot & KIND_MASK > PLAIN:
            slot = plain_slot(buf, slot)
            if slot == BAD_SLOT:
                why[k] = BAD_ESCAPE
                continue
        start = slot_start(slot)
        length = slot_length(slot)
        value = -1.0
        if 0 < length <= AT_ONCE:
            value = np.float64(digits_value(buf, start, length)) * factor
        if not value >= 0:
            value = parse_any_number(buf, start, start + length, powers) * factor
        if 0 <= value <= LARGEST_COUNT:
            real[events[k], column] = value
        elif not is_unset(entry, space, buf, start, start + length):
            why[k] = BAD_NUMBER


@njit(cache=True, nogil=True, error_model="numpy")
def fill_addresses(
    tables: Tables,
    dialect: int,
    r: int,
    buf: NDArray[np.uint8],
    slots: NDArray[np.int64],
    chunk: Chunk,
    m: int,
    address: NDArray[np.uint64],
) -> None:
    """Addresses, and the bit that says that one was read."""
    number = tables.rule[r, R_SLOT]
    column = tables.rule[r, R_COLUMN]
    entry, space = tables.words.entry, tables.dialect[dialect, D_UNSET_SPACE]
    rows, events, why, found = chunk.row, chunk.event, chunk.why, chunk.found
    group = chunk.group
    for k in range(m):
        slot = slots[rows[k], number]
        if slot & KIND_MASK < PLAIN or found[k] & (1 << column) != 0:
            continue
        if slot & KIND_MASK > PLAIN:
            slot = plain_slot(buf, slot)
            if slot == BAD_SLOT:
                why[k] = BAD_ESCAPE
                continue
        start = slot_start(slot)
        end = start + slot_length(slot)
        value = parse_ipv4(buf, start, end)
        if value >= 0:
            address[events[k], column + 1] = np.uint64(MAPPED + value)
        elif not parse_ipv6(buf, start, end, group, address, events[k], column):
            if not is_unset(entry, space, buf, start, end):
                why[k] = BAD_ADDRESS
            continue
        found[k] |= 1 << column
