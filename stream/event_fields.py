"""ECS fields of a candidate's representative event, and how values are written."""

import ipaddress
from collections.abc import Iterable
from functools import lru_cache
from math import isfinite

from .alerts import Document
from .candidates import Candidate, RepresentativeEvent
from .community_id import community_id
from .facts import Facts

# IANA protocol numbers by their keywords, in lower case as ECS asks
TRANSPORTS = {
    1: "icmp",
    2: "igmp",
    4: "ipv4",
    6: "tcp",
    17: "udp",
    41: "ipv6",
    47: "gre",
    50: "esp",
    51: "ah",
    58: "ipv6-icmp",
    88: "eigrp",
    89: "ospfigp",
    103: "pim",
    112: "vrrp",
    132: "sctp",
}


MAX_RELATED = 20  # of related.ip
LARGEST = 2**63 - 1


def count(value: float, unit: int = 1) -> int | None:
    """Round to a whole number of ``unit``; None for what is unset, or too large for a long."""
    if not isfinite(value) or value < 0:
        return None
    whole = round(value) * unit
    return whole if whole <= LARGEST else None


def addresses(texts: Iterable[str]) -> list[str]:
    """Keep what is an address, each once, in order, at most ``MAX_RELATED``."""
    return [text for text in dict.fromkeys(texts) if version(text)][:MAX_RELATED]


@lru_cache(maxsize=4_096)
def version(text: str) -> int:
    """Return 4 or 6, or 0 for what is no address."""
    try:
        return ipaddress.ip_address(text).version
    except ValueError:  # a name, or unset
        return 0


def event_fields(candidate: Candidate) -> Document:
    """Return source, destination, network, host and observer of the event, by dotted name."""
    event = candidate.event
    asset = _asset(candidate)
    return flow_fields(event) | {
        "network.direction": _direction(event),
        "host.name": asset or event.observer,
        "host.ip": [asset] if version(asset) else None,
        "almenara.event.action": event.action,
        "almenara.event.outcome": event.outcome,
        "almenara.event.rule": event.rule,
    }


def flow_fields(event: RepresentativeEvent) -> Document:
    """Return what an event says of its connection, by dotted name; None or "" where unset."""
    sizes = (count(event.bytes_out), count(event.bytes_in))
    packets = (count(event.packets_out), count(event.packets_in))
    ends = (
        ("source", event.source_ip, event.source_port),
        ("destination", event.destination_ip, event.destination_port),
    )
    fields: Document = {}
    for (side, address, port), size, sent in zip(ends, sizes, packets, strict=True):
        fields |= {
            f"{side}.ip": address if version(address) else None,
            f"{side}.address": address,
            f"{side}.port": count(port),
            f"{side}.bytes": size,
            f"{side}.packets": sent,
        }
    family = version(event.source_ip) or version(event.destination_ip)
    return fields | {
        "network.type": f"ipv{family}" if family else None,
        "network.transport": TRANSPORTS.get(event.transport),
        "network.iana_number": str(event.transport) if event.transport >= 0 else None,
        "network.application": event.app.lower(),
        "network.community_id": community_id(
            event.transport,
            (event.source_ip, event.source_port),
            (event.destination_ip, event.destination_port),
        ),
        "network.bytes": _both(sizes),
        "network.packets": _both(packets),
        "observer.name": event.observer,
        "user.name": event.user,
    }


def _asset(candidate: Candidate) -> str:
    """Return the host of ours that the candidate is about, "" where there is none."""
    event = candidate.event
    if Facts(candidate).is_inside:
        return candidate.entity
    if event.destination_local:
        return event.destination_ip
    return event.source_ip if event.source_local else ""


def _direction(event: RepresentativeEvent) -> str:
    if event.source_local:
        return "internal" if event.destination_local else "outbound"
    return "inbound" if event.destination_local else "external"


def _both(values: tuple[int | None, int | None]) -> int | None:
    out, back = values
    return None if out is None or back is None else out + back
