"""Rules 4, 5 and 8: windows, marks, rows, weights and pulses, each on the smallest stream."""

import math

import pytest

from lane_runs import run, run_on, started
from naive_rows import NaiveRow, Output
from plain_events import V4, PlainEvent, batch_of
from stream import events
from stream.lane import Lane
from stream.observe import observe
from stream.populations import (
    TAG_EXTERNAL_SOURCE,
    TAG_INTERNAL_DESTINATION,
    TAG_INTERNAL_SOURCE,
)
from stream.rows import new_rows
from stream.stream_time import N_EARLY, N_EVENTS

START = 1_700_000_040.0  # a whole minute
HOST = V4 | 1


def at(second: float, **changes: object) -> PlainEvent:
    """Return an event of HOST so many seconds after the start."""
    return PlainEvent(START + second, source=HOST, **changes)  # type: ignore[arg-type]


def rows_of(out: list[Output]) -> list[NaiveRow]:
    return [row for row in out if isinstance(row, NaiveRow)]


def told(plain: list[PlainEvent], end: float) -> list[Output]:
    """Return what the events give until ``end`` seconds after the start."""
    lane = started(64, START)
    return [*run(lane, plain), *run_on(lane, START + end)]


def times(out: list[Output]) -> list[tuple[float, int]]:
    """Return when rows are made, and of how many events."""
    return [(row.t - START, row.counts[0]) for row in rows_of(out)]


def test_window_closes_when_stream_time_passes_its_end() -> None:
    assert times(told([at(0.0), at(59.5)], 59.9)) == []
    assert times(told([at(0.0), at(59.5)], 60.0)) == [(60.0, 2)]


def test_event_that_moves_time_past_the_end_is_counted_in_the_next_window() -> None:
    assert times(told([at(1.0), at(2.0), at(60.0)], 120.0)) == [(60.0, 2), (120.0, 1)]


def test_close_rows_have_the_time_of_the_windows_end_however_late_it_is_passed() -> None:
    assert times(told([at(1.0), at(3_000.0)], 3_000.0)) == [(60.0, 1)]


def test_windows_close_in_order_of_first_touch() -> None:
    sources = [3, 1, 2, 1, 3]
    out = told([PlainEvent(START + k, source=V4 | s) for k, s in enumerate(sources)], 60.0)
    assert [row.address & 0xFF for row in rows_of(out)] == [3, 1, 2]


def test_marks_fire_at_4_16_and_64_events_at_stream_time() -> None:
    out = told([at(0.25 * k) for k in range(70)], 60.0)
    assert times(out) == [(0.75, 4), (3.75, 16), (15.75, 64), (60.0, 70)]


def test_close_row_is_left_out_where_the_last_mark_had_the_same_count() -> None:
    assert times(told([at(float(k)) for k in range(4)], 60.0)) == [(3.0, 4)]
    assert times(told([at(float(k)) for k in range(5)], 60.0)) == [(3.0, 4), (60.0, 5)]


def test_mark_of_a_source_comes_before_that_of_its_destination() -> None:
    out = told([at(float(k), destination_inside=1) for k in range(4)], 5.0)
    assert [row.population for row in rows_of(out)] == [
        TAG_INTERNAL_SOURCE,
        TAG_INTERNAL_DESTINATION,
    ]


def test_a_destination_outside_is_no_entity() -> None:
    populations = [row.population for row in rows_of(told([at(0.0, source_inside=0)], 60.0))]
    assert populations == [TAG_EXTERNAL_SOURCE]


def test_late_event_counts_in_the_window_that_is_open_now() -> None:
    assert times(told([at(130.0), at(10.0)], 180.0)) == [(180.0, 2)]


def test_event_ahead_counts_in_the_window_that_is_open_now() -> None:
    assert times(told([at(10.0), at(9_000.0)], 60.0)) == [(60.0, 2)]


def test_end_of_a_connection_moves_stream_time_not_its_beginning() -> None:
    assert times(told([at(0.0, duration=65.0)], 60.0)) == []
    assert times(told([at(0.0, duration=65.0)], 120.0)) == [(120.0, 1)]


def test_report_of_a_start_moves_time_and_is_not_counted() -> None:
    lane = started(64, START)
    out = run(lane, [at(1.0), at(61.0, phase=events.START)])
    assert times(out) == [(60.0, 1)]
    assert int(lane.counter[N_EVENTS]) == 1


def test_last_event_represents_the_window_and_the_witnesses_are_its_powers_of_two() -> None:
    row = rows_of(told([at(0.05 * k) for k in range(600)], 60.0))[-1]
    assert row.evidence == (0, 1, 3, 7, 15, 31, 63, 127, 255, 599)


def test_rows_1_2_3_4_8_16_of_an_entity_and_stream_day_are_learnt() -> None:
    midnight = 1_700_006_400.0
    lane = started(64, midnight)
    day = [PlainEvent(midnight + 60.0 * k + 1.0, source=HOST) for k in range(20)]
    next_day = [PlainEvent(midnight + 86_400.0 + 60.0 * k, source=HOST) for k in range(3)]
    out = [*run(lane, day), *run_on(lane, midnight + 86_400.0), *run(lane, next_day)]
    weights = [row.weight for row in rows_of(out)]
    learnt = [k + 1 for k, weight in enumerate(weights[:20]) if weight == 1.0]
    assert learnt == [1, 2, 3, 4, 8, 16]
    assert weights[20:] == [1.0, 1.0]


def test_pulse_is_given_every_10_seconds_of_stream_time() -> None:
    first = int(START // 10)
    out = told([at(1.0), at(9.5), at(10.0), at(19.0), at(20.5)], 30.0)
    assert [pulse - first for pulse in out if isinstance(pulse, int)] == [1, 2, 3]


def test_only_the_last_pulse_is_given_over_a_jump() -> None:
    out = told([at(1.0), at(95.0)], 95.0)
    assert [pulse for pulse in out if isinstance(pulse, int)] == [int(START // 10) + 9]


@pytest.mark.parametrize("second", [59.0, 61.0, 95.0, 600.0])
def test_nothing_follows_a_pulse_with_an_earlier_time(second: float) -> None:
    plain = [at(0.5 * k, source_inside=k % 2) for k in range(40)]
    out = told([*plain, at(second), *[at(second + k) for k in range(30)]], 900.0)
    promised = -math.inf
    for record in out:
        if isinstance(record, int):
            promised = record * 10.0
        else:
            assert record.t >= promised


def test_windows_close_early_where_their_list_is_full() -> None:
    lane = started(4, START)
    out = run(lane, [PlainEvent(START + k, source=V4 | k) for k in range(5)])
    assert times(out) == [(2.0, 1)] * 3
    assert int(lane.counter[N_EARLY]) == 1


def test_peer_is_counted_again_after_an_early_close() -> None:
    lane = started(4, START)
    plain = [PlainEvent(START + k, source=V4 | k % 4, destination=V4 | 99) for k in range(5)]
    rows = rows_of([*run(lane, plain), *run_on(lane, START + 60.0)])
    assert [row.counts[2] for row in rows] == [1] * 5


def test_entity_that_was_forgotten_begins_anew() -> None:
    lane = started(64, START)
    crowd = [PlainEvent(START + 61.0 * k, source=V4 | k) for k in range(64)]
    first = PlainEvent(START + 61.0 * 64, source=V4)
    stranger = PlainEvent(START + 61.0 * 65, source=V4 | 64)
    out = [*run(lane, [*crowd, first, stranger, first]), *run_on(lane, START + 6_000.0)]
    assert [row.is_fresh for row in rows_of(out)] == [*[True] * 64, False, True, False]
    out = [*run(lane, [PlainEvent(START + 6_001.0, source=V4 | 1)]), *run_on(lane, START + 6_100.0)]
    assert [row.is_fresh for row in rows_of(out)] == [True]


def test_addresses_that_share_a_half_are_different_entities() -> None:
    one, other = 0x20010DB8 << 96 | 1, 0x20010DB9 << 96 | 1
    twin = 0x20010DB8 << 96 | 2
    plain = [PlainEvent(START, source=s) for s in (one, other, twin)]
    assert [row.address for row in rows_of(told(plain, 60.0))] == [one, other, twin]


def test_pairs_that_share_halves_are_different_peers() -> None:
    low = [0x20010DB8 << 96 | 1, 0x20010DB9 << 96 | 1]
    plain = [at(float(k), destination=destination) for k, destination in enumerate(low * 2)]
    (mark,) = rows_of(told(plain, 60.0))
    assert mark.counts[2] == 2


def test_same_port_is_another_service_in_each_role() -> None:
    """A host that serves a port and uses it has one port in either role."""
    peer = V4 | 9
    plain = [
        at(0.0, destination=peer, port=22),
        PlainEvent(START, source=peer, destination=HOST, port=22, destination_inside=1),
    ]
    novel = [row.features["novel_ports_4h"] for row in rows_of(told(plain, 60.0))]
    assert [round(value, 2) for value in novel] == [1.0, 1.0, 1.0]


def test_events_are_taken_once_where_there_is_no_room_for_rows() -> None:
    lane: Lane = started(64, START)
    batch = batch_of([at(0.0, destination_inside=1)] * 50)
    rows = new_rows(2)
    i, made = 0, 0
    while i < len(batch.offset):
        i = observe(lane, batch, i, rows)
        made += int(rows.n[0])
        rows.n[:] = 0
    assert (int(lane.counter[N_EVENTS]), made) == (50, 4)
