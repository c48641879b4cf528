"""Snapshots as bytes: what fits comes back as it was, everything else is refused."""

from dataclasses import replace

import numpy as np
import pytest

from detectors.errors import ModelError
from stream.arrays import Arrays
from stream.ownership import Note, read_note
from stream.snapshots import BLOCK, DIGEST, blocks, unpack


def some_arrays() -> Arrays:
    return {
        "a.real": np.arange(6.0).reshape(2, 3),
        "a.none": np.empty((0, 4), np.int64),
        "b": np.array(7, np.uint64),
        "c": np.array([True, False]),
    }


def test_arrays_come_back_with_their_types_and_shapes() -> None:
    back = unpack(list(blocks(some_arrays())))
    assert list(back) == list(some_arrays())
    for name, array in some_arrays().items():
        assert back[name].dtype == array.dtype
        np.testing.assert_array_equal(back[name], array)
        assert back[name].flags.writeable


@pytest.mark.parametrize("at", [0, 10, 40, -1])
def test_damaged_byte_is_refused(at: int) -> None:
    data = bytearray(b"".join(blocks(some_arrays())))
    data[at] ^= 1
    with pytest.raises(ModelError, match=r"expected (b'ALMSNAP2'|an undamaged snapshot)"):
        unpack([bytes(data)])


def test_snapshot_without_its_end_is_refused() -> None:
    data = b"".join(blocks(some_arrays()))
    for kept in (data[:-1], data[:-DIGEST], data[:9], b""):
        with pytest.raises(ModelError, match="snapshot: found"):
            unpack([kept])
    with pytest.raises(ModelError, match="snapshot: found"):
        unpack([])


def test_snapshot_of_another_numba_target_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_CPU_NAME", "generic")
    data = list(blocks(some_arrays()))
    monkeypatch.setenv("NUMBA_CPU_NAME", "znver3")
    with pytest.raises(ModelError, match="'generic', expected 'znver3'"):
        unpack(data)


@pytest.mark.parametrize("bytes_over", [-20, -1, 0, 1, DIGEST, 100])
def test_blocks_fit_records_and_come_back_wherever_they_are_cut(bytes_over: int) -> None:
    """Noise cannot be compressed, so that its length sets where the last block ends."""
    noise = np.random.default_rng(1).integers(0, 256, 2 * BLOCK + bytes_over).astype(np.uint8)
    parts = list(blocks({"noise": noise}))
    assert max(map(len, parts)) == BLOCK
    assert min(map(len, parts)) > 0
    np.testing.assert_array_equal(unpack(parts)["noise"], noise)
    for size in (1, 7, DIGEST, 1_000_003):
        data = b"".join(parts[-1:])
        again = [*parts[:-1], *(data[at : at + size] for at in range(0, len(data), size))]
        np.testing.assert_array_equal(unpack(again)["noise"], noise)


def test_note_of_a_position_comes_back_and_a_foreign_one_is_refused() -> None:
    before = Note(snapshots=1, start=3, stop=6, blocks=2, log=50, owner=2).kept(1_000)
    note = Note(generation=3, snapshots=2, start=10, stop=14, blocks=2, log=99, before=before)
    assert read_note(note.text()) == note
    assert read_note("") == Note()
    with pytest.raises(ModelError, match="consumer group of Almenara's own"):
        read_note("some offset metadata")


def test_snapshot_before_the_newest_is_told_in_the_note() -> None:
    first = Note(generation=2, snapshots=4, start=3, stop=6, blocks=2, log=50, owner=2)
    second = replace(first, snapshots=5, start=9, stop=11, owner=3, before=first.kept(1_000))
    again = read_note(replace(second, generation=7).text()).previous()
    assert again == (1_000, replace(first, generation=7))
    assert first.previous() is None
    assert Note(generation=1).kept(5) == {}
