"""Rule 2: where stream time begins."""

import math

import pytest

from pipeline_runs import quick
from plain_events import V4, PlainEvent, batch_of
from stream.pipeline import Pipeline

START = 1_700_000_000.0


def begun(*ends: float) -> Pipeline:
    """Return a pipeline that took events with these ends, so many seconds after the start."""
    pipeline = Pipeline(quick())
    for k, end in enumerate(ends):
        pipeline.take(batch_of([PlainEvent(START + end, source=V4 | k)], k))
    return pipeline


@pytest.mark.parametrize("ends", [(5.0, 0.0, 9.0), (9.0, 5.0, 0.0), (0.0, 9.0, 5.0)])
def test_stream_time_begins_at_the_median_end_of_three_events(
    ends: tuple[float, float, float],
) -> None:
    """It then goes on to the largest, and counts windows from the median's minute."""
    pipeline = begun(*ends)
    assert pipeline.times == (START + 5.0, START + 9.0)


def test_stream_time_has_not_begun_with_two_events() -> None:
    assert begun(1.0, 2.0).times is None
    assert begun(1.0, 2.0).now == -math.inf


def test_one_wild_event_of_the_first_three_is_late_or_ahead() -> None:
    century = 3e9
    ahead, late = begun(century, 0.0, 1.0), begun(-century, 0.0, 1.0)
    assert (ahead.now, ahead.counts()["ahead"], ahead.counts()["late"]) == (START + 1.0, 1, 0)
    assert (late.now, late.counts()["ahead"], late.counts()["late"]) == (START + 1.0, 0, 1)


def test_events_that_were_held_are_counted_like_others() -> None:
    pipeline = begun(0.0, 1.0, 2.0)
    pipeline.finish()
    assert pipeline.counts()["rows"] == 3


def test_end_counts_not_the_beginning() -> None:
    pipeline = Pipeline(quick())
    pipeline.take(batch_of([PlainEvent(START, duration=d) for d in (0.0, 50.0, 90.0)]))
    assert pipeline.times == (START + 50.0, START + 90.0)
