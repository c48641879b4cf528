"""Peer groups of a fading stream, and how far a row lies from the nearest."""

from collections.abc import Mapping

import numpy as np

from .arguments import check_above, check_at_least, check_columns
from .arrays import answer_to, batch_of, take_up
from .base import Array, Contributions, Detector, Features, Rows
from .kernels.den_stream import (
    N_COUNTS,
    Clusters,
    DenSettings,
    DenState,
    DenWork,
    den_stream_rows,
)
from .kernels.fading import N_CLOCK
from .kernels.gate import GATE_SHARE, N_BINS, N_LEVEL

WARM_UP = 100
"""Rows learnt before the first score."""

LEAST_DEVIATION = 0.25
"""Smallest deviation of a column, in natural logarithms: a change by a quarter is no news."""


class DenStream(Detector):
    """Distance to the nearest dense micro-cluster of a fading stream.

    A row joins the nearest micro-cluster that stays tight with it in, or else founds one. Weights
    halve every ``half_life`` seconds of stream time, so behaviour that stops is forgotten. Columns
    are brought to one scale first: signed logarithm, then deviations as learnt. Joining uses the
    whole distance; the score counts a column only on its strange side of the centre.
    Good at several normal modes of any shape; poor when anomalies arrive in large numbers from many
    entities, which become dense themselves.

    Parameters
    ----------
    n_features : int
        Columns of ``X``, d below.
    directions : tuple of int
        One a column: +1 counts what exceeds the centre, -1 what falls short of it, 0 both.
    radius : float, in deviations, default 0.5
        Largest radius of a micro-cluster, root mean square over columns; epsilon in [1]_ is
        ``radius * sqrt(n_features)``.
    half_life : float, in seconds of stream time, default a day
        1 / lambda in [1]_, which fades by 2 ** (-lambda * age).
    min_weight : float, in faded rows, default 16
        Weight from which a micro-cluster is dense; beta * mu in [1]_. Above 200 / 16, so that 200
        gated rows do not make one.
    capacity : int, default 64
        Most micro-clusters kept, K below.

    Scores
    ------
    In units of ``radius``, from 0: below 1 is inside a dense micro-cluster. NaN until 100 rows are
    learnt, and for a row or time that is not finite, which is not learnt. Contributions are each
    column's part of the squared excess, scaled to sum to the score.

    Raises
    ------
    ConfigError
        On construction, if an argument is out of range or directions do not match the columns.
    ModelError
        If ``X`` has not ``n_features`` columns, or a state does not fit.

    State
    -----
    center (d, K), spread (K, d), weight (K,), place (d,), variance (d,), inverse (d,), total (1,),
    clock (2,), gate_histogram (64,), gate_level (4,): float64; counts (2,): int64.
    ``8 * (2 * K * d + K + 3 * d + 73)`` bytes.

    Cost
    ----
    O(K * d) a row, no allocation; about 1 µs at d = 29 and K = 64.

    Departures from the paper
    -------------------------
    Capacity is fixed, and the lightest micro-cluster makes room; so there is no pruning at every
    T_p (equation 4.1). Where none is dense, as after a long silence, the heaviest counts as dense.
    A row further than two radii from a centre does not join, for a heavy micro-cluster would take
    anything. Centre and squared deviations are kept in place of CF1 and CF2 (definition 3.4), whose
    difference cancels. The offline step is left out: a score needs no final clusters. Rows above
    the gate weigh a sixteenth.

    References
    ----------
    .. [1] F. Cao, M. Ester, W. Qian, A. Zhou. Density-based clustering over an evolving data stream
       with noise. SIAM International Conference on Data Mining, 2006, pages 328-339,
       doi:10.1137/1.9781611972764.29. Definitions 3.4 and 3.5 (potential and outlier
       micro-clusters), algorithm 1 (merging).
    .. [2] G. Cormode, V. Shkapenyuk, D. Srivastava, B. Xu. Forward decay: a practical time decay
       model for streaming systems. ICDE 2009, section III.

    Examples
    --------
    >>> import numpy as np
    >>> from detectors.den_stream import DenStream
    >>> from detectors.testing import two_modes
    >>> X, t = two_modes(rows=1_000, seed=7)
    >>> detector = DenStream(n_features=2, directions=(1, 1), half_life=600.0)
    >>> scores = detector.score_learn(X, t, np.ones(len(t)))
    >>> bool(scores[-1] < 1.0)
    True
    >>> bool(detector.score(X[-1:] * 100, t[-1:])[0] > 1.0)
    True
    """

    def __init__(
        self,
        *,
        n_features: int,
        directions: tuple[int, ...],
        radius: float = 0.5,
        half_life: float = 86_400.0,
        min_weight: float = 16.0,
        capacity: int = 64,
    ) -> None:
        check_columns("DenStream", n_features, directions)
        check_above("DenStream", "radius", radius)
        check_above("DenStream", "half_life", half_life)
        check_above("DenStream", "min_weight", min_weight)
        check_at_least("DenStream", "capacity", capacity, 2)
        self.n_features = n_features
        self._settings = DenSettings(
            directions=np.array(directions, dtype=np.int64),
            rate=1.0 / half_life,
            radius=float(radius),
            min_weight=float(min_weight),
            warm_up=WARM_UP,
            least=LEAST_DEVIATION,
        )
        self._work = DenWork(np.empty(n_features), np.empty(n_features), np.empty(capacity))
        self._clusters = Clusters(
            center=np.zeros((n_features, capacity)),
            spread=np.zeros((capacity, n_features)),
            weight=np.zeros(capacity),
        )
        self._state = _nothing_learnt(n_features)

    def score(self, X: Features, t: Rows) -> Rows:
        """Return (n,) distances in radii; changes nothing."""
        return self._run(X, t, np.zeros(len(X)), 1.0, None)

    def learn(self, X: Features, t: Rows, weight: Rows) -> None:
        """Absorb the rows in order, each with its weight, no gate."""
        self._run(X, t, weight, 1.0, None)

    def state(self) -> Mapping[str, Array]:
        """All that was learnt, as views."""
        return {**self._clusters._asdict(), **self._state._asdict()}

    def restore(self, state: Mapping[str, Array]) -> None:
        """Take up a state of a detector with the same columns and capacity."""
        take_up("DenStream", self.state(), state)

    def score_learn(
        self, X: Features, t: Rows, weight: Rows, why: Contributions | None = None
    ) -> Rows:
        """Score each row, then learn it through the gate, all in one kernel call."""
        return self._run(X, t, weight, GATE_SHARE, why)

    def _run(
        self, X: Features, t: Rows, weight: Rows, divisor: float, why: Contributions | None
    ) -> Rows:
        batch = batch_of("DenStream", self.n_features, X, t, weight, divisor)
        answer = answer_to(len(batch.X), self.n_features, why)
        den_stream_rows(batch, self._clusters, self._state, self._settings, self._work, answer)
        return answer.scores


def _nothing_learnt(n_features: int) -> DenState:
    return DenState(
        place=np.zeros(n_features),
        variance=np.ones(n_features),
        inverse=np.ones(n_features),
        total=np.ones(1),
        clock=np.zeros(N_CLOCK),
        gate_histogram=np.zeros(N_BINS),
        gate_level=np.array([-1.0] + [0.0] * (N_LEVEL - 1)),
        counts=np.zeros(N_COUNTS, dtype=np.int64),
    )
