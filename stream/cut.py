"""The candidate cut: which rows become candidates, and at which growth step."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

PER_MINUTE = 1_000  # candidates a lane and minute of stream time; the rest is counted
GROWTH = 10.0  # a window speaks again when E has fallen by this
NO_MINUTE = -(1 << 62)

# columns of CutState.minute
CURRENT, PASSED, SUPPRESSED = range(3)
# columns of the rows' notes that are read here; stream/rows.py has them all
SLOT, FRESH, WINDOW = 1, 2, 3


class CutState(NamedTuple):
    """What each entity's window has said, by slot, and the lane's count of the minute."""

    window: NDArray[np.int64]  # (capacity,) minute of the window that last spoke
    expected: NDArray[np.float32]  # (capacity,) its E when it spoke
    step: NDArray[np.int16]  # (capacity,)
    minute: NDArray[np.int64]  # CURRENT, PASSED, SUPPRESSED

    @classmethod
    def of(cls, capacity: int) -> "CutState":
        """Nothing said yet; all of its memory taken."""
        return cls(
            np.full(capacity, NO_MINUTE, np.int64),
            np.full(capacity, 0.0, np.float32),
            np.full(capacity, 0, np.int16),
            np.array([NO_MINUTE, 0, 0], np.int64),
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

    ``limit`` is the largest E of a candidate, row by row. ``note`` holds what Rows.note does.
    ``ended`` (n, 2) takes the minute and count of what was over the lane's limit, at the first row
    of a later minute; count 0 elsewhere.
    """
    for i in range(len(t)):
        slot = note[i, SLOT]
        ended[i, 1] = 0
        minute = int(t[i] // 60.0)
        if minute != state.minute[CURRENT]:
            ended[i, 0] = state.minute[CURRENT]
            ended[i, 1] = state.minute[SUPPRESSED]
            state.minute[CURRENT] = minute
            state.minute[PASSED] = 0
            state.minute[SUPPRESSED] = 0
        if note[i, FRESH] == 1:
            state.window[slot] = NO_MINUTE
        step[i] = -1
        if not expected[i] <= limit[i]:
            continue
        if state.window[slot] != note[i, WINDOW]:
            state.step[slot] = 0
        elif expected[i] * GROWTH <= state.expected[slot]:
            state.step[slot] += 1
        else:
            continue
        state.window[slot] = note[i, WINDOW]
        state.expected[slot] = expected[i]
        if state.minute[PASSED] < PER_MINUTE:
            state.minute[PASSED] += 1
            step[i] = state.step[slot]
        else:
            state.minute[SUPPRESSED] += 1
