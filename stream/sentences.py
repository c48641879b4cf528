"""One plain sentence of what an entity did, and what is usual, true to the candidate's numbers."""

from dataclasses import dataclass
from math import isfinite

from .candidates import Candidate
from .facts import Facts, sole_peer
from .strength import chance, rounded

SLOW = 2.0  # damped counts this many times the window's tell the story, not the window


@dataclass(frozen=True, slots=True)
class Quantity:
    """Something that is counted, in the window and damped, and how to say it of both sides.

    ``verbs`` are source now, source usually, destination now, destination usually; of the usual
    ones the form for one entity, then for many.
    """

    attribute: str  # of Window
    window_feature: str
    damped_feature: str
    noun: tuple[str, str]
    source: tuple[str, str, str]
    destination: tuple[str, str, str]


HOSTS = Quantity(
    "peers",
    "peers_window",
    "peers_4h",
    ("host", "hosts"),
    ("contacted", "contacts", "contact"),
    ("was contacted by", "is contacted by", "are contacted by"),
)
NOVEL = Quantity(
    "novel_peers",
    "novel_peers_4h",
    "novel_peers_4h",
    ("host not seen with it before", "hosts not seen with it before"),
    ("contacted", "contacts", "contact"),
    ("was contacted by", "is contacted by", "are contacted by"),
)
PORTS = Quantity(
    "ports",
    "ports_window",
    "ports_4h",
    ("port", "ports"),
    ("tried", "uses", "use"),
    ("was contacted on", "is contacted on", "are contacted on"),
)
FAILED = Quantity(
    "failed",
    "failed_1m",
    "failed_4h",
    ("failed connection", "failed connections"),
    ("made", "makes", "make"),
    ("received", "receives", "receive"),
)
EVENTS = Quantity(
    "events",
    "events_window",
    "events_4h",
    ("connection", "connections"),
    ("made", "makes", "make"),
    ("received", "receives", "receive"),
)

_OF_CLASS = {
    "port_scan": PORTS,
    "host_sweep": HOSTS,
    "brute_force": EVENTS,
    "flood": EVENTS,
    "beaconing": EVENTS,
}
_OF_FEATURE = (
    ("novel_ports", PORTS),
    ("novel_failed", FAILED),
    ("novel_", NOVEL),
    ("failed", FAILED),
    ("ports", PORTS),
    ("peers", HOSTS),
    ("surge_peers", HOSTS),
    ("events", EVENTS),
    ("surge_events", EVENTS),
)


def sentence(candidate: Candidate, class_name: str) -> str:
    """Say what the entity did, and what would have been usual, where that is known and less."""
    facts = Facts(candidate)
    if class_name == "exfiltration":
        return _bytes(facts, "bytes_out_15m")
    if class_name == "new_service":
        return _new_service(facts)
    quantity = _OF_CLASS.get(class_name)
    if quantity is not None:
        return _counted(facts, quantity) + (", evenly spaced" if class_name == "beaconing" else "")
    return _unusual(facts)


def reason(candidate: Candidate, said: str, expected: float, resolution: float) -> str:
    """Return the sentence with how often chance alone would show as much."""
    kind = "destination" if Facts(candidate).side == "destination" else "source"
    often = chance(expected, resolution)
    return f"{said}; a {kind} this strange is expected {often} by chance"


def _unusual(facts: Facts) -> str:
    """Follow the strongest reasons to the first that can be said."""
    for reading in facts.candidate.readings:
        if reading.contribution <= 0.0:
            break
        name = reading.feature
        if name.startswith(("bytes_out", "bytes_in")) and isfinite(facts.value(name)):
            return _bytes(facts, name)
        if name == "port_rarity" and facts.port >= 0:
            return _rare_port(facts)
        for prefix, quantity in _OF_FEATURE:
            if name.startswith(prefix) and _stands_out(facts, quantity):
                return _counted(facts, quantity)
    return _counted(facts, EVENTS)


def _stands_out(facts: Facts, quantity: Quantity) -> bool:
    """Whether it reads as more than usual once it is rounded."""
    count, is_slow = _count(facts, quantity)
    usual = _usual(facts, quantity, is_slow=is_slow)
    return round(count) > (round(usual) if isfinite(usual) else 0)


def _counted(facts: Facts, quantity: Quantity) -> str:
    count, is_slow = _count(facts, quantity)
    verb = (quantity.source if facts.side == "source" else quantity.destination)[0]
    said = _several(count, quantity.noun, is_about=is_slow)
    where = _where(facts, quantity, is_slow=is_slow)
    when = "in the last hours" if is_slow else "in 60 s"
    return f"{facts.candidate.entity} {verb} {said}{where} {when}" + _usually(
        facts, quantity, count, is_slow=is_slow
    )


def _count(facts: Facts, quantity: Quantity) -> tuple[float, bool]:
    """Return the count, and whether it is the damped one of the last hours."""
    exact = float(getattr(facts.window, quantity.attribute))
    damped = facts.value(quantity.damped_feature)
    return (damped, True) if damped >= SLOW * max(exact, 0.5) else (exact, False)


def _several(count: float, noun: tuple[str, str], *, is_about: bool) -> str:
    if is_about:
        return f"{'about ' if round(count) > 1 else ''}{rounded(count)} " + noun[round(count) != 1]
    return f"{int(count):,} {noun[int(count) != 1]}"


def _where(facts: Facts, quantity: Quantity, *, is_slow: bool) -> str:
    by_port = _on_port(facts, is_slow=is_slow)
    if quantity in (HOSTS, NOVEL):
        return by_port
    peers = _peers(facts, is_slow=is_slow)
    if quantity is PORTS:
        return f" {'on' if facts.side == 'source' else 'by'} {peers}" if peers else ""
    link = "to" if facts.side == "source" else "from"
    return (f" {link} {peers}" if peers else "") + by_port


def _peers(facts: Facts, *, is_slow: bool) -> str:
    peers = facts.value("peers_4h") if is_slow else float(facts.window.peers)
    alone = sole_peer(facts.candidate)
    if alone and (not is_slow or peers <= 1.1):
        return alone
    return _several(peers, HOSTS.noun, is_about=is_slow) if peers >= 1.5 else ""


def _on_port(facts: Facts, *, is_slow: bool) -> str:
    ports = facts.value("ports_4h") if is_slow else float(facts.window.ports)
    if facts.port >= 0 and ports <= 1.1:
        return f" on port {facts.port}"
    if facts.port >= 0 and not is_slow:
        return f" mostly on port {facts.port}"
    return f" on {_several(ports, PORTS.noun, is_about=is_slow)}" if ports >= 1.5 else ""


def _usually(facts: Facts, quantity: Quantity, count: float, *, is_slow: bool) -> str:
    usual = _usual(facts, quantity, is_slow=is_slow)
    if not isfinite(usual) or round(usual) >= round(count):
        return ""
    verbs = quantity.source if facts.side == "source" else quantity.destination
    number = rounded(usual) if round(usual) else "none"
    feature = quantity.damped_feature if is_slow else quantity.window_feature
    return f"; {_who(facts, feature, verbs[1:])} {number}"


def _usual(facts: Facts, quantity: Quantity, *, is_slow: bool) -> float:
    return facts.typical(quantity.damped_feature if is_slow else quantity.window_feature)


def _who(facts: Facts, feature: str, verbs: tuple[str, ...]) -> str:
    """Return whose habit it is, with its verb: ``it usually contacts``."""
    if facts.usual_of(feature) == "entity":
        subject, verb = "it", verbs[0]
    else:
        subject, verb = f"{facts.side}s like it", verbs[1]
    for be in ("is ", "are "):
        if verb.startswith(be):
            return f"{subject} {be}usually {verb.removeprefix(be)}"
    return f"{subject} usually {verb}"


def _bytes(facts: Facts, feature: str) -> str:
    """Bytes out go to the destination, whoever is looked at; horizons are those of the damping."""
    is_sender = (facts.side == "source") == feature.startswith("bytes_out")
    amount = facts.value(feature)
    is_recent = feature.endswith("15m")
    when = "within the last hour" if is_recent else "in the last days"
    # who it was is known for the last hours only
    peer = sole_peer(facts.candidate) if is_recent and facts.value("peers_4h") <= 1.1 else ""
    link = f" {'to' if is_sender else 'from'} {peer}" if peer else ""
    verb = "sent" if is_sender else "received"
    said = f"{facts.candidate.entity} {verb} about {size(amount)}{link} {when}"
    usual = facts.typical(feature)
    if not isfinite(usual) or usual >= amount:
        return said
    verbs = ("sends", "send") if is_sender else ("receives", "receive")
    return f"{said}; {_who(facts, feature, verbs)} {size(usual)}"


def _rare_port(facts: Facts) -> str:
    verb = "made connections to" if facts.side == "source" else "received connections from"
    peers = _peers(facts, is_slow=False) or "others"
    return f"{facts.candidate.entity} {verb} {peers} on port {facts.port}, which is rare here"


def _new_service(facts: Facts) -> str:
    peers = _peers(facts, is_slow=False)
    by = f" by {peers}" if peers else ""
    if facts.port < 0:
        return f"{facts.candidate.entity} was contacted{by} on a port not seen with it before"
    return (
        f"{facts.candidate.entity} was contacted{by} on port {facts.port}, not seen with it before"
    )


def size(amount: float) -> str:
    """Write bytes for people: ``1.2 GB``."""
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 999.5:
            return (
                f"{amount:.0f} {unit}" if amount >= 9.95 or unit == "B" else f"{amount:.1f} {unit}"
            )
        amount /= 1_000.0
    return f"{amount:,.1f} TB"
