"""Days of real logs with their labels. Labels are for scoring only: no batch holds one."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from connectors.files import LogFile
from connectors.line_blocks import LineBlock
from stream.addresses import address_text
from stream.events import SRC_HI, SRC_LO, EventBatch
from stream.formats.parser import Parser, ParseSettings
from stream.networks import PRIVATE, mark_inside, networks_of

DATA = "ALMENARA_DATA"
BENIGN = "stratosphere-idps/2023-02-20/zeek_labeled/conn.log.labeled.xz"
ATTACKED = {
    "008": "stratosphere-testing/008-zeek-mixed/data/conn.log.labeled",
    "010": "stratosphere-testing/010-zeek-mixed/data/conn.log.labeled",
}
BACKGROUND = {
    "19 April": "rita-zeek/three-days/2024-04-19.conn.log.xz",
    "20 April": "rita-zeek/three-days/2024-04-20.conn.log.xz",
}
PSAD = {
    "syn": "psad-iptables/syn_scan_1000_1500",
    "fin": "psad-iptables/fin_scan_1000_1150",
    "ack": "psad-iptables/ack_scan_1000_1150",
    "udp": "psad-iptables/udp_scan_1000_1150",
}


class LabelledDay(NamedTuple):
    """Events of a log in its order, and which of them its label calls malicious."""

    batch: EventBatch
    hostile: NDArray[np.bool_]  # (n,)


def data_folder() -> Path:
    """Return the folder of shared data, or end the script with the reason."""
    value = os.environ.get(DATA)
    if not value:
        sys.exit(f"{DATA}: unset, expected the folder of the shared evaluation data; set it")
    return Path(value)


def blocks_of(path: Path) -> Iterator[LineBlock]:
    """Give the lines of a file block by block."""
    with LogFile(str(path)) as log:
        yield from log


def read_day(path: Path, reference_time: float = np.nan) -> LabelledDay:
    """Read a log with our own parser; inside and outside are marked as the pipeline does."""
    parser = Parser(ParseSettings())
    batches, labels = [], []
    for block in blocks_of(path):
        n = len(block)
        offsets = block.first + np.arange(n)
        parsed = parser.parse(block.payload, block.bounds, offsets, np.full(n, reference_time))
        batches.append([column.copy() for column in parsed.batch])
        payload = block.payload.tobytes()
        lines = [payload[block.bounds[i] : block.bounds[i + 1]] for i in parsed.record.tolist()]
        labels.append(np.array([b"Malicious" in line for line in lines], np.bool_))
    batch = EventBatch._make(np.concatenate(columns) for columns in zip(*batches, strict=True))
    mark_inside(batch, networks_of(PRIVATE))
    return LabelledDay(batch, np.concatenate(labels))


def chosen(batch: EventBatch, rows: NDArray[np.bool_] | NDArray[np.int64]) -> EventBatch:
    """Return some events, as copies."""
    return EventBatch._make(column[rows] for column in batch)


def source_counts(
    batch: EventBatch, rows: NDArray[np.bool_]
) -> list[tuple[str, int, NDArray[np.bool_]]]:
    """Return the sources of some rows by address: text, number of them, and which rows."""
    keys = batch.address[:, [SRC_HI, SRC_LO]]
    unique, inverse = np.unique(keys, axis=0, return_inverse=True)
    group = inverse.reshape(-1)
    return [
        (address_text(int(hi), int(lo)), int((rows & (group == k)).sum()), rows & (group == k))
        for k, (hi, lo) in enumerate(unique)
        if (rows & (group == k)).any()
    ]
