"""Streams for measurements: as many events a second, or as many addresses, as are asked for."""

from collections.abc import Iterator

import numpy as np

from .attack_plan import TEST_NETWORKS
from .contacts import Address, Contacts, Whole, contacts, join, whole
from .dressing import dress
from .flows import Flows, in_write_order
from .hosts import OCTETS, PUBLISHED
from .services import LOGGED_AFTER, NUMBER, S0, end_shares
from .settings import MONDAY, SimulationSettings
from .simulate import days

WORK_H = (9.0, 17.0)
EVENTS_A_HOST = 400.0  # in these hours, at activity 1, about
LONGEST_S = 60.0
SCANNER = TEST_NETWORKS[2] + 9
SCANNED_PORTS = 500
ADDRESS_BITS = 24
_STRIDE = 11_400_685  # odd, so that multiples modulo 2^24 do not repeat


def dense(events: int, *, per_second: float = 10_000.0, hosts: int = 2_000, seed: int = 1) -> Flows:
    """Return working hours of a large site, pressed together to a rate.

    Connections last 60 s at most, so that the stream stays dense almost to its end.
    """
    activity = max(1.0, events / (EVENTS_A_HOST * hosts))
    flows = _working_hours(hosts, seed, activity)
    while flows.rows < events:
        activity *= 1.5
        flows = _working_hours(hosts, seed, activity)
    flows = flows.take(slice(0, events))
    span = flows.ts[-1] - flows.ts[0]
    pressed = MONDAY + (flows.ts - flows.ts[0]) * (flows.rows / per_second / span)
    ts = np.round(pressed, 6)
    duration = np.minimum(flows.duration, LONGEST_S)
    written = ts + np.nan_to_num(duration) + LOGGED_AFTER[NUMBER["tls"]]
    return in_write_order([flows._replace(ts=ts, duration=duration, written=written)])


def _working_hours(hosts: int, seed: int, activity: float) -> Flows:
    settings = SimulationSettings(
        hosts=hosts, servers=60, days=1, seed=seed, attacks=(), activity=activity
    )
    flows = next(days(settings, "start"))
    hours = (flows.ts - settings.start) / 3_600.0
    return flows.take((hours >= WORK_H[0]) & (hours < WORK_H[1]))


def address_flood(
    sources: int, *, per_minute: int = 1_000_000, seed: int = 1, start: float = MONDAY
) -> Iterator[Flows]:
    """Yield a flood minute by minute: every packet from an address that was not seen before.

    In the middle minute one source scans 500 ports of another server: attack number 0.

    Parameters
    ----------
    sources : int
        Distinct addresses, at most 2^24.
    """
    rng = np.random.default_rng([seed, 0xF1])
    minutes = -(-sources // per_minute)
    shares = end_shares(1.0)
    for minute in range(minutes):
        first = minute * per_minute
        numbers = np.arange(first, min(first + per_minute, sources))
        ts = start + numbers.astype(np.float64) * (60.0 / per_minute)
        knocks = contacts(ts, distinct_addresses(numbers), PUBLISHED + 12, "knock")
        knocks = knocks._replace(port=whole(443, len(ts)), state=whole(S0, len(ts)))
        if minute == minutes // 2:
            knocks = join([knocks, _scan(start + 60.0 * minute)])
        flows = dress(knocks, shares, rng)
        unset = np.full(flows.rows, np.nan)
        once = flows._replace(
            duration=unset,
            bytes_out=unset,
            bytes_in=unset,
            packets_out=np.ones(flows.rows),
            written=flows.ts + LOGGED_AFTER[NUMBER["knock"]],
        )
        yield in_write_order([once])


def distinct_addresses(numbers: Whole) -> Address:
    """Public addresses, another for each number below 2^24, spread over sixteen networks."""
    mixed = (numbers * _STRIDE) % (1 << ADDRESS_BITS)
    first = OCTETS[11 * (mixed >> 20)].astype(np.int64)
    addresses: Address = ((first << 24) | ((mixed & 0xFFFFF) << 4) | 9).astype(np.uint32)
    return addresses


def _scan(start: float) -> Contacts:
    port = np.arange(1, SCANNED_PORTS + 1)
    ts = start + port.astype(np.float64) * (55.0 / SCANNED_PORTS)
    made = contacts(ts, SCANNER, PUBLISHED + 13, "knock")
    n = len(port)
    return made._replace(port=whole(port, n), state=whole(S0, n), attack=whole(0, n))
