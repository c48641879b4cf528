"""Runs of the kernels over made events, with their output as the oracle gives it."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from naive_rows import NaiveLane, NaiveRow, Output
from plain_events import PlainEvent, batch_of
from stream.features import windows as win
from stream.features.feature_set import CONNECTION_SET
from stream.lane import Lane, new_lane, start_time
from stream.observe import advance, observe
from stream.rows import MADE, PULSES, ROW_FRESH, ROW_TAG, ROW_WINDOW, Rows, new_rows

NEAR = {"bytes_spread": 0.03, "interarrival_spread": 0.03}  # differences of squares of float32


def started(max_entities: int, start: float, seed: int = 7) -> Lane:
    """Return a lane whose stream time has begun."""
    lane = new_lane(max_entities, seed)
    start_time(lane, start)
    return lane


def run(
    lane: Lane, plain: Sequence[PlainEvent], cuts: Iterable[int] = (), room: int = 64
) -> list[Output]:
    """Give the events to the lane in pieces; return its rows and pulses in order."""
    rows = new_rows(room)
    out: list[Output] = []
    ends = sorted({min(cut, len(plain)) for cut in cuts} | {len(plain)})
    start = 0
    for end in ends:
        batch = batch_of(plain[start:end], start)
        i = 0
        while i < len(batch.offset):
            i = observe(lane, batch, i, rows)
            out += taken(rows)
        start = end
    return out


def run_on(lane: Lane, t: float, room: int = 64) -> list[Output]:
    """Let time pass to t."""
    rows = new_rows(room)
    out: list[Output] = []
    is_done = False
    while not is_done:
        is_done = advance(lane, t, rows)
        out += taken(rows)
    return out


def expected(lane: NaiveLane, plain: Sequence[PlainEvent]) -> list[Output]:
    """Return what the oracle gives."""
    return [out for i, event in enumerate(plain) for out in lane.observe(i, event)]


def taken(rows: Rows) -> Iterator[Output]:
    """Yield rows and pulses in order, and empty the room."""
    made, pulses = int(rows.n[MADE]), int(rows.n[PULSES])
    rows.n[:] = 0
    p = 0
    for r in range(made + 1):
        while p < pulses and rows.pulse[p, 1] <= r:
            yield int(rows.pulse[p, 0])
            p += 1
        if r < made:
            yield plain_row(rows, r)


def plain_row(rows: Rows, r: int) -> NaiveRow:
    """Return a row as the oracle has it."""
    whole = rows.windows.whole[r].tolist()
    word = rows.windows.word[r].tolist()
    witnesses = [whole[win.WITNESS_AT + 2 * w] for w in range(whole[win.WITNESSES])]
    values = rows.x[r].tolist()
    return NaiveRow(
        t=float(rows.t[r]),
        population=int(rows.note[r, ROW_TAG]),
        address=word[win.ENTITY_HI] << 64 | word[win.ENTITY_LO],
        window=int(rows.note[r, ROW_WINDOW]),
        weight=float(rows.weight[r]),
        is_fresh=bool(rows.note[r, ROW_FRESH]),
        counts=tuple(
            whole[c]
            for c in (
                win.EVENTS,
                win.FAILED,
                win.PEERS,
                win.INTERNAL_PEERS,
                win.NOVEL_PEERS,
                win.PORTS,
            )
        ),
        sums=(float(rows.windows.real[r, win.SUM_OUT]), float(rows.windows.real[r, win.SUM_IN])),
        evidence=(*witnesses, whole[win.LAST_OFFSET]),
        usual=tuple(rows.usual[r].tolist()),
        features=dict(zip(CONNECTION_SET.names, values, strict=True)),
    )


def assert_same(found: Sequence[Output], oracle: Sequence[Output]) -> None:
    """Compare rows and pulses: what is counted exactly, what fades as near as float32 is."""
    assert [head(out) for out in found] == [head(out) for out in oracle]
    pairs = zip(found, oracle, strict=True)
    rows = [(a, b) for a, b in pairs if isinstance(a, NaiveRow) and isinstance(b, NaiveRow)]
    if not rows:
        return
    names = CONNECTION_SET.names
    near = np.array([NEAR.get(name, 1e-5) for name in names])
    values, wanted = (
        np.array([[row.features[n] for n in names] for row in side])
        for side in zip(*rows, strict=True)
    )
    far = np.abs(values - wanted) > near + 2e-4 * np.abs(wanted)
    assert [names[j] for j in np.flatnonzero(far.any(axis=0))] == []
    for a, b in rows:
        np.testing.assert_allclose((*a.sums, *a.usual), (*b.sums, *b.usual), rtol=1e-4, atol=1e-6)


def head(out: Output) -> object:
    """Return what must be equal to the last digit."""
    if isinstance(out, int):
        return out
    return (
        out.t,
        out.population,
        out.address,
        out.window,
        out.weight,
        out.is_fresh,
        out.counts,
        out.evidence,
    )
