"""Connections as flow events of Suricata's eve.json (Suricata user guide, EVE JSON format)."""

import json
from collections.abc import Iterable

import numpy as np
from numpy.random import Generator

from .flows import Flows
from .services import ANSWERED, ICMP, REJ, S0, S1, S3, STATES, TCP, UDP, WORDS
from .spelling import address_words, pick, plain_counts, time_words

HEADERS = (54, 42)  # bytes of Ethernet, IP and TCP; of Ethernet, IP and UDP or ICMP
_PROTOCOLS = {TCP: "TCP", UDP: "UDP", ICMP: "ICMP"}
_APPS = {
    "ssl": "tls",
    "gssapi,smb,ntlm": "smb",
    "krb_tcp": "krb5",
    "ldap_tcp": "ldap",
    "syslog": "failed",
    "-": "failed",
}
_LINE = (
    '{"timestamp":"%s+0000","flow_id":%d,"in_iface":"eth0","event_type":"flow","src_ip":"%s",'
    '%s"dest_ip":"%s",%s"proto":"%s",%s"flow":{"pkts_toserver":%d,"pkts_toclient":%d,'
    '"bytes_toserver":%d,"bytes_toclient":%d,"start":"%s+0000","end":"%s+0000","age":%d,%s'
)


def flow_lines(flows: Flows, rng: Generator) -> Iterable[str]:
    """Spell flows as flow events, written a little after they end."""
    whole_out, whole_in = flows.whole_bytes(*HEADERS)
    ends = flows.ends
    columns = (
        time_words(flows.written),
        rng.integers(1, 1 << 50, flows.rows).tolist(),
        address_words(flows.src),
        _ports("src", flows.src_port.tolist(), flows.transport.tolist()),
        address_words(flows.dst),
        _ports("dest", flows.dst_port.tolist(), flows.transport.tolist()),
        [_PROTOCOLS[number] for number in flows.transport.tolist()],
        _apps(flows),
        plain_counts(flows.packets_out),
        plain_counts(flows.packets_in),
        plain_counts(whole_out),
        plain_counts(whole_in),
        time_words(flows.ts),
        time_words(ends),
        (np.floor(ends) - np.floor(flows.ts)).astype(np.int64).tolist(),
        _states(flows),
    )
    return map(_LINE.__mod__, zip(*columns, strict=True))


def _ports(side: str, ports: list[int], transports: list[int]) -> list[str]:
    """Spell ports, which ICMP has none of."""
    return [
        f'"{side}_port":{port},' if transport != ICMP else ""
        for port, transport in zip(ports, transports, strict=True)
    ]


def _apps(flows: Flows) -> list[str]:
    words = tuple(f'"app_proto":"{_APPS.get(word, word)}",' for word in WORDS)
    spelt = pick(words, flows.word)
    ping = '"icmp_type":8,"icmp_code":0,'
    return [
        word if transport != ICMP else ping
        for word, transport in zip(spelt, flows.transport.tolist(), strict=True)
    ]


def _states(flows: Flows) -> list[str]:
    """Spell the state of the flow and, of TCP, the flags seen."""
    table = [_ending(transport, state) for transport in (TCP, UDP) for state in range(len(STATES))]
    number = np.where(flows.transport == TCP, flows.state, len(STATES) + flows.state)
    return pick(tuple(table), number.astype(np.int32))


def _ending(transport: int, state: int) -> str:
    if transport != TCP:
        word = "new" if state == S0 else "established"
        return f'"state":"{word}","reason":"timeout","alerted":false}}}}'
    word = {S0: "new", S1: "established", S3: "established"}.get(state, "closed")
    flow = f'"state":"{word}","reason":"timeout","alerted":false}}'
    return f'{flow},"tcp":{json.dumps(_tcp(state), separators=(",", ":"))}}}'


def _tcp(state: int) -> dict[str, str | bool]:
    """Return the flags that both sides sent, and the state that follows (RFC 9293)."""
    syn, fin, reset, push, ack = 0x02, 0x01, 0x04, 0x08, 0x10
    if state == S0:
        flags = {"tcp_flags": f"{syn:02x}", "tcp_flags_ts": f"{syn:02x}", "tcp_flags_tc": "00"}
        return {**flags, "syn": True, "state": "syn_sent"}
    out, back = syn | ack | push, syn | ack | push
    if state == REJ:
        out, back = syn, reset | ack
    elif STATES[state] == "SF":
        out, back = out | fin, back | fin
    elif STATES[state] == "RSTO":
        out |= reset
    elif STATES[state] == "RSTR":
        back |= reset
    seen = out | back
    named = (("syn", syn), ("fin", fin), ("rst", reset), ("psh", push), ("ack", ack))
    said: dict[str, str | bool] = {
        "tcp_flags": f"{seen:02x}",
        "tcp_flags_ts": f"{out:02x}",
        "tcp_flags_tc": f"{back:02x}",
        **{name: True for name, flag in named if seen & flag},
    }
    open_still = state in ANSWERED and not seen & (fin | reset)
    return {**said, "state": "established" if open_still else "closed"}
