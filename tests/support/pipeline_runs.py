"""Logs through pipelines in pieces, and their output as bytes."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from stream.candidates import LaneRecord
from stream.pipeline import Pipeline, PipelineSettings
from stream.simulate.settings import SimulationSettings
from stream.simulate.writers import write_log

ENTITIES = 500  # fewer than most logs here have
BUSY = SimulationSettings(
    hosts=6,
    days=1,
    seed=4,
    internet_sources_per_day=800,
    clients_per_day=20,
    attacks_per_kind=1,
    attacks_from_day=1,
)


def simulated_lines(folder: Path, log_format: str = "zeek-tsv") -> list[bytes]:
    """Return the lines of a small busy site's day."""
    path = folder / "day.log"
    write_log(path, BUSY, log_format)
    return path.read_bytes().splitlines(keepends=True)


def quick(**changes: object) -> PipelineSettings:
    """Return settings for runs that are many: few entities, no prior."""
    given = {"max_entities": ENTITIES, "prior": False, **changes}
    return PipelineSettings(**given)  # type: ignore[arg-type]


def feed(
    pipeline: Pipeline, lines: Sequence[bytes], cuts: Iterable[int] = (), first: int = 0
) -> list[LaneRecord]:
    """Give lines to a pipeline in pieces; line ``first`` of the lane is the first of them."""
    out: list[LaneRecord] = []
    ends = sorted({min(cut, len(lines)) for cut in cuts} | {len(lines)})
    start = 0
    for end in ends:
        part = lines[start:end]
        bounds = np.cumsum([0, *map(len, part)], dtype=np.int64)
        offsets = np.arange(first + start, first + end)
        _, records = pipeline.process(b"".join(part), bounds, offsets, np.full(len(part), np.nan))
        out += records
        start = end
    return out


def written(records: Iterable[LaneRecord]) -> bytes:
    """Return records to the last digit, one a line."""
    return b"\n".join(repr(record).encode() for record in records)
