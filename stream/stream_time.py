"""A lane's only clock: the largest end of an event so far, guarded against jumps.

Columns of the two arrays that hold it are named here; kernels change them in place.
"""

from numba import njit
from numpy.typing import NDArray
import numpy as np

# columns of the float64 array
NOW, AHEAD_LOW, AHEAD_HIGH, CLOSE_AT = range(4)
N_TIME = 4
# columns of the int64 array
STARTED, MINUTE, OPEN, CLOSING, CURSOR, MOVED, AHEAD_RUN, PULSE = range(8)
N_EVENTS, N_LATE, N_AHEAD, N_ROWS, N_EARLY = range(8, 13)
N_COUNTERS = 13

LATE_S = 60.0
AHEAD_S = 3_600.0
PULSE_S = 10


@njit(cache=True, nogil=True, error_model="numpy")
def move_time(time: NDArray[np.float64], counter: NDArray[np.int64], end: float) -> None:
    """Let an event that ends at ``end`` move stream time, or count it as late or ahead.

    An end more than an hour ahead moves it only as the third event in a row that is so far ahead
    and within an hour of the others; the clock then stands at the largest of the three.
    """
    if end > time[NOW] + AHEAD_S:
        counter[N_AHEAD] += 1
        low = min(time[AHEAD_LOW], end)
        high = max(time[AHEAD_HIGH], end)
        if counter[AHEAD_RUN] == 0 or high - low > AHEAD_S:
            counter[AHEAD_RUN] = 0
            low = end
            high = end
        time[AHEAD_LOW] = low
        time[AHEAD_HIGH] = high
        counter[AHEAD_RUN] += 1
        if counter[AHEAD_RUN] == 3:
            time[NOW] = high
            counter[AHEAD_RUN] = 0
        return
    counter[AHEAD_RUN] = 0
    if end > time[NOW]:
        time[NOW] = end
    elif end < time[NOW] - LATE_S:
        counter[N_LATE] += 1
