"""The services of the site as data: port, how connections end, how long and how large they are.

Medians and spreads were chosen so that a day looks like days that Zeek recorded on real hosts;
they are round numbers, not fits.
"""

from dataclasses import dataclass, field

import numpy as np

TCP, UDP, ICMP = 6, 17, 1

# connection states of Zeek (base/protocols/conn), the ones that the simulator uses
STATES = ("SF", "S0", "REJ", "RSTO", "RSTR", "OTH", "S1", "S2", "S3", "SHR")
SF, S0, REJ, RSTO, RSTR, OTH, S1, S2, S3, SHR = range(10)
# states in which both sides spoke: the others carry no data of TCP
ANSWERED = (SF, RSTO, RSTR, S1, S2, S3)

Spread = tuple[float, float]  # median, and deviation of the natural logarithm
TCP_ENDS = {S0: 0.015, REJ: 0.008, RSTO: 0.025, RSTR: 0.012, OTH: 0.004, S1: 0.003, S3: 0.003}
LAN_ENDS = {S0: 0.006, REJ: 0.006, RSTO: 0.02, RSTR: 0.01, S1: 0.002}
UDP_ENDS = {S0: 0.02, SHR: 0.004}
# what fails by nature: nobody answers multicast, logs, or strangers
FIXED = {"multicast", "stale", "ping", "syslog", "guess", "knock", "touch", "stray"}


@dataclass(frozen=True, slots=True)
class Service:
    """One kind of connection. ``ends`` gives shares of states; the rest is SF."""

    name: str
    port: int
    transport: int
    word: str  # what Zeek calls the service, "-" where it does not tell
    seconds: Spread
    bytes_out: Spread
    bytes_in: Spread
    ends: dict[int, float] = field(default_factory=dict)

    @property
    def is_fixed(self) -> bool:
        """Whether its failures do not follow the site's setting."""
        return self.name in FIXED

    @property
    def logged_after(self) -> float:
        """Seconds from its end to its line, as Zeek's timers have it."""
        if self.transport == TCP:
            return 5.0
        return 10.0 if self.port == 53 else 60.0


SERVICES: tuple[Service, ...] = (
    Service("tls", 443, TCP, "ssl", (1.2, 1.7), (1_200, 0.9), (7_500, 1.5), TCP_ENDS),
    Service("http", 80, TCP, "http", (0.4, 1.9), (450, 0.8), (1_500, 1.9), TCP_ENDS),
    Service("quic", 443, UDP, "-", (1.5, 1.8), (5_500, 1.0), (18_000, 1.7), UDP_ENDS),
    Service("call", 3478, UDP, "-", (900, 0.9), (4e7, 1.1), (6e7, 1.1), {S0: 0.05}),
    Service("poll", 443, TCP, "ssl", (20, 1.5), (1_500, 0.5), (4_000, 0.6), TCP_ENDS),
    Service("dns", 53, UDP, "dns", (0.003, 1.2), (48, 0.3), (120, 0.6), {S0: 0.02, SHR: 0.01}),
    Service("recursion", 53, UDP, "dns", (0.03, 0.9), (52, 0.3), (160, 0.7), {S0: 0.05}),
    Service("ntp", 123, UDP, "ntp", (0.004, 1.0), (48, 0.0), (48, 0.0), {S0: 0.03}),
    Service("mail", 993, TCP, "ssl", (8, 1.4), (1_400, 0.6), (5_000, 1.2), LAN_ENDS),
    Service("smtp", 25, TCP, "smtp", (2.5, 1.0), (14_000, 1.6), (700, 0.3), TCP_ENDS),
    Service(
        "files", 445, TCP, "gssapi,smb,ntlm", (240, 1.6), (30_000, 2.0), (90_000, 2.2), LAN_ENDS
    ),
    Service("kerberos", 88, TCP, "krb_tcp", (0.01, 0.7), (1_700, 0.3), (1_800, 0.3), LAN_ENDS),
    Service("ldap", 389, TCP, "ldap_tcp", (2.0, 1.5), (1_400, 0.7), (4_000, 1.0), LAN_ENDS),
    Service("intranet", 443, TCP, "ssl", (2.0, 1.5), (1_300, 0.8), (12_000, 1.5), LAN_ENDS),
    Service("print", 9100, TCP, "-", (6, 0.9), (250_000, 1.4), (300, 0.5), {S0: 0.05, REJ: 0.02}),
    Service("dhcp", 67, UDP, "dhcp", (0.001, 0.5), (300, 0.1), (300, 0.1), {S0: 0.02}),
    Service("multicast", 5353, UDP, "dns", (2.0, 1.5), (900, 0.8), (0, 0), {S0: 1.0}),
    Service(
        "neighbour", 7680, TCP, "-", (1.5, 1.5), (2_000, 2.0), (20_000, 2.5), {S0: 0.2, REJ: 0.1}
    ),
    Service("stale", 443, TCP, "-", (1.0, 1.0), (1_000, 1.0), (1_000, 1.0), {S0: 1.0}),
    Service("update", 443, TCP, "ssl", (25, 1.2), (6_000, 0.8), (2.5e7, 1.6), TCP_ENDS),
    Service("patch", 8530, TCP, "http", (6, 1.3), (1_800, 0.8), (400_000, 2.2), LAN_ENDS),
    Service("ssh", 22, TCP, "ssh", (90, 2.0), (6_000, 1.5), (12_000, 1.7), LAN_ENDS),
    Service("rdp", 3389, TCP, "ssl", (600, 1.6), (300_000, 1.6), (4e6, 1.6), LAN_ENDS),
    Service("check", 443, TCP, "-", (0.004, 0.6), (200, 0.2), (400, 0.4), {S0: 0.002, REJ: 0.003}),
    Service("ping", 0, ICMP, "-", (0.0006, 0.6), (56, 0.0), (56, 0.0), {OTH: 1.0}),
    Service("database", 5432, TCP, "-", (4, 1.8), (9_000, 1.3), (60_000, 1.8), LAN_ENDS),
    Service("syslog", 514, UDP, "syslog", (45, 0.8), (9_000, 1.1), (0, 0), {S0: 1.0}),
    Service(
        "backup", 9102, TCP, "-", (300, 1.0), (8e8, 1.2), (200_000, 0.8), {S0: 0.01, RSTO: 0.01}
    ),
    Service(
        "manage", 5985, TCP, "http", (1.5, 1.0), (5_000, 0.8), (9_000, 0.9), {S0: 0.07, REJ: 0.01}
    ),
    Service("vpn", 1194, UDP, "-", (7_000, 1.0), (3e7, 1.2), (1.5e8, 1.3), {S0: 0.03}),
    Service("site", 443, TCP, "ssl", (3.0, 1.7), (1_600, 0.8), (20_000, 1.5), TCP_ENDS),
    Service("guess", 22, TCP, "ssh", (3.9, 0.35), (1_250, 0.06), (1_690, 0.06), {RSTO: 0.06}),
    Service("knock", 23, TCP, "-", (1.0, 1.0), (0, 0), (0, 0), {S0: 0.8, REJ: 0.2}),
    Service("enter", 445, TCP, "-", (4.0, 1.2), (4_000, 1.0), (5_000, 1.2), LAN_ENDS),
    Service("touch", 443, TCP, "-", (0.3, 1.2), (120, 0.9), (330, 0.9), {RSTO: 0.3, S0: 0.1}),
    Service("stray", 123, UDP, "-", (0.00001, 1.0), (90, 1.2), (0, 0), {S0: 1.0}),
)

NUMBER = {service.name: number for number, service in enumerate(SERVICES)}
PORT = np.array([service.port for service in SERVICES], np.int32)
TRANSPORT = np.array([service.transport for service in SERVICES], np.int32)
LOGGED_AFTER = np.array([service.logged_after for service in SERVICES])
SECONDS = np.array([service.seconds for service in SERVICES])
BYTES_OUT = np.array([service.bytes_out for service in SERVICES])
BYTES_IN = np.array([service.bytes_in for service in SERVICES])
WORDS = tuple(dict.fromkeys(service.word for service in SERVICES))
WORD = np.array([WORDS.index(service.word) for service in SERVICES], np.int32)


def end_shares(failures: float) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Cumulated shares of states, (services, states), with the natural failures multiplied."""
    shares = np.zeros((len(SERVICES), len(STATES)))
    for row, service in zip(shares, SERVICES, strict=True):
        for state, share in service.ends.items():
            row[state] = share if service.is_fixed else min(share * failures, 0.3)
        row[SF] = 1.0 - row.sum()
    return np.cumsum(shares, axis=1)
