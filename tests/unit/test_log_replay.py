"""``almenara replay --log``: what was decided comes again; another budget can be tried."""

import math

import pytest

from candidates_made import candidate, pulse
from connectors.errors import SourceError
from connectors.kafka_clients import Record
from stream.candidates import LaneRecord
from stream.decisions import AlertSettings, Decision, Judged
from stream.documents import Encoder
from stream.lane_log import encode
from stream.log_fold import LogFold
from stream.log_replay import LogReplay, told_of_log
from stream.published import encode_decision

FIRST, OTHERS = 40, 3


def log(first: int = 0) -> list[Record]:
    """Return candidates of different entities, each under the floor, and pulses."""
    made: list[LaneRecord] = [
        candidate(10.0 * k, f"203.0.113.{k}", e=0.01 * (k + 1)) for k in range(OTHERS)
    ]
    made.append(pulse(3_600.0))
    values = [encode(one, 1) for one in made]
    return [
        Record("lanes", 0, first + k, math.nan, None, value, ()) for k, value in enumerate(values)
    ]


def test_same_settings_decide_the_same() -> None:
    decided: list[Decision] = []
    found = LogReplay("lanes", AlertSettings(), decided.append).run(log())
    fold, encoder = LogFold(AlertSettings()), Encoder("replay")
    wanted = [one for record in log() for one in fold.take(record.offset, record.value or b"")]
    assert [encode_decision(one, encoder) for one in decided] == [
        encode_decision(one, encoder) for one in wanted
    ]
    assert found["alerts"] == found["candidates"] == OTHERS
    assert (found["first_offset"], found["last_offset"]) == (0, OTHERS)
    assert not any(line.startswith("note:") for line in told_of_log(found))


def test_smaller_budget_is_tried_on_the_same_candidates() -> None:
    decided: list[Decision] = []
    found = LogReplay("lanes", AlertSettings(budget=1), decided.append).run(log())
    assert (found["alerts"], found["budget_missed"]) == (1, OTHERS - 1)
    outcomes = [one.outcome for one in decided if isinstance(one, Judged)]
    assert sorted(outcomes) == ["alert", "budget_missed", "budget_missed"]


def test_log_that_lost_its_beginning_says_so() -> None:
    found = LogReplay("lanes", AlertSettings(), lambda _: None).run(log(FIRST))
    assert found["first_offset"] == FIRST
    assert told_of_log(found)[-1].startswith("note: what came before offset 40 is no longer kept")


def test_empty_log_is_an_error() -> None:
    with pytest.raises(SourceError, match="lanes: empty, expected what score workers write"):
        LogReplay("lanes", AlertSettings(), lambda _: None).run([])
