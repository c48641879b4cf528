"""What was planted: who, when, and which records of the log show it."""

import ipaddress
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from .attack_plan import PlannedAttack
from .contacts import Address, Whole
from .flows import Flows, join_flows

Runs = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class PlantedAttack:
    """One attack as it stands in the log.

    ``entity`` is the address that an alert should name: of a flood the victim, else the attacker.
    ``records`` are runs of record ordinals, first and last, counted from 0 with header lines.
    """

    kind: str
    strength: str
    origin: str
    entity: str
    population: str
    sources: tuple[str, ...]
    targets: tuple[str, ...]
    ports: int
    start: float  # s since the epoch: the first event starts
    end: float  # the last event ends
    events: int
    records: Runs

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values for JSON."""
        return asdict(self)


class TruthLedger:
    """Gathers planted attacks while a log is made, portion by portion."""

    def __init__(self, plan: tuple[PlannedAttack, ...]) -> None:
        self._plan = plan
        self._flows: list[list[Flows]] = [[] for _ in plan]
        self._ordinals: list[list[Whole]] = [[] for _ in plan]

    def add(self, flows: Flows, first: int) -> None:
        """Note one portion whose records have the ordinals from ``first`` on."""
        planted = np.flatnonzero(flows.attack >= 0)
        numbers = flows.attack[planted]
        for number in np.unique(numbers):
            rows = planted[numbers == number]
            self._flows[number].append(flows.take(rows))
            self._ordinals[number].append(rows + first)

    def planted(self) -> tuple[PlantedAttack, ...]:
        """Return what the log shows, in order of start; attacks it does not show are left out."""
        found = [
            _describe(attack, join_flows(flows), np.concatenate(ordinals))
            for attack, flows, ordinals in zip(self._plan, self._flows, self._ordinals, strict=True)
            if flows
        ]
        return tuple(sorted(found, key=lambda attack: (attack.start, attack.entity)))


def address_text(address: int) -> str:
    """Write an IPv4 address."""
    return str(ipaddress.IPv4Address(address))


def runs_of(ordinals: Whole) -> Runs:
    """First and last of each run of consecutive ordinals, which rise."""
    if not len(ordinals):
        return ()
    breaks = np.flatnonzero(np.diff(ordinals) != 1)
    first = ordinals[np.concatenate(([0], breaks + 1))]
    last = ordinals[np.concatenate((breaks, [len(ordinals) - 1]))]
    return tuple(zip(first.tolist(), last.tolist(), strict=True))


def _describe(attack: PlannedAttack, flows: Flows, ordinals: Whole) -> PlantedAttack:
    targets = _texts(flows.dst)
    is_flood = attack.kind == "flood"
    return PlantedAttack(
        kind=attack.kind,
        strength=attack.strength,
        origin=attack.origin,
        entity=targets[0] if is_flood else address_text(attack.source),
        population="internal destination" if is_flood else f"{attack.origin} source",
        sources=_texts(flows.src),
        targets=targets,
        ports=len(np.unique(flows.dst_port)),
        start=float(flows.ts.min()),
        end=float(np.round(flows.ends.max(), 6)),
        events=flows.rows,
        records=runs_of(ordinals),
    )


def _texts(addresses: Address) -> tuple[str, ...]:
    return tuple(address_text(int(address)) for address in np.unique(addresses))
