"""What a parser is told, and what it gives back."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stream.events import EventBatch

from .dialect import DialectTexts
from .dialect_choice import AUTO


@dataclass(frozen=True, slots=True)
class ParseSettings:
    """How records are read.

    Attributes
    ----------
    format:
        ``auto``, or the name of a dialect: then only that one is tried.
    columns:
        Names of the columns of a delimited log that has no header.
    zone_offset_s:
        Seconds east of UTC of times that carry no zone.
    dialects:
        More dialects, or others than ours of the same name, as ``read_folder`` gives them. They are
        no part of what settings are told apart by: see ``Pipeline.read_with``.
    mentions:
        Read just what the dialects leave unused, as reports of connections counted elsewhere.
    as_logged:
        Leave source and destination as logged, also where that does not say who opened it.
    """

    format: str = AUTO
    columns: tuple[str, ...] = ()
    zone_offset_s: int = 0
    dialects: DialectTexts = field(default=(), repr=False)
    mentions: bool = False
    as_logged: bool = False


class Parsed(NamedTuple):
    """What a call gave. All arrays are views that the next call overwrites."""

    batch: EventBatch
    record: NDArray[np.int32]  # (events,) number of the record in this call
    status: NDArray[np.int8]  # (records,) index into STATUSES
    reason: NDArray[np.int16]  # (records,) index into Parser.reasons
    dialect: NDArray[np.int16]  # (records,) index into Parser.dialects, -1 none
