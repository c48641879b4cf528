"""Goes on from a snapshot in a process of its own: SNAPSHOT LOG FIRST-LINE OUT."""

import sys
from pathlib import Path

from stream import numba_cache

numba_cache.configure()

import numpy as np  # noqa: E402 (numba is set up before anything imports it)

from pipeline_runs import feed, quick, written  # noqa: E402
from stream.pipeline import Pipeline  # noqa: E402


def main(snapshot: str, log: str, first: str, out: str) -> None:
    """Restore, take the rest of the log, and write what comes of it."""
    pipeline = Pipeline(quick())
    with np.load(snapshot, allow_pickle=False) as arrays:
        pipeline.restore(dict(arrays))
    lines = Path(log).read_bytes().splitlines(keepends=True)[int(first) :]
    records = [*feed(pipeline, lines, first=int(first)), *pipeline.finish()]
    Path(out).write_bytes(written(records))


if __name__ == "__main__":
    main(*sys.argv[1:])
