"""Who opened a connection of which a firewall only tells the end."""

import numpy as np
import pytest

from stream.events import DST_PORT, SRC_LO, SRC_PORT
from stream.formats.parser import Parser, ParseSettings

INSIDE, OUTSIDE = 0xC000020A, 0xC6336409  # 192.0.2.10, 198.51.100.9
STAMP = "Feb 29 2024 12:01:10 fw-1 : %"
TEARDOWN = (
    "ASA-6-302014: Teardown TCP connection 10 for outside:198.51.100.9/{} to inside:192.0.2.10/{}"
    " duration 0:01:10 bytes 4096 TCP FINs"
)
DENIED = (
    "ASA-4-106023: Deny tcp src outside:198.51.100.9/53 dst inside:192.0.2.10/41000"
    ' by access-group "in" [0x0, 0x0]'
)
BOTH_WAYS = (
    "FTD-1-430003: AccessControlRuleAction: Allow, SrcIP: 198.51.100.9, DstIP: 192.0.2.10, SrcPort:"
    " 20, DstPort: 41000, Protocol: tcp, InitiatorBytes: 1200, ResponderBytes: 5000"
)


def read(text: str, settings: ParseSettings | None = None) -> tuple[int, int, int]:
    """Return the source (IPv4) and both ports of a message."""
    line = (STAMP + text).encode()
    parser = Parser(settings or ParseSettings())
    parsed = parser.parse(line, np.array([0, len(line)]), np.zeros(1, np.int64), np.zeros(1))
    code = parsed.batch.code[0]
    return (
        int(parsed.batch.address[0, SRC_LO]) & 0xFFFFFFFF,
        int(code[SRC_PORT]),
        int(code[DST_PORT]),
    )


@pytest.mark.parametrize(
    ("outside", "inside"), [(443, 51_234), (53, 1_500), (8_443, 40_000), (443, 1_024)]
)
def test_a_port_that_serves_was_addressed(outside: int, inside: int) -> None:
    assert read(TEARDOWN.format(outside, inside)) == (INSIDE, inside, outside)


@pytest.mark.parametrize(
    ("outside", "inside"), [(51_234, 443), (1_500, 53), (41_000, 51_000), (53, 53), (22, 443)]
)
def test_where_ports_do_not_say_it_stays_as_logged(outside: int, inside: int) -> None:
    assert read(TEARDOWN.format(outside, inside)) == (OUTSIDE, outside, inside)


@pytest.mark.parametrize(("text", "port"), [(DENIED, 53), (BOTH_WAYS, 20)])
def test_messages_that_say_who_opened_it_are_believed(text: str, port: int) -> None:
    assert read(text) == (OUTSIDE, port, 41_000)


def test_events_are_shown_as_logged_where_that_is_asked_for() -> None:
    logged = ParseSettings(as_logged=True)
    assert read(TEARDOWN.format(443, 51_234), logged) == (OUTSIDE, 443, 51_234)
