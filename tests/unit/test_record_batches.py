"""Batches of Kafka's records: columns equal what the records say one by one."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from connectors.kafka_batches import Batch, by_partition
from kafka_messages import batch, message

VALUES = st.none() | st.binary(max_size=20)
STAMPS = st.none() | st.integers(0, 2_000_000_000_000).map(lambda stamp: stamp / 1e3)


@given(st.lists(st.tuples(VALUES, STAMPS)))
def test_columns_are_those_of_the_records(made: list[tuple[bytes | None, float | None]]) -> None:
    records = Batch.of([message(3 * k, value, at=at) for k, (value, at) in enumerate(made)])
    payload, bounds, offsets, times = records.columns()
    whole = payload.tobytes()
    assert [whole[bounds[k] : bounds[k + 1]] for k in range(len(made))] == [
        record.value or b"" for record in records
    ]
    assert offsets.tolist() == [record.offset for record in records]
    np.testing.assert_array_equal(times, [record.timestamp for record in records])


def test_place_tells_how_many_come_before_an_offset() -> None:
    records = Batch.of([message(offset, b"x") for offset in (10, 12, 15)])
    assert [records.place(offset) for offset in (0, 10, 11, 12, 15, 16)] == [0, 0, 1, 1, 2, 3]
    assert records[1:].offsets.tolist() == [12, 15]
    assert [record.offset for record in records[:2]] == [10, 12]
    assert not batch([])


def test_messages_are_parted_and_keep_their_order() -> None:
    names = [("a", 0), ("b", 0), ("a", 1), ("a", 0), ("b", 0)]
    found = by_partition([message(k, b"x", lane=lane) for k, lane in enumerate(names)])
    assert {name: part.offsets.tolist() for name, part in found.items()} == {
        ("a", 0): [0, 3],
        ("b", 0): [1, 4],
        ("a", 1): [2],
    }
