"""A lane's only clock: the largest end of an event so far, guarded against jumps.

Columns of the two arrays that hold it are named here; kernels change them in place.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

# columns of the float64 array: stream time; the last two ends of a run ahead, the newest first;
# as of when the open windows close, while they do; when something is due next
NOW, AHEAD_1, AHEAD_2, CLOSE_AT, DUE = range(5)
N_TIME = 5
# columns of the int64 array
STARTED, MINUTE, OPEN, CLOSING, CURSOR, MOVED, AHEAD_RUN, PULSE = range(8)
N_EVENTS, N_LATE, N_AHEAD, N_ROWS, N_EARLY = range(8, 13)
N_COUNTERS = 13

LATE_S = 60.0
AHEAD_S = 3_600.0
PULSE_S = 10
LATEST = 253_402_300_800.0  # the year 10000: what ends there moves no clock


@njit(cache=True, nogil=True, error_model="numpy")
def move_time(time: NDArray[np.float64], counter: NDArray[np.int64], end: float) -> None:
    """Let an event that ends at ``end`` move stream time, or count it as late or ahead.

    An end more than an hour ahead moves it only as the third event in a row that is so far ahead
    and within an hour of the two before; the clock then stands at the largest of the three.
    """
    now = time[NOW]
    if end <= now + AHEAD_S:
        counter[AHEAD_RUN] = 0
        if end > now:
            time[NOW] = end
        elif end < now - LATE_S:
            counter[N_LATE] += 1
    else:
        counter[N_AHEAD] += 1
        high = max(end, time[AHEAD_1], time[AHEAD_2])
        low = min(end, time[AHEAD_1], time[AHEAD_2])
        if not end < LATEST:
            counter[AHEAD_RUN] = 0
        elif counter[AHEAD_RUN] >= 2 and high <= low + AHEAD_S:
            time[NOW] = high
            counter[AHEAD_RUN] = 0
        else:
            time[AHEAD_2] = time[AHEAD_1]
            time[AHEAD_1] = end
            counter[AHEAD_RUN] += 1
