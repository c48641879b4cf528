"""Which micro-clusters of DenStream lie nearest to a row."""

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True, error_model="numpy")
def measure(
    y: NDArray[np.float64],
    center: NDArray[np.float64],
    inverse: NDArray[np.float64],
    places: tuple[int, int],
    distance: NDArray[np.float64],
) -> None:
    """Write the squared distance from the row to micro-clusters, in deviations.

    To those from the first place of two up to, and not with, the second.
    """
    first, stop = max(places[0], 0), places[1]
    for k in range(first, stop):
        distance[k] = 0.0
    for j in range(len(y)):  # columns outside, so that the inner loop runs over memory
        value = y[j]
        unit = inverse[j]
        for k in range(first, stop):
            apart = (value - center[j, k]) * unit
            distance[k] += apart * apart


@njit(cache=True, nogil=True, error_model="numpy")
def end_of_dense(weight: NDArray[np.float64], used: int, dense_from: float) -> int:
    """Return the place after the last dense micro-cluster; after all where none is dense."""
    for stop in range(used, 0, -1):
        if weight[stop - 1] >= dense_from:
            return stop
    return used


@njit(cache=True, nogil=True, error_model="numpy")
def nearest_dense(
    weight: NDArray[np.float64], distance: NDArray[np.float64], stop: int, dense_from: float
) -> int:
    """Return the nearest dense micro-cluster before ``stop``, -1 where there is no other.

    Where none is dense the heaviest counts as dense: after a long silence all weights have faded.
    """
    dense = -1
    heaviest = -1
    for k in range(stop):
        if heaviest < 0 or weight[k] > weight[heaviest]:
            heaviest = k
        if weight[k] >= dense_from and (dense < 0 or distance[k] < distance[dense]):
            dense = k
    return dense if dense >= 0 else heaviest


@njit(cache=True, nogil=True, error_model="numpy")
def nearest_light(
    weight: NDArray[np.float64], distance: NDArray[np.float64], used: int, dense_from: float
) -> int:
    """Return the nearest micro-cluster that is not dense, -1 where there is none."""
    light = -1
    for k in range(used):
        if weight[k] < dense_from and (light < 0 or distance[k] < distance[light]):
            light = k
    return light
