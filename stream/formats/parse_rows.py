"""All that is done to records, chunk by chunk, in one compiled call.

A chunk is copied behind room to write its text out plainly, scanned, recognised and decoded before
the next is looked at: so it is worked on while it is in the processor's cache. What envelopes hold
is scanned and recognised in further rounds.
"""

import numpy as np
from numpy.typing import NDArray

from .borrowing import borrowing_njit, inner_njit
from .decode import Work, decode_chunk
from .finish import keep_events
from .header import N_COLUMNS, REASON, SEPARATOR, HeaderState
from .json_keys import Guesses
from .lines import HEADER_LINE, ROUNDS, TEXT_LINE, Lines, Records, sort_lines
from .open_envelopes import open_envelopes
from .peel_lines import peel_lines
from .recognise import Result, pass_over_unused, recognise
from .scan_delimited import scan_delimited
from .scan_json import scan_json
from .scan_key_value import scan_key_value
from .scan_layouts import scan_layouts
from .scan_messages import scan_messages
from .scan_openings import scan_openings
from .slots import CHUNK, LAYERS, SCRATCH, empty_filled
from .sources import write_plainly
from .tables import D_STOP, D_SYNTAX, DELIMITED, JSON, KEY_VALUE, NO_REASON, Tables

CHUNK_BYTES = 1 << 17
# why parse_rows stopped: all is done; behind a header line; before a record that holds many
DONE, HEADER, MANY = 0, 1, 2
# Work.limit: rows of the next chunk, and of any
NEXT, MOST = 0, 1


@inner_njit
def copy_chunk(
    buf: NDArray[np.uint8],
    raw: NDArray[np.uint8],
    bounds: NDArray[np.int64],
    start: int,
    n: int,
    limit: int,
) -> tuple[int, int]:
    """Copy the records of the chunk that begins with record start; it has a record at least.

    Returns where the chunk ends, and how far its records now lie behind their old places.
    """
    first = bounds[start]
    stop = start + 1
    while stop < min(start + limit, n) and bounds[stop + 1] - first <= CHUNK_BYTES:
        stop += 1
    size = bounds[stop] - first
    at = SCRATCH + LAYERS * size
    source, target = raw[first : first + size], buf[at : at + size]
    for k in range(size):
        target[k] = source[k]
    return stop, at - first


@inner_njit
def scan_round(
    buf: NDArray[np.uint8],
    tables: Tables,
    header: HeaderState,
    lines: Lines,
    guesses: Guesses,
    work: Work,
    count: int,
    kinds: int,
) -> None:
    """Fill the slots of the rows that are not decided yet."""
    words, number, slots = tables.words, header.number, work.slots
    memo, value, chunk = work.chunk.memo, work.chunk.value, work.chunk
    if kinds & JSON != 0:
        scan_json(buf, lines, count, words, guesses, slots)
    if kinds & TEXT_LINE == 0:
        return
    syntaxes = 0
    for d in range(tables.dialect.shape[0]):
        syntaxes |= tables.dialect[d, D_SYNTAX]
    if syntaxes & DELIMITED != 0 and number[N_COLUMNS] != 0:
        if number[REASON] == NO_REASON:
            scan_delimited(buf, lines, count, header, slots)
        else:
            pass_over_unused(buf, lines, count, number)
    peel_lines(buf, lines, count, number, words.entry, slots)
    if tables.messages.message.shape[0] > 0:
        scan_messages(buf, lines, count, words, tables.messages, slots)
    if tables.layouts.layout.shape[0] > 0:
        scan_layouts(
            buf,
            lines,
            count,
            words.entry,
            tables.layouts,
            chunk.cut,
            chunk.group,
            chunk.address,
            slots,
        )
    if tables.messages.opening.shape[0] > 0:
        scan_openings(buf, lines, count, words, tables.messages, slots)
    if syntaxes & KEY_VALUE != 0:
        scan_key_value(buf, lines, count, words, slots, int(tables.dialect[0, D_STOP]), memo, value)


@borrowing_njit
def parse_rows(
    records: Records,
    start: int,
    n: int,
    events: int,
    tables: Tables,
    header: HeaderState,
    lines: Lines,
    guesses: Guesses,
    work: Work,
    result: Result,
) -> tuple[int, int, int]:
    """Parse records from start on: where it stopped, the events so far, and why it stopped.

    It stops behind a header line, which must be read before what follows it, and before a record
    that holds many: its place is row 0 of the lines, its steps their dialect.
    """
    buf, number, slots, limit = records.buf, header.number, work.slots, work.limit
    entry, present, likely = tables.words.entry, result.present, work.chunk.cut
    why = int(DONE)
    while start < n and why == DONE:
        stop, shift = copy_chunk(buf, records.raw, records.bounds, start, n, limit[NEXT])
        count = sort_lines(records, start, stop, shift, entry, number[SEPARATOR], lines)
        kinds = 0
        for row in range(count):
            kinds |= lines.syntax[row]
        scanned = count
        if kinds & HEADER_LINE != 0:
            why = int(HEADER)
        for d in range(present.shape[0]):
            present[d] = 0
        limit[NEXT] = min(2 * limit[NEXT], limit[MOST])
        at = int(SCRATCH)
        for depth in range(ROUNDS):
            scan_round(buf, tables, header, lines, guesses, work, count, kinds)
            many = recognise(tables, buf, lines, count, number, slots, start, result, likely, depth)
            if many < count:
                # the records behind it are taken again, as if they had not been seen
                count, why, limit[NEXT] = many, int(MANY), 1
                for earlier in range(depth):
                    result.last_hit[earlier] = lines.hit[earlier * CHUNK + count]
            if depth + 1 == ROUNDS:
                break
            kinds, at = open_envelopes(tables, buf, lines, count, slots, start, result, at)
            if kinds == 0:
                break
        stop = start + count
        write_plainly(buf, slots, lines.escaped, count, at)
        for dialect in range(present.shape[0]):
            if present[dialect] > 0:
                decode_chunk(tables, dialect, records, lines, start, stop, events, work, result)
        events = keep_events(records, start, stop, events, result)
        empty_filled(slots, scanned)
        start = stop
        if why == MANY:
            lines.first[0], lines.end[0] = lines.first[count], lines.end[count]
            lines.dialect[0] = lines.dialect[count]
    return start, events, why
