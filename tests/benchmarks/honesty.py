"""Count how often E comes true: entities a day under E = 10, 1 and 0.1 in simulated normal weeks.

An honest E gives as many entities a day under a level as the level says. Weeks have settings and
seeds of their own; nothing is counted in the first two days. An entity counts once a day, by its
smallest E. E of one population is counted in that population; "all" is what alerts go by: the fused
E times the number of populations.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from about_run import finish, options, progress, table
from numpy.typing import NDArray
from simulated_weeks import WARM_DAYS, WEEK_DAYS, week
from watched_pipeline import Seen, WatchedPipeline

from stream.judges import DEFAULT_JUDGES, JudgeSettings
from stream.pipeline import PipelineSettings
from stream.populations import POPULATIONS
from stream.simulate.batch import to_batch
from stream.simulate.settings import SimulationSettings
from stream.simulate.simulate import days

LEVELS = (10.0, 1.0, 0.1)
NO_CANDIDATE = 1e-9  # candidates cost time and are not looked at here

Counts = NDArray[np.int64]  # (populations + 1 for all, judges + 1 for fused, levels)


def rows_of_days(site: SimulationSettings, settings: PipelineSettings) -> Iterator[Seen]:
    """Yield the rows of each day of a site."""
    lane = WatchedPipeline(settings)
    offset = 0
    for flows in days(site):
        lane.take(to_batch(flows, offset))
        offset += flows.rows
        yield lane.seen()


def entities_under(rows: Seen, expected: NDArray[np.float64], levels: Sequence[float]) -> list[int]:
    """Return how many entities of these rows have an E up to each level."""
    return [len(np.unique(rows.entity[expected <= level], axis=0)) for level in levels]


def counts_of(rows: Seen) -> Counts:
    """Count the entities under each level: by population, detector and fused."""
    judges = rows.expected.shape[1]
    counts = np.zeros((len(POPULATIONS) + 1, judges + 1, len(LEVELS)), np.int64)
    for population in POPULATIONS:
        mine = rows.population == population.tag
        part = Seen(*(column[mine] for column in rows))
        voices = [*part.expected.T, part.fused]
        corrected = [level / len(POPULATIONS) for level in LEVELS]
        for k, expected in enumerate(voices):
            counts[population.tag, k] = entities_under(part, expected, LEVELS)
            counts[-1, k] += entities_under(part, expected, corrected)
    return counts


def measure(number: int, settings: PipelineSettings) -> Counts:
    """Count one week."""
    counted = [
        counts_of(rows)
        for day, rows in enumerate(rows_of_days(week(number), settings))
        if day >= WARM_DAYS
    ]
    total: Counts = np.sum(counted, axis=0)
    return total


def figures_of(weeks: Sequence[Counts], names: Sequence[str]) -> dict[str, Any]:
    """Return the ratio to nominal, what was counted, and the ratios of the quartile weeks."""
    stacked = np.stack(weeks)
    result: dict[str, Any] = {}
    populations = [*(population.name for population in POPULATIONS), "all"]
    for k, name in enumerate(names):
        for p, population in enumerate(populations):
            for at, level in enumerate(LEVELS):
                ratios = stacked[:, p, k, at] / (WEEK_DAYS * level)
                result.setdefault(name, {}).setdefault(population, {})[f"{level:g}"] = {
                    "ratio": float(ratios.mean()),
                    "counted": int(stacked[:, p, k, at].sum()),
                    "quartiles": np.quantile(ratios, [0.25, 0.75]).round(3).tolist(),
                }
    return result


def report(figures: dict[str, Any], weeks: int) -> str:
    """Return the table."""
    rows = [
        [
            f"{name}, {population}",
            *(f"{cell['ratio']:.2f}" for cell in cells.values()),
            *(str(cell["counted"]) for cell in cells.values()),
            *("{} to {}".format(*cell["quartiles"]) for cell in cells.values()),
        ]
        for name, by_population in figures.items()
        for population, cells in by_population.items()
    ]
    head = [
        f"entities a day over nominal, {weeks} weeks",
        *(f"E {level:g}" for level in LEVELS),
        *(f"counted {level:g}" for level in LEVELS),
        *(f"middle weeks {level:g}" for level in LEVELS),
    ]
    return table(head, rows)


def judges_named(text: str) -> tuple[JudgeSettings, ...]:
    """Return the default judges of these names; all for ""."""
    wanted = set(filter(None, text.split(","))) or {judge.name for judge in DEFAULT_JUDGES}
    return tuple(judge for judge in DEFAULT_JUDGES if judge.name in wanted)


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = options("Entities a day under E in simulated normal weeks, over nominal.")
    parser.add_argument("--weeks", type=int, default=40)
    parser.add_argument("--first", type=int, default=0, help="number of the first week")
    parser.add_argument("--judges", default="", help="detectors, by commas; one must vote")
    parser.add_argument("--no-prior", action="store_true", help="start without the shipped past")
    parser.add_argument("--max-entities", type=int, default=50_000)
    return parser.parse_args(words)


def main(words: Sequence[str] | None = None) -> int:
    """Simulate and count week after week."""
    arguments = _arguments(words)
    settings = PipelineSettings(
        cut=NO_CANDIDATE,
        max_entities=arguments.max_entities,
        judges=judges_named(arguments.judges),
        prior=not arguments.no_prior,
    )
    names = [*(judge.name for judge in settings.judges), "fused"]
    weeks = []
    for number in range(arguments.first, arguments.first + arguments.weeks):
        weeks.append(measure(number, settings))
        fused = [int(count) for count in weeks[-1][-1, -1]]
        progress(f"week {number}: {fused} entities under corrected E {LEVELS} in {WEEK_DAYS} days")
    figures = figures_of(weeks, names)
    finish(arguments, report(figures, len(weeks)), figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
