"""The lane log of a running engine, decided again into the local store.

What the alert role decides follows from this log and from ``[alerts]`` alone: with the same
settings the same decisions come again with the same ids, with another budget or floor those that
would have come.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from connectors.errors import SourceError
from connectors.kafka_clients import Record

from .decisions import AlertSettings, Decision, Judged
from .log_fold import LogFold
from .run_summary import Summary


@dataclass(slots=True)
class LogReplay:
    """What was read of a log, and what came of it.

    Parameters
    ----------
    topic : str
        Name of the log.
    alerting : AlertSettings
    on_decision : callable
        Takes decisions in order.
    """

    topic: str
    alerting: AlertSettings
    on_decision: Callable[[Decision], None]
    first: int = -1
    records: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)

    def run(self, log: Iterable[Record]) -> Summary:
        """Fold all records of the log; return the summary. SourceError where there are none."""
        began = time.perf_counter()
        fold = LogFold(self.alerting)
        for record in log:
            if not self.records:
                self.first = record.offset
            self.records += 1
            for decision in fold.take(record.offset, record.value or b""):
                if isinstance(decision, Judged):
                    self.outcomes[decision.outcome] += 1
                self.on_decision(decision)
        if not self.records:
            raise SourceError(
                f"{self.topic}: empty, expected what score workers write; see `almenara status`"
            )
        return {
            "log": self.topic,
            "first_offset": self.first,
            "last_offset": fold.next - 1,
            "records": self.records,
            "ignored": fold.ignored,
            "candidates": self.outcomes.total(),
            "outcomes": dict(sorted(self.outcomes.items())),
            "alerts": self.outcomes["alert"],
            "budget_missed": self.outcomes["budget_missed"],
            "seconds": round(time.perf_counter() - began, 3),
        }


def told_of_log(found: Summary) -> list[str]:
    """Return what a person wants to know of such a run, a line each."""
    lines = [
        f"{found['log']}: {found['records']:,} records, {found['ignored']:,} of replaced owners"
        f" left out; {found['candidates']:,} candidates decided",
        f"{found['alerts']:,} alerts, {found['budget_missed']:,} more over budget;"
        f" {found['seconds']:.1f} s",
    ]
    if found["first_offset"] > 0:
        lines.append(
            f"note: what came before offset {found['first_offset']:,} is no longer kept: numbers,"
            " budget and incidents begin there, so first decisions may differ from the engine's"
        )
    return lines
