"""The site and its surroundings: addresses, roles and habits that stay from day to day."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from .contacts import Address, Real, Whole
from .rhythm import ranks
from .settings import SimulationSettings

OFFICE = 0x0A140000  # 10.20.0.0/16
SERVERS = 0x0A0A0000  # 10.10.0.0/24
PUBLISHED = 0x0A1E0000  # 10.30.0.0/24, one outside address each
MULTICAST = 0xE00000FB  # 224.0.0.251
# first octets without private, shared, test, benchmark, loopback or multicast networks in them
OCTETS = np.array(
    [o for o in range(1, 224) if o not in {10, 100, 127, 169, 172, 192, 198, 203}], np.uint32
)
SITES = 2_500
FAVOURITES = 8
ADMIN_SHARE = 0.04


@dataclass(frozen=True, slots=True)
class World:
    """Who is there. All addresses are IPv4 as uint32."""

    settings: SimulationSettings
    office: Address  # (hosts,)
    activity: Real  # (hosts,) how much each does, median 1
    starts: Real  # (hosts,) s, each one's own shift of the working hours
    always_on: NDArray[np.bool_]  # (hosts,) runs at night
    admins: Whole  # numbers of the hosts that look after servers
    favourites: Whole  # (hosts, FAVOURITES) numbers of sites
    neighbours: Whole  # (hosts, 3) numbers of the hosts it exchanges with
    stale: Address  # (hosts,) an address that no longer answers, 0 for none
    servers: Address  # (servers,) all internal ones; the next are parts of it
    resolvers: Address
    files: Address
    apps: Address
    databases: Address
    printer: Address
    backup: Address
    monitor: Address
    updates: Address
    published: Address  # (published,) all; the next are parts of it
    mail: Address
    vpn: Address  # also lets ssh in
    web: Address
    sites: Address  # (SITES,) popular first
    name_servers: Address
    mail_peers: Address
    clients: Address  # those who come back
    knockers: Address  # strangers who come back

    @property
    def machines(self) -> Address:
        """Everything that is monitored and backed up."""
        return np.concatenate((self.servers, self.mail, self.vpn, self.web))


def public_addresses(rng: Generator, n: int) -> Address:
    """Return n random addresses of the internet; they may repeat."""
    first = OCTETS[rng.integers(0, len(OCTETS), n)]
    rest = rng.integers(0, 1 << 24, n, dtype=np.uint32)
    return (first << np.uint32(24)) | rest


def office_addresses(numbers: Whole) -> Address:
    """Addresses of office hosts: 200 in each /24, from .20 up."""
    return (OFFICE + (numbers // 200) * 256 + 20 + numbers % 200).astype(np.uint32)


def build_world(settings: SimulationSettings) -> World:
    """Everything that does not change from day to day, from the seed alone."""
    rng = np.random.default_rng([settings.seed, 0xA1])
    n = settings.hosts
    servers = (SERVERS + 10 + np.arange(settings.servers)).astype(np.uint32)
    published = (PUBLISHED + 10 + np.arange(settings.published)).astype(np.uint32)
    more = servers[7:]
    webs = max(2, settings.published // 6)
    return World(
        settings=settings,
        office=office_addresses(np.arange(n)),
        activity=rng.lognormal(0.0, settings.activity_spread, n),
        starts=rng.normal(0.0, 2_400.0, n),
        always_on=rng.random(n) < 0.35,
        admins=rng.permutation(n)[: max(2, round(n * ADMIN_SHARE))],
        favourites=ranks(rng, n * FAVOURITES, SITES, 0.8).reshape(n, FAVOURITES),
        neighbours=rng.integers(0, n, (n, 3)),
        stale=_stale(rng, n),
        servers=servers,
        resolvers=servers[0:2],
        files=servers[2:3],
        printer=servers[3:4],
        backup=servers[4:5],
        monitor=servers[5:6],
        updates=servers[6:7],
        apps=more[: -(-len(more) // 2)],
        databases=more[-(-len(more) // 2) :],
        published=published,
        mail=published[0:1],
        vpn=published[1:2],
        web=published[2 : 2 + webs],
        sites=public_addresses(rng, SITES),
        name_servers=public_addresses(rng, 600),
        mail_peers=public_addresses(rng, 400),
        clients=public_addresses(rng, max(1, 3 * settings.clients_per_day)),
        knockers=public_addresses(rng, max(1, settings.internet_sources_per_day)),
    )


def _stale(rng: Generator, n: int) -> Address:
    """Choose what a fifth of the hosts keep asking for in vain: inside, or outside."""
    inside = (SERVERS + 200 + rng.integers(0, 20, n)).astype(np.uint32)
    chosen = np.where(rng.random(n) < 0.5, inside, public_addresses(rng, n))
    return np.where(rng.random(n) < 0.2, chosen, 0).astype(np.uint32)


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a site: who is there, and how busy it is."""

    number: int  # from 0
    start: float  # s since the epoch
    level: float  # activity of the site's people; 1 on an ordinary working day
    present: Whole  # numbers of the hosts in use
    arrive: Real  # (present,) s since the epoch
    leave: Real  # (present,)
    busy: Real  # (present,) how much each does today


def build_day(world: World, number: int) -> Day:
    """Draw who works on a day, and from when to when."""
    settings = world.settings
    rng = np.random.default_rng([settings.seed, 0xDA, number])
    level = rng.lognormal(0.0, 0.08)
    share = 0.93
    if settings.is_weekend(number):
        level *= max(settings.weekend, 1e-9) ** 0.5
        share *= settings.weekend**0.5
    present = np.flatnonzero(rng.random(settings.hosts) < share)
    n = len(present)
    start = settings.day_start(number)
    arrive = start + settings.office_opens * 3600 + world.starts[present]
    arrive += rng.normal(0.0, 1_200.0, n)
    leave = start + settings.office_closes * 3600 + world.starts[present] / 2
    leave = np.maximum(leave + rng.normal(0.0, 3_000.0, n), arrive + 1_800.0)
    busy = world.activity[present] * rng.lognormal(0.0, 0.35, n) * level * settings.activity
    return Day(number, start, level, present, arrive, leave, busy)
