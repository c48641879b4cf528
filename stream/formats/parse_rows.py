"""All that is done to records, chunk by chunk, in one compiled call.

A chunk is copied behind room to write its text out plainly, scanned, recognised and decoded before
the next is looked at: so it is worked on while it is in the processor's cache.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .decode import Work, decode_chunk
from .finish import keep_events
from .header import N_COLUMNS, REASON, SEPARATOR, HeaderState
from .json_keys import Guesses
from .lines import HEADER_LINE, TEXT_LINE, Lines, Records, sort_lines
from .recognise import Result, pass_over_unused, recognise
from .scan_delimited import scan_delimited
from .scan_json import scan_json
from .scan_key_value import scan_key_value
from .slots import CHUNK, MISSING, SCRATCH
from .sources import write_plainly
from .tables import D_STOP, D_SYNTAX, DELIMITED, JSON, KEY_VALUE, NO_REASON, Tables

CHUNK_BYTES = 1 << 17


@njit(cache=True, nogil=True, error_model="numpy")
def copy_chunk(
    buf: NDArray[np.uint8], raw: NDArray[np.uint8], bounds: NDArray[np.int64], start: int, n: int
) -> tuple[int, int]:
    """Copy the records of the chunk that begins with record start; it has a record at least.

    Returns where the chunk ends, and how far its records now lie behind their old places.
    """
    first = bounds[start]
    stop = start + 1
    while stop < min(start + CHUNK, n) and bounds[stop + 1] - first <= CHUNK_BYTES:
        stop += 1
    size = bounds[stop] - first
    source, target = raw[first : first + size], buf[SCRATCH + size : SCRATCH + 2 * size]
    for k in range(size):
        target[k] = source[k]
    return stop, SCRATCH + size - first


@njit(cache=True, nogil=True, error_model="numpy")
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
) -> tuple[int, int]:
    """Parse records from start on: where it stopped, and the events so far.

    It stops behind a header line, which must be read before what follows it.
    """
    buf, number, slots, words = records.buf, header.number, work.slots, tables.words
    memo, value = work.chunk.memo, work.chunk.value
    syntaxes = 0
    for d in range(tables.dialect.shape[0]):
        syntaxes |= tables.dialect[d, D_SYNTAX]
    stop_byte = int(tables.dialect[0, D_STOP])
    while start < n:
        stop, shift = copy_chunk(buf, records.raw, records.bounds, start, n)
        count = sort_lines(records, start, stop, shift, words.entry, number[SEPARATOR], lines)
        stop = start + count
        lines.escapes[0] = 0
        kinds = 0
        for row in range(count):
            kinds |= lines.syntax[row]
            for k in range(slots.shape[1]):
                slots[row, k] = MISSING
        if kinds & JSON & syntaxes != 0:
            scan_json(buf, lines, count, words, guesses, slots)
        if kinds & TEXT_LINE != 0:
            if syntaxes & DELIMITED != 0 and number[N_COLUMNS] != 0:
                if number[REASON] == NO_REASON:
                    scan_delimited(buf, lines, count, header, slots)
                else:
                    pass_over_unused(buf, lines, count, number)
            if syntaxes & KEY_VALUE != 0:
                scan_key_value(buf, lines, count, words, slots, stop_byte, memo, value)
        recognise(tables, buf, lines, count, number, slots, start, result)
        if lines.escapes[0] != 0:
            write_plainly(buf, slots, count)
        for dialect in range(result.present.shape[0]):
            if result.present[dialect] > 0:
                decode_chunk(tables, dialect, records, start, stop, events, work, result)
        events = keep_events(records, start, stop, events, result)
        start = stop
        if kinds & HEADER_LINE != 0:
            break
    return start, events
