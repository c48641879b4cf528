"""Decisions follow from the log alone, whatever is killed, repeated, replaced or overtaken."""

from dataclasses import replace

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from candidates_made import START, candidate, lane, pulse
from detectors.errors import ModelError
from documents_made import judged
from stream.control import (
    Feedback,
    Note,
    SuppressionAdded,
    SuppressionRemoved,
    Traits,
    suppression_id,
)
from stream.decisions import AlertSettings, Decision
from stream.documents import Encoder
from stream.drift_signals import DriftSignal
from stream.lane_log import Advance, Dialects, Gap, LogRecord, Overtake, Start, decode, encode
from stream.log_fold import LogFold
from stream.published import encode_decision, read_decision
from stream.suppression import Suppression

SETTINGS = AlertSettings(budget=3, floor=1.0)
NAMES = [("a", 0), ("a", 1), ("b", 0)]
RULE = Suppression("known scanner", "ana", entity="203.0.113.1")
TRAITS = Traits("203.0.113.2", "external source", "unusual", "events_4h", 443)
FEEDBACK = Feedback("c" * 32, "", "false", "ana", "backup", TRAITS, START)
DRIFT = DriftSignal(
    "a", 0, START + 600.0, "volume", "events", "", "range", 90.0, 9.0, 10.0, "a minute", START, 900
)

moves = st.lists(
    st.tuples(
        st.sampled_from([0.0, 5.0, 700.0, 9_000.0]),
        st.integers(1, 4),
        st.sampled_from([0.001, 0.02, 0.3, 5.0]),
    ),
    max_size=12,
)


CONTROL: tuple[LogRecord, ...] = (
    FEEDBACK,
    SuppressionAdded(RULE, START),
    FEEDBACK._replace(label="true"),
    Note("setup", "topics", START),
    SuppressionRemoved(suppression_id(RULE), "ana", "over", START),
    DRIFT,
    FEEDBACK._replace(candidate="d" * 32, label="expected"),
    SuppressionAdded(RULE, START + 1.0),
)


def of_lane(name: tuple[str, int], steps: list[tuple[float, int, float]]) -> list[LogRecord]:
    at, made = 0.0, []
    for i, (pause, host, e) in enumerate(steps):
        at += pause
        made.append(
            candidate(
                at,
                f"203.0.113.{host}",
                e,
                position=(i, 0),
                topic=name[0],
                partition=name[1],
                step=i,
            )
        )
    return [*lane(made)]


logs = st.tuples(moves, moves, moves, st.lists(st.integers(0, 3), max_size=60)).map(
    lambda made: written(made[:3], made[3])
)


def written(steps: tuple[list[tuple[float, int, float]], ...], order: list[int]) -> list[bytes]:
    """Three lanes and control mixed in some order, as values of the log; owners come first."""
    queues = [of_lane(name, moved) for name, moved in zip(NAMES, steps, strict=True)]
    queues.append(list(CONTROL))
    out = [encode(Start(*name), 1) for name in NAMES]
    out += [encode(queues[number].pop(0), 1) for number in order if queues[number]]
    return out + [encode(record, 1) for queue in queues for record in queue]


def folded(values: list[bytes]) -> list[bytes]:
    fold = LogFold(SETTINGS)
    made = [d for offset, value in enumerate(values) for d in fold.take(offset, value)]
    return [encode_decision(decision, Encoder("live")) for decision in made]


def unnumbered(values: list[bytes]) -> list[object]:
    """All documents but those of the audit, which tells of every owner."""
    documents = [made for value in folded(values) for made in read_decision(value)[1]]
    return [(made.kind, made.value) for made in documents if made.kind != "audit"]


def lane_of(record: LogRecord) -> tuple[object, object]:
    return getattr(record, "topic", ""), getattr(record, "partition", None)


@settings(max_examples=60)
@given(
    values=logs,
    kills=st.lists(st.integers(0, 80), max_size=5),
    every=st.integers(1, 9),
)
def test_kills_repeat_decisions_under_their_numbers_and_lose_none(
    values: list[bytes], kills: list[int], every: int
) -> None:
    """The state is kept each ``every`` records; what was decided since is decided again."""
    sent: dict[int, bytes] = {}
    kept: bytes | None = None
    fold = LogFold(SETTINGS)
    left = sorted(kills)
    offset = 0
    while offset < len(values):
        if left and offset >= left[0]:
            left.pop(0)
            fold = LogFold(SETTINGS)
            if kept is not None:
                for k in range(fold.restore(orjson.loads(kept)), fold.next):
                    fold.refill(k, values[k])
            offset = fold.next
        for decision in fold.take(offset, values[offset]):
            value = encode_decision(decision, Encoder("live"))
            assert sent.setdefault(decision.number, value) == value
        offset += 1
        if offset % every == 0:
            kept = orjson.dumps(fold.state())
    assert [sent[number] for number in sorted(sent)] == folded(values)


@settings(max_examples=40)
@given(values=logs, back=st.integers(0, 60), at=st.integers(0, 60))
def test_new_owner_that_repeats_records_changes_no_decision(
    values: list[bytes], back: int, at: int
) -> None:
    """It restores a snapshot from before, and writes the same again as the next generation."""
    name = NAMES[0]
    ours = [decode(value)[0] for value in values[:at]]
    again = [r for r in ours[back:] if lane_of(r) == name and not isinstance(r, Start)]
    taken = [encode(Start(*name), 2), *(encode(record, 2) for record in again)]
    rest = [
        encode(record, 2 if lane_of(record) == name else 1)
        for record, _ in map(decode, values[at:])
    ]
    assert unnumbered([*values[:at], *taken, *rest]) == unnumbered(values)


def test_owner_that_was_replaced_is_not_heard() -> None:
    name = ("a", 0)
    stale = candidate(30.0, "203.0.113.66", 0.001, topic="a", partition=0)
    values = [
        encode(Start(*name), 1),
        encode(Start(*name), 2),
        encode(stale, 1),
        encode(pulse(1_000.0, *name), 2),
    ]
    fold = LogFold(SETTINGS)
    made = [d for k, value in enumerate(values) for d in fold.take(k, value)]
    assert judged(made) == []
    assert fold.ignored == 1


def held_up() -> tuple[LogFold, list[Decision]]:
    """Two lanes; the second stands still while the first has gone on."""
    fold = LogFold(SETTINGS)
    one = candidate(30.0, "203.0.113.1", 0.3, topic="a", partition=0)
    values = [
        encode(Start("a", 0), 1),
        encode(Start("a", 1), 1),
        encode(one, 1),
        encode(pulse(1_000.0, "a", 0), 1),
    ]
    made = [d for k, value in enumerate(values) for d in fold.take(k, value)]
    return fold, list(judged(made))


def test_lane_that_stands_still_is_waited_for_until_it_is_overtaken() -> None:
    fold, decisions = held_up()
    assert decisions == []
    assert list(fold.held_up_by()) == [("a", 1)]
    (decision,) = fold.take(4, encode(Overtake("a", 1), 0))
    assert decision.number == 2  # after the two owners in the audit
    assert fold.held_up_by() == {}


def test_what_an_overtaken_lane_says_of_the_past_is_judged_late() -> None:
    fold, _ = held_up()
    fold.take(4, encode(Overtake("a", 1), 0))
    late = candidate(20.0, "203.0.113.2", 0.2, topic="a", partition=1)
    (decision,) = fold.take(5, encode(late, 1))
    assert getattr(decision, "late", False)
    fold.take(6, encode(pulse(500.0, "a", 1), 1))
    waiting = candidate(2_000.0, "203.0.113.3", 0.2, topic="a", partition=0)
    fold.take(7, encode(waiting, 1))
    fold.take(8, encode(pulse(3_000.0, "a", 0), 1))
    assert list(fold.held_up_by()) == [("a", 1)]  # its pulse made it one to wait for again


def test_records_of_the_log_come_back_as_they_were() -> None:
    whole = candidate(30.0, values={"events_4h": 7.0}, typical={"events_4h": float("nan")})
    for record in (
        whole,
        pulse(10.0),
        pulse(float("inf")),
        Start("a", 1),
        Advance("a", 1, 7, START),
        Dialects("a", 1, 7, START, (("acme.toml", 'name = "a"'),)),
        Overtake("a", 1),
        Gap("a", 1, 7, 9, START),
        DRIFT,
        DRIFT._replace(reference=float("nan")),
        SuppressionAdded(RULE, START),
        SuppressionAdded(replace(RULE, expires=START), START),
        SuppressionRemoved("f" * 32, "ana", "over", START),
        FEEDBACK,
        Note("setup", "of topics", START, author="ana", records=3),
    ):
        again, generation = decode(encode(record, 3))
        assert generation == (3 if lane_of(record)[0] else 0)
        assert repr(again) == repr(record)


@pytest.mark.parametrize(
    "record",
    [
        {"kind": "suppression_added", "rule": ["why", "ana", "", "", "no_such", "", None]},
        {"kind": "suppression_added", "rule": ["w" * 900, "ana", "10.0.0.1", "", "", "", None]},
        {"kind": "feedback", "label": "perhaps", "traits": []},
    ],
)
def test_control_that_cannot_be_meant_is_refused_in_the_audit(record: dict[str, object]) -> None:
    fold = LogFold(SETTINGS)
    (decision,) = fold.take(0, orjson.dumps({"version": 1, "at": START, **record}))
    ((kind, _, value, _),) = read_decision(encode_decision(decision, Encoder("live")))[1]
    assert kind == "audit"
    assert orjson.loads(value or b"")["event"]["action"] == "refused"
    assert fold.state()["plane"]["rulings"] == LogFold(SETTINGS).state()["plane"]["rulings"]


@pytest.mark.parametrize("value", [b"", b"[]", b'{"version":1}', b'{"version":9,"kind":"pulse"}'])
def test_value_that_is_no_record_of_the_log_is_refused(value: bytes) -> None:
    with pytest.raises(ModelError, match="record of the lane log"):
        decode(value)


def test_value_that_is_no_decision_is_refused() -> None:
    with pytest.raises(ModelError, match="record of the decisions topic"):
        read_decision(b'{"number":1}')
