"""One call over a whole batch of records: recognise, decode and count, chunk by chunk."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from stream.events import EVENTS, HEADER, REJECTED_RECORD, EventBatch

from .chunk import Chunk
from .decode import decode_chunk
from .lexicon import Lexicon
from .recognise import Scanners, take_record, trim_end
from .scan_json import GUESSES
from .slots import CHUNK, MISSING
from .tables import NO_REASON, Tables


class Records(NamedTuple):
    """What comes in. Record i is buf[base + bounds[i]:base + bounds[i + 1]]; n records."""

    buf: NDArray[np.uint8]
    bounds: NDArray[np.int64]  # (n + 1,)
    offset: NDArray[np.int64]  # (n,)
    time: NDArray[np.float64]  # (n,)


class Result(NamedTuple):
    """What comes out, and running counts."""

    out: EventBatch
    record: NDArray[np.int32]  # (n,) record of each event
    status: NDArray[np.int8]  # (n,)
    reason: NDArray[np.int16]  # (n,)
    dialect: NDArray[np.int16]  # (n,)
    count: NDArray[np.int64]  # (dialects + 1, 4) records by dialect (last row: none) and status
    why: NDArray[np.int64]  # (dialects + 1, reasons) records by dialect and reason
    last_hit: NDArray[np.int64]  # (1,) dialect of the last record recognised, -1 before the first


@njit(cache=True, nogil=True, error_model="numpy")
def recognise_chunk(
    tables: Tables,
    records: Records,
    base: int,
    start: int,
    stop: int,
    scanners: Scanners,
    result: Result,
) -> int:
    """Scan records start to stop; behind the last one done: a header line ends a chunk."""
    buf, bounds = records.buf, records.bounds
    statuses, reasons, dialects = result.status, result.reason, result.dialect
    last_hit = np.int64(result.last_hit[0])
    i = start
    scanners.slots.kind[: stop - start, :] = MISSING
    while i < stop:
        first = base + bounds[i]
        end = trim_end(buf, first, base + bounds[i + 1])
        status, reason, dialect = take_record(
            tables, buf, first, end, scanners, i - start, last_hit
        )
        statuses[i] = status
        reasons[i] = reason
        dialects[i] = dialect
        i += 1
        if status == EVENTS:
            last_hit = dialect
        elif status == HEADER:
            break
    result.last_hit[0] = last_hit
    return i


@njit(cache=True, nogil=True, error_model="numpy")
def list_records(
    records: Records, start: int, stop: int, dialect: int, events: int, chunk: Chunk, result: Result
) -> int:
    """List the records of a dialect that may give an event; how many there are.

    Event rows are counted over all dialects, from `events` on.
    """
    m = 0
    event = events
    for i in range(start, stop):
        if result.status[i] != EVENTS:
            continue
        if result.dialect[i] == dialect:
            chunk.row[m] = i - start
            chunk.event[m] = event
            chunk.time[m] = records.time[i]
            m += 1
        event += 1
    return m


@njit(cache=True, nogil=True, error_model="numpy")
def keep_events(records: Records, start: int, stop: int, events: int, result: Result) -> int:
    """Close the gaps that refused records left in the events; how many there are now."""
    out = result.out
    event = events
    for i in range(start, stop):
        if result.status[i] != EVENTS:
            continue
        if result.reason[i] != NO_REASON:
            result.status[i] = REJECTED_RECORD
            event += 1
            continue
        if event != events:
            out.real[events] = out.real[event]
            out.address[events] = out.address[event]
            out.code[events] = out.code[event]
            out.text[events] = out.text[event]
        out.offset[events] = records.offset[i]
        out.index[events] = 0
        result.record[events] = i
        event += 1
        events += 1
    return events


@njit(cache=True, nogil=True, error_model="numpy")
def scan_batch(
    tables: Tables,
    records: Records,
    base: int,
    zone: int,
    scanners: Scanners,
    chunk: Chunk,
    lexicon: Lexicon,
    result: Result,
) -> int:
    """Parse records; how many events they gave.

    `base` is where the records begin in the buffer, `zone` that of times without one.
    """
    events = 0
    start = 0
    n = records.bounds.shape[0] - 1
    nobody = result.count.shape[0] - 1
    scanners.json.guess[GUESSES, 0] = 0
    while start < n:
        stop = min(start + CHUNK, n)
        stop = recognise_chunk(tables, records, base, start, stop, scanners, result)
        for dialect in range(nobody):
            m = list_records(records, start, stop, dialect, events, chunk, result)
            if m == 0:
                continue
            decode_chunk(
                tables, dialect, records.buf, scanners.slots, chunk, m, zone, lexicon, result.out
            )
            for k in range(m):
                result.reason[start + chunk.row[k]] = chunk.why[k]
        events = keep_events(records, start, stop, events, result)
        for i in range(start, stop):
            row = result.dialect[i] if result.dialect[i] >= 0 else nobody
            result.count[row, result.status[i]] += 1
            result.why[row, result.reason[i]] += 1
        start = stop
    return events
