"""Snapshots as bytes: what fits comes back as it was, everything else is refused."""

import numpy as np
import pytest

from detectors.errors import ModelError
from stream.arrays import Arrays
from stream.ownership import Note, read_note
from stream.snapshots import BLOCK, blocks, pack, unpack


def some_arrays() -> Arrays:
    return {
        "a.real": np.arange(6.0).reshape(2, 3),
        "a.none": np.empty((0, 4), np.int64),
        "b": np.array(7, np.uint64),
        "c": np.array([True, False]),
    }


def test_arrays_come_back_with_their_types_and_shapes() -> None:
    back = unpack(pack(some_arrays()))
    assert list(back) == list(some_arrays())
    for name, array in some_arrays().items():
        assert back[name].dtype == array.dtype
        np.testing.assert_array_equal(back[name], array)
        assert back[name].flags.writeable


@pytest.mark.parametrize("at", [0, 10, 40, -1])
def test_damaged_byte_is_refused(at: int) -> None:
    data = bytearray(pack(some_arrays()))
    data[at] ^= 1
    with pytest.raises(ModelError, match="--state"):
        unpack(bytes(data))


def test_snapshot_of_another_numba_target_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_CPU_NAME", "generic")
    data = pack(some_arrays())
    monkeypatch.setenv("NUMBA_CPU_NAME", "znver3")
    with pytest.raises(ModelError, match="'generic', expected 'znver3'"):
        unpack(data)


def test_blocks_put_together_are_the_snapshot() -> None:
    data = bytes(range(256)) * 10_000
    parts = blocks(data)
    assert b"".join(parts) == data
    assert max(map(len, parts)) == BLOCK


def test_note_of_a_position_comes_back_and_a_foreign_one_is_refused() -> None:
    note = Note(generation=3, snapshots=2, start=10, stop=14, blocks=2, log=99)
    assert read_note(note.text()) == note
    assert read_note("") == Note()
    with pytest.raises(ModelError, match="consumer group of Almenara's own"):
        read_note("some offset metadata")
