"""Events to rows: stream time, entity tables, windows, marks. One lane's state and its kernels."""

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .events import (
    ABORTED,
    ACTION,
    ATTEMPT,
    BYTES_IN,
    BYTES_OUT,
    DENIED,
    DST_HI,
    DST_LO,
    DST_LOCAL,
    DST_PORT,
    DURATION,
    OUTCOME,
    PHASE,
    SRC_HI,
    SRC_LO,
    SRC_LOCAL,
    START,
    TS,
    EventBatch,
)
from .features import connection as con
from .features import windows as win
from .features.tables import Table, claim, hash_key
from .populations import TAG_EXTERNAL_SOURCE, TAG_INTERNAL_DESTINATION, TAG_INTERNAL_SOURCE
from .stream_time import (
    CLOSE_AT,
    CLOSING,
    CURSOR,
    MINUTE,
    MOVED,
    N_COUNTERS,
    N_EARLY,
    N_EVENTS,
    N_ROWS,
    N_TIME,
    NOW,
    OPEN,
    PULSE,
    PULSE_S,
    move_time,
)

DAY_S = 86_400
RATE_PORT = math.log(2.0) / 86_400.0
RARITY_DOUBT = 10.0  # events of doubt: nothing is rare in an empty lane
N_PORTS = 65_536

# columns of Rows.note, int64
ROW_TAG, ROW_SLOT, ROW_FRESH, ROW_WINDOW = range(4)
N_ROW_NOTE = 4


class Lane(NamedTuple):
    """All that a lane's rows depend on. Every part is an array, so a snapshot is a copy."""

    time: NDArray[np.float64]
    counter: NDArray[np.int64]
    entity_table: Table
    entities: con.Entities
    pair_table: Table
    pair_last: NDArray[np.float64]
    pair_minute: NDArray[np.int32]
    service_table: Table
    service_last: NDArray[np.float64]
    service_minute: NDArray[np.int32]
    windows: win.Windows
    port_weight: NDArray[np.float64]  # (65536 + 1,) forward-decayed events a port, and their sum
    port_since: NDArray[np.float64]  # (1,) landmark of the forward decay


class Rows(NamedTuple):
    """Rows a kernel has made, with all that explains them. ``n`` of them are filled."""

    x: NDArray[np.float32]  # (capacity, N_FEATURES)
    t: NDArray[np.float64]
    weight: NDArray[np.float64]
    note: NDArray[np.int64]  # (capacity, N_ROW_NOTE)
    usual: NDArray[np.float32]  # (capacity, N_USUAL), as of the row
    windows: win.Windows
    pulse: NDArray[np.int64]  # (capacity, 2): boundary in units of 10 s, rows made before it
    n: NDArray[np.int64]  # rows, pulses


def new_lane(max_entities: int, seed: int) -> Lane:
    """An empty lane whose memory is set by ``max_entities``."""
    lane = Lane(
        np.full(N_TIME, -np.inf),
        np.zeros(N_COUNTERS, np.int64),
        Table.of(max_entities, seed),
        con.Entities.of(max_entities),
        Table.of(2 * max_entities, seed),
        np.zeros(2 * max_entities),
        np.zeros(2 * max_entities, np.int32),
        Table.of(2 * max_entities, seed),
        np.zeros(2 * max_entities),
        np.zeros(2 * max_entities, np.int32),
        win.Windows.of(max(64, max_entities // 16)),
        np.zeros(N_PORTS + 1),
        np.zeros(1),
    )
    lane.counter[PULSE] = -1
    return lane


def new_rows(capacity: int) -> Rows:
    """Room for ``capacity`` rows."""
    return Rows(
        np.zeros((capacity, con.N_FEATURES), np.float32),
        np.zeros(capacity),
        np.zeros(capacity),
        np.zeros((capacity, N_ROW_NOTE), np.int64),
        np.zeros((capacity, con.N_USUAL), np.float32),
        win.Windows.of(capacity),
        np.zeros((capacity, 2), np.int64),
        np.zeros(2, np.int64),
    )


@njit(cache=True, nogil=True, error_model="numpy")
def make_row(lane: Lane, rows: Rows, at: int, t: float) -> None:
    """Append the row of the open window ``at``, as of stream time t."""
    r = rows.n[0]
    rows.n[0] += 1
    lane.counter[N_ROWS] += 1
    count = lane.windows.count[at]
    count[win.LAST_MARK] = count[win.EVENTS]
    slot = count[win.SLOT]
    note = lane.entities.note[slot]
    day = int(t // DAY_S)
    if note[con.DAY] != day:
        note[con.DAY] = day
        note[con.ROWS_TODAY] = 0
    note[con.ROWS_TODAY] += 1
    today = note[con.ROWS_TODAY]
    rows.t[r] = t
    rows.weight[r] = 1.0 if today <= 3 or today & (today - 1) == 0 else 0.0
    rows.note[r, ROW_TAG] = count[win.TAG]
    rows.note[r, ROW_SLOT] = slot
    rows.note[r, ROW_FRESH] = 1 if note[con.ROWS_EVER] == 0 else 0
    rows.note[r, ROW_WINDOW] = lane.counter[MINUTE]
    note[con.ROWS_EVER] = 1
    con.fill_row(rows.x[r], lane.entities, slot, count, t)
    rows.usual[r, :] = lane.entities.usual[slot]
    rows.windows.count[r, :] = count
    rows.windows.real[r, :] = lane.windows.real[at]
    rows.windows.word[r, :] = lane.windows.word[at]


@njit(cache=True, nogil=True, error_model="numpy")
def close_windows(lane: Lane, rows: Rows) -> bool:
    """Close what is open, in order of first touch; False where the rows are full before the end."""
    counter = lane.counter
    t = lane.time[CLOSE_AT]
    while counter[CURSOR] < counter[OPEN]:
        if rows.n[0] == len(rows.t):
            return False
        at = counter[CURSOR]
        count = lane.windows.count[at]
        slot = count[win.SLOT]
        # the slot may have gone to another entity since: what is left of the first is not told
        mine = (
            lane.entity_table.key[slot, 0] == lane.windows.word[at, win.ENTITY_HI]
            and lane.entity_table.key[slot, 1] == lane.windows.word[at, win.ENTITY_LO]
            and lane.entity_table.tag[slot] == count[win.TAG]
            and lane.entities.note[slot, con.WINDOW] == at
        )
        if mine:
            if count[win.LAST_MARK] != count[win.EVENTS]:
                make_row(lane, rows, at, t)
            con.add_usual(lane.entities, slot, count, t)
            lane.entities.note[slot, con.MINUTE] = -1
        counter[CURSOR] += 1
    counter[CURSOR] = 0
    counter[OPEN] = 0
    counter[CLOSING] = 0
    return True


@njit(cache=True, nogil=True, error_model="numpy")
def pass_time(lane: Lane, rows: Rows) -> bool:
    """Close the minute that stream time has left and pulse; False where the rows are full."""
    counter = lane.counter
    now = lane.time[NOW]
    minute = int(now // win.WINDOW_S)
    if minute > counter[MINUTE]:
        lane.time[CLOSE_AT] = float((counter[MINUTE] + 1) * win.WINDOW_S)
        if not close_windows(lane, rows):
            return False
        counter[MINUTE] = minute
    pulse = int(now // PULSE_S)
    if pulse > counter[PULSE]:
        if rows.n[1] == len(rows.pulse):
            return False
        rows.pulse[rows.n[1], 0] = pulse
        rows.pulse[rows.n[1], 1] = rows.n[0]
        rows.n[1] += 1
        counter[PULSE] = pulse
    return True


@njit(cache=True, nogil=True, error_model="numpy")
def port_rarity(lane: Lane, port: int, now: float) -> float:
    """-log10 of the port's share of the lane's events of late, 0 to 4, then count this one."""
    if port < 0 or port >= N_PORTS:
        return 0.0
    weight = lane.port_weight
    age = now - lane.port_since[0]
    if age > 40.0 * DAY_S:  # rebase the forward decay (Cormode et al. 2009) before it overflows
        weight *= math.exp(-age * RATE_PORT)
        lane.port_since[0] = now
        age = 0.0
    unit = math.exp(age * RATE_PORT)
    rarity = math.log10((weight[N_PORTS] + RARITY_DOUBT * unit) / (weight[port] + unit))
    weight[port] += unit
    weight[N_PORTS] += unit
    return min(max(rarity, 0.0), 4.0)


@njit(cache=True, nogil=True, error_model="numpy")
def seen(
    table: Table, last: NDArray[np.float64], hi: int, lo: int, tag: int, now: float
) -> tuple[int, float]:
    """Slot of a pair or service and its age, infinite where it is new."""
    slot = claim(table, hi, lo, tag)
    if slot < 0:
        slot = -1 - slot
        age = math.inf
    else:
        age = now - last[slot]
    last[slot] = now
    return slot, age


@njit(cache=True, nogil=True, error_model="numpy")
def open_of(lane: Lane, hi: int, lo: int, tag: int, now: float) -> int:
    """The open window of the entity, opened if need be."""
    slot = claim(lane.entity_table, hi, lo, tag)
    if slot < 0:
        slot = -1 - slot
        con.reset_entity(lane.entities, slot, now)
    note = lane.entities.note[slot]
    minute = lane.counter[MINUTE]
    if note[con.MINUTE] == minute:
        return int(note[con.WINDOW])
    at = lane.counter[OPEN]
    lane.counter[OPEN] += 1
    note[con.MINUTE] = minute
    note[con.WINDOW] = at
    win.open_window(lane.windows, at, slot, tag, hi, lo)
    return int(at)


@njit(cache=True, nogil=True, error_model="numpy")
def count_event(
    lane: Lane, batch: EventBatch, i: int, at: int, first_peer: bool, gain: con.Gain
) -> None:
    """Add event i to the window ``at`` and to its entity."""
    windows = lane.windows
    count = windows.count[at]
    count[win.EVENTS] += 1
    count[win.FAILED] += int(gain.failed)
    if first_peer:
        count[win.PEERS] += 1
        count[win.INTERNAL_PEERS] += int(gain.peer_internal)
        count[win.NOVEL_PEERS] += int(gain.novel_peer)
    windows.real[at, win.SUM_OUT] += gain.bytes_out
    windows.real[at, win.SUM_IN] += gain.bytes_in
    tag = count[win.TAG]
    peer = SRC_HI if tag == TAG_INTERNAL_DESTINATION else DST_HI
    win.witness(windows, at, batch, i, peer)
    port = batch.code[i, DST_PORT]
    now = lane.time[NOW]
    if port >= 0:
        hi = windows.word[at, win.ENTITY_HI]
        lo = windows.word[at, win.ENTITY_LO]
        slot, age = seen(lane.service_table, lane.service_last, hi, lo, tag * N_PORTS + port, now)
        if lane.service_minute[slot] != lane.counter[MINUTE] or age == math.inf:
            lane.service_minute[slot] = lane.counter[MINUTE]
            count[win.PORTS] += 1
        gain = con.Gain(
            gain.failed,
            gain.peers_15m,
            gain.peers_4h,
            1.0 - math.exp(-age * con.RATE_15M),
            1.0 - math.exp(-age * con.RATE_4H),
            gain.rarity,
            gain.novel_peer,
            1.0 if age == math.inf else 0.0,
            gain.peer_internal,
            gain.bytes_out,
            gain.bytes_in,
        )
    con.add_event(lane.entities, count[win.SLOT], now, gain)


@njit(cache=True, nogil=True, error_model="numpy")
def take_event(lane: Lane, batch: EventBatch, i: int, rows: Rows) -> None:
    """Count event i for its source, its destination and its pair; then let marks fire."""
    now = lane.time[NOW]
    code = batch.code[i]
    address = batch.address[i]
    outcome = code[OUTCOME]
    failed = code[ACTION] >= DENIED or (outcome >= ATTEMPT and outcome <= ABORTED)
    source_inside = code[SRC_LOCAL] == 1
    destination_inside = code[DST_LOCAL] == 1
    out = batch.real[i, BYTES_OUT]
    back = batch.real[i, BYTES_IN]
    seed = lane.pair_table.meta[4]
    h_source = hash_key(address[SRC_HI], address[SRC_LO], 1, seed)
    h_destination = hash_key(address[DST_HI], address[DST_LO], 2, seed)
    pair, age = seen(
        lane.pair_table,
        lane.pair_last,
        address[SRC_LO] ^ (np.uint64(h_destination) << np.uint64(32)),
        address[DST_LO] ^ (np.uint64(h_source) << np.uint64(32)),
        0,
        now,
    )
    minute = lane.counter[MINUTE]
    first_peer = age == math.inf or lane.pair_minute[pair] != minute
    lane.pair_minute[pair] = minute
    gain = con.Gain(
        1.0 if failed else 0.0,
        1.0 - math.exp(-age * con.RATE_15M),
        1.0 - math.exp(-age * con.RATE_4H),
        0.0,
        0.0,
        port_rarity(lane, code[DST_PORT], now),
        1.0 if age == math.inf else 0.0,
        0.0,
        1.0 if destination_inside else 0.0,
        out if out > 0.0 else 0.0,
        back if back > 0.0 else 0.0,
    )
    source = open_of(
        lane,
        address[SRC_HI],
        address[SRC_LO],
        TAG_INTERNAL_SOURCE if source_inside else TAG_EXTERNAL_SOURCE,
        now,
    )
    count_event(lane, batch, i, source, first_peer, gain)
    destination = -1
    if destination_inside:
        destination = open_of(lane, address[DST_HI], address[DST_LO], TAG_INTERNAL_DESTINATION, now)
        seen_from = con.Gain(
            gain.failed,
            gain.peers_15m,
            gain.peers_4h,
            0.0,
            0.0,
            gain.rarity,
            gain.novel_peer,
            0.0,
            1.0 if source_inside else 0.0,
            gain.bytes_out,
            gain.bytes_in,
        )
        count_event(lane, batch, i, destination, first_peer, seen_from)
    mark(lane, rows, source)
    if destination >= 0:
        mark(lane, rows, destination)


@njit(cache=True, nogil=True, error_model="numpy")
def mark(lane: Lane, rows: Rows, at: int) -> None:
    """Make a row where the window's events have just reached 4, 16, 64 …"""
    count = lane.windows.count[at]
    if count[win.EVENTS] == count[win.NEXT_MARK]:
        count[win.NEXT_MARK] *= win.MARK_GROWTH
        make_row(lane, rows, at, lane.time[NOW])


@njit(cache=True, nogil=True, error_model="numpy")
def observe(lane: Lane, batch: EventBatch, start: int, rows: Rows) -> int:
    """Take events from ``start`` on until the rows are full; return the next event to take.

    Cost: five table look-ups and two entity updates an event, whatever the traffic.
    """
    counter = lane.counter
    capacity = len(rows.t)
    windows = len(lane.windows.count)
    for i in range(start, len(batch.offset)):
        if counter[MOVED] == 0:
            end = batch.real[i, TS]
            if batch.real[i, DURATION] > 0.0:
                end += batch.real[i, DURATION]
            move_time(lane.time, counter, end)
            counter[MOVED] = 1
        if counter[CLOSING] == 1 and not close_windows(lane, rows):
            return i
        if not pass_time(lane, rows):
            return i
        if counter[OPEN] + 2 > windows:
            counter[CLOSING] = 1
            counter[N_EARLY] += 1
            lane.time[CLOSE_AT] = lane.time[NOW]
            if not close_windows(lane, rows):
                return i
        if rows.n[0] + 2 > capacity:
            return i
        if batch.code[i, PHASE] != START:
            counter[N_EVENTS] += 1
            take_event(lane, batch, i, rows)
        counter[MOVED] = 0
    return len(batch.offset)


@njit(cache=True, nogil=True, error_model="numpy")
def advance(lane: Lane, t: float, rows: Rows) -> bool:
    """Move stream time to t without an event; False where the rows are full before it is done."""
    lane.time[NOW] = max(lane.time[NOW], t)
    if lane.counter[CLOSING] == 1 and not close_windows(lane, rows):
        return False
    return pass_time(lane, rows)


@njit(cache=True, nogil=True, error_model="numpy")
def start_time(lane: Lane, t: float) -> None:
    """Set the lane's first stream time."""
    lane.time[NOW] = t
    lane.counter[MINUTE] = int(t // win.WINDOW_S)
    lane.counter[PULSE] = int(t // PULSE_S)
    lane.port_since[0] = t
