"""The simulated site day by day: all traffic of a day, in the order in which it is written."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from .attack_plan import PlannedAttack, plan_attacks
from .attacks import attack_contacts
from .contacts import Contacts, join
from .dressing import dress
from .flows import Flows, join_flows
from .hosts import Day, World, build_day, build_world
from .internet import internet_traffic
from .office import office_traffic
from .servers import server_traffic
from .services import REJ, S0, TCP, TRANSPORT, end_shares
from .settings import DAY, Order, SimulationSettings
from .truth import PlantedAttack, TruthLedger

OUTAGE_S = (300.0, 1_800.0)  # shortest and longest


class Simulation(NamedTuple):
    """A whole simulation in memory."""

    flows: Flows  # in write order
    truth: tuple[PlantedAttack, ...]  # records counted from 0 without header lines


def simulate(settings: SimulationSettings, order: Order = "end") -> Simulation:
    """Simulate all days at once: some 200 bytes an event. ``days`` needs no more than a day."""
    portions = list(days(settings, order))
    ledger = TruthLedger(planned(settings))
    first = 0
    for flows in portions:
        ledger.add(flows, first)
        first += flows.rows
    return Simulation(join_flows(portions), ledger.planted())


def planned(settings: SimulationSettings) -> tuple[PlannedAttack, ...]:
    """Return the attacks that will be planted, in order of start."""
    return plan_attacks(build_world(settings))


def days(settings: SimulationSettings, order: Order = "end") -> Iterator[Flows]:
    """Yield the connections of one day after the other.

    ``order`` says what a day and its order go by: "end", the moment when a sensor writes a
    connection, a little after it ended; "start", when it starts. Memory holds a day and what is
    still open at its end; the last day holds what ends after it.
    """
    world = build_world(settings)
    plan = plan_attacks(world)
    open_flows: list[Flows] = []
    for number in range(settings.days):
        flows = join_flows([*open_flows, _begun(world, number, plan)])
        key = flows.written if order == "end" else flows.ts
        by_key = np.argsort(key, kind="stable")
        flows, key = flows.take(by_key), key[by_key]
        cut = len(key)
        if number < settings.days - 1:
            cut = int(np.searchsorted(key, settings.day_start(number + 1)))
        open_flows = [flows.take(slice(cut, None))]
        yield flows.take(slice(0, cut))


def _begun(world: World, number: int, plan: tuple[PlannedAttack, ...]) -> Flows:
    """All connections that belong to a day by their kind, in no order."""
    settings = world.settings
    rng = np.random.default_rng([settings.seed, 0xD5, number])
    shares = end_shares(settings.failures)
    flows = [dress(_normal(world, build_day(world, number)), shares, rng)]
    for attack in plan:
        if attack.day == number:
            own = np.random.default_rng([settings.seed, 0xA9, attack.number])
            flows.append(dress(attack_contacts(world, attack), shares, own))
    return join_flows(flows)


def _normal(world: World, day: Day) -> Contacts:
    seed = world.settings.seed
    parts = [
        make(world, day, np.random.default_rng([seed, kind, day.number]))
        for kind, make in enumerate((office_traffic, server_traffic, internet_traffic))
    ]
    contacts = join(parts)
    since = np.abs(contacts.ts - day.start)  # what the clock's jitter put before midnight is after
    contacts = contacts._replace(ts=day.start + since)
    return _with_outages(world, day, contacts)


def _with_outages(world: World, day: Day, contacts: Contacts) -> Contacts:
    """Let a server be silent for a while: what goes there fails."""
    rng = np.random.default_rng([world.settings.seed, 0x0F, day.number])
    state = contacts.state.copy()
    for _ in range(rng.poisson(world.settings.outages_per_week / 7)):
        server = world.machines[rng.integers(0, len(world.machines))]
        start = day.start + rng.random() * DAY
        stop = start + rng.uniform(*OUTAGE_S)
        down = (contacts.dst == server) & (contacts.ts >= start) & (contacts.ts < stop)
        resets = rng.random() < 0.4
        state[down] = S0
        state[down & resets & (TRANSPORT[contacts.service] == TCP)] = REJ
    return contacts._replace(state=state)
