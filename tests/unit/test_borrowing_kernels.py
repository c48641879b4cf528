"""Kernels that count no references make no arrays; inner ones are called by kernels alone."""

import numpy as np
import pytest
from numba.core.errors import TypingError

from stream import numba_cache
from stream.formats.borrowing import borrowing_njit, inner_njit


@borrowing_njit
def sum_of_new_array(n: int) -> float:
    """Make an array, which a borrowing kernel must not."""
    return float(np.zeros(n).sum())


@pytest.mark.skipif(not numba_cache.is_used(), reason="kernels are not compiled")
def test_a_borrowing_kernel_that_makes_an_array_is_not_compiled() -> None:
    with pytest.raises(TypingError):
        sum_of_new_array(3)


@inner_njit
def twice(n: int) -> int:
    """Double a number."""
    return 2 * n


@borrowing_njit
def four_times(n: int) -> int:
    """Double it twice."""
    return twice(twice(n))


@inner_njit
def five_times(n: int) -> int:
    """Call an entry, which has an inner one in it, and that inner one."""
    return four_times(n) + twice(n) // 2


@borrowing_njit
def seventeen_times(n: int) -> int:
    """Reach one inner kernel on several ways, some of them through another entry."""
    return twice(five_times(n)) + twice(twice(n)) + five_times(n) - twice(n)


def test_an_inner_kernel_is_called_by_kernels() -> None:
    assert four_times(3) == 12


def test_an_inner_kernel_is_reached_on_several_ways() -> None:
    assert seventeen_times(3) == 51


@pytest.mark.skipif(not numba_cache.is_used(), reason="kernels are not compiled")
def test_an_inner_kernel_refuses_to_be_called_by_python() -> None:
    with pytest.raises(TypeError, match="kernel twice: called by Python, expected another kernel"):
        twice(3)
