"""State as flat, named arrays: what a snapshot is made of."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detectors.errors import ModelError

Arrays = dict[str, NDArray[Any]]


def named_arrays(prefix: str, state: Any) -> Iterator[tuple[str, NDArray[Any]]]:
    """Yield every array of a NamedTuple of arrays and NamedTuples, by its dotted name."""
    for name, part in zip(state._fields, state, strict=True):
        if hasattr(part, "_fields"):
            yield from named_arrays(f"{prefix}.{name}", part)
        else:
            yield f"{prefix}.{name}", part


def put_back(prefix: str, state: Any, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Copy a snapshot's arrays into the state; ModelError where one is missing or does not fit."""
    for name, array in named_arrays(prefix, state):
        found = arrays.get(name)
        if found is None or found.shape != array.shape or found.dtype != array.dtype:
            what = "nothing" if found is None else f"{found.dtype} {found.shape}"
            raise ModelError(
                f"snapshot {name}: {what}, expected {array.dtype} {array.shape}; restore it with"
                " the settings it was taken with"
            )
        array[...] = found


def copies(arrays: Mapping[str, NDArray[Any]], room: Mapping[str, NDArray[Any]]) -> Arrays:
    """Return copies of arrays, in the memory of ``room`` where one of the same kind is there."""
    return {name: _copy(array, room.get(name)) for name, array in arrays.items()}


def _copy(array: NDArray[Any], room: NDArray[Any] | None) -> NDArray[Any]:
    if room is None or room.shape != array.shape or room.dtype != array.dtype:
        return array.copy()
    np.copyto(room, array)
    return room


def part_of(prefix: str, arrays: Mapping[str, NDArray[Any]]) -> Arrays:
    """Return the arrays below a prefix, without it."""
    start = prefix + "."
    return {k.removeprefix(start): v for k, v in arrays.items() if k.startswith(start)}
