"""The candidate cut: which rows become candidates, and at which growth step."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

PER_MINUTE = 1_000  # candidates a lane and minute of stream time; the rest is counted
GROWTH = 10.0  # a window speaks again when E has fallen by this

# columns of CutState.minute
CURRENT, PASSED, SUPPRESSED = range(3)


class CutState(NamedTuple):
    """What each entity's window has said, by slot, and the lane's count of the minute."""

    window: NDArray[np.int64]  # (capacity,) minute of the window that last spoke, -1 for none
    expected: NDArray[np.float64]  # (capacity,) its E when it spoke
    step: NDArray[np.int64]  # (capacity,)
    minute: NDArray[np.int64]  # CURRENT, PASSED, SUPPRESSED

    @classmethod
    def of(cls, capacity: int) -> "CutState":
        """Nothing said yet."""
        return cls(
            np.full(capacity, -1, np.int64),
            np.zeros(capacity),
            np.zeros(capacity, np.int64),
            np.array([-1, 0, 0], np.int64),
        )


@njit(cache=True, nogil=True, error_model="numpy")
def cut_rows(
    state: CutState,
    note: NDArray[np.int64],
    t: NDArray[np.float64],
    expected: NDArray[np.float64],
    limit: NDArray[np.float64],
    step: NDArray[np.int64],
    ended: NDArray[np.int64],
) -> None:
    """Write the growth step of each row that becomes a candidate, else -1.

    ``limit`` is the largest E of a candidate, row by row. ``note`` holds tag, slot, fresh and
    window of each row. ``ended`` (n, 2) takes the minute and count of what was over the lane's limit,
    at the first row of a later minute; count 0 elsewhere.
    """
    for i in range(len(t)):
        slot = note[i, 1]
        ended[i, 1] = 0
        minute = int(t[i] // 60.0)
        if minute != state.minute[CURRENT]:
            ended[i, 0] = state.minute[CURRENT]
            ended[i, 1] = state.minute[SUPPRESSED]
            state.minute[CURRENT] = minute
            state.minute[PASSED] = 0
            state.minute[SUPPRESSED] = 0
        if note[i, 2] == 1:
            state.window[slot] = -1
        step[i] = -1
        if not expected[i] <= limit[i]:
            continue
        if state.window[slot] != note[i, 3]:
            state.step[slot] = 0
        elif expected[i] * GROWTH <= state.expected[slot]:
            state.step[slot] += 1
        else:
            continue
        state.window[slot] = note[i, 3]
        state.expected[slot] = expected[i]
        if state.minute[PASSED] < PER_MINUTE:
            state.minute[PASSED] += 1
            step[i] = state.step[slot]
        else:
            state.minute[SUPPRESSED] += 1
