"""From the slots of a chunk to events: the rules of a dialect, each over all its records.

A rule is applied in two steps: find the plain text of its source in each record, then bring that
to the column. Of several rules for one column the first that gives a value is taken, so a rule only
fills what is still unset.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from stream.events import (
    DST_HI,
    DST_PORT,
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

from .chunk import Chunk
from .fill_code import fill_ports, fill_text, fill_words
from .fill_real import fill_addresses, fill_counts, fill_times
from .lexicon import Lexicon
from .slots import ESCAPED, KIND_MASK, PLAIN, SCRATCH, slot_length, slot_start
from .tables import (
    BAD_ESCAPE,
    BAD_TIME,
    D_BEHIND,
    D_FIRST,
    D_NO_REPLY,
    D_UNSET_SPACE,
    MISSING_COLUMN,
    NO_REASON,
    OP_ADDRESS,
    OP_CONSTANT,
    OP_COUNT,
    OP_PORT,
    OP_REAL_CONSTANT,
    OP_TEXT,
    OP_WORD,
    R_COLUMN,
    R_DEFAULT,
    R_OP,
    R_SLOT,
    Tables,
)
from .times import EARLIEST, LATEST
from .unescape import undouble_quotes, unescape_json
from .words import find_word

ICMP, ICMP6 = 1, 58


@njit(cache=True, nogil=True, error_model="numpy")
def plain_text(buf: NDArray[np.uint8], slot: int, at: int) -> int:
    """Write the text of a slot out plainly from `at` on; its length, or -1 for a bad escape."""
    start = slot_start(slot)
    end = start + slot_length(slot)
    if slot & KIND_MASK == ESCAPED:
        return unescape_json(buf, start, end, at)
    return undouble_quotes(buf, start, end, at)


@njit(cache=True, nogil=True, error_model="numpy")
def find_sources(
    tables: Tables,
    dialect: int,
    r: int,
    buf: NDArray[np.uint8],
    slots: NDArray[np.int64],
    chunk: Chunk,
    m: int,
) -> None:
    """Find the plain text of a rule's source in each record; none where it is unset."""
    number = tables.rule[r, R_SLOT]
    # only words may be empty
    shortest = 0 if tables.rule[r, R_OP] == OP_WORD else 1
    marks = tables.mark_start
    space = tables.dialect[dialect, D_UNSET_SPACE]
    entry = tables.words.entry
    rows, starts, ends, why = chunk.row, chunk.start, chunk.end, chunk.why
    at = SCRATCH
    for k in range(m):
        ends[k] = -1
        slot = slots[rows[k], number]
        kind = slot & KIND_MASK
        if kind < PLAIN or why[k] != NO_REASON:
            continue
        start = slot_start(slot)
        end = start + slot_length(slot)
        if kind != PLAIN:
            n = plain_text(buf, slot, at)
            if n < 0:
                why[k] = BAD_ESCAPE
                continue
            start = at
            at += n
            end = at
        if end - start < shortest:
            continue
        if start < end and marks[dialect, buf[start]] == 1:
            if find_word(entry, space, buf, start, end) >= 0:
                continue
        starts[k] = start
        ends[k] = end


@njit(cache=True, nogil=True, error_model="numpy")
def fill_constant(
    tables: Tables, r: int, chunk: Chunk, m: int, out: EventBatch
) -> None:
    """Rules that need no source: a constant, or the record's time."""
    op = tables.rule[r, R_OP]
    column = tables.rule[r, R_COLUMN]
    for k in range(m):
        event = chunk.event[k]
        time = chunk.time[k]
        if op == OP_CONSTANT:
            if out.code[event, column] < 0:
                out.code[event, column] = tables.rule[r, R_DEFAULT]
        elif op == OP_REAL_CONSTANT:
            if np.isnan(out.real[event, column]):
                out.real[event, column] = tables.factor[r]
        elif np.isnan(out.real[event, TS]):
            if EARLIEST <= time < LATEST:
                out.real[event, TS] = time
            elif chunk.why[k] == NO_REASON:
                chunk.why[k] = BAD_TIME


@njit(cache=True, nogil=True, error_model="numpy")
def clear_events(chunk: Chunk, m: int, out: EventBatch) -> None:
    """Unset every column."""
    real, address, code, text = out.real, out.address, out.code, out.text
    for k in range(m):
        event = chunk.event[k]
        for j in range(N_REAL):
            real[event, j] = np.nan
        for j in range(N_ADDRESS):
            address[event, j] = 0
        for j in range(N_CODE):
            code[event, j] = -1
        for j in range(N_TEXT):
            text[event, j] = 0
        chunk.why[k] = NO_REASON
        chunk.found[k] = 0


@njit(cache=True, nogil=True, error_model="numpy")
def finish_events(
    tables: Tables, dialect: int, chunk: Chunk, m: int, out: EventBatch
) -> None:
    """What no single rule can say: what must be there, ports of ICMP, unanswered flows."""
    real, code = out.real, out.code
    no_reply = tables.dialect[dialect, D_NO_REPLY]
    for k in range(m):
        event = chunk.event[k]
        if chunk.why[k] != NO_REASON:
            continue
        if np.isnan(real[event, TS]) or chunk.found[k] != (1 << SRC_HI) | (1 << DST_HI):
            chunk.why[k] = MISSING_COLUMN
        # in the place of ports logs carry type and code of ICMP
        if code[event, TRANSPORT] == ICMP or code[event, TRANSPORT] == ICMP6:
            code[event, SRC_PORT] = -1
            code[event, DST_PORT] = -1
        if no_reply >= 0 and real[event, PACKETS_IN] == 0:
            code[event, OUTCOME] = no_reply


@njit(cache=True, nogil=True, error_model="numpy")
def decode_chunk(
    tables: Tables,
    dialect: int,
    buf: NDArray[np.uint8],
    slots: NDArray[np.int64],
    chunk: Chunk,
    m: int,
    zone: int,
    lexicon: Lexicon,
    out: EventBatch,
) -> None:
    """Make the events of m records of a dialect; why[k] is not 0 where that failed."""
    clear_events(chunk, m, out)
    for r in range(tables.dialect[dialect, D_FIRST], tables.dialect[dialect, D_BEHIND]):
        op = tables.rule[r, R_OP]
        if tables.rule[r, R_SLOT] < 0:
            fill_constant(tables, r, chunk, m, out)
            continue
        find_sources(tables, dialect, r, buf, slots, chunk, m)
        if op == OP_ADDRESS:
            fill_addresses(tables, r, buf, chunk, m, out.address)
        elif op == OP_TEXT:
            fill_text(tables, r, buf, chunk, m, lexicon, out.text)
        elif op < OP_COUNT:
            fill_times(tables, r, buf, chunk, m, zone, out.real)
        elif op == OP_COUNT:
            fill_counts(tables, r, buf, chunk, m, out.real)
        elif op == OP_PORT:
            fill_ports(tables, r, buf, chunk, m, out.code)
        else:
            fill_words(tables, r, buf, chunk, m, out.code)
    finish_events(tables, dialect, chunk, m, out)
