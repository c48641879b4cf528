"""The tail of the largest maxima: peaks over a threshold (Siffer et al. 2017, section 3)."""

from numba import njit

from .maxima import (
    DIRTY,
    N_BINS,
    N_U,
    SIGMA,
    U_BIN,
    XI,
    CalibrationState,
    U,
    count_at,
    prior_weight,
    score_of,
)

N_PEAKS = 64.0  # largest maxima that the shape of the tail is taken from
N_ANCHOR = 16.0  # and its scale: the tail stands in for counts below this
LEAST_PEAKS = 4.0
MOST_XI = 0.5
LEAST_XI = -0.1  # so that the tail ends no sooner than ten sigma beyond u


@njit(cache=True, nogil=True, error_model="numpy")
def threshold(state: CalibrationState, p: int, d: int, weight: float, peaks: float) -> int:
    """Return the highest bin at or above which so many maxima lie; 0 where there are fewer."""
    above = 0.0
    low = N_BINS
    while low > 0 and above < peaks:
        low -= 1
        above += count_at(state, p, d, low, weight)
    return low


@njit(cache=True, nogil=True, error_model="numpy")
def moments(
    state: CalibrationState, p: int, d: int, weight: float, low: int
) -> tuple[float, float, float]:
    """Return the maxima at or above a bin, and b0 = E[Y], b1 = E[Y (1 - F)] of their excesses Y."""
    b0 = 0.0
    b1 = 0.0
    above = 0.0
    edge = score_of(float(low))
    for at in range(N_BINS - 1, low - 1, -1):
        mass = count_at(state, p, d, at, weight)
        if mass > 0.0:
            excess = score_of(at + 0.5) - edge
            b0 += mass * excess
            b1 += mass * excess * (above + 0.5 * mass)
            above += mass
    if above == 0.0:
        return 0.0, 0.0, 0.0
    return above, b0 / above, b1 / (above * above)


@njit(cache=True, nogil=True, error_model="numpy")
def fit_tail(state: CalibrationState, p: int, d: int) -> None:
    """Fit the tail to the largest maxima by probability-weighted moments.

    Hosking and Wallis 1987, section 3: xi = 2 - b0 / (b0 - 2 b1), sigma = b0 (1 - xi). The shape
    comes from the N_PEAKS largest and is kept in [LEAST_XI, MOST_XI], for what lies beyond the data
    is not to vanish; the scale from the N_ANCHOR largest, where the tail begins: below, the
    counts themselves speak.
    """
    tail = state.tail[p, d]
    tail[DIRTY] = 0.0
    weight = prior_weight(state.entities, p, d)
    above, b0, b1 = moments(state, p, d, weight, threshold(state, p, d, weight, N_PEAKS))
    xi = 2.0 - b0 / (b0 - 2.0 * b1) if b0 > 2.0 * b1 else MOST_XI
    tail[XI] = min(max(xi, LEAST_XI), MOST_XI)
    low = threshold(state, p, d, weight, N_ANCHOR)
    above, b0, b1 = moments(state, p, d, weight, low)
    tail[N_U] = above if above >= LEAST_PEAKS else 0.0
    tail[U_BIN] = low
    tail[U] = score_of(float(low))
    tail[SIGMA] = b0 * (1.0 - tail[XI])
