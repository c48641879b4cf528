"""How a conformance check says what it saw."""

from collections.abc import Callable, Mapping
from typing import NoReturn, Protocol

import numpy as np

from .base import Array, Detector, Rows


class CheckError(AssertionError):
    """A detector breaks a rule of the contract."""


class Factory(Protocol):
    """Makes a fresh detector; it must make the same one each time."""

    def __call__(self, *, n_features: int, directions: tuple[int, ...]) -> Detector:
        """Return a detector that has learnt nothing."""
        ...


Check = Callable[[Factory], None]


def fail(check: Check, found: str, expected: str) -> NoReturn:
    """Raise CheckError with the check's own claim."""
    claim = (check.__doc__ or "").partition("\n")[0]
    raise CheckError(f"{check.__name__}: {found}, expected {expected}; what must hold: {claim}")


def copy(state: Mapping[str, Array]) -> dict[str, Array]:
    """Return the state as the caller may keep it."""
    return {name: array.copy() for name, array in state.items()}


def sizes(state: Mapping[str, Array]) -> dict[str, tuple[str, tuple[int, ...]]]:
    """Return dtype and shape of each array."""
    return {name: (array.dtype.str, array.shape) for name, array in state.items()}


def same(check: Check, expected: Rows, found: Rows, when: str) -> None:
    """Fail unless the numbers are equal to the bit, NaN to NaN."""
    if np.array_equal(expected, found, equal_nan=True):
        return
    if expected.shape != found.shape:
        fail(check, f"shape {found.shape} when {when}", f"{expected.shape}")
    differ = ~((expected == found) | (np.isnan(expected) & np.isnan(found)))
    fail(check, f"{int(differ.sum())} numbers differ when {when}", "the same numbers")


def same_state(check: Check, expected: Mapping[str, Array], found: Mapping[str, Array]) -> None:
    """Fail unless names, order and numbers are equal."""
    equal = list(expected) == list(found) and all(
        np.array_equal(expected[name], found[name], equal_nan=True) for name in expected
    )
    if not equal:
        fail(check, "the state changed", "the same state")
