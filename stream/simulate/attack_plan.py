"""Which attacks are planted, by whom and when: settled by the seed before any traffic is made."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from .contacts import Real
from .hosts import World, build_day
from .settings import SimulationSettings

Strength = Literal["brisk", "slower"]
Origin = Literal["external", "internal"]

# test networks of RFC 5737: nobody real is accused in a report
TEST_NETWORKS = (0xC0000200, 0xC6336400, 0xCB007100)
INSIDE = {"lateral movement"}
OUTSIDE = {"flood"}
MIDDAY_H = 13.0


@dataclass(frozen=True, slots=True)
class PlannedAttack:
    """One attack before its contacts are made."""

    number: int
    kind: str
    strength: Strength
    origin: Origin
    day: int  # from 0
    start: float  # s since the epoch
    source: int  # the attacker, IPv4
    sources: tuple[int, ...]  # all of them, where several share the work

    @property
    def is_brisk(self) -> bool:
        """Whether it is the strong form."""
        return self.strength == "brisk"


def plan_attacks(world: World) -> tuple[PlannedAttack, ...]:
    """Return the attacks of a simulation in order of their start."""
    settings = world.settings
    first = settings.attacks_from_day - 1
    if first >= settings.days or not settings.attacks:
        return ()
    rng = np.random.default_rng([settings.seed, 0xA7])
    listed = _list_attacks(settings, rng)
    order = rng.permutation(len(listed))
    planned: list[PlannedAttack] = []
    for day in range(first, settings.days):
        todays = [listed[i] for i in order[day - first :: settings.days - first]]
        for attack, start in zip(todays, _starts(todays, rng), strict=True):
            at = settings.day_start(day) + start
            planned.append(replace(attack, day=day, start=at))
    planned.sort(key=lambda attack: attack.start)
    return _with_sources(world, planned, rng)


def _list_attacks(settings: SimulationSettings, rng: Generator) -> list[PlannedAttack]:
    """Brisk and slower by turns, from outside and inside by turns; which comes first is drawn."""
    listed = []
    for kind in settings.attacks:
        turn = int(rng.integers(0, 2))
        for i in range(settings.attacks_per_kind):
            strength: Strength = "slower" if i % 2 else "brisk"
            outside = kind not in INSIDE and (kind in OUTSIDE or (i + turn + i // 2) % 2 == 0)
            origin: Origin = "external" if outside else "internal"
            listed.append(PlannedAttack(0, kind, strength, origin, 0, 0.0, 0, ()))
    return listed


def _starts(todays: list[PlannedAttack], rng: Generator) -> list[float]:
    """Seconds into the day, well apart; attacks from inside take the hours around midday."""
    n = len(todays)
    if not n:
        return []
    hours: Real = 1.5 + (np.arange(n) + rng.random(n) * 0.4) * (20.0 / n)
    nearest = np.argsort(np.abs(hours - MIDDAY_H), kind="stable")
    inside_first = sorted(range(n), key=lambda i: todays[i].origin == "external")
    starts = [0.0] * n
    for attack, slot in zip(inside_first, nearest, strict=True):
        starts[attack] = float(hours[slot]) * 3_600.0
    return starts


def _with_sources(
    world: World, planned: list[PlannedAttack], rng: Generator
) -> tuple[PlannedAttack, ...]:
    outside = rng.permutation(np.concatenate([net + np.arange(1, 255) for net in TEST_NETWORKS]))
    taken: set[int] = set()
    given = 0
    attacks = []
    for number, attack in enumerate(planned):
        if attack.origin == "internal":
            host = _compromised(world, attack.day, taken, rng)
            taken.add(host)
            sources = [int(world.office[host])]
        else:
            several = attack.kind == "flood" and not attack.is_brisk
            count = int(rng.integers(6, 16)) if several else 1
            sources = [int(outside[(given + i) % len(outside)]) for i in range(count)]
            given += count
        attacks.append(
            replace(attack, number=number, source=sources[0], sources=tuple(sorted(sources)))
        )
    return tuple(attacks)


def _compromised(world: World, day: int, taken: set[int], rng: Generator) -> int:
    """Choose a host in use that day and the day before, no administrator's, none twice."""
    present = _in_use(world, day) & (_in_use(world, day - 1) if day else True)
    present[world.admins] = False
    present[list(taken)] = False
    fit = np.flatnonzero(present)
    if not len(fit):
        fit = np.setdiff1d(np.arange(len(world.office)), [*world.admins, *taken])
    if not len(fit):
        fit = np.arange(len(world.office))
    return int(rng.choice(fit))


def _in_use(world: World, day: int) -> NDArray[np.bool_]:
    flags = np.zeros(len(world.office), np.bool_)
    flags[build_day(world, day).present] = True
    return flags
