"""The index role settles what it takes before it commits, through every kind of death."""

import random

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.answers import AwayError, Outcome
from connectors.bulk import BulkLimits
from connectors.errors import RightsError
from memory_index import NaiveMember, NaiveStream, NaiveTopic, PlainRecord, document, records
from stream.index import IndexRole, UnfitError, item_of

NOW = 1_700_000_000.0


class Killed(BaseException):
    """The process is gone: nothing catches this."""


class Run:
    """A role over a topic and a stream, with its dead letters."""

    def __init__(self, topic: NaiveTopic, stream: NaiveStream, batch: int = 100) -> None:
        self.member = NaiveMember(topic, batch)
        self.dead: list[tuple[PlainRecord, str]] = []
        self.is_running = True
        self.role = IndexRole(
            source=self.member,
            target=stream,
            dead_letters=lambda record, reason: self.dead.append((record, reason)),
            now=lambda: NOW,
            running=lambda: self.is_running,
            limits=BulkLimits(documents=7),
        )
        self.member.join(self.role)

    def all(self) -> None:
        while self.role.step():
            pass


def ids(numbers: range) -> list[str]:
    return sorted(f"id-{n}" for n in numbers)


def test_documents_are_written_with_their_time_of_ingest_and_then_committed() -> None:
    topic, stream = NaiveTopic.of(records(range(10))), NaiveStream()
    run = Run(topic, stream)
    assert run.role.step() == 10
    assert stream.all_ids() == ids(range(10))
    assert topic.committed == {("t", 0): 10}
    written = orjson.loads(stream.indices[0]["id-3"])
    assert written["event"] == {"id": "id-3", "ingested": "2023-11-14T22:13:20.000000Z"}
    assert run.role.counts.created == 10


def test_nothing_is_committed_before_it_is_acknowledged() -> None:
    topic, stream = NaiveTopic.of(records(range(10))), NaiveStream()
    run = Run(topic, stream)

    def stop(_ids: list[str]) -> None:
        run.is_running = False
        raise AwayError("elasticsearch: no connection")

    stream.before = stop
    assert run.role.step() == 0
    assert topic.committed == {}


def test_missing_right_ends_the_role_without_a_commit() -> None:
    topic, stream = NaiveTopic.of(records(range(3))), NaiveStream()

    def refuse(_ids: list[str]) -> None:
        raise RightsError("elasticsearch: not allowed")

    stream.before = refuse
    with pytest.raises(RightsError):
        Run(topic, stream).role.run()
    assert topic.committed == {}


def test_rollover_between_bulk_and_commit_doubles_nothing() -> None:
    topic, stream = NaiveTopic.of(records(range(10))), NaiveStream()

    def kill(_ids: list[str]) -> None:
        raise Killed

    stream.after = kill
    with pytest.raises(Killed):
        Run(topic, stream).role.step()
    stream.after = lambda _ids: None
    stream.rollover()
    run = Run(topic, stream)
    run.all()
    assert stream.all_ids() == ids(range(10))
    assert run.role.counts.present == 7


def test_only_the_redelivered_range_is_looked_up() -> None:
    topic, stream = NaiveTopic.of(records(range(10))), NaiveStream()
    topic.committed[("t", 0)] = 4
    run = Run(topic, stream)
    topic.log[("t", 0)] += records(range(10, 20))
    run.all()
    assert sorted(stream.looked_up) == ids(range(4, 10))


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "no JSON"),
        (b"\xff not JSON SECRET", "no JSON"),
        (b'["SECRET"]', "no data_stream"),
        (b'{"event":"SECRET","data_stream":"SECRET"}', "no data_stream"),
        (document(1, "logs-other.things-SECRET"), "data_stream: found another"),
        (document(1, "logs-almenara.alerts-../SECRET"), "data_stream: found another"),
        (document(1).replace(b'"id-1"', b'""'), "event.id"),
        (document(1).replace(b'"id-1"', b"7"), "event.id"),
        (document(1).replace(b"id-1", b"SECRET" * 100), "event.id"),
    ],
)
def test_what_is_no_document_of_ours_goes_to_the_dead_letters(
    value: bytes | None, reason: str
) -> None:
    with pytest.raises(UnfitError, match=reason) as caught:
        item_of(PlainRecord("t", 0, 0, value), None)
    assert "SECRET" not in str(caught.value)
    topic, stream = NaiveTopic.of([PlainRecord("t", 0, 0, value), *records([1])]), NaiveStream()
    run = Run(topic, stream)
    run.all()
    assert [record.offset for record, _ in run.dead] == [0]
    assert stream.all_ids() == ["id-1"]
    assert topic.committed == {("t", 0): 2}
    assert run.role.counts.refused == 1


def test_document_that_the_index_refuses_goes_to_the_dead_letters_and_the_rest_goes_on() -> None:
    topic, stream = NaiveTopic.of(records(range(20))), NaiveStream()
    stream.outcome = lambda one: Outcome("refused", "no ip") if one == "id-7" else None
    run = Run(topic, stream)
    run.all()
    assert [(record.offset, reason) for record, reason in run.dead] == [(7, "no ip")]
    assert len(stream.all_ids()) == 19
    assert topic.committed == {("t", 0): 20}


def test_lane_that_is_taken_away_while_the_server_is_away_is_left_to_its_next_owner() -> None:
    topic = NaiveTopic.of([*records(range(5)), *records(range(5, 10), partition=1)])
    for lane_records in topic.log.values():  # offsets of each lane from 0
        lane_records[:] = [r._replace(offset=i) for i, r in enumerate(lane_records)]
    stream = NaiveStream()
    run = Run(topic, stream)
    taken: list[int] = []

    def take() -> None:
        if not taken:
            taken.append(1)
            run.member.leave(("t", 1))

    def lose(_ids: list[str]) -> None:
        if not taken:
            raise AwayError("elasticsearch: no connection")

    run.member.on_wait = take
    stream.before = lose
    run.all()
    assert topic.committed == {("t", 0): 5}
    assert stream.all_ids() == ids(range(5))
    Run(topic, stream).all()
    assert stream.all_ids() == ids(range(10))


def test_commit_that_comes_too_late_is_no_error() -> None:
    topic, stream = NaiveTopic.of(records(range(5))), NaiveStream()
    run = Run(topic, stream)
    run.member.is_fenced = True
    assert run.role.step() == 5
    assert topic.committed == {}
    Run(topic, stream).all()
    assert stream.all_ids() == ids(range(5))


@given(seed=st.integers(0, 2**32), total=st.integers(1, 60), batch=st.integers(1, 20))
def test_deaths_lost_answers_and_rollovers_lose_and_double_nothing(
    seed: int, total: int, batch: int
) -> None:
    chance = random.Random(seed)
    topic, stream = NaiveTopic.of(records(range(total))), NaiveStream()
    trouble = [20]  # then all goes well

    def disturb(_ids: list[str]) -> None:
        if trouble[0] == 0 or chance.random() < 0.4:
            return
        trouble[0] -= 1
        what = chance.choice(["roll", "lose", "kill"])
        if what == "lose":
            raise AwayError("elasticsearch: no connection")
        if what == "kill":
            raise Killed
        stream.rollover()

    stream.before = stream.after = disturb
    while topic.committed.get(("t", 0), 0) < total:
        try:
            Run(topic, stream, batch).all()
        except Killed:
            continue
    assert stream.all_ids() == ids(range(total))
