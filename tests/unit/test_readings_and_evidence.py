"""What a candidate decodes only when it is asked for."""

import numpy as np

from stream.events import Position
from stream.evidence import Evidence, Witness
from stream.readings import Reading, Readings

V4 = 0xFFFF_0000_0000


def some_readings(contributions: list[float]) -> Readings:
    return Readings(
        ("a", "b", "c"),
        np.array([1.0, 2.0, 3.0]),
        np.array([0.1, 0.2, 0.3]),
        np.array(contributions),
        frozenset({1}),
    )


def test_readings_stand_in_the_order_of_their_strength() -> None:
    made = some_readings([0.2, 0.5, 0.3])
    assert [reading.feature for reading in made] == ["b", "c", "a"]
    assert made[0] == Reading("b", 2.0, 0.2, "entity", 0.5)
    assert made[1:] == (Reading("c", 3.0, 0.3, "peers", 0.3), Reading("a", 1.0, 0.1, "peers", 0.2))


def test_equally_strong_readings_keep_the_order_of_the_features() -> None:
    assert [reading.feature for reading in some_readings([0.2, 0.4, 0.4])] == ["b", "c", "a"]


def test_a_reading_is_found_by_name_and_an_unknown_one_is_none() -> None:
    made = some_readings([0.2, 0.5, 0.3])
    assert made.of("c") == made[1]
    assert made.of("d") is None


def test_readings_are_equal_where_they_say_the_same() -> None:
    assert some_readings([0.2, 0.5, 0.3]) == some_readings([0.2, 0.5, 0.3])
    assert hash(some_readings([0.2, 0.5, 0.3])) == hash(some_readings([0.2, 0.5, 0.3]))
    assert some_readings([0.2, 0.5, 0.3]) != some_readings([0.3, 0.5, 0.2])


def evidence(
    n: int, positions: list[tuple[int, int]], ts: list[float], peers: list[int]
) -> Evidence:
    halves = np.array([(0, peer) for peer in peers], np.uint64)
    return Evidence(n, np.array(positions), np.array(ts), halves)


def test_evidence_is_decoded_in_order() -> None:
    made = evidence(1, [(7, 0), (0, 0), (9, 1)], [5.0, 0.0, 6.0], [V4 | 0x0A000001, 0, V4 | 1])
    assert list(made) == [
        Witness(Position(7, 0), 5.0, "10.0.0.1"),
        Witness(Position(9, 1), 6.0, "0.0.0.1"),
    ]


def test_the_last_event_stands_once_where_it_is_a_witness_too() -> None:
    made = evidence(2, [(7, 0), (9, 0), (9, 0)], [5.0, 6.0, 6.0], [V4 | 1, V4 | 2, V4 | 2])
    assert [witness.position for witness in made] == [Position(7, 0), Position(9, 0)]
    assert len(made) == 2
