"""Measure how many hostile sources are alerted on, and how many alerts are false, in injected days.

Each hostile source of the days 008 and 010 with 20 malicious connections or more, and the psad
scans, is put into the benign day, three a day: against the host that it attacked, or against the
benign host; without other strangers, or with light scanners (sources with at most two connections).
Every day runs through the pipeline and the alerting plane at the defaults.

Tuned on: the benign day and the episodes of 008. Held out: the episodes of 010, and psad.
"""

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from about_run import finish, options, progress, table
from episode_scores import FAST_S, RULES, DayScore, score
from injected_days import InjectedDay, Material, compose, groups, load_material
from labelled_days import data_folder

from stream.candidates import LaneRecord
from stream.decisions import AlertSettings, Decision
from stream.judges import DEFAULT_JUDGES
from stream.pipeline import Pipeline, PipelineSettings
from stream.plane import fold

HELD_OUT = {"008": "tuned on", "010": "held out", "psad": "held out"}


class Case(NamedTuple):
    """One line of the table."""

    episodes: str
    to_host: bool
    light: int

    @property
    def name(self) -> str:
        """What the table calls it."""
        light = f", {self.light} light" if self.light else ""
        return f"{self.episodes} {'re-addressed' if self.to_host else 'as is'}{light}"


def decide(day: InjectedDay, pipeline: PipelineSettings, alerting: AlertSettings) -> list[Decision]:
    """Run a day through the pipeline and the alerting plane."""
    lane = Pipeline(pipeline)
    records: list[LaneRecord] = [*lane.take(day.batch), *lane.finish()]
    return list(fold(records, alerting, [(pipeline.topic, pipeline.partition)]))


def cases(names: Sequence[str], lights: Sequence[int]) -> Iterator[Case]:
    """Give the lines of the table in order; light scanners are as they are logged."""
    for name in names:
        yield Case(name, to_host=False, light=0)
        yield Case(name, to_host=True, light=0)
        for light in lights:
            yield Case(name, to_host=False, light=light)


def measure(
    material: Material, case: Case, seeds: int, pipeline: PipelineSettings, alerting: AlertSettings
) -> list[DayScore]:
    """Score all days of a case: every episode once a seed."""
    scores = []
    for seed in range(1, seeds + 1):
        rng = np.random.default_rng([seed, case.light, case.to_host])
        for group in groups(material.episodes[case.episodes], rng):
            day = compose(material, group, rng, light=case.light, to_host=case.to_host)
            scores.append(score(day, decide(day, pipeline, alerting), alerting.floor))
    return scores


def figures_of(scores: Sequence[DayScore]) -> dict[str, Any]:
    """Sum the days of a case up."""
    found = [pair for day in scores for pair in day.found]
    times = [(hit.told - plant.ts[0], plant) for plant, hit in found if np.isfinite(hit.told)]
    tenth = [
        hit.told - plant.ts[min(9, len(plant.ts) - 1)]
        for plant, hit in found
        if np.isfinite(hit.told)
    ]
    by_source: defaultdict[str, list[int]] = defaultdict(list)
    for plant, hit in found:
        by_source[plant.name].append(int(np.isfinite(hit.told)))
    false: Counter[str] = sum((day.false for day in scores), Counter())
    n, days = len(found), len(scores)
    return {
        "episodes": n,
        "days": days,
        "recall_alert": sum(np.isfinite(hit.alert) for _, hit in found) / n,
        "recall_told": len(times) / n,
        "recall_before_budget": sum(np.isfinite(hit.strong) for _, hit in found) / n,
        "within_2_min": sum(after <= FAST_S for after, _ in times) / n,
        "median_s_from_first": float(np.median([t for t, _ in times])) if times else None,
        "median_s_from_tenth": float(np.median(tenth)) if tenth else None,
        "false_a_day": sum(false.values()) / days,
        "false_before_budget_a_day": sum(day.false_strong for day in scores) / days,
        "false": dict(false.most_common()),
        "missed": {
            name: f"{sum(hits)} of {len(hits)}"
            for name, hits in sorted(by_source.items())
            if sum(hits) < len(hits)
        },
        "rules": {
            f"{least:g}": {
                "recall": sum(np.isfinite(hit.rules[k]) for _, hit in found) / n,
                "false_a_day": sum(day.false_rules[k] for day in scores) / days,
            }
            for k, least in enumerate(RULES)
        },
    }


def _row(name: str, figures: dict[str, Any]) -> list[str]:
    def minutes(name: str) -> str:
        return "-" if figures[name] is None else f"{figures[name] / 60:.1f}"

    rules = [
        f"{rule['recall']:.2f} / {rule['false_a_day']:.2f}" for rule in figures["rules"].values()
    ]
    return [
        name,
        str(figures["episodes"]),
        *(f"{figures[key]:.2f}" for key in ("recall_alert", "recall_told", "recall_before_budget")),
        f"{figures['false_a_day']:.2f}",
        f"{figures['false_before_budget_a_day']:.2f}",
        minutes("median_s_from_first"),
        minutes("median_s_from_tenth"),
        f"{figures['within_2_min']:.2f}",
        *rules,
    ]


HEAD = [
    "episodes in the benign day",
    "n",
    "entity",
    "told",
    "no budget",
    "false/day",
    "no budget",
    "min from 1st",
    "from 10th",
    "in 2 min",
    *(f"rule {least:g}: recall / false" for least in RULES),
]


def report(results: dict[str, dict[str, Any]]) -> str:
    """Return the table, and what the false incidents are."""
    lines = [table(HEAD, [_row(name, figures) for name, figures in results.items()]), ""]
    lines.append(
        "entity: an alert whose entity is the source. told: that, or folded into its alert,"
    )
    lines.append(
        "or an alert of the victim whose evidence is the source's. no budget: under the floor"
    )
    lines.append("and warm. Sources of the light background count as false.")
    for name, figures in results.items():
        for kind, count in figures["false"].items():
            lines.append(f"false  {name}: {count} x {kind}")
    for name, figures in results.items():
        for source, hits in figures["missed"].items():
            lines.append(f"missed  {name}: {source}, found {hits}")
    return "\n".join(lines)


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = options("Recall and false alerts a day on hostile sources in a benign day.")
    parser.add_argument("--sets", default=",".join(HELD_OUT), help="of episodes, by commas")
    parser.add_argument("--seeds", type=int, default=5, help="each episode is placed so often")
    parser.add_argument("--light", default="50,200,800", help="light scanners a day, by commas")
    parser.add_argument("--floor", type=float, default=1.0, help="of the alerting plane")
    parser.add_argument("--budget", type=int, default=10, help="of the alerting plane")
    parser.add_argument("--votes", default="tails", help="detectors that vote, by commas")
    parser.add_argument("--no-prior", action="store_true", help="start without the shipped past")
    return parser.parse_args(words)


def main(words: Sequence[str] | None = None) -> int:
    """Measure all cases and print them."""
    arguments = _arguments(words)
    lights = [int(word) for word in arguments.light.split(",") if word]
    material = load_material(data_folder())
    names = arguments.sets.split(",")
    for name in names:
        progress(f"{name}: {len(material.episodes[name])} episodes ({HELD_OUT[name]})")
    voters = set(arguments.votes.split(","))
    judges = tuple(replace(judge, votes=judge.name in voters) for judge in DEFAULT_JUDGES)
    pipeline = PipelineSettings(judges=judges, prior=not arguments.no_prior)
    alerting = AlertSettings(floor=arguments.floor, budget=arguments.budget)
    results = {}
    for case in cases(names, lights):
        scores = measure(material, case, arguments.seeds, pipeline, alerting)
        results[case.name] = {"role": HELD_OUT[case.episodes], **figures_of(scores)}
        progress(f"{case.name}: {results[case.name]['recall_told']:.2f}")
    finish(arguments, report(results), results)
    return 0


if __name__ == "__main__":
    sys.exit(main())
