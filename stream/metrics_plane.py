"""What the alert role is counted by: its decisions, and the state that it writes."""

from typing import Any

import orjson

from .decisions import DAY_S, AlertSettings, DayDigest, Decision, Drifted, Judged
from .metrics import Meters
from .metrics_table import (
    BUDGET,
    BUDGET_LEFT,
    DECIDED,
    DECISIONS,
    DRIFT,
    IGNORED,
    KNOWN_LANES,
    LATE_DECISIONS,
    OVERTAKEN,
    REPEATS,
    STATE_BYTES,
)

OVERTAKEN_AT = -1  # where a lane of the plane's state says so


def count_decision(meters: Meters, decision: Decision) -> None:
    """Count a decision that was sent."""
    if isinstance(decision, DayDigest):
        meters.count(DECISIONS, 1, "digest")
        return
    if isinstance(decision, Drifted):
        meters.count(DRIFT, 1, decision.signal.kind, decision.signal.stage)
    if not isinstance(decision, Judged):
        meters.count(DECISIONS, 1, "drift" if isinstance(decision, Drifted) else "audit")
        return
    meters.count(DECISIONS, 1, decision.outcome)
    if decision.late:
        meters.count(LATE_DECISIONS)


def tell_state(meters: Meters, state: dict[str, Any], settings: AlertSettings) -> None:
    """Set the gauges of a fold's state (:meth:`stream.log_fold.LogFold.state`)."""
    plane = state["plane"]
    now = plane["plane_time"]
    spent = sum(now - charge[0] < DAY_S for charge in plane["rulings"]["budget"]["charges"])
    meters.set(BUDGET, settings.budget)
    meters.set(BUDGET_LEFT, max(0, settings.budget - spent))
    meters.set(DECIDED, plane["number"])
    meters.set(REPEATS, plane["repeats"])
    meters.set(IGNORED, state["ignored"])
    meters.set(STATE_BYTES, len(orjson.dumps(state)))
    lanes = plane["lanes"]["lanes"]
    meters.set(KNOWN_LANES, len(lanes))
    meters.set(OVERTAKEN, sum(bool(lane[OVERTAKEN_AT]) for lane in lanes))
