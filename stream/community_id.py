"""Community ID version 1, the same text for a flow in every tool (corelight/community-id-spec)."""

import base64
import hashlib
import ipaddress

TCP, UDP, SCTP = 6, 17, 132
WITH_PORTS = frozenset({TCP, UDP, SCTP})
WITHOUT_PORTS = frozenset({2, 4, 41, 46, 47, 50, 51, 88, 89, 103, 112})  # no ICMP: see below


def community_id(
    transport: int, source: tuple[str, int], destination: tuple[str, int]
) -> str | None:
    """Return the id of a flow between two (address, port), None where it cannot be told.

    ICMP is hashed over type and code, which the normal form does not keep apart from ports: none.
    """
    if transport not in WITH_PORTS | WITHOUT_PORTS:
        return None
    try:
        ends = [
            (ipaddress.ip_address(address).packed, port) for address, port in (source, destination)
        ]
    except ValueError:  # not addresses: there is no such id
        return None
    has_ports = transport in WITH_PORTS
    if len(ends[0][0]) != len(ends[1][0]):
        return None
    if has_ports and not all(0 <= port <= 0xFFFF for _, port in ends):
        return None
    ends.sort(key=lambda end: end if has_ports else end[:1])
    (low, low_port), (high, high_port) = ends
    content = (0).to_bytes(2, "big") + low + high + bytes([transport, 0])
    if has_ports:
        content += low_port.to_bytes(2, "big") + high_port.to_bytes(2, "big")
    digest = hashlib.sha1(content, usedforsecurity=False).digest()
    return f"1:{base64.b64encode(digest).decode()}"
