"""Inside and outside by the user's networks, where the log does not say."""

import ipaddress

import numpy as np
import pytest

from detectors.errors import ConfigError
from plain_events import V4, PlainEvent, batch_of
from stream.events import DST_LOCAL, SRC_LOCAL
from stream.networks import PRIVATE, is_inside, mark_inside, networks_of


def number(address: str) -> int:
    """Return an address as 128 bits, IPv4 as ::ffff:a.b.c.d."""
    found = ipaddress.ip_address(address)
    return int(found) | (V4 if found.version == 4 else 0)


@pytest.mark.parametrize(
    ("address", "inside"),
    [
        ("10.0.0.1", 1),
        ("10.255.255.255", 1),
        ("11.0.0.0", 0),
        ("172.31.255.255", 1),
        ("172.32.0.0", 0),
        ("192.168.7.7", 1),
        ("8.8.8.8", 0),
        ("fd12::1", 1),
        ("fe80::1", 1),
        ("::1", 1),
        ("2001:db8::1", 0),
        ("a00::1", 0),
    ],
)
def test_private_networks_are_inside(address: str, inside: int) -> None:
    whole = number(address)
    networks = networks_of(PRIVATE)
    low = (1 << 64) - 1
    assert is_inside(networks, np.uint64(whole >> 64), np.uint64(whole & low)) == inside


def test_marks_of_the_log_go_before_networks() -> None:
    private, public = number("10.0.0.1"), number("8.8.8.8")
    batch = batch_of(
        [
            PlainEvent(0.0, private, public, source_inside=-1, destination_inside=-1),
            PlainEvent(0.0, private, public, source_inside=0, destination_inside=1),
        ]
    )
    mark_inside(batch, networks_of(PRIVATE))
    assert batch.code[:, [SRC_LOCAL, DST_LOCAL]].tolist() == [[1, 0], [0, 1]]


def test_no_network_means_that_nothing_is_inside() -> None:
    assert is_inside(networks_of(()), np.uint64(0), np.uint64(1)) == 0


def test_host_bits_of_a_network_are_let_pass() -> None:
    np.testing.assert_array_equal(networks_of(["10.1.2.3/8"]), networks_of(["10.0.0.0/8"]))


def test_what_is_no_network_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(ConfigError, match=r"internal network: '10\.0\.0\.0/40', expected"):
        networks_of(["10.0.0.0/40"])
