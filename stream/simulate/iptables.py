"""Connections as a firewall's kernel lines, in the form of the Linux LOG target (iptables(8)).

The firewall stands between the site and the internet: it sees what crosses, at the first packet.
"""

from collections.abc import Iterable

import numpy as np
from numpy.random import Generator

from .flows import Flows
from .services import ICMP, S0, TCP
from .spelling import address_words, pick, time_words

MULTICAST_FIRST = 0xE0000000
_LINE = (
    "%s+00:00 fw kernel: [%.6f] %s %s MAC=02:00:0a:14:00:01:02:00:0a:1e:00:01:08:00 SRC=%s DST=%s"
    " LEN=%d TOS=0x00 PREC=0x00 TTL=%d ID=%d %s"
)
_WAYS = ("IN=eth0 OUT=eth1", "IN=eth1 OUT=eth0")
_DEEDS = ("ACCEPT", "DROP")


def crossing(flows: Flows) -> Flows:
    """Return what crosses the firewall, in order of start."""
    passes = (flows.src_local != flows.dst_local) & (flows.dst < np.uint32(MULTICAST_FIRST))
    return flows.take(passes)


def kernel_lines(flows: Flows, rng: Generator) -> Iterable[str]:
    """Spell the first packet of each connection. What nobody inside answers was dropped."""
    n = flows.rows
    dropped = (flows.state == S0) & flows.dst_local
    columns = (
        time_words(flows.ts),
        (flows.ts % 10_000_000.0).tolist(),
        pick(_DEEDS, dropped.astype(np.int32)),
        pick(_WAYS, flows.src_local.astype(np.int32)),
        address_words(flows.src),
        address_words(flows.dst),
        np.where(flows.transport == TCP, 60, 84).tolist(),
        np.where(flows.src_local, 63, rng.integers(38, 58, n)).tolist(),
        rng.integers(1, 65_536, n).tolist(),
        _packets(flows),
    )
    return map(_LINE.__mod__, zip(*columns, strict=True))


def _packets(flows: Flows) -> list[str]:
    rows = zip(
        flows.transport.tolist(), flows.src_port.tolist(), flows.dst_port.tolist(), strict=True
    )
    return [_packet(transport, src, dst) for transport, src, dst in rows]


def _packet(transport: int, src: int, dst: int) -> str:
    if transport == TCP:
        return f"DF PROTO=TCP SPT={src} DPT={dst} WINDOW=64240 RES=0x00 SYN URGP=0 "
    if transport == ICMP:
        return "PROTO=ICMP TYPE=8 CODE=0 ID=7 SEQ=1 "
    return f"PROTO=UDP SPT={src} DPT={dst} LEN=64 "
