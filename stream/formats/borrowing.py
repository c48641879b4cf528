"""The decorator of the parser's kernels, which count no references to arrays.

numba counts them with atomic instructions: at every call, and for every array that is taken out of
a tuple. That was a quarter to a third of what parsing cost. These kernels borrow: they make no
array, which numba refuses here, and keep none beyond the call, so whoever calls the first of them
holds what they all work on. numba has a switch for it, though its documentation does not name it.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from numba import njit

Kernel = TypeVar("Kernel", bound=Callable[..., object])
_njit: Any = njit  # its types do not know the switch
_options = {"cache": True, "nogil": True, "error_model": "numpy", "_nrt": False}
borrowing_njit: Callable[[Kernel], Kernel] = _njit(**_options)
