"""One E from those of several detectors."""

import numpy as np
from numpy.typing import NDArray

from .base import Rows


def fuse(expected: Rows, votes: NDArray[np.bool_]) -> Rows:
    """Return the fused E (n,): the smallest among voting detectors times their number.

    ``expected`` is (n, D), NaN where a detector is not ready; NaN comes back where no voter is. The
    product bounds the expected count whatever the dependence between detectors (Bonferroni).
    """
    voting = expected[:, votes]
    ready = np.isfinite(voting)
    smallest = np.where(ready, voting, np.inf).min(axis=1, initial=np.inf)
    return np.where(ready.any(axis=1), smallest * max(1, voting.shape[1]), np.nan)
