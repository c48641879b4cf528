"""What outlives a call of the parser: taking it up again."""

import numpy as np
from numpy.typing import NDArray

from detectors.errors import ModelError

State = dict[str, NDArray[np.generic]]


def restore_state(own: State, state: State) -> None:
    """Write a state over a parser's own arrays.

    Raises
    ------
    ModelError
        If the state is damaged or was made with other dialects.
    """
    for name, array in own.items():
        found = state.get(name)
        if found is None or found.shape != array.shape or found.dtype != array.dtype:
            raise ModelError(
                f"parser state: {name!r} is missing or has another shape, expected "
                f"{array.dtype} {array.shape}; use a snapshot of this version"
            )
    if not np.array_equal(state["dialects"], own["dialects"]):
        raise ModelError(
            "parser state: made with other dialects, expected those of these settings; "
            "restore the dialect files or rebuild"
        )
    for name, array in own.items():
        array[...] = state[name]
