"""Streams for measurements hold what they promise: rate, hosts, distinct addresses, the scan."""

import numpy as np

from stream.simulate.flows import join_flows
from stream.simulate.loads import SCANNED_PORTS, SCANNER, address_flood, dense, distinct_addresses


def test_dense_stream_has_its_rate_and_size() -> None:
    flows = dense(60_000, per_second=2_000.0, hosts=200)
    assert flows.rows == 60_000
    assert abs(float(np.ptp(flows.ts)) - 30.0) < 0.1
    assert (np.diff(flows.written) >= 0).all()
    assert np.nanmax(flows.duration) <= 60.0
    office = np.unique(flows.src[(flows.src >> np.uint32(16)) == 0x0A14])
    assert 150 < len(office) <= 200


def test_dense_stream_grows_activity_until_it_is_long_enough() -> None:
    assert dense(100_000, hosts=20).rows == 100_000


def test_flood_has_distinct_addresses_at_its_rate() -> None:
    minutes = list(address_flood(25_000, per_minute=10_000))
    flows = join_flows(minutes)
    flood = flows.take(flows.attack < 0)
    assert [part.rows for part in minutes] == [10_000, 10_000 + SCANNED_PORTS, 5_000]
    assert len(np.unique(flood.src)) == flood.rows == 25_000
    assert not flood.src_local.any()
    assert (np.diff(flows.written) >= 0).all()
    assert np.isnan(flood.duration).all()


def test_a_scan_stands_in_the_middle_of_the_flood() -> None:
    minutes = list(address_flood(30_000, per_minute=10_000))
    scans = [part.take(part.attack == 0) for part in minutes]
    assert [scan.rows for scan in scans] == [0, SCANNED_PORTS, 0]
    assert set(scans[1].src.tolist()) == {SCANNER}
    assert len(np.unique(scans[1].dst_port)) == SCANNED_PORTS


def test_addresses_do_not_repeat_over_their_whole_range() -> None:
    every = distinct_addresses(np.arange(1 << 24))
    order = np.sort(every)
    assert (np.diff(order) > 0).all()
