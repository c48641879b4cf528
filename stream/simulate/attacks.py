"""The contacts of planted attacks. Each kind has a strong and a weaker form; the seed varies both.

Kinds follow MITRE ATT&CK: network service discovery (T1046) for port scans and host sweeps, brute
force (T1110), network denial of service (T1498), remote services (T1021) for lateral movement.
"""

import numpy as np
from numpy.random import Generator

from .attack_plan import PlannedAttack
from .contacts import Address, Contacts, Real, Whole, contacts, whole
from .hosts import World
from .services import NUMBER, REJ, S0, SF

Range = tuple[float, float]
COMMON_PORTS = np.array(
    [21, 22, 23, 25, 53, 80, 110, 111, 135, 139, 143, 389, 443, 445, 993, 995, 1433, 1521, 1723,
     2049, 3306, 3389, 5060, 5432, 5900, 5985, 6379, 8000, 8080, 8443, 8888, 9100, 9200, 27017]
)  # fmt: skip
SWEPT = (22, 445, 3389, 23, 1433, 5900)
MOVED = np.array([445, 135, 5985, 3389, 22])


def attack_contacts(world: World, attack: PlannedAttack) -> Contacts:
    """Make all contacts of one attack."""
    rng = np.random.default_rng([world.settings.seed, 0xA8, attack.number])
    make = {
        "port scan": _port_scan,
        "host sweep": _host_sweep,
        "brute force": _brute_force,
        "flood": _flood,
        "lateral movement": _lateral_movement,
    }[attack.kind]
    made = make(world, attack, rng)
    return made._replace(attack=whole(attack.number, len(made.ts)))


def _draw(rng: Generator, brisk: Range, slower: Range, attack: PlannedAttack) -> float:
    return float(rng.uniform(*(brisk if attack.is_brisk else slower)))


def _spread(rng: Generator, attack: PlannedAttack, n: int, seconds: float) -> Real:
    """Return n times in order: even steps with some jitter, as tools make them."""
    step = seconds / max(n, 1)
    return attack.start + (np.arange(n) + rng.uniform(0.0, 0.8, n)) * step


def _silence(rng: Generator, n: int, refused: float) -> Whole:
    """States of failures: some refused, the others unanswered."""
    return np.where(rng.random(n) < refused, REJ, S0)


def _port_scan(world: World, attack: PlannedAttack, rng: Generator) -> Contacts:
    """One source asks one target for very many ports, most of which are closed."""
    outside = attack.origin == "external"
    places = np.concatenate((world.mail, world.vpn, world.web)) if outside else world.servers
    target = places[rng.integers(0, len(places))]
    n = int(_draw(rng, (400, 1_000), (100, 250), attack))
    seconds = _draw(rng, (60, 300), (2_400, 9_000) if outside else (1_200, 3_600), attack)
    others = np.setdiff1d(np.arange(1, 10_000), COMMON_PORTS)
    port = np.concatenate((COMMON_PORTS, rng.choice(others, n - len(COMMON_PORTS), replace=False)))
    rng.shuffle(port)
    open_ports = rng.choice(COMMON_PORTS, 3, replace=False)
    is_open = np.isin(port, open_ports)
    service = np.where(is_open, NUMBER["touch"], NUMBER["knock"])
    state = np.where(is_open, SF, _silence(rng, n, 0.1 if outside else 0.9))
    made = contacts(_spread(rng, attack, n, seconds), attack.source, target, service)
    return made._replace(port=whole(port, n), state=whole(state, n))


def _host_sweep(world: World, attack: PlannedAttack, rng: Generator) -> Contacts:
    """One source asks very many addresses for one port; inside, most are not there."""
    if attack.origin == "external":
        rounds = int(_draw(rng, (3, 6), (2, 3), attack))
        target = np.concatenate([rng.permutation(world.published) for _ in range(rounds)])
        seconds = _draw(rng, (40, 150), (2_400, 7_200), attack)
        there = world.web[:0]
    else:
        network = world.office[0] & np.uint32(0xFFFFFF00)
        everyone = (network + np.arange(1, 255)).astype(np.uint32)
        target = rng.permutation(everyone)[: int(_draw(rng, (150, 255), (60, 120), attack))]
        target = target[target != attack.source]
        seconds = _draw(rng, (30, 150), (1_800, 5_400), attack)
        there = world.office
    n = len(target)
    listens = np.isin(target, there) & (rng.random(n) < 0.5)
    state = np.where(listens, SF, _silence(rng, n, 0.1))
    service = np.where(listens, NUMBER["touch"], NUMBER["knock"])
    made = contacts(_spread(rng, attack, n, seconds), attack.source, target, service)
    return made._replace(port=whole(rng.choice(SWEPT), n), state=whole(state, n))


def _brute_force(world: World, attack: PlannedAttack, rng: Generator) -> Contacts:
    """One source tries passwords on one service of one server: short connections, all alike."""
    if attack.origin == "external":
        target, port = world.vpn[0], 22
        n = int(_draw(rng, (600, 2_000), (250, 500), attack))
        seconds = _draw(rng, (240, 900), (3_600, 9_000), attack)
    else:
        target = world.servers[rng.integers(0, len(world.servers))]
        port = int(rng.choice((22, 3389)))
        n = int(_draw(rng, (400, 1_500), (150, 300), attack))
        seconds = _draw(rng, (180, 600), (1_800, 5_400), attack)
    made = contacts(_spread(rng, attack, n, seconds), attack.source, target, "guess")
    return made._replace(port=whole(port, n))


def _flood(world: World, attack: PlannedAttack, rng: Generator) -> Contacts:
    """Thousands of requests a minute on one published server, none of them finished."""
    target = world.web[rng.integers(0, len(world.web))]
    minutes = _draw(rng, (2, 4), (3, 5), attack)
    n = int(minutes * _draw(rng, (3_000, 5_000), (2_000, 3_000), attack))
    share = rng.dirichlet(np.full(len(attack.sources), 4.0))
    source = rng.choice(np.array(attack.sources), n, p=share)
    made = contacts(_spread(rng, attack, n, minutes * 60), source, target, "knock")
    port = int(rng.choice((443, 80)))
    return made._replace(port=whole(port, n), state=whole(_silence(rng, n, 0.03), n))


def _lateral_movement(world: World, attack: PlannedAttack, rng: Generator) -> Contacts:
    """One host of the office tries many that it never spoke to; some let it in."""
    hosts = _strange_hosts(world, attack)
    n = min(int(_draw(rng, (25, 45), (14, 25), attack)), len(hosts))
    target = rng.permutation(hosts)[:n]
    seconds = _draw(rng, (150, 480), (2_400, 3_600), attack)
    doors = rng.permutation(len(MOVED))[: int(rng.integers(2, 4))]
    tries = 1 + rng.integers(0, len(doors), n)
    who = np.repeat(np.arange(n), tries)
    turn = np.arange(len(who)) - np.repeat(np.cumsum(tries) - tries, tries)
    door = doors[turn]
    last = turn == tries[who] - 1
    let_in = last & (rng.random(len(who)) < 0.6)
    state = np.where(let_in, SF, _silence(rng, len(who), 0.3))
    ts = _spread(rng, attack, n, seconds)[who] + turn * rng.uniform(0.5, 3.0, len(who))
    made = contacts(ts, attack.source, target[who], "enter")
    return made._replace(port=whole(MOVED[door], len(who)), state=whole(state, len(who)))


def _strange_hosts(world: World, attack: PlannedAttack) -> Address:
    """Hosts and database servers that are no neighbours of the attacker."""
    own = np.flatnonzero(world.office == attack.source)
    known = np.concatenate((world.office[own], world.office[world.neighbours[own].ravel()]))
    others = np.concatenate((world.office, world.databases, world.backup))
    return others[~np.isin(others, known)]
