"""Kernels that count no references make no arrays: numba refuses those that would."""

import numpy as np
import pytest
from numba.core.errors import TypingError

from stream import numba_cache
from stream.formats.borrowing import borrowing_njit


@borrowing_njit
def sum_of_new_array(n: int) -> float:
    """Make an array, which a borrowing kernel must not."""
    return float(np.zeros(n).sum())


@pytest.mark.skipif(not numba_cache.is_used(), reason="kernels are not compiled")
def test_a_borrowing_kernel_that_makes_an_array_is_not_compiled() -> None:
    with pytest.raises(TypingError):
        sum_of_new_array(3)
