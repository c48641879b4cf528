"""Flows as the normal form: what the parser gives for the Zeek log of the same connections."""

import numpy as np

from stream import events
from stream.events import EventBatch

from .flows import Flows
from .services import OTH, REJ, RSTO, RSTR, S0, SHR, STATES

MAPPED = np.uint64(0xFFFF00000000)  # ::ffff:0:0/96
_OUTCOME = np.full(len(STATES), events.ESTABLISHED, np.int32)
_OUTCOME[[S0, SHR]] = events.ATTEMPT
_OUTCOME[REJ] = events.REJECTED
_OUTCOME[[RSTO, RSTR]] = events.ABORTED
_OUTCOME[OTH] = events.OUTCOME_UNKNOWN


def to_batch(flows: Flows, first_offset: int = 0) -> EventBatch:
    """Bring flows to columns, one event a record from ``first_offset``, without writing text.

    Real, address and code columns equal those of the parsed Zeek log; text columns stay unset.
    """
    batch = EventBatch.empty(flows.rows)
    real = (flows.ts, flows.duration, flows.bytes_out, flows.bytes_in)
    for column, values in enumerate((*real, flows.packets_out, flows.packets_in)):
        batch.real[:, column] = values
    batch.address[:, events.SRC_LO] = MAPPED | flows.src.astype(np.uint64)
    batch.address[:, events.DST_LO] = MAPPED | flows.dst.astype(np.uint64)
    code = batch.code
    code[:, events.SRC_PORT] = flows.src_port
    code[:, events.DST_PORT] = flows.dst_port
    code[:, events.TRANSPORT] = flows.transport
    code[:, events.ACTION] = events.UNKNOWN
    code[:, events.OUTCOME] = _OUTCOME[flows.state]
    code[:, events.PHASE] = events.WHOLE
    code[:, events.SRC_LOCAL] = flows.src_local
    code[:, events.DST_LOCAL] = flows.dst_local
    batch.offset[:] = np.arange(first_offset, first_offset + flows.rows)
    return batch
