"""Close the books of a chunk: which records gave an event, and how many of each kind there were."""

from stream.events import EVENTS, N_ADDRESS, N_CODE, N_REAL, N_TEXT, REJECTED_RECORD

from .borrowing import inner_njit
from .lines import Records
from .recognise import Result
from .tables import NO_REASON


@inner_njit
def keep_events(records: Records, start: int, stop: int, events: int, result: Result) -> int:
    """Close the gaps that refused records left, and count; how many events there are."""
    out = result.out
    event = events
    nobody = result.tally.shape[0] - 1
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
                out.nth[events] = 0
                result.record[events] = i
                events += 1
            event += 1
        row = int(result.dialect[i])
        if row < 0:
            row = nobody
        result.tally[row, result.status[i]] += 1
        result.why[row, result.reason[i]] += 1
    return events
