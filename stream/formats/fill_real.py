"""Fill times, durations, counts and addresses of a chunk."""

import numpy as np
from numpy.typing import NDArray

from stream.events import DURATION, TS

from .addresses import parse_ipv4, parse_ipv6
from .borrowing import inner_njit
from .chunk import EVENT, FOUND, ROW, WHY
from .eight_bytes import NOTHING, digits_value
from .numbers import parse_any_number, parse_plain
from .slots import KIND_MASK, PLAIN, slot_length, slot_start
from .sources import is_unset
from .stamps import day_and_clock, parse_span, parse_time
from .tables import (
    BAD_ADDRESS,
    BAD_ESCAPE,
    BAD_NUMBER,
    BAD_TIME,
    OP_SECONDS,
    OP_TIME,
    R_COLUMN,
    R_DEFAULT,
    R_MILLI,
    R_MINUS,
    R_OP,
    R_OTHER,
    R_SLOT,
    R_THIRD,
    R_UNSET,
    R_ZONE,
)
from .times import LATEST, NO_DAY, NO_ZONE, is_iso_long, iso_day, iso_seconds, zone_seconds
from .wide_loads import load

LARGEST_COUNT = 9.0e18
LONGEST_DURATION = 1.0e10
MAPPED = 0xFFFF00000000  # ::ffff:0:0, the low half
AT_ONCE = 8  # digits
MILLI = 0.001


@inner_njit
def span_of(
    buf: NDArray[np.uint8],
    slots: NDArray[np.int64],
    row: int,
    other: int,
    powers: NDArray[np.float64],
) -> float:
    """Seconds that a second source says, 0 where there is none or it is no span."""
    if other < 0 or slots[other, row] & KIND_MASK != PLAIN:
        return 0.0
    start = slot_start(slots[other, row])
    end = start + slot_length(slots[other, row])
    value = parse_plain(buf, start, end, powers)
    if not value >= 0:
        value = parse_span(buf, start, end)
    if np.isnan(value):
        value = parse_any_number(buf, start, end, powers)
    return value if 0 <= value <= LONGEST_DURATION else 0.0


@inner_njit
def fill_times(
    buf: NDArray[np.uint8],
    slots: NDArray[np.int64],
    record: NDArray[np.int64],
    m: int,
    rule: NDArray[np.int64],
    factor: float,
    powers: NDArray[np.float64],
    entry: NDArray[np.int64],
    times: NDArray[np.float64],
    real: NDArray[np.float64],
) -> None:
    """Fill times, and durations: seconds, or up to a time. Negative ones are left out."""
    op = rule[R_OP]
    number = rule[R_SLOT]
    column = rule[R_COLUMN]
    leave_bad = rule[R_DEFAULT] == 1
    minus = rule[R_MINUS]
    space, zone = rule[R_UNSET], rule[R_ZONE]
    head, tail, day = NOTHING, NOTHING, int(NO_DAY)
    for k in range(m):
        slot = slots[number, record[ROW, k]]
        event = record[EVENT, k]
        if slot & KIND_MASK < PLAIN or not np.isnan(real[event, column]):
            continue
        if slot & KIND_MASK > PLAIN:
            record[WHY, k] = BAD_ESCAPE
            continue
        start = slot_start(slot)
        end = start + slot_length(slot)
        if op != OP_SECONDS and is_iso_long(buf, start, end):
            # most records are of the day of the one before
            if load(buf, start) != head or load(buf, start + 2) != tail:
                head, tail, day = load(buf, start), load(buf, start + 2), iso_day(buf, start)
            value = iso_seconds(buf, start, end, zone, day)
        else:
            value = parse_plain(buf, start, end, powers) * factor
            if op == OP_SECONDS:
                # no number is a span as well, and a span is the sooner refused
                if not value >= 0:
                    value = parse_span(buf, start, end)
                if np.isnan(value):
                    value = parse_any_number(buf, start, end, powers) * factor
            elif not 0 <= value < LATEST:
                value = parse_time(buf, start, end, zone, times[k], factor, powers)
        if np.isnan(value):
            if not leave_bad and not is_unset(entry, space, buf, start, end):
                record[WHY, k] = BAD_NUMBER if op == OP_SECONDS else BAD_TIME
        elif op == OP_TIME:
            span = span_of(buf, slots, record[ROW, k], minus, powers)
            real[event, TS] = value - (span * MILLI if rule[R_MILLI] == 1 else span)
        elif op == OP_SECONDS:
            if abs(value) > LONGEST_DURATION:
                record[WHY, k] = BAD_NUMBER
            elif value >= 0:
                real[event, DURATION] = value
        elif value >= real[event, TS]:
            real[event, DURATION] = value - real[event, TS]


@inner_njit
def fill_days(
    buf: NDArray[np.uint8],
    slots: NDArray[np.int64],
    record: NDArray[np.int64],
    m: int,
    rule: NDArray[np.int64],
    powers: NDArray[np.float64],
    entry: NDArray[np.int64],
    real: NDArray[np.float64],
) -> None:
    """Fill times whose day, time of day and perhaps zone are sources of their own."""
    for k in range(m):
        row, event = record[ROW, k], record[EVENT, k]
        day, clock = slots[rule[R_SLOT], row], slots[rule[R_OTHER], row]
        if day & KIND_MASK != PLAIN or clock & KIND_MASK != PLAIN or not np.isnan(real[event, TS]):
            continue
        zone = rule[R_ZONE]
        third = slots[rule[R_THIRD], row] if rule[R_THIRD] >= 0 else 0
        if third & KIND_MASK == PLAIN:
            start = slot_start(third)
            named = zone_seconds(buf, start, start + slot_length(third), zone)
            zone = zone if named == NO_ZONE else named
        start, at = slot_start(day), slot_start(clock)
        value = day_and_clock(
            buf, start, start + slot_length(day), at, at + slot_length(clock), zone
        )
        if not np.isnan(value):
            span = span_of(buf, slots, row, rule[R_MINUS], powers)
            real[event, TS] = value - (span * MILLI if rule[R_MILLI] == 1 else span)
        elif rule[R_DEFAULT] != 1 and not is_unset(
            entry, rule[R_UNSET], buf, start, start + slot_length(day)
        ):
            record[WHY, k] = BAD_TIME


@inner_njit
def fill_counts(
    buf: NDArray[np.uint8],
    slots: NDArray[np.int64],
    record: NDArray[np.int64],
    m: int,
    rule: NDArray[np.int64],
    factor: float,
    powers: NDArray[np.float64],
    entry: NDArray[np.int64],
    real: NDArray[np.float64],
) -> None:
    """Fill bytes and packets, times the unit factor and what another source says (sampling)."""
    number, other = rule[R_SLOT], rule[R_OTHER]
    column = rule[R_COLUMN]
    space = rule[R_UNSET]
    for k in range(m):
        slot = slots[number, record[ROW, k]]
        event = record[EVENT, k]
        if slot & KIND_MASK < PLAIN or not np.isnan(real[event, column]):
            continue
        if slot & KIND_MASK > PLAIN:
            record[WHY, k] = BAD_ESCAPE
            continue
        start = slot_start(slot)
        length = slot_length(slot)
        value = -1.0
        if 0 < length <= AT_ONCE:
            value = float(digits_value(buf, start, length)) * factor
        if not value >= 0:
            value = parse_any_number(buf, start, start + length, powers) * factor
        if other >= 0:
            times = span_of(buf, slots, record[ROW, k], other, powers)
            value *= times if times > 0 else 1.0
        if 0 <= value <= LARGEST_COUNT:
            real[event, column] = value
        elif not is_unset(entry, space, buf, start, start + length):
            record[WHY, k] = BAD_NUMBER


@inner_njit
def fill_addresses(
    buf: NDArray[np.uint8],
    slots: NDArray[np.int64],
    record: NDArray[np.int64],
    m: int,
    rule: NDArray[np.int64],
    entry: NDArray[np.int64],
    group: NDArray[np.int64],
    address: NDArray[np.uint64],
) -> None:
    """Fill addresses, and the bit that says that one was read."""
    number = rule[R_SLOT]
    column = rule[R_COLUMN]
    space = rule[R_UNSET]
    for k in range(m):
        slot = slots[number, record[ROW, k]]
        event = record[EVENT, k]
        if slot & KIND_MASK < PLAIN or record[FOUND, k] & (1 << column) != 0:
            continue
        if slot & KIND_MASK > PLAIN:
            record[WHY, k] = BAD_ESCAPE
            continue
        start = slot_start(slot)
        end = start + slot_length(slot)
        value = parse_ipv4(buf, start, end)
        if value >= 0:
            address[event, column + 1] = np.uint64(MAPPED + value)
        elif not parse_ipv6(buf, start, end, group, address, event, column):
            if not is_unset(entry, space, buf, start, end):
                record[WHY, k] = BAD_ADDRESS
            continue
        record[FOUND, k] |= 1 << column
