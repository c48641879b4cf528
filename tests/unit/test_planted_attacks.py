"""Planted attacks: each kind has what defines it, and the truth says what the flows hold."""

from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from stream.simulate.attack_plan import TEST_NETWORKS
from stream.simulate.flows import Flows
from stream.simulate.services import REJ, S0, SF
from stream.simulate.settings import DAY, KINDS, SimulationSettings
from stream.simulate.simulate import Simulation, simulate
from stream.simulate.truth import PlantedAttack, address_text, runs_of

SEEDS = (1, 2, 3)


@cache
def simulation(seed: int) -> Simulation:
    return simulate(SimulationSettings(seed=seed))


def rows_of(attack: PlantedAttack) -> NDArray[np.int64]:
    return np.concatenate([np.arange(first, last + 1) for first, last in attack.records])


def planted(kind: str) -> list[tuple[PlantedAttack, Flows, Flows]]:
    """Attack, its flows and all flows, of every attack of a kind over the seeds."""
    found = []
    for seed in SEEDS:
        flows, truth = simulation(seed)
        found += [
            (attack, flows.take(rows_of(attack)), flows) for attack in truth if attack.kind == kind
        ]
    return found


def failed(flows: Flows) -> float:
    return float(np.isin(flows.state, (S0, REJ)).mean())


def test_every_kind_is_planted_twice_brisk_and_slower() -> None:
    for seed in SEEDS:
        strengths = sorted((attack.kind, attack.strength) for attack in simulation(seed).truth)
        assert strengths == sorted((kind, word) for kind in KINDS for word in ("brisk", "slower"))


def test_over_some_seeds_scans_sweeps_and_guesses_come_from_both_sides() -> None:
    origins = {(attack.kind, attack.origin) for seed in SEEDS for attack in simulation(seed).truth}
    for kind in ("port scan", "host sweep", "brute force"):
        assert {(kind, "external"), (kind, "internal")} <= origins


def test_truth_lists_exactly_the_planted_flows() -> None:
    flows, truth = simulation(1)
    listed = np.concatenate([rows_of(attack) for attack in truth])
    np.testing.assert_array_equal(np.sort(listed), np.flatnonzero(flows.attack >= 0))
    for attack in truth:
        own = flows.take(rows_of(attack))
        assert own.rows == attack.events
        assert {address_text(int(a)) for a in np.unique(own.src)} == set(attack.sources)
        assert {address_text(int(a)) for a in np.unique(own.dst)} == set(attack.targets)
        assert own.ts.min() == attack.start
        assert abs(own.ends.max() - attack.end) < 1e-5


def test_everything_from_the_test_networks_is_planted() -> None:
    flows, _ = simulation(1)
    outside = np.isin(flows.src & np.uint32(0xFFFFFF00), TEST_NETWORKS)
    assert outside.any()
    assert (flows.attack[outside] >= 0).all()


def test_attacks_keep_off_the_first_day_unless_asked() -> None:
    late = simulate(SimulationSettings(hosts=20, days=2)).truth
    early = simulate(SimulationSettings(hosts=20, days=2, attacks_from_day=1)).truth
    start = SimulationSettings().start
    assert min(attack.start for attack in late) >= start + DAY
    assert min(attack.start for attack in early) < start + DAY
    assert simulate(SimulationSettings(hosts=20, days=1)).truth == ()


def test_attacks_of_a_day_start_well_apart_and_not_together() -> None:
    for seed in SEEDS:
        starts = np.array([attack.start for attack in simulation(seed).truth])
        assert np.diff(starts).min() > 1.5 * 3600


def test_attackers_inside_are_no_administrators_and_none_attacks_twice() -> None:
    for seed in SEEDS:
        inside = [a.sources[0] for a in simulation(seed).truth if a.origin == "internal"]
        assert len(set(inside)) == len(inside)
        assert all(address.startswith("10.20.") for address in inside)


def test_port_scan_asks_one_target_for_very_many_ports() -> None:
    for attack, own, _ in planted("port scan"):
        assert len(attack.sources) == len(attack.targets) == 1
        assert attack.ports == attack.events >= (400 if attack.strength == "brisk" else 80)
        assert failed(own) > 0.9


def test_host_sweep_asks_very_many_addresses_for_one_port() -> None:
    for attack, own, _ in planted("host sweep"):
        assert attack.ports == len(attack.sources) == 1
        assert len(attack.targets) >= 40
        assert failed(own) > 0.6


def test_brute_force_opens_very_many_like_connections_to_one_service() -> None:
    for attack, own, _ in planted("brute force"):
        assert attack.ports == len(attack.sources) == len(attack.targets) == 1
        assert attack.events >= (400 if attack.strength == "brisk" else 150)
        assert (own.state == SF).mean() > 0.8
        assert np.nanstd(np.log(own.bytes_out[own.state == SF])) < 0.2


def test_flood_sends_thousands_a_minute_to_one_server() -> None:
    for attack, own, _ in planted("flood"):
        minutes = (own.ts.max() - own.ts.min()) / 60
        assert attack.entity == attack.targets[0]
        assert len(attack.targets) == attack.ports == 1
        assert attack.events / minutes > 1_900
        assert failed(own) == 1.0
        assert (len(attack.sources) > 5) == (attack.strength == "slower")


def test_lateral_movement_goes_to_hosts_the_attacker_never_spoke_to() -> None:
    for attack, own, flows in planted("lateral movement"):
        source = own.src[0]
        before = flows.dst[(flows.src == source) & (flows.attack < 0)]
        assert len(attack.targets) >= 14
        assert np.isin(np.unique(own.dst), before).mean() < 0.1
        assert own.dst_local.all()
        assert 2 <= attack.ports <= 3
        assert 0.2 < failed(own) < 0.8


@pytest.mark.parametrize("kind", KINDS)
def test_brisk_attacks_are_faster_than_slower_ones(kind: str) -> None:
    pace = {"brisk": [], "slower": []}  # type: dict[str, list[float]]
    for attack, own, _ in planted(kind):
        pace[attack.strength].append(attack.events / float(np.ptp(own.ts)))
    assert min(pace["brisk"]) > max(pace["slower"])


def test_runs_of_ordinals_join_neighbours() -> None:
    assert runs_of(np.array([3, 4, 5, 9, 11, 12])) == ((3, 5), (9, 9), (11, 12))
    assert runs_of(np.zeros(0, np.int64)) == ()
