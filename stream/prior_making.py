"""Makes the shipped prior: rows of pseudo-entities of simulated sites where nothing happens.

The sites differ in size and habits, so that a lane without a past starts from a wide idea of what
is usual. They are quiet: nobody attacks, and no stranger knocks more than a few times, for a source
that does is what the first day of a real lane must be able to show.
"""

import hashlib
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from detectors.base import Features

from .features.feature_set import CONNECTION_SET
from .features.windows import WINDOW_S
from .lane import new_lane, start_time
from .observe import advance, observe
from .populations import POPULATIONS
from .prior import PriorRows
from .rows import ROW_SLOT, ROW_TAG, Rows, new_rows
from .simulate.batch import to_batch
from .simulate.settings import SimulationSettings
from .simulate.simulate import days
from .stream_time import NOW

ENTITIES = 50  # of each site and population
DAYS = 3
KNOCKS = 4
KEPT_BITS = 10  # of a value's mantissa: one in two thousand
AT_ONCE = 4_096
MOST_ENTITIES = 100_000
SITES = tuple(
    SimulationSettings(
        seed=seed,
        hosts=hosts,
        activity=activity,
        internet_sources_per_day=strangers,
        knocks_most=KNOCKS,
        days=DAYS,
        attacks=(),
    )
    for seed, hosts, activity, strangers in (
        (101, 30, 0.5, 600),
        (102, 60, 1.0, 1_500),
        (103, 100, 2.0, 3_000),
        (104, 45, 0.7, 300),
        (105, 80, 1.5, 2_000),
        (106, 60, 1.0, 1_000),
    )
)

Whole = NDArray[np.int64]


class SiteRows(NamedTuple):
    """Rows of a site."""

    x: Features  # (n, d)
    weight: NDArray[np.float64]  # (n,)
    tag: Whole  # (n,) number of the population
    slot: Whole  # (n,) number of the entity


def make_prior(sites: tuple[SimulationSettings, ...] = SITES) -> tuple[PriorRows, ...]:
    """Return the rows of every population, of some entities of each site on its last day."""
    parts: list[list[PriorRows]] = [[] for _ in POPULATIONS]
    for site in sites:
        rows = _last_day(site)
        for population, made in zip(POPULATIONS, parts, strict=True):
            made.append(_chosen(rows, population.tag, site.seed))
    return tuple(_joined(made) for made in parts)


def digest_of(prior: tuple[PriorRows, ...]) -> str:
    """Return 16 hexadecimal digits over all rows, as they are stored."""
    digest = hashlib.blake2b(digest_size=8)
    for part in prior:
        for array in (part.x, part.weight.astype(np.float32), part.entity.astype(np.int32)):
            digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _last_day(site: SimulationSettings) -> SiteRows:
    """Return the rows of the last day; the days before make the habits."""
    lane = new_lane(MOST_ENTITIES, site.seed)
    start_time(lane, site.start)
    rows = new_rows(AT_ONCE)
    kept: list[SiteRows] = []
    last = site.day_start(site.days - 1)
    for flows in days(site):
        batch = to_batch(flows)
        at = 0
        while at < len(batch.offset):
            at = observe(lane, batch, at, rows)
            kept.append(_taken(rows, last))
    done = False
    while not done:
        done = advance(lane, (lane.time[NOW] // WINDOW_S + 1) * WINDOW_S, rows)
        kept.append(_taken(rows, last))
    return SiteRows(*(np.concatenate(column) for column in zip(*kept, strict=True)))


def _taken(rows: Rows, since: float) -> SiteRows:
    """Copy the rows from a time on and empty the room for new ones."""
    n = int(rows.n[0])
    rows.n[:] = 0
    late = np.flatnonzero(rows.t[:n] >= since)
    note = rows.note[late]
    return SiteRows(rows.x[late], rows.weight[late], note[:, ROW_TAG], note[:, ROW_SLOT])


def _chosen(rows: SiteRows, tag: int, seed: int) -> PriorRows:
    """Draw entities of a population; of each keep what would be learned, and its largest values."""
    of_tag = np.flatnonzero(rows.tag == tag)
    rng = np.random.default_rng([seed, 0x9A, tag])
    slots = np.unique(rows.slot[of_tag])
    drawn = np.sort(rng.permutation(slots)[:ENTITIES])
    kept = [_rows_of(rows, of_tag[rows.slot[of_tag] == slot]) for slot in drawn]
    entity = np.repeat(np.arange(len(kept)), [len(some) for some in kept])
    chosen = np.concatenate(kept)
    return PriorRows(rounded(rows.x[chosen]), rows.weight[chosen], entity)


def _rows_of(rows: SiteRows, own: Whole) -> Whole:
    """Which of an entity's rows stay: those with weight, and where a feature is strangest."""
    strange = np.flatnonzero(CONNECTION_SET.directions)
    largest = own[np.argmax(rows.x[np.ix_(own, strange)], axis=0)]
    return np.union1d(own[rows.weight[own] > 0.0], largest)


def rounded(x: Features) -> Features:
    """Round to ``KEPT_BITS`` bits that count, so that rows pack well."""
    fraction, exponent = np.frexp(x.astype(np.float64))
    steps = float(1 << KEPT_BITS)
    return np.ldexp(np.rint(fraction * steps) / steps, exponent).astype(np.float32)


def _joined(parts: list[PriorRows]) -> PriorRows:
    """Put the sites behind one another, with entities numbered through."""
    counts = [int(part.entity.max()) + 1 for part in parts]
    first = np.cumsum([0, *counts[:-1]])
    return PriorRows(
        np.concatenate([part.x for part in parts]),
        np.concatenate([part.weight for part in parts]),
        np.concatenate([part.entity + k for part, k in zip(parts, first, strict=True)]),
    )
