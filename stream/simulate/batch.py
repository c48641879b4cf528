"""Flows as the normal form: what the parser gives for the Zeek log of the same connections."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from stream import events
from stream.events import EventBatch
from stream.formats.words import hash_text

from .flows import Flows
from .services import ICMP, OTH, REJ, RSTO, RSTR, S0, SHR, STATES, WORDS
from .spelling import UNSET
from .zeek import HEADERS

MAPPED = np.uint64(0xFFFF00000000)  # ::ffff:0:0/96
_OUTCOME = np.full(len(STATES), events.ESTABLISHED, np.int32)
_OUTCOME[S0] = events.ATTEMPT
_OUTCOME[REJ] = events.REJECTED
_OUTCOME[[RSTO, RSTR]] = events.ABORTED
_OUTCOME[[OTH, SHR]] = events.OUTCOME_UNKNOWN


def to_batch(flows: Flows, first_offset: int = 0) -> EventBatch:
    """Bring flows to columns, one event a record from ``first_offset``, without writing text.

    All columns equal those of the parsed Zeek log, in which bytes have IP headers.
    """
    batch = EventBatch.empty(flows.rows)
    real = (flows.ts, flows.duration, *flows.whole_bytes(*HEADERS))
    for column, values in enumerate((*real, flows.packets_out, flows.packets_in)):
        batch.real[:, column] = values
    batch.address[:, events.SRC_LO] = MAPPED | flows.src.astype(np.uint64)
    batch.address[:, events.DST_LO] = MAPPED | flows.dst.astype(np.uint64)
    code = batch.code
    has_ports = flows.transport != ICMP
    code[:, events.SRC_PORT] = np.where(has_ports, flows.src_port, -1)
    code[:, events.DST_PORT] = np.where(has_ports, flows.dst_port, -1)
    code[:, events.TRANSPORT] = flows.transport
    code[:, events.OUTCOME] = _OUTCOME[flows.state]
    code[:, events.PHASE] = events.WHOLE
    code[:, events.SRC_LOCAL] = flows.src_local
    code[:, events.DST_LOCAL] = flows.dst_local
    batch.text[:, events.APP] = _word_hashes()[flows.word]
    batch.offset[:] = np.arange(first_offset, first_offset + flows.rows)
    return batch


@cache
def _word_hashes() -> NDArray[np.uint64]:
    """Hash of each word as the parser has it, 0 for none."""
    hashes = np.zeros(len(WORDS), np.uint64)
    for number, word in enumerate(WORDS):
        if word != UNSET:
            text = np.frombuffer(word.encode(), np.uint8)
            hashes[number] = hash_text(text, 0, len(text))
    return hashes
