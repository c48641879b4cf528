import hashlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candidates_made import candidate, id_of
from stream.candidates import Candidate
from stream.ids import alert_id, candidate_ids, content_id, digest_id

parts = st.lists(st.text(max_size=5) | st.integers() | st.floats(allow_nan=False), max_size=4).map(
    tuple
)


def kinds(values: tuple[object, ...]) -> list[tuple[type, object]]:
    return [(type(value), value) for value in values]


def test_id_is_blake2b_of_kind_length_and_content() -> None:
    content = b"\0\0\0\2" + b"s" + (1).to_bytes(8, "big") + b"a" + b"i" + (2).to_bytes(8, "big")
    assert content_id("a", 12) == hashlib.blake2b(content + b"12", digest_size=16).hexdigest()


@given(parts, parts)
def test_different_parts_have_different_ids(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    assert (content_id(*one) == content_id(*other)) == (kinds(one) == kinds(other))


def test_moved_border_between_parts_changes_the_id() -> None:
    assert content_id("ab", "c") != content_id("a", "bc")
    assert content_id("1") != content_id(1)


def test_minus_zero_is_zero() -> None:
    assert content_id(-0.0) == content_id(0.0)


@pytest.mark.parametrize(
    "changed",
    [
        lambda made: made._replace(namespace="other"),
        lambda made: made._replace(stream="other"),
        lambda made: made._replace(topic="other"),
        lambda made: made._replace(partition=1),
        lambda made: made._replace(population="internal source"),
        lambda made: made._replace(entity="203.0.113.10"),
        lambda made: made._replace(step=1),
        lambda made: made._replace(fingerprint="other"),
    ],
)
def test_candidate_id_depends_on_each_part_of_rule_14(
    changed: Callable[[Candidate], Candidate],
) -> None:
    made = candidate()
    assert id_of(changed(made)) != made.id


def test_candidate_id_depends_on_nothing_else() -> None:
    made = candidate()
    other = candidate(e=0.001, warming_up="yes", position=(7, 7), models=())
    assert made.id == other.id == id_of(made)


def test_window_start_is_part_of_the_candidate_id() -> None:
    assert candidate(0).id != candidate(60).id


def test_ids_of_several_candidates_are_those_of_all_their_parts() -> None:
    lane, windows = ("n", "s", "t", 3), [("p", "192.0.2.1", 60.0, 0), ("p", "192.0.2.2", 0.0, 1)]
    expected = [content_id(*lane, *window, "f") for window in windows]
    assert list(candidate_ids(lane, windows, "f")) == expected


def test_ids_of_alert_and_digest_have_their_own_space() -> None:
    assert alert_id("x") == content_id("alert", "x")
    assert digest_id("default", "2022-06-14") == content_id("digest", "default", "2022-06-14")
    assert len(alert_id("x")) == 32
