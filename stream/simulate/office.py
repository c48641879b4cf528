"""What people's hosts do: bursts of web traffic with its lookups, office services, small talk."""

import numpy as np
from numpy.random import Generator

from .contacts import Address, Contacts, Real, Whole, contacts, join
from .hosts import FAVOURITES, MULTICAST, SITES, Day, World, public_addresses
from .rhythm import at_work, bursts, polls, ranks, times_each
from .services import NUMBER

_WEB = np.array([NUMBER["tls"], NUMBER["quic"], NUMBER["http"]], np.int64)


def office_traffic(world: World, day: Day, rng: Generator) -> Contacts:
    """Everything that the office hosts open on a day."""
    return join(
        [
            *_web(world, day, rng),
            *_polling(world, day, rng),
            *_office_services(world, day, rng),
            *_small_talk(world, day, rng),
            *_admins(world, day, rng),
        ]
    )


def _work_times(day: Day, who: Whole, rng: Generator) -> Real:
    return at_work(rng, day.arrive[who], day.leave[who])


def _resolver(world: World, n: int, rng: Generator) -> Address:
    return world.resolvers[(rng.random(n) < 0.2).astype(np.int64)]


def _web(world: World, day: Day, rng: Generator) -> list[Contacts]:
    """Bursts of connections to one site and what hangs on it, with lookups before."""
    burst = times_each(rng, 9.0 * day.busy)
    size = bursts(rng, len(burst), 6.0, 0.9, 160)
    host = np.repeat(day.present[burst], size)
    n = len(host)
    begin = np.repeat(_work_times(day, burst, rng), size)
    spread = np.repeat(rng.lognormal(np.log(12.0), 1.0, len(burst)), size)
    ts = begin + spread * rng.exponential(1.0, n)
    choice = rng.random(n)
    main = np.repeat(ranks(rng, len(burst), SITES, 1.0), size)
    own = world.favourites[host, rng.integers(0, FAVOURITES, n)]
    site = np.where(choice < 0.5, main, np.where(choice < 0.78, own, ranks(rng, n, SITES, 1.05)))
    dst = world.sites[site]
    fresh = np.flatnonzero(choice > 0.985)  # an address of a large network not met before
    dst[fresh] = public_addresses(rng, len(fresh))
    service = _WEB[np.searchsorted([0.72, 0.92], rng.random(n))]
    asked = np.flatnonzero(rng.random(n) < 0.6)
    asked_at = ts[asked] - rng.exponential(0.05, len(asked)) - 0.005
    call = times_each(rng, 0.8 * np.minimum(day.busy, 3.0))
    return [
        contacts(ts, world.office[host], dst, service),
        contacts(asked_at, world.office[host[asked]], _resolver(world, len(asked), rng), "dns"),
        contacts(
            _work_times(day, call, rng),
            world.office[day.present[call]],
            world.sites[rng.integers(0, 40, len(call))],
            "call",
        ),
    ]


def _polling(world: World, day: Day, rng: Generator) -> list[Contacts]:
    """Repeat what programs do by the clock, by day and on some hosts all night."""
    night = day.start + np.zeros(int(world.always_on.sum()))
    host = np.concatenate((day.present, np.flatnonzero(world.always_on)))
    start = np.concatenate((day.arrive, night))
    stop = np.concatenate((day.leave, night + 86_400.0))
    parts = []
    for rank, period in enumerate((900.0, 1_700.0, 2_400.0)):
        who, ts = polls(rng, start, stop, period)
        site = world.favourites[host[who], rank]
        parts.append(contacts(ts, world.office[host[who]], world.sites[site], "poll"))
    who, ts = polls(rng, start, stop, 1_100.0)
    parts.append(contacts(ts, world.office[host[who]], _resolver(world, len(who), rng), "dns"))
    who, ts = polls(rng, start, stop, 4_096.0)
    parts.append(contacts(ts, world.office[host[who]], world.resolvers[0], "ntp"))
    gone = world.stale[host]
    who, ts = polls(rng, start, np.where(gone > 0, stop, start), 2_700.0)
    parts.append(contacts(ts, world.office[host[who]], gone[who], "stale"))
    return parts


def _office_services(world: World, day: Day, rng: Generator) -> list[Contacts]:
    """Mail, directory, files, intranet, printing and patches."""
    src = world.office[day.present]
    who, ts = polls(rng, day.arrive, day.leave, 700.0)
    parts = [contacts(ts, src[who], world.mail[0], "mail")]
    first = day.arrive + rng.exponential(60.0, len(src))  # people log on when they come
    for service in ("kerberos", "ldap", "kerberos", "patch", "files"):
        server = {"patch": world.updates, "files": world.files}.get(service, world.resolvers)
        parts.append(contacts(first + rng.exponential(8.0, len(src)), src, server[0], service))
    rates = (("kerberos", 7.0), ("ldap", 5.0), ("files", 7.0), ("intranet", 12.0), ("print", 1.2))
    places = (world.resolvers, world.resolvers, world.files, world.apps, world.printer)
    for (service, rate), place in zip(rates, places, strict=True):
        who = times_each(rng, rate * np.minimum(day.busy, 6.0))
        server = place[rng.integers(0, len(place), len(who))]
        parts.append(contacts(_work_times(day, who, rng), src[who], server, service))
    return parts


def _small_talk(world: World, day: Day, rng: Generator) -> list[Contacts]:
    """Leases, multicast, and hosts that exchange with their neighbours."""
    src = world.office[day.present]
    who = times_each(rng, np.full(len(src), 6.0))
    parts = [contacts(_work_times(day, who, rng), src[who], MULTICAST, "multicast")]
    who = times_each(rng, np.full(len(src), 2.0))
    parts.append(contacts(_work_times(day, who, rng), src[who], world.resolvers[0], "dhcp"))
    who = times_each(rng, 1.5 * np.minimum(day.busy, 4.0))
    peer = world.neighbours[day.present[who], rng.integers(0, 3, len(who))]
    stranger = rng.random(len(who)) < 0.05
    peer = np.where(stranger, rng.integers(0, len(world.office), len(who)), peer)
    other = peer != day.present[who]
    ts = _work_times(day, who, rng)
    parts.append(contacts(ts[other], src[who][other], world.office[peer[other]], "neighbour"))
    return parts


def _admins(world: World, day: Day, rng: Generator) -> list[Contacts]:
    """Those who look after servers: a few shells each hour, and help on other hosts' screens."""
    there = np.flatnonzero(np.isin(day.present, world.admins))
    machines = world.machines
    parts = []
    for service, rate in (("ssh", 9.0), ("rdp", 3.0)):
        who = there[times_each(rng, np.full(len(there), rate))]
        server = machines[ranks(rng, len(who), len(machines), 0.7)]
        src = world.office[day.present[who]]
        parts.append(contacts(_work_times(day, who, rng), src, server, service))
    who = there[times_each(rng, np.full(len(there), 1.0))]
    helped = world.office[rng.integers(0, len(world.office), len(who))]
    src = world.office[day.present[who]]
    parts.append(contacts(_work_times(day, who, rng), src, helped, "rdp"))
    return parts
