"""What comes from outside: users of the published servers, and strangers that knock.

Background radiation was measured by R. Pang, V. Yegneswaran, P. Barford, V. Paxson and L. Peterson,
"Characteristics of Internet Background Radiation", IMC 2004: most of it is unanswered, from sources
that are met a few times, with a heavy tail. On the Zeek days looked at for this simulator half of
the sources come once, a tenth more than three to eleven times, a hundredth more than twenty to
forty times.
"""

import numpy as np
from numpy.random import Generator

from .contacts import Address, Contacts, Real, Whole, contacts, join, whole
from .hosts import Day, World, public_addresses
from .rhythm import FLAT, PUBLIC, bursts, heavy, in_day, polls, ranks, times_each
from .services import NUMBER, S0

KNOCKED = np.array(
    [23, 22, 445, 3389, 80, 8080, 443, 5060, 1433, 3306, 8443, 2323, 81, 5555, 8728, 6379, 21, 25,
     5432, 8888, 2222, 7547, 5900, 9200, 27017, 8081, 1883, 110, 143, 993, 2375, 5038, 11211, 123]
)  # fmt: skip
TAIL = 1.3  # P(a source comes k times or more) = k ** -TAIL
MOST = 120  # a background source comes at most so often in one visit


def internet_traffic(world: World, day: Day, rng: Generator) -> Contacts:
    """Everything that is opened from outside on a day."""
    return join(
        [
            *_web_clients(world, day, rng),
            *_mail_and_vpn(world, day, rng),
            *_strangers(world, day, rng),
            *_strays(world, day, rng),
        ]
    )


def _web_clients(world: World, day: Day, rng: Generator) -> list[Contacts]:
    """Visits to the published web servers; a few clients are proxies with very many."""
    visitors = rng.poisson(world.settings.clients_per_day * day.level)
    known = world.clients[rng.integers(0, len(world.clients), visitors)]
    address = np.where(rng.random(visitors) < 0.4, known, public_addresses(rng, visitors))
    visits = np.repeat(np.arange(visitors), heavy(rng, visitors, 1.4, 40))
    size = bursts(rng, len(visits), 3.0, 0.8, 60)
    who = np.repeat(visits, size)
    begin = np.repeat(day.start + in_day(rng, len(visits), PUBLIC), size)
    ts = begin + rng.exponential(20.0, len(who))
    server = world.web[np.repeat(ranks(rng, len(visits), len(world.web), 0.8), size)]
    plain = np.repeat(rng.random(len(visits)) < 0.12, size)
    service = np.where(plain, NUMBER["http"], NUMBER["site"])
    return [contacts(ts, address[who], server, service)]


def _mail_and_vpn(world: World, day: Day, rng: Generator) -> list[Contacts]:
    """Mail from other servers, and people who work from outside."""
    received = rng.poisson(4.0 * len(world.office) * day.level)
    peer = world.mail_peers[ranks(rng, received, len(world.mail_peers), 1.0)]
    at = day.start + in_day(rng, received, PUBLIC)
    parts = [contacts(at, peer, world.mail[0], "smtp")]
    users = world.clients[: max(2, len(world.office) // 8)]
    who = times_each(rng, np.full(len(users), 2.0 * day.level))
    at = day.start + in_day(rng, len(who), PUBLIC)
    parts.append(contacts(at, users[who], world.vpn[0], "vpn"))
    who = times_each(rng, np.full(len(users[::4]), 1.5 * day.level))
    at = day.start + in_day(rng, len(who), PUBLIC)
    parts.append(contacts(at, users[::4][who], world.vpn[0], "ssh"))
    phone, at = polls(rng, day.arrive[::4], day.leave[::4], 2_400.0)
    parts.append(contacts(at, users[phone % len(users)], world.mail[0], "mail"))
    return parts


def _strangers(world: World, day: Day, rng: Generator) -> list[Contacts]:
    """Knocks of many sources, one to three each mostly; some sources come back every day."""
    n = rng.poisson(world.settings.internet_sources_per_day * rng.lognormal(0.0, 0.1))
    returning = ranks(rng, n, len(world.knockers), 0.6)
    comes_back = rng.random(n) < 0.3
    source = np.where(comes_back, world.knockers[returning], public_addresses(rng, n))
    count = heavy(rng, n, TAIL, MOST)
    who = np.repeat(np.arange(n), count)
    ts = day.start + _knock_times(rng, who, n)
    habit = np.where(comes_back, returning % len(KNOCKED), ranks(rng, n, len(KNOCKED), 0.9))
    rank = np.where(rng.random(n)[who] < 0.7, habit[who], ranks(rng, len(who), len(KNOCKED), 0.7))
    port = KNOCKED[rank]
    odd = np.flatnonzero(rng.random(len(who)) < 0.06)
    port[odd] = rng.integers(1, 65_536, len(odd))
    one = rng.integers(0, len(world.published), n)[who]
    many = rng.integers(0, len(world.published), len(who))
    target = world.published[np.where(rng.random(n)[who] < 0.5, one, many)]
    stay = _capped(source[who], world.settings.knocks_most)
    return [_knocks(world, ts[stay], source[who][stay], target[stay], port[stay])]


def _knock_times(rng: Generator, who: Whole, n: int) -> Real:
    """Seconds into the day: a burst of a minute, an hour, or here and there all day."""
    begin = in_day(rng, n, FLAT)
    span = np.array([20.0, 1_500.0, 40_000.0])[np.searchsorted([0.3, 0.6], rng.random(n))]
    return (begin[who] + span[who] * rng.random(len(who))) % 86_400.0


def _knocks(world: World, ts: Real, src: Address, dst: Address, port: Whole) -> Contacts:
    """Knocks at doors: where a published service listens, it answers, else nobody does."""
    service = np.full(len(ts), NUMBER["knock"], np.int64)
    service[(port == 5060) | (port == 123) | (port == 11211)] = NUMBER["stray"]
    is_web = np.isin(dst, world.web) & ((port == 443) | (port == 80))
    is_mail = (dst == world.mail[0]) & ((port == 25) | (port == 993))
    service[is_web | is_mail] = NUMBER["touch"]
    service[(dst == world.vpn[0]) & (port == 22)] = NUMBER["guess"]
    return contacts(ts, src, dst, service)._replace(port=whole(port, len(ts)))


def _capped(source: Address, most: int) -> Whole:
    """Return which knocks stay so that no source has more than ``most``, its first ones."""
    by_source = np.argsort(source, kind="stable")
    ordered = source[by_source]
    turn = np.arange(len(source)) - np.searchsorted(ordered, ordered)
    return np.sort(by_source[turn < most])


def _strays(world: World, day: Day, rng: Generator) -> list[Contacts]:
    """Answers that nobody asked for, and pings from measurement networks."""
    n = rng.poisson(30)
    at = day.start + in_day(rng, n, FLAT)
    dst = world.published[rng.integers(0, len(world.published), n)]
    stray = contacts(at, world.name_servers[rng.integers(0, 30, n)], dst, "stray")
    n = rng.poisson(60)
    at = day.start + in_day(rng, n, FLAT)
    src = world.knockers[ranks(rng, n, len(world.knockers), 0.9)]
    dst = world.published[rng.integers(0, len(world.published), n)]
    return [stray._replace(state=whole(S0, len(stray.ts))), contacts(at, src, dst, "ping")]
