"""What machines do among themselves: checks, lookups, databases, logs, backups, management."""

import numpy as np
from numpy.random import Generator

from .contacts import Address, Contacts, contacts, join
from .hosts import Day, World
from .rhythm import FLAT, SERVING, in_day, polls, ranks, times_each
from .services import NUMBER


def server_traffic(world: World, day: Day, rng: Generator) -> Contacts:
    """Everything that the servers open on a day."""
    return join(
        [
            *_monitoring(world, day, rng),
            *_housekeeping(world, day, rng),
            *_applications(world, day, rng),
            *_nightly(world, day, rng),
            *_management(world, day, rng),
        ]
    )


def _some(rng: Generator, place: Address, n: int) -> Address:
    return place[rng.integers(0, len(place), n)]


def _monitoring(world: World, day: Day, rng: Generator) -> list[Contacts]:
    """One machine asks all others every five minutes whether they are there."""
    machines = world.machines[world.machines != world.monitor[0]]
    start = np.full(len(machines), day.start)
    who, ts = polls(rng, start, start + 86_400.0, 600.0)
    pinged, at = polls(rng, start, start + 86_400.0, 600.0)
    return [
        contacts(ts, world.monitor[0], machines[who], "check"),
        contacts(at, world.monitor[0], machines[pinged], "ping"),
    ]


def _housekeeping(world: World, day: Day, rng: Generator) -> list[Contacts]:
    """Lookups, clocks and logs of every server, and the resolvers' own questions."""
    machines = world.machines
    amount = world.settings.server_activity
    start = np.full(len(machines), day.start)
    who, ts = polls(rng, start, start + 86_400.0, 2_048.0)
    parts = [contacts(ts, machines[who], world.resolvers[0], "ntp")]
    who, ts = polls(rng, start[::3], start[::3] + 86_400.0, 1_200.0)
    parts.append(contacts(ts, machines[::3][who], world.monitor[0], "syslog"))
    who = times_each(rng, np.full(len(machines), 50.0 * amount))
    at = day.start + in_day(rng, len(who), SERVING)
    parts.append(contacts(at, machines[who], _some(rng, world.resolvers, len(who)), "dns"))
    asked = rng.poisson(12.0 * len(world.office) * day.level * amount)
    at = day.start + in_day(rng, asked, SERVING)
    server = world.name_servers[ranks(rng, asked, len(world.name_servers), 0.9)]
    parts.append(contacts(at, _some(rng, world.resolvers, asked), server, "recursion"))
    clock, ts = polls(rng, start[:4], start[:4] + 86_400.0, 1_024.0)
    parts.append(contacts(ts, world.resolvers[0], world.name_servers[clock], "ntp"))
    return parts


def _applications(world: World, day: Day, rng: Generator) -> list[Contacts]:
    """Applications and web servers ask databases and partners; mail goes out."""
    amount = world.settings.server_activity * day.level
    asking = np.concatenate((world.apps, world.web))
    who = times_each(rng, np.full(len(asking), 120.0 * amount) * np.linspace(0.4, 1.8, len(asking)))
    at = day.start + in_day(rng, len(who), SERVING)
    parts = [contacts(at, asking[who], _some(rng, world.databases, len(who)), "database")]
    who = times_each(rng, np.full(len(asking), 25.0 * amount))
    at = day.start + in_day(rng, len(who), SERVING)
    partner = world.sites[100 + who % 7]
    parts.append(contacts(at, asking[who], partner, "tls"))
    sent = rng.poisson(3.0 * len(world.office) * amount)
    at = day.start + in_day(rng, sent, SERVING)
    peer = world.mail_peers[ranks(rng, sent, len(world.mail_peers), 1.0)]
    parts.append(contacts(at, world.mail[0], peer, "smtp"))
    return parts


def _nightly(world: World, day: Day, rng: Generator) -> list[Contacts]:
    """Backups of every machine from one o'clock, updates from three."""
    machines = world.machines[world.machines != world.backup[0]]
    who = np.repeat(np.arange(len(machines)), 3)
    at = day.start + 3_600.0 + who * (7_200.0 / len(machines)) + rng.exponential(120.0, len(who))
    parts = [contacts(at, machines[who], world.backup[0], "backup")]
    pulled = rng.poisson(25)
    at = day.start + 10_800.0 + rng.exponential(900.0, pulled)
    parts.append(contacts(at, world.updates[0], world.sites[rng.integers(0, 12, pulled)], "update"))
    awake = world.office[world.always_on]
    who = times_each(rng, np.full(len(awake), 2.0))
    at = day.start + 11_000.0 + rng.random(len(who)) * 9_000.0
    parts.append(contacts(at, awake[who], world.updates[0], "patch"))
    who = times_each(rng, np.full(len(machines), 2.0))
    at = day.start + 14_400.0 + rng.random(len(who)) * 7_200.0
    parts.append(contacts(at, machines[who], world.updates[0], "patch"))
    return parts


def _management(world: World, day: Day, rng: Generator) -> list[Contacts]:
    """One machine takes stock of all hosts, a few times a day each, whether they are on or not."""
    who = times_each(rng, np.full(len(world.office), 4.0))
    at = day.start + in_day(rng, len(who), FLAT + 0.5 * SERVING)
    number = np.array([NUMBER["manage"], NUMBER["files"]], np.int64)
    service = number[(rng.random(len(who)) < 0.3).astype(np.int64)]
    return [contacts(at, world.updates[0], world.office[who], service)]
