"""CPU time an event of every stage, beside orjson.loads of the same lines, on one core.

Two streams of Zeek connections as JSON lines: a dense one (10,000 events/s, 2,000 hosts, simulated)
and a sparse one (the rita-zeek days of the shared data, where nearly every event opens a window).
Stages are timed apart: the parser, the kernels from events to rows, each detector on the rows that
were made; the rest of the whole is calibration, the cut and what becomes Python objects. What a
lane costs once, to take its memory and learn the prior, is a line of its own, in milliseconds.

    python tests/benchmarks/cost.py [--events 400000] [--repeat 3] [--json OUT]
"""

import argparse
import os
import resource
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from about_run import finish, options, progress, table  # first: it configures numba

import numpy as np  # isort: skip
import orjson
from cost_lines import dense_lines, sparse_lines
from numpy.typing import NDArray

from detectors.base import Detector
from detectors.registry import load
from stream.candidates import LaneRecord
from stream.events import EventBatch
from stream.features.feature_set import CONNECTION_SET
from stream.formats.parser import Parser
from stream.garbage import settle
from stream.judgement import Judgement
from stream.lane_drift import LaneDrift
from stream.pipeline import HELD, Pipeline, PipelineSettings
from stream.populations import POPULATIONS
from stream.prior import Prior, load_prior
from stream.rows import ROW_TAG, Rows

BLOCK = 20_000  # lines a call
T = TypeVar("T")
MICRO = 1e6
ROWS = "rows per event"
ONCE = "a lane's start, ms once"


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


def cpu(prepare: Callable[[], T], run: Callable[[T], object], repeat: int) -> float:
    """Return the least CPU seconds of some runs, each on something newly prepared."""
    best = float("inf")
    for _ in range(repeat):
        subject = prepare()
        began = time.process_time()
        run(subject)
        best = min(best, time.process_time() - began)
    return best


def started(block: Block) -> Pipeline:
    """Return a pipeline as it is by default, which has its prior and the first events.

    Garbage is collected as in ``almenara replay``.
    """
    pipeline = Pipeline(PipelineSettings())
    bounds = block.bounds[: HELD + 1]
    pipeline.process(block.payload, bounds, block.offsets[:HELD], block.times[:HELD])
    settle()
    return pipeline


def whole(pipeline: Pipeline, blocks: list[Block]) -> None:
    """Run all of it."""
    for block in blocks:
        pipeline.process(block.payload, block.bounds, block.offsets, block.times)


def parse(parser: Parser, blocks: list[Block], keep: list[EventBatch] | None = None) -> None:
    """Parse only."""
    for block in blocks:
        batch = parser.parse(block.payload, block.bounds, block.offsets, block.times).batch
        if keep is not None:
            keep.append(EventBatch.empty(0).followed_by(batch))


def unjudged(keep: list[MadeRows] | None = None) -> Pipeline:
    """Return a pipeline whose judgement judges nothing, and keeps the rows where asked to."""
    pipeline = Pipeline(PipelineSettings())
    pipeline._judgement = _Unjudged(keep)  # noqa: SLF001 (the stage is timed without the next)
    return pipeline


def rows_only(pipeline: Pipeline, batches: list[EventBatch]) -> None:
    """Run the kernels from events to rows."""
    for batch in batches:
        pipeline.take(batch)


class _Unjudged(Judgement):
    def __init__(self, keep: list[MadeRows] | None) -> None:
        self._keep = keep

    def start(self, t: float, prior: Prior | None) -> None:
        """Take no prior."""

    def judge(
        self,
        rows: Rows,
        out: list[LaneRecord],  # noqa: ARG002 (nothing is said)
        drift: LaneDrift,  # noqa: ARG002
    ) -> None:
        """Empty the rows, and keep copies where they are wanted."""
        n = int(rows.n[0])
        rows.n[:] = 0
        if self._keep is None:
            return
        for population in POPULATIONS:
            at = np.flatnonzero(rows.note[:n, ROW_TAG] == population.tag)
            if len(at):
                self._keep.append(MadeRows(population.tag, rows.x[at], rows.t[at], rows.weight[at]))


def learnt(name: str, made: list[MadeRows]) -> dict[int, Detector]:
    """Return one detector a population, which knows the prior."""
    prior = load_prior(CONNECTION_SET)
    detectors = {}
    for population in POPULATIONS:
        detector = load(
            name,
            n_features=len(CONNECTION_SET.features),
            directions=population.directions(CONNECTION_SET),
        )
        past = prior.rows[population.tag]
        detector.learn(past.x, np.full(len(past.x), made[0].t[0]), past.weight)
        detectors[population.tag] = detector
    return detectors


def judge(detectors: dict[int, Detector], made: list[MadeRows]) -> None:
    """Run one detector over the rows of all populations."""
    for rows in made:
        detectors[rows.tag].score_learn(rows.x, rows.t, rows.weight)


def measure(lines: list[bytes], repeat: int) -> dict[str, float]:
    """Return CPU microseconds an event of each stage."""
    blocks = blocks_of(lines)
    batches: list[EventBatch] = []
    made: list[MadeRows] = []
    whole(started(blocks[0]), blocks[:1])
    parse(new_parser(), blocks, batches)
    rows_only(unjudged(made), batches)
    seconds = {"orjson.loads": cpu(lambda: lines, load_all, repeat)}
    seconds["parse"] = cpu(new_parser, lambda parser: parse(parser, blocks), repeat)
    seconds["features"] = cpu(unjudged, lambda lane: rows_only(lane, batches), repeat)
    names = [settings.name for settings in PipelineSettings().judges]
    for name in names:
        seconds[name] = cpu(partial(learnt, name, made), lambda each: judge(each, made), repeat)
    first = blocks[0]
    seconds["whole"] = cpu(lambda: started(first), lambda lane: whole(lane, blocks), repeat)
    parts = ["parse", "features", *names]
    seconds["the rest"] = seconds["whole"] - sum(seconds[part] for part in parts)
    order = ["orjson.loads", *parts, "the rest", "whole"]
    found = {name: seconds[name] * MICRO / len(lines) for name in order}
    found[ROWS] = sum(len(rows.t) for rows in made) / len(lines)
    found[ONCE] = cpu(lambda: first, started, repeat) * 1e3
    return found


def load_all(lines: list[bytes]) -> None:
    """Parse each line to Python objects, and let them go."""
    for line in lines:
        orjson.loads(line)


def new_parser() -> Parser:
    """Return a parser as it is by default."""
    return Parser(PipelineSettings().parse)


def report(streams: Mapping[str, Mapping[str, float]]) -> str:
    """Return the table: microseconds an event, and the ratio to orjson."""
    rows = []
    for name in next(iter(streams.values())):
        cells = [name]
        for found in streams.values():
            cells.append(f"{found[name]:.3f}")
            is_time = name not in {ROWS, ONCE}
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
