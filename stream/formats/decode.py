"""From the slots of a record to one event: the rules of a dialect, column by column."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from stream.events import (
    DST_HI,
    DST_PORT,
    DURATION,
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

from .addresses import parse_address
from .lexicon import Lexicon, note_word
from .numbers import parse_number
from .slots import DOUBLED, END, ESCAPED, KIND, SCRATCH, STAMP, START, UNSET
from .tables import (
    BAD_ADDRESS,
    BAD_ESCAPE,
    BAD_NUMBER,
    BAD_PORT,
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
    OP_SECONDS,
    OP_TEXT,
    OP_TIME,
    OP_TIME_AFTER,
    OP_WORD,
    OP_WORD_WITHIN,
    R_COLUMN,
    R_DEFAULT,
    R_NEXT,
    R_OP,
    R_SLOT,
    R_SPACE,
    Tables,
)
from .times import parse_time
from .unescape import undouble_quotes, unescape_json
from .words import Words, find_word, hash_text

ICMP, ICMP6 = 1, 58
LARGEST_COUNT = 9.0e18
LONGEST_DURATION = 1.0e10
LARGEST_NUMBER = 2147483647.0
# what a rule says besides a reason: it gave a value, or it gave none
TAKEN, LEFT = -1, -2


class Room(NamedTuple):
    """Working room and outputs of the decoder."""

    slots: NDArray[np.int64]
    group: NDArray[np.int64]  # (8,) groups of an IPv6 address
    lexicon: Lexicon
    out: EventBatch


@njit(cache=True, nogil=True, error_model="numpy")
def clear_event(out: EventBatch, n: int) -> None:
    """Unset every column of event n."""
    for k in range(N_REAL):
        out.real[n, k] = np.nan
    for k in range(N_ADDRESS):
        out.address[n, k] = 0
    for k in range(N_CODE):
        out.code[n, k] = -1
    for k in range(N_TEXT):
        out.text[n, k] = 0


@njit(cache=True, nogil=True, error_model="numpy")
def find_word_within(
    words: Words, space: int, buf: NDArray[np.uint8], start: int, end: int
) -> int:
    """Value of the first run of letters in buf[start:end] that is in the space, or -1."""
    i = start
    while i < end:
        stop = i
        while stop < end and 97 <= (buf[stop] | 32) <= 122:
            stop += 1
        if stop > i:
            value = find_word(words, space, buf, i, stop)
            if value >= 0:
                return value
        i = stop + 1
    return -1


@njit(cache=True, nogil=True, error_model="numpy")
def apply_constant(
    tables: Tables, r: int, out: EventBatch, n: int, record_time: float
) -> int:
    """Rules that need no source value."""
    rule = tables.rule[r]
    op = rule[R_OP]
    if op == OP_CONSTANT:
        out.code[n, rule[R_COLUMN]] = rule[R_DEFAULT]
    elif op == OP_REAL_CONSTANT:
        out.real[n, rule[R_COLUMN]] = tables.factor[r]
    elif np.isfinite(record_time):
        out.real[n, TS] = record_time
    else:
        return BAD_TIME
    return TAKEN


@njit(cache=True, nogil=True, error_model="numpy")
def apply_real(
    tables: Tables,
    r: int,
    buf: NDArray[np.uint8],
    span: tuple[int, int],
    clock: tuple[int, float],
    real: NDArray[np.float64],
) -> int:
    """Rules for times, durations and counts. `real` is the event's row."""
    rule = tables.rule[r]
    op = rule[R_OP]
    if op == OP_TIME or op == OP_TIME_AFTER:
        seconds = parse_time(buf, span, clock, tables.factor[r], tables.powers)
        if np.isnan(seconds):
            return BAD_TIME
        if op == OP_TIME:
            real[TS] = seconds
            return TAKEN
        if not seconds >= real[TS]:
            return LEFT
        real[DURATION] = seconds - real[TS]
        return TAKEN
    value = parse_number(buf, span[0], span[1], tables.powers) * tables.factor[r]
    if op == OP_SECONDS:
        if not abs(value) <= LONGEST_DURATION:
            return BAD_NUMBER
        if value < 0:
            return LEFT
    elif not 0 <= value <= LARGEST_COUNT:
        return BAD_NUMBER
    real[rule[R_COLUMN]] = value
    return TAKEN


@njit(cache=True, nogil=True, error_model="numpy")
def apply_code(
    tables: Tables, r: int, buf: NDArray[np.uint8], span: tuple[int, int], code: NDArray[np.int32]
) -> int:
    """Rules for ports, words and small numbers. `code` is the event's row."""
    rule = tables.rule[r]
    op = rule[R_OP]
    start, end = span
    if op == OP_WORD or op == OP_WORD_WITHIN:
        if op == OP_WORD:
            value = find_word(tables.words, rule[R_SPACE], buf, start, end)
        else:
            value = find_word_within(tables.words, rule[R_SPACE], buf, start, end)
        if value < 0:
            return LEFT
        code[rule[R_COLUMN]] = value
        return TAKEN
    number = parse_number(buf, start, end, tables.powers)
    if op == OP_PORT:
        if not 0 <= number <= 65535 or number != np.floor(number):
            return BAD_PORT
    elif not 0 <= number <= LARGEST_NUMBER or number != np.floor(number):
        # a word that no rule knows is no number, and is left unset
        return LEFT
    code[rule[R_COLUMN]] = np.int32(number)
    return TAKEN


@njit(cache=True, nogil=True, error_model="numpy")
def apply_rule(
    tables: Tables,
    r: int,
    buf: NDArray[np.uint8],
    span: tuple[int, int],
    clock: tuple[int, float],
    room: Room,
    n: int,
) -> int:
    """Bring one value to its column: TAKEN, LEFT or the reason why it is bad."""
    op = tables.rule[r, R_OP]
    if op == OP_ADDRESS:
        column = tables.rule[r, R_COLUMN]
        if parse_address(buf, span, room.group, room.out.address[n], column):
            return TAKEN
        return BAD_ADDRESS
    if op == OP_TEXT:
        hashed = hash_text(buf, span[0], span[1])
        room.out.text[n, tables.rule[r, R_COLUMN]] = np.uint64(hashed)
        note_word(room.lexicon, hashed, buf, span[0], span[1])
        return TAKEN
    if op <= OP_COUNT:
        return apply_real(tables, r, buf, span, clock, room.out.real[n])
    return apply_code(tables, r, buf, span, room.out.code[n])


@njit(cache=True, nogil=True, error_model="numpy")
def source_span(
    buf: NDArray[np.uint8], slot: NDArray[np.int64]
) -> tuple[int, int]:
    """Where the plain text of a slot stands; (0, -1) if an escape in it is bad."""
    start = np.int64(slot[START])
    end = np.int64(slot[END])
    if slot[KIND] == ESCAPED:
        length = unescape_json(buf, start, end, SCRATCH)
        if length < 0:
            return 0, -1
        return SCRATCH, SCRATCH + length
    if slot[KIND] == DOUBLED:
        return SCRATCH, SCRATCH + undouble_quotes(buf, start, end, SCRATCH)
    return start, end


@njit(cache=True, nogil=True, error_model="numpy")
def is_unset(
    tables: Tables, dialect: int, r: int, buf: NDArray[np.uint8], span: tuple[int, int]
) -> bool:
    """Whether a value is one of the dialect's unset marks, or empty where no rule reads that."""
    start, end = span
    if start == end:
        op = tables.rule[r, R_OP]
        return op != OP_WORD
    if tables.mark_start[dialect, buf[start]] == 0:
        return False
    return find_word(tables.words, tables.dialect[dialect, D_UNSET_SPACE], buf, start, end) >= 0


@njit(cache=True, nogil=True, error_model="numpy")
def finish_event(tables: Tables, dialect: int, out: EventBatch, n: int, found: int) -> int:
    """What no single rule can say: what must be there, ports, unanswered flows.

    `found` has a bit for each address that was read.
    """
    if np.isnan(out.real[n, TS]) or found != (1 << SRC_HI) | (1 << DST_HI):
        return MISSING_COLUMN
    # in the place of ports logs carry type and code of ICMP
    if out.code[n, TRANSPORT] == ICMP or out.code[n, TRANSPORT] == ICMP6:
        out.code[n, SRC_PORT] = -1
        out.code[n, DST_PORT] = -1
    if tables.dialect[dialect, D_NO_REPLY] >= 0 and out.real[n, PACKETS_IN] == 0:
        out.code[n, OUTCOME] = tables.dialect[dialect, D_NO_REPLY]
    return NO_REASON


@njit(cache=True, nogil=True, error_model="numpy")
def decode_event(
    tables: Tables,
    dialect: int,
    buf: NDArray[np.uint8],
    stamp: int,
    clock: tuple[int, float],
    room: Room,
    n: int,
) -> int:
    """Make event n of the record in the slots: NO_REASON, or why it cannot be made."""
    clear_event(room.out, n)
    r = tables.dialect[dialect, D_FIRST]
    behind = tables.dialect[dialect, D_BEHIND]
    found = 0
    while r < behind:
        slot = tables.rule[r, R_SLOT]
        if slot < 0:
            verdict = apply_constant(tables, r, room.out, n, clock[1])
        elif room.slots[slot, STAMP] != stamp or room.slots[slot, KIND] == UNSET:
            verdict = LEFT
        else:
            span = source_span(buf, room.slots[slot])
            if span[1] < span[0]:
                return BAD_ESCAPE
            if is_unset(tables, dialect, r, buf, span):
                verdict = LEFT
            else:
                verdict = apply_rule(tables, r, buf, span, clock, room, n)
        if verdict > 0 and not (verdict == BAD_TIME and tables.rule[r, R_DEFAULT] == 1):
            return verdict
        if verdict != TAKEN:
            r += 1
            continue
        if tables.rule[r, R_OP] == OP_ADDRESS:
            found |= 1 << tables.rule[r, R_COLUMN]
        r = tables.rule[r, R_NEXT]
    return finish_event(tables, dialect, room.out, n, found)
