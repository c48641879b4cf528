"""Runs a replay to its end and shows how far it is."""

import time

from .garbage import settle
from .progress import Progress
from .replay import Replay
from .run_summary import Summary, summary_of


def run_shown(run: Replay, *, is_quiet: bool) -> Summary:
    """Run a replay, with its progress on standard error unless quiet; return the summary."""
    began = time.perf_counter()
    size = sum(file.log.size or 0 for lane in run.lanes for file in lane.files)
    with Progress(size, is_quiet=is_quiet) as progress:
        for taken, block in enumerate(run.run()):
            if taken == 0:  # all kernels are loaded
                settle()
            consumed = sum(file.log.consumed for lane in run.lanes for file in lane.files)
            progress.show(consumed, run.tally.events, block.file.log.name)
    return summary_of(run, time.perf_counter() - began)
