"""Events as plain objects, and their columns."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from stream import events
from stream.events import EventBatch

LOW = (1 << 64) - 1
V4 = 0xFFFF << 32


@dataclass(frozen=True)
class PlainEvent:
    """One event. Addresses are 128-bit numbers; NaN and -1 where the log does not say."""

    ts: float
    source: int = V4 | 1
    destination: int = V4 | 2
    port: int = 80
    duration: float = math.nan
    outcome: int = events.ESTABLISHED
    action: int = -1
    phase: int = events.WHOLE
    source_inside: int = 1
    destination_inside: int = 0
    bytes_out: float = math.nan
    bytes_in: float = math.nan


def batch_of(plain: Sequence[PlainEvent], first_offset: int = 0) -> EventBatch:
    """Return the columns; event i is record ``first_offset`` + i."""
    batch = EventBatch.empty(len(plain))
    for i, event in enumerate(plain):
        batch.real[i, events.TS] = event.ts
        batch.real[i, events.DURATION] = event.duration
        batch.real[i, events.BYTES_OUT] = event.bytes_out
        batch.real[i, events.BYTES_IN] = event.bytes_in
        batch.address[i, events.SRC_HI] = event.source >> 64
        batch.address[i, events.SRC_LO] = event.source & LOW
        batch.address[i, events.DST_HI] = event.destination >> 64
        batch.address[i, events.DST_LO] = event.destination & LOW
        batch.code[i, events.DST_PORT] = event.port
        batch.code[i, events.ACTION] = event.action
        batch.code[i, events.OUTCOME] = event.outcome
        batch.code[i, events.PHASE] = event.phase
        batch.code[i, events.SRC_LOCAL] = event.source_inside
        batch.code[i, events.DST_LOCAL] = event.destination_inside
        batch.offset[i] = first_offset + i
    return batch
