"""Contacts to connections: how each ends, how long it is, its ports, bytes and packets."""

from typing import NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from .contacts import Address, Contacts, Real
from .flows import Flows
from .services import (
    ANSWERED,
    BYTES_IN,
    BYTES_OUT,
    ICMP,
    LOGGED_AFTER,
    NUMBER,
    PORT,
    REJ,
    S0,
    SECONDS,
    SHR,
    STATES,
    TCP,
    TRANSPORT,
    UDP,
    WORD,
)

LONGEST = 64_800.0  # s
SEGMENT = 1_380.0  # bytes of payload in a full packet
PING_TYPE = 8  # Zeek writes the type and code of ICMP as ports
_SAME_PORT = {
    NUMBER["ntp"]: 123,
    NUMBER["stray"]: 123,
    NUMBER["dhcp"]: 68,
    NUMBER["multicast"]: 5353,
}
_ANSWERED = np.isin(np.arange(len(STATES)), ANSWERED)
# of 1,000 connection attempts, how many send at most 1, 2, 3, 4, 5 SYN packets, and for how long
_TRIES = np.array([0.45, 0.65, 0.9, 0.96, 1.0])
_TRIED_S = np.array([np.nan, 1.02, 3.05, 7.1, 15.2])

Flags = NDArray[np.bool_]
Codes = NDArray[np.int32]


class Sizes(NamedTuple):
    """Numbers of each connection, before what is not known is unset."""

    duration: Real
    bytes_out: Real
    bytes_in: Real
    packets_out: Real
    packets_in: Real


def is_local(addresses: Address) -> Flags:
    """Whether addresses are the site's own: all of it lies in 10.0.0.0/8."""
    flags: Flags = (addresses >> np.uint32(24)) == 10
    return flags


def draw_states(contacts: Contacts, shares: NDArray[np.float64], rng: Generator) -> Codes:
    """Return the state of each, drawn from shares (services, states) where it is not set."""
    u = rng.random(len(contacts.ts))
    state = np.zeros(len(u), np.int32)
    for number in range(len(STATES) - 1):
        state += u >= shares[contacts.service, number]
    return np.where(contacts.state >= 0, contacts.state, state).astype(np.int32)


def dress(contacts: Contacts, shares: NDArray[np.float64], rng: Generator) -> Flows:
    """Give contacts all their columns. Rows keep their order."""
    service = contacts.service
    transport = TRANSPORT[service]
    state = draw_states(contacts, shares, rng)
    local = is_local(contacts.src), is_local(contacts.dst)
    sizes = _sizes(service, transport, state, local[0] & local[1], rng)
    ts = np.round(contacts.ts, 6)
    pause = rng.exponential(0.05, len(ts))
    return Flows(
        ts=ts,
        duration=sizes.duration,
        src=contacts.src,
        dst=contacts.dst,
        src_port=_source_ports(service, transport, local[0], rng),
        dst_port=np.where(contacts.port >= 0, contacts.port, PORT[service]).astype(np.int32),
        transport=transport,
        state=state,
        word=_words(service, state),
        bytes_out=sizes.bytes_out,
        bytes_in=sizes.bytes_in,
        packets_out=sizes.packets_out,
        packets_in=sizes.packets_in,
        src_local=local[0],
        dst_local=local[1],
        attack=contacts.attack,
        written=ts + np.nan_to_num(sizes.duration) + LOGGED_AFTER[service] + pause,
    )


def _lognormal(table: Real, service: Codes, rng: Generator) -> Real:
    drawn = rng.standard_normal(len(service)) * table[service, 1]
    sizes: Real = table[service, 0] * np.exp(drawn)
    return sizes


def _sizes(
    service: Codes, transport: Codes, state: Codes, is_inside: Flags, rng: Generator
) -> Sizes:
    n = len(service)
    trip = np.where(is_inside, 0.0004, 0.02) * np.exp(0.7 * rng.standard_normal(n))
    duration = np.minimum(_lognormal(SECONDS, service, rng) + trip, LONGEST)
    out = np.floor(_lognormal(BYTES_OUT, service, rng))
    back = np.floor(_lognormal(BYTES_IN, service, rng))
    is_tcp = transport == TCP
    is_silent = is_tcp & ~_ANSWERED[state]
    out[is_silent] = 0.0
    back[is_silent | (state == S0)] = 0.0
    out[state == SHR] = 0.0
    handshake = np.where(is_tcp, 4.0, 0.0)
    packets_out = (
        handshake + np.ceil(out / SEGMENT) + np.where(is_tcp, np.ceil(back / 2 / SEGMENT), 0)
    )
    packets_in = (
        handshake + np.ceil(back / SEGMENT) + np.where(is_tcp, np.ceil(out / 2 / SEGMENT), 0)
    )
    sizes = Sizes(duration, out, back, packets_out, packets_in)
    _refuse(sizes, is_tcp & (state == REJ), trip, rng)
    _leave_unanswered(sizes, is_tcp & (state == S0), rng)
    return _unset(sizes, is_silent, state)


def _refuse(sizes: Sizes, rows: Flags, trip: Real, rng: Generator) -> None:
    """Let a reset come back at once; one in five asks a second time."""
    again = rng.random(int(rows.sum())) < 0.2
    sizes.duration[rows] = trip[rows] + np.where(again, 0.5, 0.0)
    sizes.packets_out[rows] = sizes.packets_in[rows] = 1.0 + again


def _leave_unanswered(sizes: Sizes, rows: Flags, rng: Generator) -> None:
    """SYN packets are sent again after 1, 3, 7 and 15 seconds, and then no more."""
    tries = np.searchsorted(_TRIES, rng.random(int(rows.sum())))
    sizes.duration[rows] = _TRIED_S[tries]
    sizes.packets_out[rows] = 1.0 + tries
    sizes.packets_in[rows] = 0.0


def _unset(sizes: Sizes, is_silent: Flags, state: Codes) -> Sizes:
    """Take away what a sensor does not know: duration and bytes of a single packet."""
    packets_out = np.where(is_silent, np.maximum(sizes.packets_out, 1.0), sizes.packets_out)
    single = packets_out + sizes.packets_in <= 1.0
    duration = np.round(np.maximum(sizes.duration, 1e-6), 6)
    lonely = single & np.isin(state, (S0, SHR))
    return Sizes(
        np.where(lonely, np.nan, duration),
        np.where(lonely, np.nan, sizes.bytes_out),
        np.where(lonely, np.nan, sizes.bytes_in),
        packets_out,
        sizes.packets_in,
    )


def _source_ports(service: Codes, transport: Codes, is_inside: Flags, rng: Generator) -> Codes:
    """Ephemeral ports: of Windows for hosts inside, of Linux for the rest (RFC 6335; ip(7))."""
    u = rng.random(len(service))
    port = np.where(is_inside, 49_152 + u * 16_384, 32_768 + u * 28_232).astype(np.int32)
    for number, fixed in _SAME_PORT.items():
        port[service == number] = fixed
    port[transport == ICMP] = PING_TYPE
    return port


def _words(service: Codes, state: Codes) -> Codes:
    """Zeek names a service only where it has seen its bytes."""
    spoke = _ANSWERED[state] | (TRANSPORT[service] == UDP)
    return np.where(spoke, WORD[service], WORD[NUMBER["knock"]]).astype(np.int32)
