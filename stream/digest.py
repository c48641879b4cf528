"""The day's strongest incidents, over or under the floor, for hunters (rules 18 and 21)."""

from collections import Counter
from dataclasses import astuple, dataclass, replace
from datetime import UTC, datetime

from .decisions import DAY_S, DayDigest, DigestEntry, Key, State

TOP = 10
MAX_ENTRIES = 200  # entities a day that are kept to choose the ten from
KEPT_ENTRIES = 150  # where there are more, the strongest of them
MAX_SENTENCE = 300

Owner = tuple[str, str]  # side, entity


def day_of(stream_time: float) -> int:
    """Return the number of the UTC day since the epoch."""
    return int(stream_time // DAY_S)


Rank = tuple[bool, float, Key]


def rank_of(entry: DigestEntry, key: Key) -> Rank:
    """Strongest first; what came while warming up after all else.

    On its first day an internal host is compared with a simulated past alone. Its E means little,
    and a host that the whole internet scans must not take the places of those that scan it.
    """
    return (bool(entry.warming_up), entry.rank, key)


@dataclass(slots=True)
class _Kept:
    """An entry and its place in the order, for ties of E."""

    entry: DigestEntry
    key: Key

    @property
    def rank(self) -> Rank:
        """Strongest first."""
        return rank_of(self.entry, self.key)


class DayBook:
    """What the digest of one day will say. Of more than ``MAX_ENTRIES`` the weakest go."""

    def __init__(self, namespace: str) -> None:
        self._namespace = namespace
        self._day: int | None = None
        self._kept: dict[Owner, _Kept] = {}
        self._counts: Counter[str] = Counter()

    def turn(self, at: float, number: int) -> DayDigest | None:
        """Go on to the day of plane time ``at``; return the digest of the day that ended, if so."""
        ended = self._day is not None and day_of(at) > self._day
        digest = self._digest(number, None) if ended else None
        if ended or self._day is None:
            self._day = day_of(at)
            self._kept.clear()
            self._counts.clear()
        return digest

    def unfinished(self, at: float, number: int) -> DayDigest | None:
        """Return the digest of the day so far, None if nothing was ever judged."""
        return None if self._day is None else self._digest(number, at)

    def tally(self, what: str, count: int) -> None:
        """Count something of this day."""
        self._counts[what] += count

    def note(self, owner: Owner, entry: DigestEntry, key: Key) -> None:
        """Take up a candidate of ``owner``, written as an entry of its own counts."""
        entry = replace(entry, sentence=entry.sentence[:MAX_SENTENCE])
        kept = self._kept.get(owner)
        if kept is None:
            self._kept[owner] = _Kept(entry, key)
            self._make_room()
            return
        old = kept.entry
        head, kept_key = (entry, key) if rank_of(entry, key) < kept.rank else (old, kept.key)
        together = replace(
            head,
            alert=entry.alert or old.alert,
            candidates=old.candidates + entry.candidates,
            alerts=old.alerts + entry.alerts,
            first=min(old.first, entry.first),
            last=max(old.last, entry.last),
        )
        self._kept[owner] = _Kept(together, kept_key)

    def fold(self, owner: Owner, entry: DigestEntry) -> bool:
        """Only count a candidate in the entry of another owner; False where there is none."""
        kept = self._kept.get(owner)
        if kept is None:
            return False
        old = kept.entry
        kept.entry = replace(
            old,
            alert=entry.alert or old.alert,
            candidates=old.candidates + entry.candidates,
            alerts=old.alerts + entry.alerts,
            last=max(old.last, entry.last),
        )
        return True

    def _make_room(self) -> None:
        """Over the limit, keep the strongest: seldom enough that it costs little a candidate."""
        if len(self._kept) <= MAX_ENTRIES:
            return
        ranked = sorted(self._kept, key=lambda owner: self._kept[owner].rank)
        for owner in ranked[KEPT_ENTRIES:]:
            del self._kept[owner]
        self._counts["entities_left_out"] += len(ranked) - KEPT_ENTRIES

    def _digest(self, number: int, until: float | None) -> DayDigest:
        start = (self._day or 0) * DAY_S
        ranked = sorted(self._kept.values(), key=lambda kept: kept.rank)
        return DayDigest(
            number=number,
            namespace=self._namespace,
            day=datetime.fromtimestamp(start, UTC).strftime("%Y-%m-%d"),
            start=start,
            end=start + DAY_S if until is None else until,
            partial=until is not None,
            entries=tuple(kept.entry for kept in ranked[:TOP]),
            counts=dict(sorted(self._counts.items())),
        )

    def state(self) -> State:
        """Return the day so far."""
        return {
            "day": self._day,
            "kept": [
                [list(owner), list(astuple(kept.entry)), list(kept.key)]
                for owner, kept in self._kept.items()
            ],
            "counts": dict(self._counts),
        }

    def restore(self, state: State) -> None:
        """Take up a state that ``state`` returned."""
        self._day = state["day"]
        self._kept = {
            (owner[0], owner[1]): _Kept(DigestEntry(*entry), tuple(key))
            for owner, entry, key in state["kept"]
        }
        self._counts = Counter(state["counts"])
