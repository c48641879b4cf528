"""What every row kernel takes and gives, grouped so that a kernel has few parameters."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Batch(NamedTuple):
    """n rows as kernels take them: C-contiguous, writable, of one dtype each."""

    X: NDArray[np.float32]  # (n, d)
    t: NDArray[np.float64]  # (n,) stream time, seconds
    weight: NDArray[np.float64]  # (n,) 0 to 1
    divisor: float  # by which a row above the gate is learnt less


class Answer(NamedTuple):
    """Where a kernel writes what it found."""

    scores: NDArray[np.float64]  # (n,)
    why: NDArray[np.float64]  # (n, d) contributions, or (0, d) where nobody asks
    floor: float  # score above which a row's contributions are written
