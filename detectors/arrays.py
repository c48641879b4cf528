"""Arrays in the one form that kernels are compiled for, and states that fit or are refused."""

from collections.abc import Mapping

import numpy as np

from .base import Array, Contributions, Features, Rows
from .errors import ModelError
from .kernels.rows import Answer, Batch


def batch_of(
    subject: str, n_features: int, X: Features, t: Rows, weight: Rows, divisor: float
) -> Batch:
    """Return the rows in that form, copied only where they are not; ModelError if they do not fit.

    Another layout, dtype or a read-only flag would silently compile a kernel once more.
    """
    columns = X.shape[1] if X.ndim == 2 else 0
    if columns != n_features:
        raise ModelError(
            f"{subject}: X has {columns} columns, expected {n_features}; "
            f"retrain, or load the model made for this feature set"
        )
    if not len(X) == len(t) == len(weight):
        raise ModelError(
            f"{subject}: X has {len(X)} rows, t {len(t)}, weight {len(weight)}, expected as many; "
            f"give one a row"
        )
    plain = _plain(X, np.float32), _plain(t, np.float64), _plain(weight, np.float64)
    return Batch(*plain, divisor)


def answer_to(n_rows: int, n_features: int, why: Contributions | None) -> Answer:
    """Return where a kernel writes: new scores, and the caller's contributions if it asks."""
    if why is None:
        return Answer(np.empty(n_rows), np.empty((0, n_features)), np.inf)
    return Answer(np.empty(n_rows), why.values, float(why.floor))


def take_up(subject: str, own: Mapping[str, Array], given: Mapping[str, Array]) -> None:
    """Copy a given state into one's own arrays; ModelError if names, shapes or dtypes differ."""
    if set(given) != set(own):
        raise ModelError(
            f"{subject}: state has {sorted(given)}, expected {sorted(own)}; "
            f"load a state of this detector"
        )
    for name, mine in own.items():
        found = given[name]
        if found.shape != mine.shape or found.dtype != mine.dtype:
            raise ModelError(
                f"{subject}: state {name!r} is {found.dtype} {found.shape}, expected {mine.dtype} "
                f"{mine.shape}; load a state made with these settings"
            )
    for name, mine in own.items():
        mine[...] = given[name]


def _plain(array: Array, dtype: type[np.float32 | np.float64]) -> Array:
    return np.require(array, dtype, ["C_CONTIGUOUS", "WRITEABLE", "ALIGNED"])
