"""The rival without learning: an outside source with so many failed connections of late."""

from collections import defaultdict
from math import exp, log

import numpy as np

from stream.addresses import address_text
from stream.events import (
    ABORTED,
    ACTION,
    ATTEMPT,
    DENIED,
    DURATION,
    OUTCOME,
    SRC_HI,
    SRC_LO,
    SRC_LOCAL,
    TS,
    EventBatch,
)

HALF_LIFE_S = 14_400.0


def flagged(batch: EventBatch, least: float) -> dict[str, float]:
    """Return the outside sources whose damped failed connections reach ``least``, and when.

    They fade by half in 4 h of stream time, the largest end so far. The log has its marks of
    inside and outside.
    """
    ends = batch.real[:, TS] + np.maximum(np.nan_to_num(batch.real[:, DURATION]), 0.0)
    now = np.maximum.accumulate(ends)
    outcome = batch.code[:, OUTCOME]
    failed = (batch.code[:, ACTION] >= DENIED) | ((outcome >= ATTEMPT) & (outcome <= ABORTED))
    rate = log(2.0) / HALF_LIFE_S
    weight: defaultdict[tuple[int, int], float] = defaultdict(float)
    last: dict[tuple[int, int], float] = {}
    first: dict[tuple[int, int], float] = {}
    for i in np.flatnonzero(failed & (batch.code[:, SRC_LOCAL] != 1)).tolist():
        source = int(batch.address[i, SRC_HI]), int(batch.address[i, SRC_LO])
        t = float(now[i])
        weight[source] = weight[source] * exp(-rate * (t - last.get(source, t))) + 1.0
        last[source] = t
        if weight[source] >= least - 1e-9:
            first.setdefault(source, t)
    return {address_text(*source): t for source, t in first.items()}
