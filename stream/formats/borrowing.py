"""The decorators of the parser's kernels, which count no references to arrays.

numba counts them with atomic instructions: at every call, and for every array that is taken out of
a tuple. That was a quarter to a third of what parsing cost. These kernels borrow: they make no
array, which numba refuses here, and keep none beyond the call, so whoever calls the first of them
holds what they all work on. numba has a switch for it, though its documentation does not name it.

Most kernels are called by kernels alone. For Python to call one numba compiles code that takes its
arguments apart, which for tuples of arrays is more than the kernel itself; so inner ones have none,
and are compiled with the kernel that calls them (one_module.py).
"""

from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

from numba import njit

from stream.numba_cache import is_used

from .one_module import EntryCompiler, InnerCompiler

Kernel = TypeVar("Kernel", bound=Callable[..., object])
_njit: Any = njit  # its types do not know the switches
_OPTIONS = {"cache": True, "nogil": True, "error_model": "numpy", "_nrt": False}
_ENTRY = {**_OPTIONS, "no_cfunc_wrapper": True, "pipeline_class": EntryCompiler}
_INNER = {
    **_OPTIONS,
    "cache": False,
    "pipeline_class": InnerCompiler,
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
}


class _Inner:
    """What stands for an inner kernel. numba asks it for its type; Python cannot call it."""

    def __init__(self, kernel: Any) -> None:
        self._kernel = kernel
        self._numba_type_ = kernel._numba_type_

    def __call__(self, *_: object) -> NoReturn:
        raise TypeError(
            f"kernel {self._kernel.__name__}: called by Python, expected another kernel to call "
            "it; decorate it with borrowing_njit"
        )


def _inner(function: Any) -> Any:
    return _Inner(_njit(**_INNER)(function)) if is_used() else function


borrowing_njit: Callable[[Kernel], Kernel] = _njit(**_ENTRY)
inner_njit: Callable[[Kernel], Kernel] = _inner
