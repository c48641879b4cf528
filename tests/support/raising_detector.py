"""A plugin that breaks: a plain detector that raises at a row of its own choosing."""

import numpy as np

from detectors import Contributions
from detectors.base import Features, Rows
from plain_detector import Plain

FATAL_EVENTS = 16.0


class Raising(Plain):
    """Raises at the first row of a window with 16 events; has learnt the rows before it by then."""

    def score_learn(
        self, X: Features, t: Rows, weight: Rows, why: Contributions | None = None
    ) -> Rows:
        fatal = np.flatnonzero(X[:, 0] == FATAL_EVENTS)
        n = int(fatal[0]) if len(fatal) else len(X)
        part = None if why is None else Contributions(why.floor, why.values[:n])
        scores = super().score_learn(X[:n], t[:n], weight[:n], part)
        if n < len(X):
            raise ZeroDivisionError("a row of 16 events")
        return scores
