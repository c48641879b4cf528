"""Connections as Zeek's conn.log, tab-separated and JSON (Zeek manual, base/protocols/conn)."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from .flows import Flows
from .services import ICMP, REJ, RSTO, RSTR, S0, S1, S3, SF, SHR, STATES, TCP, UDP, WORDS
from .settings import SimulationSettings
from .spelling import UNSET, address_words, count_words, pick, plain_counts, second_words

FIELDS = (
    ("ts", "time"), ("uid", "string"), ("id.orig_h", "addr"), ("id.orig_p", "port"),
    ("id.resp_h", "addr"), ("id.resp_p", "port"), ("proto", "enum"), ("service", "string"),
    ("duration", "interval"), ("orig_bytes", "count"), ("resp_bytes", "count"),
    ("conn_state", "string"), ("local_orig", "bool"), ("local_resp", "bool"),
    ("missed_bytes", "count"), ("history", "string"), ("orig_pkts", "count"),
    ("orig_ip_bytes", "count"), ("resp_pkts", "count"), ("resp_ip_bytes", "count"),
    ("tunnel_parents", "set[string]"),
)  # fmt: skip
HEADERS = (40, 28)  # bytes of IP and TCP, of IP and UDP or ICMP
PROTOCOLS = {TCP: "tcp", UDP: "udp", ICMP: "icmp"}
_HISTORY = {
    (TCP, SF): "ShADadFf",
    (TCP, S0): "S",
    (TCP, REJ): "Sr",
    (TCP, RSTO): "ShADadR",
    (TCP, RSTR): "ShADadr",
    (TCP, S1): "ShADad",
    (TCP, S3): "ShADadf",
    (UDP, SF): "Dd",
    (UDP, S0): "D",
    (UDP, SHR): "^d",
}
_DIGITS = np.frombuffer(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", np.uint8)
_LINE = "\t".join(["%s"] * 14 + ["0", "%s", "%d", "%d", "%d", "%d", "-"])
_JSON = (
    '{"ts":%s,"uid":"%s","id.orig_h":"%s","id.orig_p":%d,"id.resp_h":"%s","id.resp_p":%d,'
    '"proto":"%s"%s%s,"conn_state":"%s","local_orig":%s,"local_resp":%s,"missed_bytes":0%s,'
    '"orig_pkts":%d,"orig_ip_bytes":%d,"resp_pkts":%d,"resp_ip_bytes":%d}'
)


class _Words(NamedTuple):
    """Columns as lists of words."""

    ts: list[str]
    uid: list[str]
    src: list[str]
    src_port: list[int]
    dst: list[str]
    dst_port: list[int]
    protocol: list[str]
    service: list[str]
    duration: list[str]
    bytes_out: list[str]
    bytes_in: list[str]
    state: list[str]
    src_local: list[str]
    dst_local: list[str]
    history: list[str]
    packets_out: list[int]
    whole_out: list[int]
    packets_in: list[int]
    whole_in: list[int]


def tsv_head(settings: SimulationSettings) -> list[str]:
    """Return the header lines of a log opened at the start."""
    opened = _stamp(settings.start)
    return [
        "#separator \\x09",
        "#set_separator\t,",
        "#empty_field\t(empty)",
        "#unset_field\t-",
        "#path\tconn",
        f"#open\t{opened}",
        "#fields\t" + "\t".join(name for name, _ in FIELDS),
        "#types\t" + "\t".join(kind for _, kind in FIELDS),
    ]


def tsv_tail(settings: SimulationSettings) -> list[str]:
    """Return the line that closes a log."""
    return [f"#close\t{_stamp(settings.day_start(settings.days))}"]


def tsv_lines(flows: Flows, rng: Generator) -> Iterable[str]:
    """Spell flows as tab-separated lines."""
    words = _spell(flows, rng, ("F", "T"))
    return map(_LINE.__mod__, zip(*words, strict=True))


def json_lines(flows: Flows, rng: Generator) -> Iterable[str]:
    """Spell flows as JSON; as Zeek does, what is unset is left out."""
    words = _spell(flows, rng, ("false", "true"))
    service = [f',"service":"{word}"' if word != UNSET else "" for word in words.service]
    sizes = [
        f',"duration":{seconds},"orig_bytes":{out},"resp_bytes":{back}' if seconds != UNSET else ""
        for seconds, out, back in zip(words.duration, words.bytes_out, words.bytes_in, strict=True)
    ]
    history = [f',"history":"{word}"' if word != UNSET else "" for word in words.history]
    columns = (*words[:7], service, sizes, *words[11:14], history, *words[15:])
    return map(_JSON.__mod__, zip(*columns, strict=True))


def _stamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d-%H-%M-%S")


def _spell(flows: Flows, rng: Generator, truths: tuple[str, str]) -> _Words:
    whole_out, whole_in = flows.whole_bytes(*HEADERS)
    return _Words(
        ts=second_words(flows.ts),
        uid=_uids(flows.rows, rng),
        src=address_words(flows.src),
        src_port=flows.src_port.tolist(),
        dst=address_words(flows.dst),
        dst_port=flows.dst_port.tolist(),
        protocol=_by_transport(flows.transport),
        service=pick(WORDS, flows.word),
        duration=second_words(flows.duration),
        bytes_out=count_words(flows.bytes_out),
        bytes_in=count_words(flows.bytes_in),
        state=pick(STATES, flows.state),
        src_local=pick(truths, flows.src_local.astype(np.int32)),
        dst_local=pick(truths, flows.dst_local.astype(np.int32)),
        history=_histories(flows),
        packets_out=plain_counts(flows.packets_out),
        whole_out=plain_counts(whole_out),
        packets_in=plain_counts(flows.packets_in),
        whole_in=plain_counts(whole_in),
    )


def _by_transport(transport: NDArray[np.int32]) -> list[str]:
    table = [PROTOCOLS.get(number, UNSET) for number in range(max(PROTOCOLS) + 1)]
    return pick(tuple(table), transport)


def _histories(flows: Flows) -> list[str]:
    n = len(STATES)
    table = [
        _HISTORY.get((transport, state), UNSET) for transport in (TCP, UDP) for state in range(n)
    ]
    number = np.where(flows.transport == TCP, flows.state, n + flows.state).astype(np.int32)
    return pick(tuple(table), number)


def _uids(n: int, rng: Generator) -> list[str]:
    """Names of connections: C and 17 digits of base 62."""
    letters = np.empty((n, 18), np.uint8)
    letters[:, 0] = ord("C")
    letters[:, 1:] = _DIGITS[rng.integers(0, 62, (n, 17))]
    spelt: list[str] = letters.view("S18").ravel().astype("U18").tolist()
    return spelt
