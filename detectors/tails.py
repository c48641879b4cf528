"""Tail probabilities of single features, summed: the streaming form of ECOD."""

from collections.abc import Mapping

import numpy as np

from .arguments import check_above, check_at_least, check_columns
from .arrays import answer_to, batch_of, take_up
from .base import Array, Contributions, Detector, Features, Rows
from .errors import ConfigError
from .kernels.fading import N_CLOCK
from .kernels.gate import GATE_SHARE, N_LEVEL
from .kernels.gate import N_BINS as GATE_BINS
from .kernels.tails import (
    N_BINS,
    N_TAIL,
    TAIL_BIN,
    TailsSettings,
    TailsState,
    TailsWork,
    tails_rows,
)


class Tails(Detector):
    """Sum of the largest one-sided surprises of a row's features.

    Each feature keeps a histogram of what rows showed of late. Its surprise is -ln of the share of
    rows that showed as much or more, continued beyond what was seen by a Pareto tail. The score is
    the sum of the ``terms`` largest. What is summed is the explanation. Good where single
    features are extreme; blind to combinations of ordinary values.

    Parameters
    ----------
    n_features : int
        Columns of ``X``.
    directions : tuple of int
        One a column: +1 judges high values, -1 low ones, 0 leaves the column out of the score.
    half_life : float, in seconds
        Time in which the weight of what was learnt halves.
    min_weight : float, in rows
        Weight learnt before scores are given.
    terms : int
        How many surprises are summed.
    doubt : float, in rows
        Weight of an imagined row above everything, so that nothing seen once is impossible.
    share : float
        Share of the rows that the fitted tail begins at.
    excess : float, in ln units
        Mean excess over the tail's begin assumed before two rows of it are seen.
    cap : float, in nats
        The most that one feature may say.

    Scores
    ------
    In nats, from 0. NaN until ``min_weight`` is learnt, and for a row with a value that is not
    finite, which is not learnt.

    Raises
    ------
    ConfigError
        On construction, if a parameter is out of range.
    ModelError
        If ``X`` has not ``n_features`` columns, or a state has other shapes.

    State
    -----
    tree (n_features, 513), total (1,), tail (n_features, 4), clock (2,), gate_histogram (64,),
    gate_level (4,): float64; learnt (1,): int64.

    Cost
    ----
    O(n_features log 512) a row, no allocation; the tails are fitted again every 64 rows
    learnt, in O(512 n_features).

    Departures from the paper
    -------------------------
    The reference fades and is binned (8 bins an octave), the tail is continued by a fit, one tail
    is judged instead of the three aggregates of equation 6, and only the largest ``terms`` are
    summed, so that ordinary features do not drown the strange ones. A row above the gate, the 99th
    percentile of the scores, is learnt with a sixteenth of its weight.

    References
    ----------
    .. [1] Z. Li, Y. Zhao, X. Hu, N. Botta, C. Ionescu, G. H. Chen. ECOD: Unsupervised Outlier
       Detection Using Empirical Cumulative Distribution Functions. IEEE TKDE 35(12), 2022,
       equations 3 to 6. doi:10.1109/TKDE.2022.3159580
    .. [2] B. M. Hill. A simple general approach to inference about the tail of a distribution.
       Annals of Statistics 3(5), 1975. doi:10.1214/aos/1176343247

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(7)
    >>> X = rng.exponential(size=(500, 2)).astype(np.float32)
    >>> X[-1] = 40.0
    >>> detector = Tails(n_features=2, directions=(1, 1))
    >>> scores = detector.score_learn(X, np.arange(500.0), np.ones(500))
    >>> bool(scores[-1] == np.nanmax(scores))
    True
    """

    def __init__(
        self,
        *,
        n_features: int,
        directions: tuple[int, ...],
        half_life: float = 4 * 86_400.0,
        min_weight: float = 20.0,
        terms: int = 4,
        doubt: float = 0.5,
        share: float = 0.02,
        excess: float = 0.5,
        cap: float = 16.0,
    ) -> None:
        check_columns("Tails", n_features, directions)
        check_above("Tails", "half_life", half_life)
        check_above("Tails", "min_weight", min_weight)
        check_at_least("Tails", "terms", terms, 1)
        check_above("Tails", "doubt", doubt)
        check_above("Tails", "excess", excess)
        check_above("Tails", "cap", cap)
        if not 0 < share < 1:
            raise ConfigError(f"Tails: share is {share!r}, expected between 0 and 1; correct it")
        self.n_features = n_features
        self._settings = TailsSettings(
            directions=np.array(directions, np.int64),
            judged=np.flatnonzero(directions).astype(np.int64),
            rate=1.0 / half_life,
            ready=float(min_weight),
            doubt=float(doubt),
            share=float(share),
            excess=float(excess),
            cap=float(cap),
            terms=terms,
        )
        self._work = TailsWork(np.empty(n_features), np.empty(n_features))
        self._state = TailsState(
            tree=np.zeros((n_features, N_BINS + 1)),
            total=np.zeros(1),
            tail=np.zeros((n_features, N_TAIL)),
            clock=np.zeros(N_CLOCK),
            gate_histogram=np.zeros(GATE_BINS),
            gate_level=np.array([-1.0] + [0.0] * (N_LEVEL - 1)),
            learnt=np.zeros(1, np.int64),
        )
        self._state.tail[:, TAIL_BIN] = N_BINS

    def score(self, X: Features, t: Rows) -> Rows:
        """Return (n,) scores in nats; changes nothing."""
        return self._run(X, t, np.zeros(len(X)), 1.0, None)

    def learn(self, X: Features, t: Rows, weight: Rows) -> None:
        """Add the rows to the histograms, each with its weight, no gate."""
        self._run(X, t, weight, 1.0, None)

    def state(self) -> Mapping[str, Array]:
        """All that was learnt, as views."""
        return self._state._asdict()

    def restore(self, state: Mapping[str, Array]) -> None:
        """Take up a state of a detector with as many features."""
        take_up("Tails", self.state(), state)

    def score_learn(
        self, X: Features, t: Rows, weight: Rows, why: Contributions | None = None
    ) -> Rows:
        """Score each row, then learn it; contributions are the surprises that were summed."""
        return self._run(X, t, weight, GATE_SHARE, why)

    def _run(
        self, X: Features, t: Rows, weight: Rows, divisor: float, why: Contributions | None
    ) -> Rows:
        batch = batch_of("Tails", self.n_features, X, t, weight, divisor)
        answer = answer_to(len(batch.X), self.n_features, why)
        tails_rows(batch, self._state, self._settings, self._work, answer)
        return answer.scores
