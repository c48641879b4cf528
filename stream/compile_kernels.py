"""Calls every kernel once on next to nothing, so that it is compiled and cached.

``python -m stream.compile_kernels PART``, in an environment that ``stream.warm_up`` prepared.
"""

import gc
import sys

import numpy as np

from .events import DST_LO, DST_LOCAL, SRC_LO, SRC_LOCAL, TS, EventBatch
from .formats.parser import Parser, ParseSettings
from .pipeline import Pipeline, PipelineSettings

FEW = 64  # entities: enough for the tables to evict
EVENTS = 200


def compile_parse() -> None:
    """Compile what turns bytes into events."""
    Parser(ParseSettings()).warm_up()


def compile_judge() -> None:
    """Compile what turns events into rows, scores and candidates, by a tiny run."""
    pipeline = Pipeline(PipelineSettings(max_entities=FEW))
    pipeline.take(_little())
    pipeline.finish()


def _little() -> EventBatch:
    """Return some minutes of one host that asks a few others."""
    batch = EventBatch.empty(EVENTS)
    batch.real[:, TS] = np.arange(EVENTS) * 2.0
    batch.address[:, SRC_LO] = 1
    batch.address[:, DST_LO] = 2 + np.arange(EVENTS) % FEW
    batch.code[:, SRC_LOCAL] = 1
    batch.code[:, DST_LOCAL] = 1
    return batch


def main(arguments: list[str]) -> int:
    """Compile a part; return the exit code."""
    parts = {"parse": compile_parse, "judge": compile_judge}
    if len(arguments) != 1 or arguments[0] not in parts:
        sys.stderr.write(f"parts: {arguments}, expected one of {', '.join(parts)}; name it\n")
        return 2
    # what is compiled stays: collecting garbage would only look at it again and again
    gc.disable()
    parts[arguments[0]]()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
