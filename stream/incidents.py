"""Alerts that belong together: by source, and then by victim."""

from collections import OrderedDict
from dataclasses import astuple, dataclass

from .candidates import Candidate
from .decisions import IncidentView, State
from .facts import Side, side_of, sole_peer
from .ids import incident_id

MAX_INCIDENTS = 1_000
GROWTH = 10.0  # an incident is raised again where E has fallen to this part


@dataclass(slots=True)
class Incident:
    """What is kept of an open incident."""

    id: str
    side: Side
    entity: str
    peer: str  # the only address on the other side when it was opened, or ""
    first: float  # decided_at of the first candidate
    last: float  # plane time of the last that kept it open
    count: int = 0
    alerts: int = 0
    alerted: float = 0.0  # corrected E of the last alert, at least what the data can tell

    def view(self) -> IncidentView:
        """Return what a decision says of it."""
        return IncidentView(self.id, self.entity, self.count, self.alerts, self.first)

    def raised(self, expected: float) -> None:
        """Note an alert of this E."""
        self.alerts += 1
        self.alerted = expected

    def is_repeat(self, expected: float) -> bool:
        """Whether a candidate of this E adds nothing to the alerts there were."""
        return self.alerts > 0 and expected * GROWTH > self.alerted


class Incidents:
    """Open incidents, the one quiet for longest first; at most ``MAX_INCIDENTS``, oldest out.

    A candidate of a source belongs to the open incident of that source; else to that of its only
    victim, where that one was opened for this very source. A candidate of a destination belongs to
    the incident of its only source; else to its own; else to that of the source that was its only
    one before, for what an attack left in its features is judged for hours. So one attack seen from
    both ends is one incident, while several attackers of one host stay apart. Candidates over the
    floor do not keep an incident open that was alerted: faint noise must not silence the next
    attack.
    """

    def __init__(self, quiet_s: float) -> None:
        self._quiet_s = quiet_s
        self._open: OrderedDict[tuple[Side, str], Incident] = OrderedDict()
        self._attackers: OrderedDict[str, str] = OrderedDict()  # the last sole one, by victim
        self.evicted = 0

    def fold(self, candidate: Candidate, at: float, *, is_strong: bool) -> Incident:
        """Return the incident of a candidate judged at plane time ``at``, with it counted.

        ``is_strong`` says that it is under the floor, and not suppressed.
        """
        while self._open and at - next(iter(self._open.values())).last >= self._quiet_s:
            self._open.popitem(last=False)
        incident = self._found(candidate) or self._opened(candidate, at)
        incident.count += 1
        if is_strong or not incident.alerts:
            incident.last = at
            self._open.move_to_end((incident.side, incident.entity))
        return incident

    def _found(self, candidate: Candidate) -> Incident | None:
        own = self._open.get((side_of(candidate), candidate.entity))
        peer = sole_peer(candidate)
        if side_of(candidate) == "destination":
            return self._of_destination(candidate.entity, peer, own)
        victim = self._open.get(("destination", peer))
        if own is None and victim is not None and victim.peer == candidate.entity:
            return victim
        return own

    def _of_destination(self, entity: str, peer: str, own: Incident | None) -> Incident | None:
        attack = self._open.get(("source", peer))
        if attack is not None:
            self._attackers[entity] = peer
            self._attackers.move_to_end(entity)
            if len(self._attackers) > MAX_INCIDENTS:
                self._attackers.popitem(last=False)
            return attack
        if own is None:
            return self._open.get(("source", self._attackers.get(entity, "")))
        return own

    def _opened(self, candidate: Candidate, at: float) -> Incident:
        if len(self._open) >= MAX_INCIDENTS:
            self._open.popitem(last=False)
            self.evicted += 1
        side = side_of(candidate)
        incident = Incident(
            incident_id(candidate.id),
            side,
            candidate.entity,
            sole_peer(candidate),
            candidate.decided_at,
            at,
        )
        self._open[side, candidate.entity] = incident
        return incident

    def state(self) -> State:
        """Return the open incidents in their order."""
        return {
            "open": [list(astuple(incident)) for incident in self._open.values()],
            "attackers": [list(pair) for pair in self._attackers.items()],
            "evicted": self.evicted,
        }

    def restore(self, state: State) -> None:
        """Take up a state that ``state`` returned."""
        incidents = [Incident(*fields) for fields in state["open"]]
        self._open = OrderedDict(((i.side, i.entity), i) for i in incidents)
        self._attackers = OrderedDict((victim, source) for victim, source in state["attackers"])
        self.evicted = state["evicted"]
