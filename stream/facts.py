"""What a candidate says of its entity, by name: counts of the window, and damped features."""

from math import isfinite, nan
from typing import Literal

from .candidates import Candidate

Side = Literal["source", "destination"]

LOGIN_PORTS = frozenset(
    {21, 22, 23, 25, 110, 135, 139, 143, 389, 445, 465, 587, 636, 993, 995, 1433, 1521, 2222, 3306}
    | {3389, 5432, 5900, 5901, 5985, 5986, 6379, 8291, 27017}
)
REMOTE_PORTS = frozenset({22, 23, 135, 139, 445, 3389, 5900, 5985, 5986})


def side_of(candidate: Candidate) -> Side:
    """Return which side of its connections the entity stands on."""
    return side_of_population(candidate.population)


def side_of_population(population: str) -> Side:
    """Return which side of its connections a member of a population stands on."""
    return "destination" if population.endswith("destination") else "source"


def sole_peer(candidate: Candidate) -> str:
    """Return the only address on the other side of the window's events, "" if there are several."""
    if candidate.window.peers != 1:
        return ""
    event = candidate.event
    return event.source_ip if side_of(candidate) == "destination" else event.destination_ip


class Facts:
    """Readings by name. What is not known is NaN, and no comparison with it holds.

    Infinite readings are not known either. Damped counts weigh what is older less, so they are at
    most what really happened (of distinct counts, about); in the open window they and the exact
    counts say the same thing twice, and the larger is closer to it.
    """

    def __init__(self, candidate: Candidate) -> None:
        self.candidate = candidate
        self.window = candidate.window
        self._readings = candidate.readings

    @property
    def side(self) -> Side:
        """Which side of its connections the entity stands on."""
        return side_of(self.candidate)

    @property
    def is_inside(self) -> bool:
        """Whether the entity is one of our own hosts."""
        return self.candidate.population.startswith("internal")

    def value(self, feature: str) -> float:
        """Value of a feature of the row."""
        reading = self._readings.of(feature)
        return reading.value if reading is not None and isfinite(reading.value) else nan

    def typical(self, feature: str) -> float:
        """Return what would have been usual."""
        reading = self._readings.of(feature)
        return nan if reading is None else reading.typical

    def usual_of(self, feature: str) -> str:
        """Return whose usual value that is: "entity" or "peers"."""
        reading = self._readings.of(feature)
        return "" if reading is None else reading.typical_of

    def is_above_usual(self, quantity: str, times: float) -> bool:
        """Whether ``peers``, ``ports`` or ``events`` is this many times its usual, at least 1.

        Compared over the horizon the number comes from. True where nothing is known of what is
        usual: then only the absolute bound speaks.
        """
        exact, damped = float(getattr(self.window, quantity)), self.value(f"{quantity}_4h")
        usual = self.typical(f"{quantity}_4h" if damped > exact else f"{quantity}_window")
        return not isfinite(usual) or _larger(exact, damped) >= times * max(usual, 1.0)

    @property
    def peers(self) -> float:
        """Distinct addresses on the other side: of the window, or damped over 4 h if more."""
        return _larger(self.window.peers, self.value("peers_4h"))

    @property
    def ports(self) -> float:
        """Distinct destination ports: of the window, or damped over 4 h if more."""
        return _larger(self.window.ports, self.value("ports_4h"))

    @property
    def events(self) -> float:
        """Events: of the window, or damped over 4 h if more."""
        return _larger(self.window.events, self.value("events_4h"))

    @property
    def failed(self) -> float:
        """Failed or denied events: of the window, or damped over 4 h if more."""
        return _larger(self.window.failed, self.value("failed_4h"))

    @property
    def failed_share(self) -> float:
        """Failed share of the events, over the horizon that has more of them; 0 without events."""
        damped = self.value("events_4h")
        if damped > self.window.events:
            return min(self.value("failed_4h") / damped, 1.0)
        return self.window.failed / self.window.events if self.window.events else 0.0

    @property
    def port(self) -> int:
        """Destination port of most of the window's events, -1 if there is none."""
        return self.window.main_port

    @property
    def leading(self) -> str:
        """The feature that weighs most, "" without readings."""
        return self.candidate.readings[0].feature if self.candidate.readings else ""


def _larger(exact: float, damped: float) -> float:
    return damped if damped > exact else float(exact)
