"""From the records of a chunk to its events: what lies between scanning and the caller."""

import numpy as np
from numba import njit

from stream.events import EVENTS, N_ADDRESS, N_CODE, N_REAL, N_TEXT, REJECTED_RECORD

from .chunk import Chunk
from .lines import Records
from .recognise import Result
from .tables import NO_REASON


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
def note_reasons(chunk: Chunk, m: int, start: int, result: Result) -> None:
    """Say of each listed record whether its event could be made."""
    for k in range(m):
        result.reason[start + chunk.row[k]] = chunk.why[k]


@njit(cache=True, nogil=True, error_model="numpy")
def keep_events(records: Records, start: int, stop: int, events: int, result: Result) -> int:
    """Close the gaps that refused records left in the events, and count; how many events there are."""
    out = result.out
    event = events
    nobody = result.count.shape[0] - 1
    for i in range(start, stop):
        if result.status[i] == EVENTS:
            if result.reason[i] != NO_REASON:
                result.status[i] = REJECTED_RECORD
            else:
                if event != events:
                    for j in range(N_REAL):
                        out.real[events, j] = out.real[event, j]
                    for j in range(N_ADDRESS):
                        out.address[events, j] = out.address[event, j]
                    for j in range(N_CODE):
                        out.code[events, j] = out.code[event, j]
                    for j in range(N_TEXT):
                        out.text[events, j] = out.text[event, j]
                out.offset[events] = records.offset[i]
                out.index[events] = 0
                result.record[events] = i
                events += 1
            event += 1
        row = np.int64(result.dialect[i])
        if row < 0:
            row = nobody
        result.count[row, result.status[i]] += 1
        result.why[row, result.reason[i]] += 1
    return events
