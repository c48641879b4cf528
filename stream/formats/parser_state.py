"""What outlives a call of the parser: taking it up again."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from detectors.errors import ModelError

WORDS = ("lexicon_hash", "lexicon_length", "lexicon_word")
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


def carry_over(
    own: State,
    state: State,
    dialects: tuple[Sequence[str], Sequence[str]],
    reasons: tuple[Sequence[str], Sequence[str]],
) -> None:
    """Take the words and counts of a parser with other dialects.

    ``dialects`` and ``reasons`` are the names in the order of each state, our own first. What is
    not known any more is counted with what no dialect recognised.
    """
    for name in WORDS:
        own[name][...] = state[name]
    mine = {name: k for k, name in enumerate(dialects[0])}
    rows = np.array([mine.get(name, mine[""]) for name in dialects[1]])
    np.add.at(own["count"], rows, state["count"])
    kept = [(reasons[0].index(one), k) for k, one in enumerate(reasons[1]) if one in reasons[0]]
    for to, of in kept:
        np.add.at(own["why"][:, to], rows, state["why"][:, of])
