"""A plugin that takes its time: a plain detector with no score until it has learnt enough."""

from detectors.base import Features
from plain_detector import Plain


class Late(Plain):
    """Has no score before ``after`` rows are learnt."""

    def __init__(self, *, n_features: int, directions: tuple[int, ...], after: float) -> None:
        super().__init__(n_features=n_features, directions=directions)
        self.after = after

    def row_score(self, x: Features) -> float:
        return super().row_score(x) if self.rows[0] >= self.after else float("nan")
