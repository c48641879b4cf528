"""Numbered decisions are forwarded once each and in order, whatever is lost on its way."""

import random

from hypothesis import given
from hypothesis import strategies as st

from stream.decision_order import DecisionOrder


def forwarded(numbers: list[int], order: DecisionOrder) -> list[int]:
    return [number for number in numbers if order.take(number) == "new"]


@given(st.integers(0, 2**32), st.integers(1, 60))
def test_what_is_lost_on_its_way_comes_again_before_what_was_behind_it(seed: int, n: int) -> None:
    """The role sends all from its state on, some are lost, and it begins again from its state."""
    draw = random.Random(seed)
    topic: list[int] = []
    state = 0
    while state < n:
        stop = draw.randint(state + 1, n)
        some = [number for number in range(state, stop) if draw.random() < 0.7]
        topic += some
        if some == list(range(state, stop)):
            state = stop  # all that it counts are in their topic
    assert forwarded(topic, DecisionOrder()) == list(range(n))


def test_where_the_oldest_are_gone_the_first_may_have_any_number() -> None:
    order = DecisionOrder(may_jump=True)
    assert [order.take(number) for number in (7, 9, 7, 8, 9)] == [
        "new",
        "early",
        "repeat",
        "new",
        "new",
    ]


def test_numbers_that_are_gone_from_the_topic_are_not_waited_for() -> None:
    order = DecisionOrder(last=3, may_jump=True)
    assert forwarded([9, 10, 12, 11, 12], order) == [9, 10, 11, 12]
