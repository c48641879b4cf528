"""Small autoencoders over groups of columns, and one over their errors."""

from collections.abc import Mapping

import numpy as np

from .arguments import check_above, check_at_least, check_columns
from .arrays import answer_to, batch_of, take_up
from .base import Array, Contributions, Detector, Features, Rows
from .grouping import correlation_groups
from .kernels.autoencoder import Nets, Pass
from .kernels.fading import N_CLOCK
from .kernels.gate import GATE_SHARE, N_BINS, N_LEVEL
from .kernels.kit_net import (
    GROUPS,
    LEARNT,
    N_COUNTS,
    Bench,
    KitSettings,
    KitState,
    kit_net_rows,
)
from .kernels.moments import Moments

GROUP_AFTER = 100
"""Rows learnt before columns are grouped."""

WARM_UP = 300
"""Rows learnt before the first score."""

FIRST_ERROR_DEVIATION = 0.1
"""Deviation of a group's error before any is learnt."""


class KitNet(Detector):
    """Error of an ensemble of small autoencoders that learn online.

    Columns that move together share an autoencoder of at most ``max_group`` inputs; one more
    autoencoder learns how the errors of the groups go together. So a row is strange where columns
    break a joint habit, though each by itself may be ordinary. Learning never ends; rows above the
    gate are learnt a sixteenth.
    Good at joint deviations in a population with a long past; poor in the first hundreds of rows,
    when it knows little more than means, and at columns that are nearly always 0.

    Parameters
    ----------
    n_features : int
        Columns of ``X``, d below.
    directions : tuple of int
        One a column: +1 counts what exceeds the reconstruction, -1 what falls short of it, 0 both.
    max_group : int, default 8
        Most columns of one autoencoder, m below and in [1]_.
    learning_rate : float, default 0.04
        Step of the gradient for a row of weight 1, l in [1]_; up to five times that in the first
        1,500 rows.
    half_life : float, in seconds of stream time, default three days
        After which a row weighs half in the ranges of columns and errors. With a day, scores of one
        day hardly compare with those of the next.
    seed : int, default 1
        Of the first weights.

    Scores
    ------
    From 0: how far the groups' errors lie above what the output autoencoder expects, root mean
    square over groups, in units of six deviations of an error. One ordinary row in a hundred
    scores above some 0.4. NaN until 300 rows are learnt, and for a row or time that is not finite,
    which is not learnt. Contributions split the score over groups by their squared excess, and over
    the columns of a group by their squared residuals.

    Raises
    ------
    ConfigError
        On construction, if an argument is out of range or directions do not match the columns.
    ModelError
        If ``X`` has not ``n_features`` columns, or a state does not fit.

    State
    -----
    With W = d * ceil(3 m / 4) + d * ceil(3 d / 4), float64: weight (W,), hidden (2 d,), visible
    (2 d,), mean (d,), joint (d, d), rows (1,), place, variance, inverse, error_place,
    error_variance, error_inverse (d,) each, total (2,), clock (2,), gate_histogram (64,),
    gate_level (4,); int64: direction (2 d,), start, first_hidden, first_weight (d + 2,) each,
    member (d,), counts (2,).

    Cost
    ----
    O(d * m + groups ** 2) a row, no allocation; grouping once, some 50 ms. About 2 µs at d = 29.

    Departures from the paper
    -------------------------
    Groups are merged bottom up by average correlation distance and never outgrow ``max_group``; the
    paper cuts a dendrogram top down. Columns enter as signed logarithms, in a range of six learnt
    deviations that one extreme row cannot stretch; the paper keeps the least and the greatest value
    seen. Autoencoders see the range cut to 0 … 1, errors are taken before the cut. Errors are
    one-sided. Reconstructions are linear and the loss is Huber's, so that a row far off pulls no
    harder than one a little off. Training never stops, gated; in the paper it ends with the grace
    period.

    References
    ----------
    .. [1] Y. Mirsky, T. Doitshman, Y. Elovici, A. Shabtai. Kitsune: an ensemble of autoencoders for
       online network intrusion detection. NDSS 2018, doi:10.14722/ndss.2018.23204. Section IV:
       feature mapper (correlation distance), anomaly detector (algorithms 1 and 2).

    Examples
    --------
    >>> import numpy as np
    >>> from detectors.kit_net import KitNet
    >>> from detectors.testing import two_modes
    >>> X, t = two_modes(rows=1_000, seed=7)
    >>> detector = KitNet(n_features=2, directions=(1, 1))
    >>> scores = detector.score_learn(X, t, np.ones(len(t)))
    >>> strange = detector.score(X[-1:] * 100, t[-1:])
    >>> bool(strange[0] > 2 * np.nanmedian(scores))
    True
    """

    def __init__(
        self,
        *,
        n_features: int,
        directions: tuple[int, ...],
        max_group: int = 8,
        learning_rate: float = 0.04,
        half_life: float = 259_200.0,
        seed: int = 1,
    ) -> None:
        check_columns("KitNet", n_features, directions)
        check_at_least("KitNet", "max_group", max_group, 1)
        check_above("KitNet", "learning_rate", learning_rate)
        check_above("KitNet", "half_life", half_life)
        check_at_least("KitNet", "seed", seed, 0)
        self.n_features = n_features
        self._directions = np.array(directions, dtype=np.int64)
        self._max_group = max_group
        self._settings = KitSettings(
            rate=1.0 / half_life,
            step=float(learning_rate),
            group_after=GROUP_AFTER,
            warm_up=WARM_UP,
        )
        self._nets = _first_nets(n_features, max_group, seed)
        self._moments = Moments(
            mean=np.zeros(n_features), joint=np.zeros((n_features, n_features)), rows=np.zeros(1)
        )
        self._state = _nothing_learnt(n_features)
        self._run_through = Pass(*np.zeros((len(Pass._fields), 2 * n_features)))
        self._y, self._error = np.zeros((2, n_features))

    def score(self, X: Features, t: Rows) -> Rows:
        """Return (n,) errors of the output autoencoder; changes nothing."""
        return self._run(X, t, np.zeros(len(X)), 1.0, None)

    def learn(self, X: Features, t: Rows, weight: Rows) -> None:
        """Absorb the rows in order, each with its weight, no gate."""
        self._run(X, t, weight, 1.0, None)

    def state(self) -> Mapping[str, Array]:
        """All that was learnt, as views."""
        return {**self._nets._asdict(), **self._moments._asdict(), **self._state._asdict()}

    def restore(self, state: Mapping[str, Array]) -> None:
        """Take up a state of a detector with the same columns and group size."""
        take_up("KitNet", self.state(), state)

    def score_learn(
        self, X: Features, t: Rows, weight: Rows, why: Contributions | None = None
    ) -> Rows:
        """Score each row, then learn it through the gate, all in one kernel call."""
        return self._run(X, t, weight, GATE_SHARE, why)

    def _run(
        self, X: Features, t: Rows, weight: Rows, divisor: float, why: Contributions | None
    ) -> Rows:
        batch = batch_of("KitNet", self.n_features, X, t, weight, divisor)
        answer = answer_to(len(batch.X), self.n_features, why)
        done = 0
        while done < len(batch.X):
            bench = Bench(self._y, self._error, self._run_through, answer, done)
            done = kit_net_rows(
                batch, self._nets, self._moments, self._state, self._settings, bench
            )
            counts = self._state.counts
            if counts[GROUPS] == 0 and counts[LEARNT] >= GROUP_AFTER:
                self._form_groups()
        return answer.scores

    def _form_groups(self) -> None:
        """Lay out the groups' autoencoders and, after them, the one over their errors."""
        groups = correlation_groups(self._moments.mean, self._moments.joint, self._max_group)
        nets, columns = self._nets, [j for group in groups for j in group]
        self._state.member[:] = columns
        self._state.counts[GROUPS] = len(groups)
        nets.direction[: len(columns)] = self._directions[columns]
        slots = hidden = weights = 0
        for g, size in enumerate([*map(len, groups), len(groups)]):
            units = hidden_units(size)
            nets.weight[weights : weights + size * units] /= size
            slots, hidden, weights = slots + size, hidden + units, weights + size * units
            nets.start[g + 1], nets.first_hidden[g + 1], nets.first_weight[g + 1] = (
                slots,
                hidden,
                weights,
            )


def hidden_units(size: int) -> int:
    """Return three quarters of the inputs, rounded up."""
    return (3 * size + 3) // 4


def _first_nets(d: int, m: int, seed: int) -> Nets:
    """Return room for any grouping; weights between -1 and 1, to be divided by the group's size."""
    room = d * hidden_units(min(m, d)) + d * hidden_units(d)
    return Nets(
        weight=np.random.default_rng(seed).uniform(-1.0, 1.0, room),
        hidden=np.zeros(2 * d),
        visible=np.full(2 * d, 0.5),
        direction=np.ones(2 * d, dtype=np.int64),
        start=np.zeros(d + 2, dtype=np.int64),
        first_hidden=np.zeros(d + 2, dtype=np.int64),
        first_weight=np.zeros(d + 2, dtype=np.int64),
    )


def _nothing_learnt(d: int) -> KitState:
    return KitState(
        member=np.arange(d),
        place=np.zeros(d),
        variance=np.ones(d),
        inverse=np.ones(d),
        error_place=np.zeros(d),
        error_variance=np.full(d, FIRST_ERROR_DEVIATION**2),
        error_inverse=np.full(d, 1.0 / FIRST_ERROR_DEVIATION),
        total=np.ones(2),
        clock=np.zeros(N_CLOCK),
        gate_histogram=np.zeros(N_BINS),
        gate_level=np.array([-1.0] + [0.0] * (N_LEVEL - 1)),
        counts=np.zeros(N_COUNTS, dtype=np.int64),
    )
