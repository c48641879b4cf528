"""How rare a destination port is in the lane, by a forward-decayed count of each.

G. Cormode, V. Shkapenyuk, D. Srivastava, B. Xu. Forward Decay: A Practical Time Decay Model for
Streaming Systems. ICDE 2009. doi:10.1109/ICDE.2009.65
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

N_PORTS = 65_536
RATE = math.log(2.0) / 86_400.0
REBASE_S = 40.0 * 86_400.0  # well before a weight of 2^(age in days) overflows
DOUBT = 10.0  # events of doubt: nothing is rare in an empty lane
RAREST = 4.0

# columns of Ports.clock: landmark of the decay, the time and the weight of the last event
SINCE, WEIGHED_AT, UNIT = range(3)


class Ports(NamedTuple):
    """Weight of each port and, last, of all."""

    weight: NDArray[np.float64]  # (N_PORTS + 1,)
    clock: NDArray[np.float64]  # (3,)

    @classmethod
    def of(cls) -> "Ports":
        """No event yet."""
        return cls(np.full(N_PORTS + 1, 0.0), np.array([0.0, 0.0, 1.0]))


@njit(cache=True, nogil=True, error_model="numpy")
def is_logon(port: int) -> bool:
    """Tell a port where people or programs log on, and passwords are guessed (IANA registry).

    FTP, SSH, Telnet, POP3, IMAP, SQL Server, MySQL, RDP, PostgreSQL, VNC.
    """
    is_mail = port == 110 or port == 143
    is_database = port == 1433 or port == 3306 or port == 5432
    is_desktop = port == 3389 or port == 5900
    return (port >= 21 and port <= 23) or is_desktop or is_mail or is_database


@njit(cache=True, nogil=True, error_model="numpy")
def is_admin(port: int) -> bool:
    """Tell a port by which hosts are controlled from another, as in ATT&CK T1021.

    SSH, Telnet, RPC, NetBIOS, SMB, RDP, VNC, WinRM.
    """
    is_windows = port == 135 or port == 139 or port == 445 or port == 5985 or port == 5986
    return port == 22 or port == 23 or port == 3389 or port == 5900 or is_windows


@njit(cache=True, nogil=True, error_model="numpy")
def move_unit(ports: Ports, now: float) -> None:
    """Bring the weight of an event to ``now``."""
    age = now - ports.clock[SINCE]
    if age > REBASE_S:
        left = math.exp(-age * RATE)
        for k in range(N_PORTS + 1):
            ports.weight[k] *= left
        ports.clock[SINCE] = now
        age = 0.0
    ports.clock[WEIGHED_AT] = now
    ports.clock[UNIT] = math.exp(age * RATE)


@njit(cache=True, nogil=True, error_model="numpy")
def port_rarity(ports: Ports, port: int, now: float) -> float:
    """-log10 of the port's share of the lane's events of late, 0 to 4; then count this one."""
    rarity = 0.0
    if port >= 0 and port < N_PORTS:
        if ports.clock[WEIGHED_AT] != now:
            move_unit(ports, now)
        unit = ports.clock[UNIT]
        share = (ports.weight[port] + unit) / (ports.weight[N_PORTS] + DOUBT * unit)
        ports.weight[port] += unit
        ports.weight[N_PORTS] += unit
        rarity = min(max(-math.log10(share), 0.0), RAREST)
    return rarity
