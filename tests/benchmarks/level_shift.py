"""What must not become normal, and what must: an attack that repeats, a shift of all hosts.

1. One source attacks until it has shown 200 rows, after some normal days: its corrected E along
   its rows.
2. All people and servers of a site do twice or four times as much from one day on: entities a day
   under corrected E = 1, beside the same site without the shift. Nominal is 1.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np
from about_run import finish, options, progress, table
from honesty import NO_CANDIDATE, entities_under
from repeated_attacks import ATTACKS, MAPPED, Repeated, connections, merged
from simulated_weeks import week
from watched_pipeline import Seen, WatchedPipeline

from stream.events import EventBatch
from stream.pipeline import PipelineSettings
from stream.populations import POPULATIONS
from stream.simulate.batch import to_batch
from stream.simulate.flows import Flows
from stream.simulate.settings import DAY, SimulationSettings
from stream.simulate.simulate import days

ROWS = 200
SHOWN = (1, 10, 50, 100, 200)
FLOOR = 1.0
ATTACK_HOUR = 10.0
SETTINGS = PipelineSettings(cut=NO_CANDIDATE, max_entities=50_000)


def rows_of_attack(attack: Repeated, site: SimulationSettings, normal_days: int) -> list[float]:
    """Return corrected E of the attacker's rows, from the first on, until there are 200."""
    lane = WatchedPipeline(SETTINGS)
    start = site.day_start(normal_days) + ATTACK_HOUR * 3_600.0
    assault = connections(attack, start, ROWS, site.seed)
    offset = 0
    found: list[float] = []
    for number, flows in enumerate(days(site)):
        end = site.day_start(number + 1)
        due = (assault.real[:, 0] >= site.day_start(number)) & (assault.real[:, 0] < end)
        batch = merged(to_batch(flows), EventBatch._make(column[due] for column in assault))
        batch.offset[:] = offset + np.arange(len(batch.offset))
        offset += len(batch.offset)
        lane.take(batch)
        found += _of_source(lane.seen(), attack)
        if len(found) >= ROWS:
            break
    return found[:ROWS]


def _of_source(rows: Seen, attack: Repeated) -> list[float]:
    population = 1 if attack.is_inside else 0
    mine = (rows.population == population) & (rows.entity[:, 1] == MAPPED | attack.source)
    expected: list[float] = (rows.fused[mine] * len(POPULATIONS)).tolist()
    return expected


def attack_figures(attack: Repeated, sites: Sequence[SimulationSettings]) -> dict[str, Any]:
    """Return E at some rows, over all sites: the largest of them, and the first row under 1."""
    runs = [rows_of_attack(attack, site, _normal_days(site, attack)) for site in sites]
    expected = np.array([run for run in runs if len(run) == ROWS])
    under = expected <= FLOOR
    first = np.where(under.any(axis=1), under.argmax(axis=1) + 1, 0)
    return {
        "runs": len(expected),
        "worst_at_row": {str(row): float(expected[:, row - 1].max()) for row in SHOWN},
        "median_at_row": {str(row): float(np.median(expected[:, row - 1])) for row in SHOWN},
        "first_row_under_1": [int(row) for row in first],
        "under_1_at_200": int(under[:, -1].sum()),
        "share_of_rows_under_1": float(under[:, SHOWN[1] :].mean()),
    }


def _normal_days(site: SimulationSettings, attack: Repeated) -> int:
    """Leave as many days at the end as 200 bursts need."""
    return site.days - 1 - int(np.ceil(attack.every * ROWS / DAY))


def shifted_days(site: SimulationSettings, factor: float, from_day: int) -> Iterator[Flows]:
    """Yield the days of a site; people and servers do ``factor`` times as much from a day on."""
    busy = replace(
        site, activity=site.activity * factor, server_activity=site.server_activity * factor
    )
    yield from islice(days(site), from_day)
    yield from islice(days(busy), from_day, None)


def under_by_day(site: SimulationSettings, factor: float, from_day: int) -> list[list[int]]:
    """Return entities under corrected E = 1 of each day by population."""
    lane = WatchedPipeline(SETTINGS)
    offset = 0
    counts = []
    for flows in shifted_days(site, factor, from_day):
        lane.take(to_batch(flows, offset))
        offset += flows.rows
        rows = lane.seen()
        counts.append(
            [
                entities_under(
                    Seen(*(column[rows.population == p.tag] for column in rows)),
                    rows.fused[rows.population == p.tag],
                    [FLOOR / len(POPULATIONS)],
                )[0]
                for p in POPULATIONS
            ]
        )
    return counts


def shift_figures(
    factor: float, sites: Sequence[SimulationSettings], from_day: int
) -> dict[str, Any]:
    """Return entities under corrected E = 1 of each day since the shift, a site."""
    runs = np.array([under_by_day(site, factor, from_day) for site in sites])
    mean = runs.mean(axis=0)
    after = mean[from_day:].sum(axis=1)
    return {
        "sites": len(sites),
        "before": float(mean[from_day - 3 : from_day].sum(axis=1).mean()),
        "after": [float(value) for value in after],
        "after_by_population": {
            p.name: [float(value) for value in mean[from_day:, p.tag]] for p in POPULATIONS
        },
        "after_48_h": float(after[2:].mean()),
    }


def report(attacks: dict[str, dict[str, Any]], shifts: dict[str, dict[str, Any]]) -> str:
    """Return both tables."""
    lines = [
        table(
            [
                f"corrected E at row, median (largest) of {ROWS} rows",
                "runs",
                *(str(row) for row in SHOWN),
                "under 1 at 200",
                "rows 11-200 under 1",
            ],
            [
                [
                    name,
                    str(figures["runs"]),
                    *(
                        f"{figures['median_at_row'][str(row)]:.2g}"
                        f" ({figures['worst_at_row'][str(row)]:.2g})"
                        for row in SHOWN
                    ),
                    f"{figures['under_1_at_200']} of {figures['runs']}",
                    f"{figures['share_of_rows_under_1']:.2f}",
                ]
                for name, figures in attacks.items()
            ],
        ),
        "",
    ]
    longest = max((len(figures["after"]) for figures in shifts.values()), default=0)
    lines.append(
        table(
            [
                "entities a day under corrected E 1 (nominal 1)",
                "sites",
                "3 days before",
                *(f"day {k}" for k in range(1, longest + 1)),
                "after 48 h",
            ],
            [
                [
                    name,
                    str(figures["sites"]),
                    f"{figures['before']:.2f}",
                    *(f"{value:.2f}" for value in figures["after"]),
                    f"{figures['after_48_h']:.2f}",
                ]
                for name, figures in shifts.items()
            ],
        )
    )
    return "\n".join(lines)


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = options("An attack that repeats stays strange; a shift of all hosts becomes normal.")
    parser.add_argument("--sites", type=int, default=8, help="simulated sites, each with its seed")
    parser.add_argument("--normal-days", type=int, default=4, help="before attack or shift")
    parser.add_argument("--after-days", type=int, default=6, help="after the shift")
    parser.add_argument("--attacks", default="", help="those with this in their name; or none")
    parser.add_argument("--factors", default="1,2,4", help="shifts, by commas; 1 is none")
    return parser.parse_args(words)


def main(words: Sequence[str] | None = None) -> int:
    """Measure both and print them."""
    arguments = _arguments(words)
    normal, after = arguments.normal_days, arguments.after_days
    attacks = {}
    for attack in ATTACKS:
        if arguments.attacks not in attack.name:
            continue
        length = normal + 1 + int(np.ceil(attack.every * ROWS / DAY))
        sites = [week(100 + k, length) for k in range(arguments.sites)]
        attacks[attack.name] = attack_figures(attack, sites)
        progress(attack.name)
    shifts = {}
    for factor in (float(word) for word in arguments.factors.split(",") if word):
        sites = [week(200 + k, normal + after) for k in range(arguments.sites)]
        name = "no shift" if factor == 1.0 else f"all hosts do {factor:g} times as much"
        shifts[name] = shift_figures(factor, sites, normal)
        progress(name)
    finish(arguments, report(attacks, shifts), {"attacks": attacks, "shifts": shifts})
    return 0


if __name__ == "__main__":
    sys.exit(main())
