"""Events to rows: each moves stream time, is counted for its entities, and may mark."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .due import end_round, fall_due, give_pulse, list_closing, list_marks
from .events import DURATION, PHASE, START, TS, EventBatch
from .features.connection import add_events, add_usual, enter, weigh_events
from .features.stretch import EVENT, LONGEST, OF, SIDE, SIDES, WINDOW, ask, describe
from .features.tables import NOW as AT
from .features.tables import Stretch, look_up
from .features.windows import WINDOW_S, count_events, keep_events
from .lane import Lane
from .rows import MADE, PULSES, Rows, fill_rows
from .stream_time import (
    CLOSE_AT,
    CLOSING,
    CURSOR,
    DUE,
    MINUTE,
    MOVED,
    N_EVENTS,
    NOW,
    OPEN,
    move_time,
)


@njit(cache=True, nogil=True, error_model="numpy")
def gather(
    time: NDArray[np.float64],
    counter: NDArray[np.int64],
    batch: EventBatch,
    start: int,
    stretch: Stretch,
    longest: int,
    pulse: NDArray[np.int64],
    made: NDArray[np.int64],
) -> tuple[int, int]:
    """Move stream time with events until one makes windows fall due; list those to be counted.

    Returns the next event to take and the length of the stretch. Pulses are given on the way, with
    the length so far instead of the rows made before them.
    """
    n = 0
    i = start
    is_due = False
    while i < len(batch.offset) and n < longest and made[PULSES] < len(pulse) and not is_due:
        if counter[MOVED] == 0:
            end = batch.real[i, TS]
            if batch.real[i, DURATION] > 0.0:
                end += batch.real[i, DURATION]
            move_time(time, counter, end)
            counter[MOVED] = 1
        if time[NOW] >= time[DUE]:
            is_due = int(time[NOW] // WINDOW_S) > counter[MINUTE]
            if not is_due:
                give_pulse(time, counter, pulse, made)
                pulse[made[PULSES] - 1, 1] = n
                pulse[made[PULSES] - 1, 2] = i
        if not is_due:
            counter[MOVED] = 0
            if batch.code[i, PHASE] != START:
                stretch.whole[n, EVENT] = i
                stretch.real[n, AT] = time[NOW]
                n += 1
            i += 1
    return i, n


@njit(cache=True, nogil=True, error_model="numpy")
def place_pulses(pulse: NDArray[np.int64], made: NDArray[np.int64], at: int, taken: int) -> int:
    """Let pulses from ``at`` on, given up to event ``taken``, follow the rows made so far."""
    while at < made[PULSES] and pulse[at, 1] <= taken:
        pulse[at, 1] = made[MADE]
        at += 1
    return at


@njit(cache=True, nogil=True, error_model="numpy")
def observe(lane: Lane, batch: EventBatch, start: int, rows: Rows) -> int:
    """Take events from ``start`` on until the rows are full; return the next event to take.

    Cost: five table look-ups and two entity updates an event, whatever the traffic.
    """
    time, counter, seed, table, entities, pairs, pair_events, services, windows, ports = lane
    stretch, n = rows.stretch, rows.n
    whole, real, base = stretch.whole, stretch.real, stretch.base
    i = start
    while True:
        free = len(windows.whole) - counter[OPEN]
        fall_due(time, counter, free if i < len(batch.offset) else 2)
        if counter[CLOSING] == 1:
            first = n[MADE]
            at = list_closing(counter, windows.whole, rows.note, n)
            fill_rows(rows, windows, entities, table.last, first, time[CLOSE_AT])
            add_usual(entities, windows.whole, counter[CURSOR], at, time[CLOSE_AT])
            counter[CURSOR] = at
            if at < counter[OPEN]:
                return i
            end_round(time, counter, table.meta, pairs.meta, services.meta)
        pulse = n[PULSES]
        if time[NOW] >= time[DUE] and pulse < len(rows.pulse):
            give_pulse(time, counter, rows.pulse, n)
            rows.pulse[n[PULSES] - 1, 2] = i
            pulse += 1
        free = min(len(windows.whole) - counter[OPEN], len(rows.note) - n[MADE]) // 2
        longest = min(free, LONGEST)
        if i >= len(batch.offset) or longest < 1 or pulse == len(rows.pulse):
            return i
        i, k = gather(time, counter, batch, i, stretch, longest, rows.pulse, n)
        counter[N_EVENTS] += k
        describe(stretch, batch, k)
        m = ask(stretch, batch.address, seed[0], k)
        look_up(pairs, stretch, base[0], k)
        look_up(table, stretch, base[1], m)
        look_up(services, stretch, base[2], m)
        weigh_events(whole, real, ports, pair_events, k)
        counter[OPEN] = enter(stretch, entities, windows, counter[OPEN], m)
        done = base[0]
        while done < m:
            stop = count_events(windows.whole, windows.real, whole, real, done, m)
            add_events(entities.damped, whole, real, done, stop)
            keep_events(windows, batch, whole, done, stop)
            done = stop
            last = SIDES + stop - 1
            pulse = place_pulses(rows.pulse, n, pulse, whole[last, OF])
            source = whole[last - whole[last, SIDE], WINDOW]
            destination = whole[last, WINDOW] if whole[last, SIDE] == 1 else -1
            first = n[MADE]
            list_marks(counter, windows.whole, rows.note, n, (source, destination))
            if n[MADE] > first:
                fill_rows(rows, windows, entities, table.last, first, real[whole[last, OF], AT])
        place_pulses(rows.pulse, n, pulse, k)


def advance(lane: Lane, t: float, rows: Rows) -> bool:
    """Move stream time to t without an event; False where the rows are full before it is done."""
    lane.time[NOW] = max(lane.time[NOW], t)
    observe(lane, EventBatch.empty(0), 0, rows)
    return bool(lane.counter[CLOSING] == 0 and lane.time[NOW] < lane.time[DUE])
