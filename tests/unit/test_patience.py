"""Patience with a lane that stands still counts only time in which the log was read to its end."""

from math import inf

from stream.patience import Patience

A, B = ("conn", 0), ("conn", 1)


def test_lane_that_stands_still_is_told_once_when_patience_is_over() -> None:
    patience = Patience(30.0)
    told = [patience.ran_out({A: 60.0}, 10, 10, now) for now in (0.0, 10.0, 39.0, 40.0, 41.0)]
    assert told == [[], [], [], [A], []]


def test_lane_that_moves_is_waited_for_anew() -> None:
    patience = Patience(30.0)
    for now, pulse in ((0.0, 60.0), (20.0, 60.0), (45.0, 70.0), (60.0, 70.0)):
        assert patience.ran_out({A: pulse, B: now}, 10, 10, now) == []
    assert patience.ran_out({A: 70.0, B: 60.0}, 10, 10, 75.0) == [A]


def test_time_without_kafka_does_not_count() -> None:
    """Nobody knows what the lanes have written while no broker answers."""
    patience = Patience(30.0)
    for now in (0.0, 10.0):
        patience.ran_out({A: -inf}, 10, 10, now)
    for now in (20.0, 130.0):
        assert patience.ran_out({A: -inf}, 10, None, now) == []
    assert patience.ran_out({A: -inf}, 10, 10, 131.0) == []
    assert patience.ran_out({A: -inf}, 10, 10, 140.0) == []
    assert patience.ran_out({A: -inf}, 10, 10, 169.0) == []
    assert patience.ran_out({A: -inf}, 10, 10, 170.0) == [A]


def test_time_in_which_the_log_was_not_read_does_not_count() -> None:
    """As after a stop of this process: what is in the log by then may be of the lane."""
    patience = Patience(30.0)
    patience.ran_out({A: 60.0}, 10, 10, 0.0)
    patience.ran_out({A: 60.0}, 10, 12, 1.0)
    assert patience.ran_out({A: 60.0}, 10, 900, 100.0) == []  # 12 was its end, 10 is read
    assert patience.ran_out({A: 60.0}, 900, 905, 101.0) == []
    assert patience.ran_out({A: 60.0}, 907, 910, 130.0) == []
    assert patience.ran_out({A: 60.0}, 912, 915, 131.0) == [A]
