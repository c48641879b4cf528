"""Normal traffic of a simulation: its rhythm, rates and shares lie where real days have them."""

from functools import cache

import numpy as np
import pytest

from stream.simulate.flows import Flows, join_flows
from stream.simulate.hosts import MULTICAST
from stream.simulate.services import ICMP, OTH, REJ, S0, SF, TCP
from stream.simulate.settings import DAY, SimulationSettings
from stream.simulate.simulate import days, simulate

USUAL = SimulationSettings(attacks=(), outages_per_week=0.0)


@cache
def usual_day() -> Flows:
    """The second day: what the first left open belongs to it."""
    return list(days(USUAL))[1]


@cache
def week() -> list[Flows]:
    return list(days(SimulationSettings(attacks=(), hosts=30, days=7)))


def failed(flows: Flows) -> float:
    return float(np.isin(flows.state, (S0, REJ)).mean())


def test_same_seed_gives_the_same_columns_and_another_seed_gives_others() -> None:
    small = {"hosts": 8, "days": 1, "internet_sources_per_day": 50}
    first, again, other = (
        simulate(SimulationSettings(**small, seed=seed)).flows  # type: ignore[arg-type]
        for seed in (5, 5, 6)
    )
    for one, two in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, two)
    assert first.rows != other.rows


def test_days_before_the_first_attack_do_not_depend_on_attacks() -> None:
    quiet = next(days(SimulationSettings(hosts=10, days=2, attacks=())))
    planted = next(days(SimulationSettings(hosts=10, days=2)))
    np.testing.assert_array_equal(quiet.ts, planted.ts)
    np.testing.assert_array_equal(quiet.dst, planted.dst)


def test_days_joined_are_in_write_order_and_hold_every_connection_once() -> None:
    settings = SimulationSettings(hosts=10, days=3)
    whole = join_flows(list(days(settings)))
    assert (np.diff(whole.written) >= 0).all()
    by_start = join_flows(list(days(settings, "start")))
    assert (np.diff(by_start.ts) >= 0).all()
    np.testing.assert_array_equal(np.sort(whole.ts), by_start.ts)


def test_nothing_starts_before_the_start() -> None:
    assert week()[0].ts.min() >= USUAL.start


def test_rows_are_written_after_they_end_and_mostly_in_order_of_end() -> None:
    flows = usual_day()
    assert (flows.written >= flows.ends + 4.9).all()
    behind = np.maximum.accumulate(flows.ends) - flows.ends
    assert behind.max() < 70.0  # a timer of Zeek for UDP is a minute
    # real Zeek days: 6 to 21 per cent are more than a minute behind by their start
    late = np.maximum.accumulate(flows.ends) - flows.ts > 60.0
    assert 0.04 < late.mean() < 0.25


def test_office_hours_are_busier_than_the_night() -> None:
    flows = usual_day()
    office = flows.take((flows.src >> np.uint32(16)) == 0x0A14)
    hours = np.bincount((office.ts % DAY // 3600).astype(np.int64), minlength=24)
    assert hours[9:17].mean() > 5 * hours[0:6].mean()
    assert hours[12] < hours[10]


def test_weekend_is_quieter_than_a_working_day() -> None:
    sizes = [flows.rows for flows in week()]
    assert max(sizes[5:]) < 0.7 * min(sizes[1:5])


def test_a_day_of_sixty_hosts_has_forty_to_sixty_thousand_events() -> None:
    assert 40_000 < usual_day().rows < 60_000


def test_natural_failures_of_internal_sources_are_two_to_ten_per_cent() -> None:
    flows = usual_day()
    asked = flows.take(flows.src_local & (flows.dst != MULTICAST) & (flows.transport == TCP))
    assert 0.02 < failed(asked) < 0.10


def test_failures_setting_multiplies_them() -> None:
    few, many = (
        failed(next(days(SimulationSettings(hosts=20, days=1, failures=share))))
        for share in (0.2, 4.0)
    )
    assert many > few + 0.03


def test_most_strangers_come_once_to_three_times_and_some_come_often() -> None:
    flows = usual_day()
    outside = flows.take(~flows.src_local)
    counts = np.unique(outside.src, return_counts=True)[1]
    assert 1_200 < len(counts) < 2_500
    assert np.median(counts) <= 2
    assert 0.5 < (counts <= 3).mean() < 0.9
    assert counts.max() > 50
    assert 0.4 < failed(outside) < 0.8


def test_no_stranger_knocks_more_often_than_the_setting_says() -> None:
    quiet = SimulationSettings(hosts=4, days=1, attacks=(), clients_per_day=0, knocks_most=3)
    flows = next(days(quiet))
    unanswered = flows.take(~flows.src_local & np.isin(flows.state, (S0, REJ)))
    pings = unanswered.transport == ICMP
    counts = np.unique(unanswered.src[~pings], return_counts=True)[1]
    assert counts.max() == 3


def test_host_activity_is_heavy_tailed_and_its_spread_is_a_setting() -> None:
    flows = usual_day()
    office = flows.src[(flows.src >> np.uint32(16)) == 0x0A14]
    counts = np.unique(office, return_counts=True)[1]
    assert counts.max() > 2.5 * np.median(counts)
    even = SimulationSettings(attacks=(), days=1, activity_spread=0.0)
    flat = next(days(even)).src
    level = np.unique(flat[(flat >> np.uint32(16)) == 0x0A14], return_counts=True)[1]
    assert np.std(np.log(level)) < np.std(np.log(counts))


def test_popular_destinations_take_most_of_the_web() -> None:
    flows = usual_day()
    web = flows.dst[(flows.dst_port == 443) & ~flows.dst_local]
    counts = np.sort(np.unique(web, return_counts=True)[1])[::-1]
    assert len(counts) > 500
    assert counts[: len(counts) // 10].sum() > 0.4 * counts.sum()


def test_silent_connections_carry_no_bytes() -> None:
    flows = usual_day()
    silent = flows.take((flows.transport == TCP) & np.isin(flows.state, (S0, REJ, OTH)))
    assert np.nan_to_num(silent.bytes_out).max() == 0
    assert np.nan_to_num(silent.bytes_in).max() == 0
    answered = flows.take((flows.transport == TCP) & (flows.state == SF))
    assert (answered.packets_in > 0).all()
    assert (answered.packets_out * 1_500 >= answered.bytes_out).all()


def test_pings_have_type_and_code_as_ports_as_zeek_has_them() -> None:
    flows = usual_day()
    pings = flows.take(flows.transport == ICMP)
    assert pings.rows > 1_000
    assert set(pings.src_port.tolist()) == {8}
    assert set(pings.dst_port.tolist()) == {0}


def test_outages_make_a_server_fail() -> None:
    down, up = (
        simulate(SimulationSettings(hosts=20, days=2, attacks=(), outages_per_week=often)).flows
        for often in (100.0, 0.0)
    )
    assert failed(down) > failed(up) + 0.005


@pytest.mark.parametrize("hosts", [4, 500])
def test_small_and_large_sites_can_be_simulated(hosts: int) -> None:
    flows = next(days(SimulationSettings(hosts=hosts, days=1, servers=10, published=8)))
    office = np.unique(flows.src[(flows.src >> np.uint32(16)) == 0x0A14])
    assert 0.7 * hosts <= len(office) <= hosts


def test_a_site_without_people_or_internet_still_has_machines() -> None:
    empty = SimulationSettings(
        hosts=4, days=1, activity=0.0, internet_sources_per_day=0, clients_per_day=0, weekend=0.0
    )
    assert next(days(empty)).rows > 1_000
