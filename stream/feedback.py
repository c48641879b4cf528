"""What analysts said of candidates, and how it ranks those that come (rule 20); uses river.

An online logistic regression (river) over what a candidate is: its entity, its class, and what
else others share with it. Without feedback it says nothing, and so it does for what shares no trait
with anything that was spoken of. The state is the last labels: the model is learnt from them anew
after each, in their order, so that it is the same whoever restores it, and a later word on the same
candidate takes the place of the one before.
"""

import hashlib
from collections import OrderedDict
from functools import lru_cache
from typing import Any

from .candidates import Candidate
from .control import Label, Traits
from .decisions import State

MAX_LABELS = 300
LARGEST_FACTOR = 10.0
RATE = 1.0
L2 = 0.01
MARK = 16  # digits of a candidate's id that are kept

_WEIGHTS = (1.5, 0.5, 0.5, 0.5, 0.5, 0.25)
"""How much each trait of ``keys_of`` counts: most for this entity in this class."""
_EXPECTED_WEIGHT = 2.0


def traits_of(candidate: Candidate, class_name: str) -> Traits:
    """Return what a candidate shares with others that feedback may have been given on."""
    feature = candidate.readings[0].feature if candidate.readings else ""
    port = candidate.window.main_port
    return Traits(candidate.entity, candidate.population, class_name, feature, port)


def keys_of(traits: Traits) -> tuple[str, ...]:
    """Return what a candidate shares with others, the most special first, as short hashes."""
    of_class = traits.class_name
    return (
        _short("entity and class", traits.entity, of_class),
        _short("entity", traits.entity),
        _short("class", of_class),
        _short("feature", of_class, traits.feature),
        _short("port", of_class, str(traits.port)),
        _short("population", of_class, traits.population),
    )


@lru_cache(maxsize=4_096)
def _short(*parts: str) -> str:
    return hashlib.blake2b("\0".join(parts).encode("utf-8", "replace"), digest_size=4).hexdigest()


class FeedbackRanker:
    """Factors on corrected E, from labels; at most ``MAX_LABELS``, the oldest forgotten."""

    def __init__(self) -> None:
        self._labels: OrderedDict[str, tuple[Label, tuple[str, ...]]] = OrderedDict()
        self._model: Any = None
        self.forgotten = 0

    def learn(self, candidate: str, label: Label, traits: Traits) -> Label | None:
        """Take a label of a candidate; return the one it had, None without."""
        mark = candidate[:MARK]
        before = self._labels.get(mark)
        if before is not None and before[0] == label:
            return label
        self._labels.pop(mark, None)
        self._labels[mark] = label, keys_of(traits)
        if len(self._labels) > MAX_LABELS:
            self._labels.popitem(last=False)
            self.forgotten += 1
        self._model = None
        return None if before is None else before[0]

    def factor(self, candidate: Candidate, class_name: str) -> float:
        """Return by what corrected E is multiplied for the rank: 0.1 to 10, 1 without feedback.

        10 ** (1 - 2 p), where p is the model's probability of a true alert.
        """
        if not self._labels:
            return 1.0
        if self._model is None:
            self._model = self._learnt()
        row = _row(keys_of(traits_of(candidate, class_name)))
        p = float(self._model.predict_proba_one(row)[True])
        return float(LARGEST_FACTOR ** (1.0 - 2.0 * p))

    def _learnt(self) -> Any:
        """Learn all labels in their order. No intercept: it would rank what nobody spoke of."""
        from river import linear_model, optim  # noqa: PLC0415 (slow to load, and seldom needed)

        model = linear_model.LogisticRegression(optim.SGD(RATE), l2=L2, intercept_lr=0.0)
        for label, keys in self._labels.values():
            row = {keys[0]: _EXPECTED_WEIGHT} if label == "expected" else _row(keys)
            model.learn_one(row, label == "true")
        return model

    def state(self) -> State:
        """Return the labels, the oldest first."""
        labels = [[mark, label, list(keys)] for mark, (label, keys) in self._labels.items()]
        return {"labels": labels, "forgotten": self.forgotten}

    def restore(self, state: State) -> None:
        """Take up a state that ``state`` returned."""
        self._labels = OrderedDict(
            (mark, (label, tuple(keys))) for mark, label, keys in state["labels"]
        )
        self._model = None
        self.forgotten = state["forgotten"]


def _row(keys: tuple[str, ...]) -> dict[str, float]:
    return dict(zip(keys, _WEIGHTS, strict=True))
