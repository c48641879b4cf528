"""Inside or outside, where the log itself does not say: by the user's networks."""

import ipaddress
from collections.abc import Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray

from detectors.errors import ConfigError

from .events import DST_HI, DST_LO, DST_LOCAL, SRC_HI, SRC_LO, SRC_LOCAL, EventBatch

V4_PREFIX = 0xFFFF_0000_0000
PRIVATE = (
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "169.254.0.0/16",
    "127.0.0.0/8",
    "fc00::/7",
    "fe80::/10",
    "::1/128",
)  # RFC 1918, 3927, 1122, 4193, 4291


def networks_of(cidrs: Sequence[str]) -> NDArray[np.uint64]:
    """Return (n, 4) network and mask as high and low words; ConfigError where one is no network."""
    words = []
    for cidr in cidrs:
        try:
            network = ipaddress.ip_network(cidr, strict=False)
        except ValueError as error:
            raise ConfigError(
                f"internal network: {cidr!r}, expected a network such as 10.0.0.0/8; correct it"
            ) from error
        address, mask = int(network.network_address), int(network.netmask)
        if network.version == 4:
            address |= V4_PREFIX
            mask |= ((1 << 96) - 1) << 32
        low = (1 << 64) - 1
        words.append([address >> 64, address & low, mask >> 64, mask & low])
    return np.array(words, np.uint64).reshape(-1, 4)


@njit(cache=True, nogil=True, error_model="numpy")
def is_inside(networks: NDArray[np.uint64], hi: np.uint64, lo: np.uint64) -> int:
    """1 where one of the networks holds the address, else 0."""
    for k in range(len(networks)):
        if (hi & networks[k, 2]) == networks[k, 0] and (lo & networks[k, 3]) == networks[k, 1]:
            return 1
    return 0


@njit(cache=True, nogil=True, error_model="numpy")
def mark_inside(batch: EventBatch, networks: NDArray[np.uint64]) -> None:
    """Fill in what the log left open."""
    for i in range(len(batch.offset)):
        if batch.code[i, SRC_LOCAL] < 0:
            inside = is_inside(networks, batch.address[i, SRC_HI], batch.address[i, SRC_LO])
            batch.code[i, SRC_LOCAL] = inside
        if batch.code[i, DST_LOCAL] < 0:
            inside = is_inside(networks, batch.address[i, DST_HI], batch.address[i, DST_LO])
            batch.code[i, DST_LOCAL] = inside
