"""From the slots of a chunk to events: the rules of a dialect, each over all its records.

Of several rules for one column the first that gives a value is taken, so a rule only fills what is
still unset.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stream.events import (
    DST_HI,
    DST_PORT,
    EVENTS,
    N_ADDRESS,
    N_CODE,
    N_REAL,
    N_TEXT,
    OUTCOME,
    PACKETS_IN,
    SRC_HI,
    SRC_PORT,
    TRANSPORT,
    TS,
    EventBatch,
)

from .borrowing import inner_njit
from .chunk import EVENT, FOUND, ROW, WHY, Chunk
from .fill_code import fill_ports, fill_text, fill_words
from .fill_real import fill_addresses, fill_counts, fill_days, fill_times
from .lexicon import Lexicon
from .lines import Lines, Records
from .recognise import Result
from .slots import FILLED
from .sources import cut_part
from .tables import (
    BAD_TIME,
    D_BEHIND,
    D_FIRST,
    D_NO_REPLY,
    MISSING_COLUMN,
    NO_REASON,
    OP_ADDRESS,
    OP_CONSTANT,
    OP_COUNT,
    OP_CUT,
    OP_DAY_AND_CLOCK,
    OP_PORT,
    OP_REAL_CONSTANT,
    OP_TEXT,
    R_COLUMN,
    R_DEFAULT,
    R_OP,
    R_SLOT,
    Tables,
)
from .times import EARLIEST, LATEST

ICMP, ICMP6 = 1, 58


class Work(NamedTuple):
    """What the decoder reads, uses and keeps."""

    slots: NDArray[np.int64]
    chunk: Chunk
    lexicon: Lexicon
    limit: NDArray[np.int64]  # (2,) rows of the next chunk, and of any


@inner_njit
def list_records(
    statuses: NDArray[np.int8],
    dialects: NDArray[np.int16],
    times: NDArray[np.float64],
    start: int,
    stop: int,
    dialect: int,
    events: int,
    record: NDArray[np.int64],
    time: NDArray[np.float64],
) -> int:
    """List the records of a dialect that may give an event; how many there are.

    Event rows are counted over all dialects, from `events` on.
    """
    m = 0
    event = events
    for i in range(start, stop):
        if statuses[i] != EVENTS:
            continue
        if dialects[i] == dialect:
            record[ROW, m] = i - start
            record[EVENT, m] = event
            time[m] = times[i - start]
            m += 1
        event += 1
    return m


@inner_njit
def fill_constant(
    rule: NDArray[np.int64],
    factor: float,
    record: NDArray[np.int64],
    m: int,
    times: NDArray[np.float64],
    real: NDArray[np.float64],
    code: NDArray[np.int32],
) -> None:
    """Rules that need no source: a constant, or the record's time."""
    op = rule[R_OP]
    column = rule[R_COLUMN]
    for k in range(m):
        event = record[EVENT, k]
        time = times[k]
        if op == OP_CONSTANT:
            if code[event, column] < 0:
                code[event, column] = rule[R_DEFAULT]
        elif op == OP_REAL_CONSTANT:
            if np.isnan(real[event, column]):
                real[event, column] = factor
        elif np.isnan(real[event, TS]):
            if EARLIEST <= time < LATEST:
                real[event, TS] = time
            elif record[WHY, k] == NO_REASON:
                record[WHY, k] = BAD_TIME


@inner_njit
def clear_events(record: NDArray[np.int64], m: int, out: EventBatch) -> None:
    """Unset every column."""
    real, address, code, text = out.real, out.address, out.code, out.text
    for k in range(m):
        event = record[EVENT, k]
        for j in range(N_REAL):
            real[event, j] = np.nan
        for j in range(N_ADDRESS):
            address[event, j] = 0
        for j in range(N_CODE):
            code[event, j] = -1
        for j in range(N_TEXT):
            text[event, j] = 0
        record[WHY, k] = NO_REASON
        record[FOUND, k] = 0


@inner_njit
def finish_events(
    no_reply: int,
    record: NDArray[np.int64],
    m: int,
    real: NDArray[np.float64],
    code: NDArray[np.int32],
) -> None:
    """Do what no single rule can: what must be there, ports of ICMP, unanswered flows."""
    for k in range(m):
        event = record[EVENT, k]
        if record[WHY, k] != NO_REASON:
            continue
        if np.isnan(real[event, TS]) or record[FOUND, k] != (1 << SRC_HI) | (1 << DST_HI):
            record[WHY, k] = MISSING_COLUMN
        # in the place of ports logs carry type and code of ICMP
        if code[event, TRANSPORT] == ICMP or code[event, TRANSPORT] == ICMP6:
            code[event, SRC_PORT] = -1
            code[event, DST_PORT] = -1
        if no_reply >= 0 and real[event, PACKETS_IN] == 0:
            code[event, OUTCOME] = no_reply


@inner_njit
def decode_chunk(
    tables: Tables,
    dialect: int,
    records: Records,
    lines: Lines,
    start: int,
    stop: int,
    events: int,
    work: Work,
    result: Result,
) -> None:
    """Make the events of a dialect's records in a chunk.

    Event rows are counted over all dialects, from `events` on. A record whose event cannot be made
    gets its reason.
    """
    buf, out = records.buf, result.out
    chunk, slots = work.chunk, work.slots
    record, time = chunk.record, chunk.time
    m = list_records(
        result.status, result.dialect, lines.time, start, stop, dialect, events, record, time
    )
    clear_events(record, m, out)
    powers, entry = tables.powers, tables.words.entry
    memo, value_of = chunk.memo, chunk.value
    for r in range(tables.dialect[dialect, D_FIRST], tables.dialect[dialect, D_BEHIND]):
        rule = tables.rule[r]
        factor = tables.factor[r]
        op = rule[R_OP]
        slot = rule[R_SLOT]
        # of many alternatives most are in no record
        if slot >= 0 and slots[slot, FILLED] == 0:
            continue
        if op == OP_CUT:
            cut_part(buf, slots, record, m, rule)
        elif slot < 0:
            fill_constant(rule, factor, record, m, time, out.real, out.code)
        elif op == OP_ADDRESS:
            fill_addresses(buf, slots, record, m, rule, entry, chunk.group, out.address)
        elif op == OP_TEXT:
            fill_text(buf, slots, record, m, rule, entry, memo, value_of, work.lexicon, out.text)
        elif op < OP_COUNT:
            fill_times(buf, slots, record, m, rule, factor, powers, entry, time, out.real)
        elif op == OP_COUNT:
            fill_counts(buf, slots, record, m, rule, factor, powers, entry, out.real)
        elif op == OP_DAY_AND_CLOCK:
            fill_days(buf, slots, record, m, rule, powers, entry, out.real)
        elif op == OP_PORT:
            fill_ports(buf, slots, record, m, rule, powers, entry, out.code)
        else:
            fill_words(buf, slots, record, m, rule, powers, entry, memo, value_of, out.code)
    finish_events(tables.dialect[dialect, D_NO_REPLY], record, m, out.real, out.code)
    reasons = result.reason
    for k in range(m):
        reasons[start + record[ROW, k]] = record[WHY, k]
