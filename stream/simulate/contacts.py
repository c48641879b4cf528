"""Who speaks to whom, when and by which service: what every kind of traffic is made of first."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .services import NUMBER

Real = NDArray[np.float64]
Address = NDArray[np.uint32]
Whole = NDArray[np.int64]


class Contacts(NamedTuple):
    """Connections before they have sizes and ends. n rows, in no order."""

    ts: Real  # (n,) s since the epoch, when it starts
    src: Address
    dst: Address
    service: NDArray[np.int32]  # of services.SERVICES
    port: NDArray[np.int32]  # destination port, -1 for the service's own
    state: NDArray[np.int32]  # of services.STATES, -1 for one drawn as the service has them
    attack: NDArray[np.int32]  # number of the planted attack, -1 for none


def contacts(ts: Real, src: ArrayLike, dst: ArrayLike, service: str | Whole) -> Contacts:
    """Contacts at n times; the rest is one value for all or n values."""
    n = len(ts)
    number = NUMBER[service] if isinstance(service, str) else service
    unset = np.full(n, -1, np.int32)
    return Contacts(
        ts,
        np.broadcast_to(np.asarray(src, np.uint32), n),
        np.broadcast_to(np.asarray(dst, np.uint32), n),
        np.broadcast_to(np.asarray(number, np.int32), n),
        unset,
        unset,
        unset,
    )


def join(parts: Sequence[Contacts]) -> Contacts:
    """All contacts of the parts, in their order."""
    return Contacts(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def whole(values: ArrayLike, n: int) -> NDArray[np.int32]:
    """One number for all of n contacts, or n numbers, as a column."""
    return np.broadcast_to(np.asarray(values, np.int32), n)
