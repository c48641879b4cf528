"""Events to rows as the rules say it, in dictionaries: the oracle of ``stream/observe.py``."""

import math
from collections import OrderedDict, defaultdict
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field

from plain_events import PlainEvent

MINUTE_S = 60
HALF_LIFE = {"1m": 60.0, "15m": 900.0, "4h": 14_400.0, "24h": 86_400.0}
DAY_S = 86_400.0
YEAR_10000 = 253_402_300_800.0
LOGONS = {21, 22, 23, 110, 143, 1433, 3306, 3389, 5432, 5900}
ADMIN = {22, 23, 135, 139, 445, 3389, 5900, 5985, 5986}
EXTERNAL_SOURCE, INTERNAL_SOURCE, INTERNAL_DESTINATION = range(3)


def left(age: float, half_life: float) -> float:
    """What is left of 1 after ``age``."""
    return math.pow(2.0, -min(age / half_life, 1_000.0))


class NaiveTable:
    """Keys in the order of use, which is kept in turns."""

    def __init__(self, capacity: int, new_a_turn: int) -> None:
        self.capacity = capacity
        self.new_a_turn = new_a_turn
        self.last: OrderedDict[Hashable, float] = OrderedDict()
        self.seen_in_turn: set[Hashable] = set()
        self.seen_in_round: set[Hashable] = set()
        self.new = 0
        self.evicted: list[Hashable] = []

    def begin_round(self) -> None:
        self.seen_in_turn.clear()
        self.seen_in_round.clear()
        self.new = 0

    def touch(self, key: Hashable, now: float) -> tuple[float, bool]:
        """Return the time since the key was last seen, and whether it is new in the round."""
        first = key not in self.seen_in_round
        age = math.inf
        if key in self.last:
            age = now - self.last[key]
        else:
            self.new += 1
            if self.new > self.new_a_turn:
                self.seen_in_turn.clear()
                self.new = 0
            if len(self.last) == self.capacity:
                oldest, _ = self.last.popitem(last=False)
                self.evicted.append(oldest)
                self.seen_in_turn.discard(oldest)
                self.seen_in_round.discard(oldest)
        self.last[key] = now
        if key not in self.seen_in_turn:
            self.last.move_to_end(key)
        self.seen_in_turn.add(key)
        self.seen_in_round.add(key)
        return age, first


@dataclass
class NaiveWindow:
    entity: tuple[int, int]  # population, address
    events: int = 0
    failed: int = 0
    peers: int = 0
    internal_peers: int = 0
    novel_peers: int = 0
    ports: int = 0
    bytes_out: float = 0.0
    bytes_in: float = 0.0
    last_mark: int = 0
    all_events: list[int] = field(default_factory=list)


@dataclass
class NaiveEntity:
    last: float
    usual_at: float
    sums: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    usual: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    day: int = 0
    rows_today: int = 0
    has_rows: bool = False

    def fade(self, now: float) -> None:
        for name in self.sums:
            self.sums[name] *= left(now - self.last, HALF_LIFE[name.rpartition("_")[2]])
        self.last = now


@dataclass(frozen=True)
class Meeting:
    """What an event is to one of its sides."""

    pair_age: float
    port_age: float
    gap: float
    rarity: float
    is_first: bool  # time in the round that the two meet
    is_peer_inside: bool


@dataclass(frozen=True)
class NaiveRow:
    t: float
    population: int
    address: int
    window: int
    weight: float
    is_fresh: bool
    counts: tuple[int, ...]  # events, failed, peers, internal peers, novel peers, ports
    sums: tuple[float, float]  # bytes out and in
    evidence: tuple[int, ...]  # offsets of events 1, 2, 4 ... 256 of the window, then of the last
    usual: tuple[float, ...]  # windows, events, peers, ports, failed
    features: dict[str, float]


Output = NaiveRow | int  # a pulse is its boundary in units of 10 s


class NaiveLane:
    """One lane from its first stream time on."""

    def __init__(self, max_entities: int, start: float) -> None:
        self.now = start
        self.minute = math.floor(start / MINUTE_S)
        self.pulse = math.floor(start / 10)
        self.run: list[float] = []
        self.late = self.ahead = self.early = 0
        self.most_windows = min(max(64, max_entities // 16), max_entities)
        self.entity_table = NaiveTable(max_entities, max(max_entities // 16, 1_024))
        self.pair_table = NaiveTable(2 * max_entities, max(max_entities // 8, 1_024))
        self.service_table = NaiveTable(2 * max_entities, max(max_entities // 8, 1_024))
        self.entities: dict[tuple[int, int], NaiveEntity] = {}
        self.pair_events: dict[tuple[int, int], float] = {}
        self.open: dict[tuple[int, int], NaiveWindow] = {}
        self.port_times: list[tuple[float, int]] = []

    def observe(self, offset: int, event: PlainEvent) -> Iterator[Output]:
        if self.most_windows - len(self.open) < 2:
            self.early += 1
            yield from self._close(self.now)
        self._move(event)
        yield from self._pass_time()
        if event.phase != 1:
            yield from self._count(offset, event)

    def advance(self, t: float) -> Iterator[Output]:
        self.now = max(self.now, t)
        yield from self._pass_time()

    def _move(self, event: PlainEvent) -> None:
        end = event.ts + (event.duration if event.duration > 0 else 0.0)
        if end <= self.now + 3600:
            self.run = []
            if end < self.now - 60:
                self.late += 1
            self.now = max(self.now, end)
            return
        self.ahead += 1
        self.run = [*self.run, end][-3:] if end < YEAR_10000 else []
        if len(self.run) == 3 and max(self.run) <= min(self.run) + 3600:
            self.now = max(self.run)
            self.run = []

    def _pass_time(self) -> Iterator[Output]:
        minute = math.floor(self.now / MINUTE_S)
        if minute > self.minute:
            yield from self._close(float((self.minute + 1) * MINUTE_S))
            self.minute = minute
        pulse = math.floor(self.now / 10)
        if pulse > self.pulse:
            self.pulse = pulse
            yield pulse

    def _close(self, t: float) -> Iterator[Output]:
        for key, window in self.open.items():
            if window.last_mark != window.events:
                yield self._row(window, t)
            entity = self.entities[key]
            for name in entity.usual:
                entity.usual[name] *= left(t - entity.usual_at, DAY_S)
            entity.usual_at = t
            entity.usual["windows"] += 1
            for name in ("events", "peers", "ports", "failed"):
                entity.usual[name] += getattr(window, name)
        self.open = {}
        for table in (self.entity_table, self.pair_table, self.service_table):
            table.begin_round()

    def _count(self, offset: int, event: PlainEvent) -> Iterator[Output]:
        pair = (event.source, event.destination)
        pair_age, is_first = self.pair_table.touch(pair, self.now)
        events = self.pair_events.get(pair, 0.0) if pair_age < math.inf else 0.0
        self.pair_events[pair] = events * left(min(pair_age, 1e9), 900.0) + 1.0
        rarity = self._rarity(event.port)
        sides = [(INTERNAL_SOURCE if event.source_inside == 1 else EXTERNAL_SOURCE, event.source)]
        peer_inside = [event.destination_inside == 1, event.source_inside == 1]
        if event.destination_inside == 1:
            sides.append((INTERNAL_DESTINATION, event.destination))
        for key, inside in zip(sides, peer_inside, strict=False):
            window, gap = self._enter(key)
            window.all_events.append(offset)
            port_age = 0.0
            if event.port >= 0:
                port_age, first_port = self.service_table.touch((*key, event.port), self.now)
                window.ports += first_port
            met = Meeting(pair_age, port_age, gap, rarity, is_first, inside)
            add_to_window(window, event, met)
            self._add_to_sums(key, event, met)
        for key in sides:
            window = self.open[key]
            if window.events in {4**k for k in range(1, 20)}:
                yield self._row(window, self.now)

    def _enter(self, key: tuple[int, int]) -> tuple[NaiveWindow, float]:
        age, is_first = self.entity_table.touch(key, self.now)
        for forgotten in self.entity_table.evicted:
            assert isinstance(forgotten, tuple)
            assert forgotten not in self.open, "an entity with an open window was forgotten"
            self.entities.pop(forgotten, None)
        self.entity_table.evicted.clear()
        if age == math.inf:
            self.entities[key] = NaiveEntity(self.now, self.now)
        if is_first:
            self.open[key] = NaiveWindow(key)
        gap = self.now - self.entities[key].last
        self.entities[key].fade(self.now)
        return self.open[key], gap

    def _rarity(self, port: int) -> float:
        if port < 0:
            return 0.0
        weights = [(left(self.now - t, DAY_S), other) for t, other in self.port_times]
        of_port = sum(weight for weight, other in weights if other == port)
        of_all = sum(weight for weight, _ in weights)
        self.port_times.append((self.now, port))
        return min(max(-math.log10((of_port + 1.0) / (of_all + 10.0)), 0.0), 4.0)

    def _add_to_sums(self, key: tuple[int, int], event: PlainEvent, met: "Meeting") -> None:
        sums = self.entities[key].sums
        failed = is_failed(event)
        size = math.log10(1.0 + known(event.bytes_out) + known(event.bytes_in))
        is_novel = met.pair_age == math.inf
        for half_life, seconds in HALF_LIFE.items():
            sums[f"events_{half_life}"] += 1
            sums[f"failed_{half_life}"] += failed
            sums[f"peers_{half_life}"] += 1.0 - left(met.pair_age, seconds)
            sums[f"ports_{half_life}"] += 1.0 - left(met.port_age, seconds)
            sums[f"out_{half_life}"] += known(event.bytes_out)
            sums[f"in_{half_life}"] += known(event.bytes_in)
        sums["rarity_4h"] += met.rarity
        sums["novel_4h"] += is_novel
        sums["novelfailed_4h"] += is_novel and failed
        sums["novelinternal_4h"] += is_novel and met.is_peer_inside
        sums["noveladmin_4h"] += is_novel and met.is_peer_inside and event.port in ADMIN
        sums["novelports_4h"] += met.port_age == math.inf
        sums["logons_15m"] += event.port in LOGONS
        pair = (event.source, event.destination)
        sums["pair_15m"] = max(sums["pair_15m"], self.pair_events[pair])
        sums["size_4h"] += size
        sums["sizesquared_4h"] += size * size
        sums["gap_4h"] += met.gap
        sums["gapsquared_4h"] += met.gap * met.gap

    def _row(self, window: NaiveWindow, t: float) -> NaiveRow:
        window.last_mark = window.events
        entity = self.entities[window.entity]
        if entity.day != math.floor(t / DAY_S):
            entity.day = math.floor(t / DAY_S)
            entity.rows_today = 0
        entity.rows_today += 1
        is_fresh = not entity.has_rows
        entity.has_rows = True
        kept = [n for n in (1, 2, 4, 8, 16, 32, 64, 128, 256) if n <= window.events]
        return NaiveRow(
            t=t,
            population=window.entity[0],
            address=window.entity[1],
            window=self.minute,
            weight=1.0 if entity.rows_today in {3, *(2**k for k in range(40))} else 0.0,
            is_fresh=is_fresh,
            counts=(
                window.events,
                window.failed,
                window.peers,
                window.internal_peers,
                window.novel_peers,
                window.ports,
            ),
            sums=(window.bytes_out, window.bytes_in),
            evidence=tuple(window.all_events[n - 1] for n in [*kept, window.events]),
            usual=tuple(
                entity.usual[name] for name in ("windows", "events", "peers", "ports", "failed")
            ),
            features=self._features(window, entity, t),
        )

    @staticmethod
    def _features(window: NaiveWindow, entity: NaiveEntity, t: float) -> dict[str, float]:
        age = t - entity.last
        now = {
            name: value * left(age, HALF_LIFE[name.rpartition("_")[2]])
            for name, value in entity.sums.items()
        }
        sums = entity.sums
        events = sums["events_4h"]
        gap = sums["gap_4h"] / events
        uneven = spread(sums["gap_4h"], sums["gapsquared_4h"], events)
        usual_windows = entity.usual["windows"] + 1.0
        angle = 2.0 * math.pi * (t % DAY_S) / DAY_S
        return {
            "events_window": window.events,
            "peers_window": window.peers,
            "ports_window": window.ports,
            "events_1m": now["events_1m"],
            "events_15m": now["events_15m"],
            "events_4h": now["events_4h"],
            "events_24h": now["events_24h"],
            "peers_15m": now["peers_15m"],
            "peers_4h": now["peers_4h"],
            "ports_15m": now["ports_15m"],
            "ports_4h": now["ports_4h"],
            "failed_1m": now["failed_1m"],
            "failed_15m": now["failed_15m"],
            "failed_4h": now["failed_4h"],
            "failed_share": now["failed_4h"] / (now["events_4h"] + 1.0),
            "port_rarity": sums["rarity_4h"] / events,
            "novel_peers_4h": now["novel_4h"],
            "novel_failed_4h": now["novelfailed_4h"],
            "novel_internal_4h": now["novelinternal_4h"],
            "novel_admin_4h": now["noveladmin_4h"],
            "novel_ports_4h": now["novelports_4h"],
            "bytes_out_15m": now["out_15m"],
            "bytes_out_24h": now["out_24h"],
            "bytes_in_15m": now["in_15m"],
            "bytes_spread": spread(sums["size_4h"], sums["sizesquared_4h"], events),
            "interarrival_spread": uneven / gap if gap > 0.0 else 0.0,
            "pair_events_15m": now["pair_15m"],
            "logons_15m": now["logons_15m"],
            "surge_events": window.events * usual_windows / (entity.usual["events"] + 1.0),
            "surge_peers": window.peers * usual_windows / (entity.usual["peers"] + 1.0),
            "hour_sine": math.sin(angle),
            "hour_cosine": math.cos(angle),
        }


def add_to_window(window: NaiveWindow, event: PlainEvent, met: Meeting) -> None:
    """Count an event in its window."""
    window.events += 1
    window.failed += is_failed(event)
    if met.is_first:
        window.peers += 1
        window.internal_peers += met.is_peer_inside
        window.novel_peers += met.pair_age == math.inf
    window.bytes_out += known(event.bytes_out)
    window.bytes_in += known(event.bytes_in)


def is_failed(event: PlainEvent) -> bool:
    """Denied, dropped, reset; attempt, rejected, aborted."""
    return event.action in {2, 3, 4} or event.outcome in {2, 3, 4}


def known(amount: float) -> float:
    """An amount, 0 where it is not known."""
    return amount if amount > 0 else 0.0


def spread(total: float, square: float, weight: float) -> float:
    """Deviation of a weighted sum."""
    return math.sqrt(max(0.0, square / weight - (total / weight) ** 2))
