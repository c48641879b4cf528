"""CPU time an event of every stage, beside orjson.loads of the same lines, on one core.

Two streams of Zeek connections as JSON lines: a dense one (10,000 events/s, 2,000 hosts, simulated)
and a sparse one (the rita-zeek days of the shared data, where nearly every event opens a window).
Stages are timed apart: the parser, the kernels from events to rows, each detector on the rows that
were made; the rest of the whole is calibration, the cut and what becomes Python objects.

    python tests/benchmarks/cost.py [--events 400000] [--repeat 3] [--json OUT]
"""

import argparse
import os
import resource
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from about_run import finish, options, progress, table  # first: it configures numba

import numpy as np  # isort: skip
import orjson
from cost_lines import dense_lines, sparse_lines
from numpy.typing import NDArray

from detectors.registry import load
from stream.candidates import LaneRecord
from stream.events import EventBatch
from stream.features.feature_set import CONNECTION_SET
from stream.judgement import Judgement
from stream.pipeline import Pipeline, PipelineSettings
from stream.populations import POPULATIONS
from stream.prior import Prior, load_prior
from stream.rows import ROW_TAG, Rows

BLOCK = 20_000  # lines a call
MICRO = 1e6


@dataclass(frozen=True, slots=True)
class Block:
    """Lines as the pipeline takes them."""

    payload: NDArray[np.uint8]
    bounds: NDArray[np.int64]
    offsets: NDArray[np.int64]
    times: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class MadeRows:
    """Rows of one population, copied out of a run."""

    tag: int
    x: NDArray[np.float32]
    t: NDArray[np.float64]
    weight: NDArray[np.float64]


def blocks_of(lines: list[bytes]) -> list[Block]:
    """Cut lines into blocks."""
    blocks = []
    for start in range(0, len(lines), BLOCK):
        part = lines[start : start + BLOCK]
        ends = np.cumsum([0, *(len(line) for line in part)]).astype(np.int64)
        payload = np.frombuffer(b"".join(part), np.uint8)
        offsets = np.arange(start, start + len(part))
        blocks.append(Block(payload, ends, offsets, np.full(len(part), np.nan)))
    return blocks


def cpu(run: Callable[[], object], repeat: int) -> float:
    """Return the least CPU seconds of some runs."""
    best = float("inf")
    for _ in range(repeat):
        began = time.process_time()
        run()
        best = min(best, time.process_time() - began)
    return best


def whole(blocks: list[Block]) -> Pipeline:
    """Run the pipeline as it is by default."""
    pipeline = Pipeline(PipelineSettings())
    for block in blocks:
        pipeline.process(block.payload, block.bounds, block.offsets, block.times)
    return pipeline


def parse(blocks: list[Block], keep: list[EventBatch] | None = None) -> None:
    """Parse only."""
    parser = Pipeline(PipelineSettings()).parser
    for block in blocks:
        batch = parser.parse(block.payload, block.bounds, block.offsets, block.times).batch
        if keep is not None:
            keep.append(EventBatch.empty(0).followed_by(batch))


def rows_only(batches: list[EventBatch], keep: list[MadeRows] | None = None) -> None:
    """Run the kernels from events to rows; a judgement that judges nothing takes the rows."""
    pipeline = Pipeline(PipelineSettings())
    pipeline._judgement = _Unjudged(keep)  # noqa: SLF001 (the stage is timed without the next)
    for batch in batches:
        pipeline.take(batch)


class _Unjudged(Judgement):
    def __init__(self, keep: list[MadeRows] | None) -> None:
        self._keep = keep

    def start(self, t: float, prior: Prior | None) -> None:
        """Take no prior."""

    def judge(self, rows: Rows, out: list[LaneRecord]) -> None:  # noqa: ARG002 (nothing is said)
        """Empty the rows, and keep copies where they are wanted."""
        n = int(rows.n[0])
        rows.n[:] = 0
        if self._keep is None:
            return
        for population in POPULATIONS:
            at = np.flatnonzero(rows.note[:n, ROW_TAG] == population.tag)
            if len(at):
                self._keep.append(MadeRows(population.tag, rows.x[at], rows.t[at], rows.weight[at]))


def detector_run(name: str, made: list[MadeRows]) -> Callable[[], None]:
    """Return a run of one detector over the rows of all populations, from the prior on."""
    prior = load_prior(CONNECTION_SET)

    def run() -> None:
        for population in POPULATIONS:
            parts = [rows for rows in made if rows.tag == population.tag]
            if not parts:
                continue
            detector = load(
                name,
                n_features=len(CONNECTION_SET.features),
                directions=population.directions(CONNECTION_SET),
            )
            past = prior.rows[population.tag]
            detector.learn(past.x, np.full(len(past.x), parts[0].t[0]), past.weight)
            for rows in parts:
                detector.score_learn(rows.x, rows.t, rows.weight)

    return run


def measure(lines: list[bytes], repeat: int) -> dict[str, float]:
    """Return CPU microseconds an event of each stage."""
    blocks = blocks_of(lines)
    whole(blocks[:1])
    events = len(lines)
    batches: list[EventBatch] = []
    made: list[MadeRows] = []
    parse(blocks, batches)
    rows_only(batches, made)
    seconds = {"orjson.loads": cpu(lambda: [orjson.loads(line) for line in lines], repeat)}
    seconds["parse"] = cpu(lambda: parse(blocks), repeat)
    seconds["features"] = cpu(lambda: rows_only(batches), repeat)
    names = [judge.name for judge in PipelineSettings().judges]
    for name in names:
        seconds[name] = cpu(detector_run(name, made), repeat)
    seconds["whole"] = cpu(lambda: whole(blocks), repeat)
    parts = ["parse", "features", *names]
    seconds["the rest"] = seconds["whole"] - sum(seconds[part] for part in parts)
    order = ["orjson.loads", *parts, "the rest", "whole"]
    found = {name: seconds[name] * MICRO / events for name in order}
    found["rows per event"] = sum(len(rows.t) for rows in made) / events
    return found


def report(streams: Mapping[str, Mapping[str, float]]) -> str:
    """Return the table: microseconds an event, and the ratio to orjson."""
    rows = []
    for name in next(iter(streams.values())):
        cells = [name]
        for found in streams.values():
            cells.append(f"{found[name]:.3f}")
            is_time = name != "rows per event"
            cells.append(f"{found[name] / found['orjson.loads']:.2f}" if is_time else "")
        rows.append(cells)
    head = ["CPU µs an event"]
    for name in streams:
        head += [name, "/ orjson"]
    return table(head, rows)


def main(arguments: argparse.Namespace) -> None:
    """Measure both streams."""
    progress("making the dense stream")
    streams = {"dense": measure(dense_lines(arguments.events), arguments.repeat)}
    data = os.environ.get("ALMENARA_DATA")
    if data:
        progress("the sparse stream")
        streams["sparse"] = measure(sparse_lines(Path(data)), arguments.repeat)
    else:
        progress("no sparse stream: ALMENARA_DATA is unset")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    text = report(streams) + f"\npeak memory of this process, lines included: {peak:.0f} MiB"
    finish(arguments, text, {"streams": streams, "peak_mib": peak})


if __name__ == "__main__":
    parser = options(__doc__ or "")
    parser.add_argument("--events", type=int, default=400_000)
    parser.add_argument("--repeat", type=int, default=3)
    main(parser.parse_args())
