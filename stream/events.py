"""The normal form: the columns every dialect is brought to. The only definition of an event.

Columns of one dtype stand in one C-contiguous matrix, so that a scanner writes an event into four
rows that lie close together, and kernels take four arrays. An event is one row; its position is
(offset of its record, index in the record).
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

# columns of EventBatch.real, float64, NaN where the log does not say
TS, DURATION, BYTES_OUT, BYTES_IN, PACKETS_OUT, PACKETS_IN = range(6)
N_REAL = 6
# columns of EventBatch.address, uint64: 128-bit addresses in network order, IPv4 as ::ffff:a.b.c.d
SRC_HI, SRC_LO, DST_HI, DST_LO = range(4)
N_ADDRESS = 4
# columns of EventBatch.code, int32, -1 where the log does not say
SRC_PORT, DST_PORT, TRANSPORT, ACTION, OUTCOME, PHASE, SRC_LOCAL, DST_LOCAL, SEVERITY = range(9)
N_CODE = 9
# columns of EventBatch.text, uint64 hashes, 0 where the log does not say; the words are in the
# parser's lexicon
APP, RULE, USER, OBSERVER = range(4)
N_TEXT = 4

# ACTION: what a firewall did with it
ACTIONS = ("unknown", "allowed", "denied", "dropped", "reset")
UNKNOWN, ALLOWED, DENIED, DROPPED, RESET = range(5)
# OUTCOME: how the connection itself went
OUTCOMES = ("unknown", "established", "attempt", "rejected", "aborted")
OUTCOME_UNKNOWN, ESTABLISHED, ATTEMPT, REJECTED, ABORTED = range(5)
# PHASE: which report of the connection this is
PHASES = ("whole", "start", "end", "packet")
WHOLE, START, END, PACKET = range(4)

# what became of a record
STATUSES = ("events", "unused", "header", "rejected")
EVENTS, UNUSED, HEADER, REJECTED_RECORD = range(4)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the normal form."""

    name: str
    group: Literal["real", "address", "code", "text"]
    index: int
    unit: str
    ecs: str
    meaning: str


COLUMNS: tuple[Column, ...] = (
    Column("ts", "real", TS, "s", "event.start", "seconds since the epoch, UTC: when it began"),
    Column("duration", "real", DURATION, "s", "event.duration", "how long it lasted"),
    Column("bytes_out", "real", BYTES_OUT, "B", "source.bytes", "bytes from source to destination"),
    Column("bytes_in", "real", BYTES_IN, "B", "destination.bytes", "bytes back to the source"),
    Column("packets_out", "real", PACKETS_OUT, "1", "source.packets", "packets to the destination"),
    Column("packets_in", "real", PACKETS_IN, "1", "destination.packets", "packets back"),
    Column("src_ip", "address", SRC_HI, "", "source.ip", "who opened it; two columns"),
    Column("dst_ip", "address", DST_HI, "", "destination.ip", "who was addressed; two columns"),
    Column("src_port", "code", SRC_PORT, "", "source.port", "source port"),
    Column("dst_port", "code", DST_PORT, "", "destination.port", "destination port"),
    Column("transport", "code", TRANSPORT, "", "network.iana_number", "IANA protocol number"),
    Column("action", "code", ACTION, "", "event.action", "what a firewall did: ACTIONS"),
    Column("outcome", "code", OUTCOME, "", "event.outcome", "how the connection went: OUTCOMES"),
    Column("phase", "code", PHASE, "", "event.type", "which report of the connection: PHASES"),
    Column("src_local", "code", SRC_LOCAL, "", "network.direction", "1 inside, 0 outside"),
    Column("dst_local", "code", DST_LOCAL, "", "network.direction", "1 inside, 0 outside"),
    Column("severity", "code", SEVERITY, "", "log.syslog.severity.code", "the log's own severity"),
    Column("app", "text", APP, "", "network.application", "application or service"),
    Column("rule", "text", RULE, "", "rule.name", "firewall rule or log prefix"),
    Column("user", "text", USER, "", "user.name", "user"),
    Column("observer", "text", OBSERVER, "", "observer.name", "device that logged it"),
)


class EventBatch(NamedTuple):
    """Consecutive events of one lane, as columns. n rows; numba kernels take it as it is."""

    real: NDArray[np.float64]  # (n, N_REAL)
    address: NDArray[np.uint64]  # (n, N_ADDRESS)
    code: NDArray[np.int32]  # (n, N_CODE)
    text: NDArray[np.uint64]  # (n, N_TEXT)
    offset: NDArray[np.int64]  # (n,) of the record
    nth: NDArray[np.int32]  # (n,) index in the record

    @classmethod
    def empty(cls, n: int) -> "EventBatch":
        """Room for n events, every column unset."""
        return cls(
            np.full((n, N_REAL), np.nan),
            np.zeros((n, N_ADDRESS), np.uint64),
            np.full((n, N_CODE), -1, np.int32),
            np.zeros((n, N_TEXT), np.uint64),
            np.zeros(n, np.int64),
            np.zeros(n, np.int32),
        )

    def rows(self, start: int, stop: int) -> "EventBatch":
        """Events start to stop, as views."""
        part = slice(start, stop)
        return EventBatch(
            self.real[part],
            self.address[part],
            self.code[part],
            self.text[part],
            self.offset[part],
            self.nth[part],
        )

    def followed_by(self, other: "EventBatch") -> "EventBatch":
        """Both, as a copy."""
        return EventBatch(
            np.concatenate((self.real, other.real)),
            np.concatenate((self.address, other.address)),
            np.concatenate((self.code, other.code)),
            np.concatenate((self.text, other.text)),
            np.concatenate((self.offset, other.offset)),
            np.concatenate((self.nth, other.nth)),
        )


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """Where an event stands in its lane."""

    offset: int
    index: int
