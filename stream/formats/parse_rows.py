"""All that is done to records, chunk by chunk, in one compiled call.

A chunk is copied behind room to write its text out plainly, scanned, recognised and decoded before
the next is looked at: so it is worked on while it is in the processor's cache.
"""

from typing import NamedTuple

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
from .tables import D_STOP, D_SYNTAX, DELIMITED, JSON, KEY_VALUE, NO_REASON, Tables

CHUNK_BYTES = 1 << 17


class Bench(NamedTuple):
    """What a parser works with."""

    tables: Tables
    header: HeaderState
    lines: Lines
    guesses: Guesses
    work: Work
    result: Result


@njit(cache=True, nogil=True, error_model="numpy")
def chunk_end(bounds: NDArray[np.int64], start: int, n: int) -> int:
    """Where the chunk that begins with record start ends: it has a record at least."""
    stop = start + 1
    limit = min(start + CHUNK, n)
    while stop < limit and bounds[stop + 1] - bounds[start] <= CHUNK_BYTES:
        stop += 1
    return stop


@njit(cache=True, nogil=True, error_model="numpy")
def copy_chunk(records: Records, start: int, stop: int) -> int:
    """Copy records behind room to write them out; how far they lie behind their old places."""
    buf, raw = records.buf, records.raw
    first, end = records.bounds[start], records.bounds[stop]
    base = SCRATCH + end - first
    source, target = raw[first:end], buf[base : base + end - first]
    for k in range(end - first):
        target[k] = source[k]
    return int(base - first)


@njit(cache=True, nogil=True, error_model="numpy")
def scan_chunk(records: Records, start: int, count: int, bench: Bench) -> None:
    """Find the values of the records of a chunk and the dialect of each."""
    tables, lines, slots = bench.tables, bench.lines, bench.work.slots
    buf, number = records.buf, bench.header.number
    syntaxes = 0
    for d in range(tables.dialect.shape[0]):
        syntaxes |= tables.dialect[d, D_SYNTAX]
    stop = int(tables.dialect[0, D_STOP])
    kinds = 0
    for row in range(count):
        kinds |= lines.syntax[row]
        for k in range(slots.shape[1]):
            slots[row, k] = MISSING
    if kinds & JSON & syntaxes != 0:
        scan_json(buf, lines, count, tables.words, bench.guesses, slots)
    if kinds & TEXT_LINE != 0:
        if syntaxes & DELIMITED != 0 and number[N_COLUMNS] != 0:
            if number[REASON] == NO_REASON:
                scan_delimited(buf, lines, count, bench.header, slots)
            else:
                pass_over_unused(buf, lines, count, number)
        if syntaxes & KEY_VALUE != 0:
            chunk = bench.work.chunk
            scan_key_value(buf, lines, count, tables.words, slots, stop, chunk.memo, chunk.value)
    recognise(tables, buf, lines, count, number, slots, start, bench.result)


@njit(cache=True, nogil=True, error_model="numpy")
def parse_rows(
    records: Records, start: int, n: int, events: int, bench: Bench
) -> tuple[int, int]:
    """Parse records from start on: where it stopped, and the events so far.

    It stops behind a header line, which must be read before what follows it.
    """
    result = bench.result
    while start < n:
        stop = chunk_end(records.bounds, start, n)
        shift = copy_chunk(records, start, stop)
        separator = bench.header.number[SEPARATOR]
        entry = bench.tables.words.entry
        count = sort_lines(records, start, stop, shift, entry, separator, bench.lines)
        stop = start + count
        scan_chunk(records, start, count, bench)
        for dialect in range(result.present.shape[0]):
            if result.present[dialect] > 0:
                decode_chunk(
                    bench.tables, dialect, records, start, stop, events, bench.work, result
                )
        events = keep_events(records, start, stop, events, result)
        start = stop
        if bench.lines.syntax[0] == HEADER_LINE:
            break
    return start, events
