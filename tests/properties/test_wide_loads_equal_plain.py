"""What is emitted for loads and comparisons of many bytes does what the plain Python does."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import njit

from stream.formats import wide_loads
from stream.formats.wide_loads import blank_16, digits_16, find_16, key_16, load, lowest_bit


@njit(cache=True, nogil=True, error_model="numpy")
def look(buf: wide_loads.Buffer, i: int, one: int, other: int) -> tuple[np.uint64, int, int]:
    """Load, find and classify at i."""
    return load(buf, i), find_16(buf, i, one, other), digits_16(buf, i)


@njit(cache=True, nogil=True, error_model="numpy")
def classify(buf: wide_loads.Buffer, i: int) -> tuple[int, int]:
    """Say what are blanks and what are bytes of keys from i on."""
    return blank_16(buf, i), key_16(buf, i)


@njit(cache=True, nogil=True, error_model="numpy")
def lowest(bits: int) -> int:
    """Give the lowest bit."""
    return lowest_bit(bits)


@given(st.binary(min_size=16, max_size=16), st.integers(0, 9), st.data())
def test_looking_gives_what_plain_python_gives(raw: bytes, i: int, data: st.DataObject) -> None:
    one, other = (data.draw(st.sampled_from([*raw, 34, 92])) for _ in range(2))
    buf = np.frombuffer(b"x" * i + raw + b"x" * 9, np.uint8).copy()
    word, found, digits = look(buf, i, one, other)
    assert int(word) == int.from_bytes(raw[:8], "little")
    assert int(found) == wide_loads.plain_find_16(buf, i, one, other)
    assert int(digits) == wide_loads.plain_digits_16(buf, i)


def test_every_byte_is_classified_as_plain_python_does() -> None:
    buf = np.arange(256, dtype=np.uint8)
    for i in range(241):
        blanks, keys = classify(buf, i)
        assert int(blanks) == wide_loads.plain_blank_16(buf, i)
        assert int(keys) == wide_loads.plain_key_16(buf, i)


@given(st.integers(-(2**63), 2**63 - 1).filter(bool))
def test_lowest_bit_is_the_number_of_zeros_below_it(bits: int) -> None:
    expected = (bin(bits % 2**64)[:1:-1]).index("1")
    assert lowest(bits) == wide_loads.plain_lowest_bit(bits) == expected


@pytest.mark.parametrize("i", [-1, 1, 16])
def test_plain_look_past_the_end_is_refused(i: int) -> None:
    buf = np.zeros(16, np.uint8)
    with pytest.raises(IndexError, match="expected 16 more"):
        wide_loads.plain_find_16(buf, i, 34, 34)
    assert int(wide_loads.plain_load(buf, 8)) == 0
    with pytest.raises(IndexError, match="expected 8 more"):
        wide_loads.plain_load(buf, 9)
