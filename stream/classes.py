"""Names for what a candidate shows, given only where its features say so.

Each rule is a bound on counts, and a multiple of what is usual, so that a host for which it is
ordinary is not named. The window may hold one event while the damped features of the last hours
tell a slow attack: both are looked at (``stream.facts``). The first rule that holds names it.

=============  ====================================================================================
class          rule
=============  ====================================================================================
port_scan      10 or more ports, 3 times the usual, at least half of the events failed
host_sweep     source; 10 or more peers, 3 times the usual, on at most 5 ports; half of the events
               failed, or half of the window's peers are inside and never seen with it before
brute_force    20 or more events, 3 times the usual, with at most 3 peers on at most 2 ports, mainly
               one where people log in; at most half failed: something answered; under 1,000
               events in the window, which nobody's log-in needs
flood          in the window 300 events, or of a source 60 at 10 a second; 10 times the usual; at
               most 3 ports, and for a source at most 3 peers
exfiltration   internal source, towards outside; 50 MB in about 15 minutes, 10 times the usual of
               both 15 minutes and a day (both known), and four times what came back
beaconing      internal source, towards outside; 12 or more events with at most 2 peers and 2 ports,
               their spacing varies by less than 0.1, and usually by more than 0.5 (known)
new_service    internal destination with 10 or more events of the last days; a port first used
               lately is among the three strongest reasons, at most 3 ports, 3 in 10 events failed
unusual        anything else
=============  ====================================================================================
"""

from collections.abc import Callable

from .candidates import Candidate
from .facts import LOGIN_PORTS, Facts

CLASSES: dict[str, str] = {
    "port_scan": "Port scan",
    "host_sweep": "Host sweep",
    "brute_force": "Brute force",
    "flood": "Connection flood",
    "exfiltration": "Data exfiltration",
    "beaconing": "Beaconing",
    "new_service": "New service",
    "unusual": "Unusual network behaviour",
}
"""Each class and its title: the ``message`` of its alerts, the same for all."""

MEANINGS: dict[str, str] = {
    "port_scan": "Many destination ports, and most of the connections fail",
    "host_sweep": "Many hosts on few ports that fail, or that are inside and were not seen before",
    "brute_force": "Many connections to few hosts on one log-in service that answers",
    "flood": "Far more connections in a minute than usual, on few ports",
    "exfiltration": "Far more bytes sent outside than usual, and than what came back",
    "beaconing": "Evenly spaced connections to one outside host",
    "new_service": "A host answers on a port that was not used with it before",
    "unusual": "Strange by the features named, and of no class that we know",
}
"""Each class in one line, the same for all of its alerts."""

MANY_PORTS = 10.0
MANY_PEERS = 10.0
MANY_LOGINS = 20.0
TOO_MANY_LOGINS = 1_000
FLOOD_EVENTS = 300
FLOOD_FAST_EVENTS = 60
FLOOD_PER_S = 10.0
MUCH_BYTES = 50e6
BEACONS = 12.0
KNOWN_EVENTS = 10.0  # of a host seen for the first time every port is new
FEW = 3


def class_of(candidate: Candidate) -> str:
    """Return the class of a candidate: a key of ``CLASSES``."""
    facts = Facts(candidate)
    for name, holds in _RULES:
        if holds(facts):
            return name
    return "unusual"


def _is_port_scan(facts: Facts) -> bool:
    return (
        facts.ports >= MANY_PORTS
        and facts.failed_share >= 0.5
        and facts.is_above_usual("ports", 3.0)
    )


def _is_host_sweep(facts: Facts) -> bool:
    if facts.side != "source" or facts.peers < MANY_PEERS or facts.ports > 5:
        return False
    window = facts.window
    is_inside = window.peers >= MANY_PEERS and (
        min(window.internal_peers, window.novel_peers) * 2 >= window.peers
    )
    return facts.is_above_usual("peers", 3.0) and (facts.failed_share >= 0.5 or is_inside)


def _is_brute_force(facts: Facts) -> bool:
    return (
        facts.events >= MANY_LOGINS
        and facts.window.events < TOO_MANY_LOGINS
        and facts.port in LOGIN_PORTS
        and facts.peers <= FEW
        and facts.ports <= 2
        and facts.failed_share <= 0.5
        and facts.is_above_usual("events", 3.0)
    )


def _is_flood(facts: Facts) -> bool:
    window = facts.window
    elapsed = max(window.last_ts - window.first_ts, 1.0)
    is_source = facts.side == "source"
    is_fast = window.events >= FLOOD_FAST_EVENTS and window.events / elapsed >= FLOOD_PER_S
    return (
        (window.events >= FLOOD_EVENTS or (is_source and is_fast))
        and window.ports <= FEW
        and (window.peers <= FEW or not is_source)
        and not facts.typical("events_window") * 10.0 > window.events
    )


def _is_exfiltration(facts: Facts) -> bool:
    sent = facts.value("bytes_out_15m")
    return (
        _is_outbound(facts)
        and sent >= MUCH_BYTES
        and sent >= 10.0 * facts.typical("bytes_out_15m")
        and facts.value("bytes_out_24h") >= 10.0 * facts.typical("bytes_out_24h")
        and sent >= 4.0 * facts.value("bytes_in_15m")
    )


def _is_beaconing(facts: Facts) -> bool:
    return (
        _is_outbound(facts)
        and facts.value("events_4h") >= BEACONS
        and facts.value("peers_4h") <= 2.0
        and facts.value("ports_4h") <= 2.0
        and facts.value("interarrival_spread") <= 0.1
        and facts.typical("interarrival_spread") >= 0.5
    )


def _is_outbound(facts: Facts) -> bool:
    event = facts.candidate.event
    return facts.is_inside and facts.side == "source" and not event.destination_local


def _is_new_service(facts: Facts) -> bool:
    reasons = [reading.feature for reading in facts.candidate.readings[:3]]
    return (
        facts.is_inside
        and facts.side == "destination"
        and "novel_ports_4h" in reasons
        and facts.value("novel_ports_4h") >= 0.5
        and facts.value("events_24h") >= KNOWN_EVENTS
        and facts.ports <= FEW
        and facts.failed_share <= 0.3
    )


_RULES: tuple[tuple[str, Callable[[Facts], bool]], ...] = (
    ("port_scan", _is_port_scan),
    ("host_sweep", _is_host_sweep),
    ("brute_force", _is_brute_force),
    ("flood", _is_flood),
    ("exfiltration", _is_exfiltration),
    ("beaconing", _is_beaconing),
    ("new_service", _is_new_service),
)
