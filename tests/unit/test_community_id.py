import pytest

from stream.community_id import community_id

ONE, OTHER = ("1.2.3.4", 4_584), ("43.3.132.3", 3_483)


def test_id_of_a_tcp_flow_is_the_published_one() -> None:
    """The example of the documentation of Tenzir's operator of that name."""
    assert community_id(6, ONE, OTHER) == "1:koNcqhFRD5kb254ZrLsdv630jCM="


def test_id_of_the_specifications_capture_is_the_published_one() -> None:
    """First flow of the reference implementation's tcp.pcap."""
    flow = (("128.232.110.120", 34_855), ("66.35.250.204", 80))
    assert community_id(6, *flow) == "1:LQU9qZlK+B5F3KDmev6m5PMibrg="


def test_both_directions_have_one_id() -> None:
    assert community_id(17, ONE, OTHER) == community_id(17, OTHER, ONE)
    assert community_id(47, ONE, OTHER) == community_id(47, OTHER, ONE)


def test_ports_count_only_where_there_are_ports() -> None:
    assert community_id(6, ONE, ("43.3.132.3", 1)) != community_id(6, ONE, OTHER)
    assert community_id(47, ONE, ("43.3.132.3", 1)) == community_id(47, ONE, OTHER)


def test_versions_of_ip_have_different_ids() -> None:
    six = community_id(6, ("2001:db8::1", 1), ("2001:db8::2", 2))
    assert six is not None
    assert six != community_id(6, ("1.2.3.4", 1), ("1.2.3.5", 2))


@pytest.mark.parametrize(
    ("transport", "one", "other"),
    [
        (1, ONE, OTHER),
        (6, ("", 1), OTHER),
        (6, ("1.2.3.4", -1), OTHER),
        (6, ("1.2.3.4", 65_536), OTHER),
        (6, ("2001:db8::1", 1), OTHER),
        (-1, ONE, OTHER),
    ],
)
def test_what_has_no_id_gets_none(
    transport: int, one: tuple[str, int], other: tuple[str, int]
) -> None:
    assert community_id(transport, one, other) is None
