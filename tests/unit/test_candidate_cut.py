"""Rule 12: the first row of a window that passes the cut, and those where E has fallen tenfold."""

from collections.abc import Sequence

import numpy as np

from stream.cut import PER_MINUTE, SUPPRESSED, CutState, cut_rows

START = 1_700_000_040.0
CUT = 30.0


def cut(
    state: CutState,
    expected: Sequence[float],
    *,
    slot: int = 0,
    fresh: int = 0,
    window: int = 5,
    t: float = START,
) -> list[int]:
    """Return the steps of rows of one window."""
    n = len(expected)
    note = np.tile(np.array([0, slot, fresh, window, 0]), (n, 1))
    step, ended = np.empty(n, np.int64), np.empty((n, 2), np.int64)
    limit = np.full(n, CUT)
    cut_rows(state, note, np.full(n, t), np.array(expected), limit, step, ended)
    return step.tolist()


def test_a_row_at_the_cut_passes_and_one_above_does_not() -> None:
    assert cut(CutState.of(4), [CUT + 1e-9, CUT]) == [-1, 0]


def test_not_a_number_does_not_pass() -> None:
    assert cut(CutState.of(4), [float("nan")]) == [-1]


def test_a_window_speaks_again_where_e_has_fallen_tenfold() -> None:
    assert cut(CutState.of(4), [20.0, 2.1, 2.0, 0.5, 0.2, 0.001]) == [0, -1, 1, -1, 2, 3]


def test_another_window_of_the_entity_begins_with_step_0() -> None:
    state = CutState.of(4)
    assert cut(state, [20.0, 2.0]) == [0, 1]
    assert cut(state, [19.0], window=6) == [0]


def test_windows_of_other_entities_do_not_matter() -> None:
    state = CutState.of(4)
    assert cut(state, [0.1]) == [0]
    assert cut(state, [20.0], slot=1) == [0]


def test_an_entity_that_takes_a_slot_over_begins_with_step_0() -> None:
    state = CutState.of(4)
    assert cut(state, [0.1]) == [0]
    assert cut(state, [20.0], fresh=1) == [0]


def test_windows_before_1970_speak_as_others_do() -> None:
    assert cut(CutState.of(4), [20.0], window=-1, t=-30.0) == [0]


def test_a_lane_gives_1000_candidates_a_minute_and_counts_the_rest() -> None:
    state = CutState.of(2 * PER_MINUTE)
    steps = [cut(state, [1.0], slot=k)[0] for k in range(PER_MINUTE + 7)]
    assert (steps.count(0), steps.count(-1)) == (PER_MINUTE, 7)
    assert int(state.minute[SUPPRESSED]) == 7


def test_what_was_over_the_limit_is_told_at_the_first_row_of_a_later_minute() -> None:
    state = CutState.of(2 * PER_MINUTE)
    for k in range(PER_MINUTE + 7):
        cut(state, [1.0], slot=k)
    note = np.array([[0, 1_500, 0, 6, 0]] * 2)
    step, ended = np.empty(2, np.int64), np.empty((2, 2), np.int64)
    times = np.array([START + 60.0, START + 61.0])
    cut_rows(state, note, times, np.full(2, 50.0), np.full(2, CUT), step, ended)
    assert ended[:, 1].tolist() == [7, 0]
    assert ended[0, 0] == START // 60
