import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candidates_made import candidate
from detectors.errors import ConfigError
from naive_budget import Raised, naive_may_raise
from stream.budget import Budget
from stream.decisions import MAX_BUDGET, AlertSettings, Key
from stream.plane import key_of

steps = st.lists(
    st.tuples(st.sampled_from([0.0, 1.0, 600.0, 3_600.0, 40_000.0]), st.integers(1, 9)),
    max_size=120,
)


def wishes(moves: list[tuple[float, int]]) -> list[tuple[float, float, Key]]:
    at = 0.0
    made: list[tuple[float, float, Key]] = []
    for i, (pause, strength) in enumerate(moves):
        at += pause
        made.append((at, strength / 10, key_of(candidate(at, f"10.0.0.{i}", position=(i, 0)))))
    return made


@given(n=st.integers(0, 23), moves=steps)
def test_budget_admits_what_the_rule_says(n: int, moves: list[tuple[float, int]]) -> None:
    budget = Budget(n)
    raised: Raised = []
    for at, expected, key in wishes(moves):
        may = naive_may_raise(n, raised, at, (expected, key))
        assert budget.admit(at, expected, key) == may
        if may:
            raised.append((at, (expected, key)))


@given(n=st.integers(0, 23), moves=steps)
def test_no_day_has_more_than_n_and_no_hour_more_than_half(
    n: int, moves: list[tuple[float, int]]
) -> None:
    budget = Budget(n)
    times = [at for at, e, key in wishes(moves) if budget.admit(at, e, key)]
    for start in times:
        assert sum(start <= at < start + 86_400 for at in times) <= n
        assert sum(start <= at < start + 3_600 for at in times) <= (n + 1) // 2


@given(moves=steps, cut=st.integers(0, 120))
def test_budget_goes_on_from_its_state(moves: list[tuple[float, int]], cut: int) -> None:
    whole, budget = Budget(5), Budget(5)
    for i, (at, expected, key) in enumerate(wishes(moves)):
        if i == cut:
            state = json.loads(json.dumps(budget.state()))
            budget = Budget(5)
            budget.restore(state)
        assert budget.admit(at, expected, key) == whole.admit(at, expected, key)


def keyed(i: int) -> Key:
    return key_of(candidate(float(i), position=(i, 0)))


def test_reserve_is_kept_for_the_strongest() -> None:
    """Of ten, two are kept: in two hours eight of equal strength pass, then only a stronger one."""
    budget = Budget(10)
    same = [budget.admit(i * 1_000.0, 0.5, keyed(i)) for i in range(12)]
    assert same.count(True) == 8
    assert budget.admit(20_000.0, 0.4, keyed(20))
    assert not budget.admit(24_000.0, 0.45, keyed(24))
    assert budget.admit(24_000.0, 0.3, keyed(25))
    assert not budget.admit(30_000.0, 0.1, keyed(30))


def test_late_candidate_wins_a_tie_by_its_earlier_place_in_the_order() -> None:
    budget = Budget(5)
    for i in range(4):
        assert budget.admit(10_000.0 + i * 2_000, 0.5, keyed(100 + i))
    assert not budget.admit(20_000.0, 0.5, keyed(200))
    assert budget.admit(20_000.0, 0.5, keyed(50))


def test_budget_of_none_admits_nothing() -> None:
    assert not Budget(0).admit(0.0, 1e-9, keyed(0))


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("budget", lambda: AlertSettings(budget=-1)),
        ("budget", lambda: AlertSettings(budget=MAX_BUDGET + 1)),
        ("floor", lambda: AlertSettings(floor=0.0)),
        ("floor", lambda: AlertSettings(floor=float("nan"))),
        ("quiet_s", lambda: AlertSettings(quiet_s=-1.0)),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(
    name: str, wrong: Callable[[], AlertSettings]
) -> None:
    with pytest.raises(ConfigError, match=name):
        wrong()
