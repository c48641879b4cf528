"""Decisions on an injected day, held against what was planted in it."""

from collections import Counter
from collections.abc import Sequence
from math import inf
from typing import NamedTuple

from fixed_rule import flagged
from injected_days import InjectedDay, Planted

from stream.decisions import Decision, Judged

RULES = (5.0, 8.0)  # failed connections
FAST_S = 120.0


class Found(NamedTuple):
    """When an episode was first told of, in stream time; infinite if never."""

    alert: float  # an alert whose entity is the source
    told: float  # that, or an alert on its incident or its victim with its own evidence
    strong: float  # a candidate of the source under the floor and warm, whatever the budget did
    rules: tuple[float, ...]  # the fixed rule at each of RULES


class DayScore(NamedTuple):
    """What became of one injected day."""

    found: tuple[tuple[Planted, Found], ...]
    false: Counter[str]  # incidents with an alert, by what they are
    false_strong: int  # entities under the floor and warm, alert or not
    false_rules: tuple[int, ...]


def score(day: InjectedDay, decisions: Sequence[Decision], floor: float) -> DayScore:
    """Hold the decisions against the truth. Sources of the background count as false too."""
    judged = [decision for decision in decisions if isinstance(decision, Judged)]
    sources = {plant.source for plant in day.planted}
    rules = [flagged(day.batch, least) for least in RULES]
    return DayScore(
        tuple((plant, _found(plant, judged, floor, rules)) for plant in day.planted),
        _false(day, judged, sources),
        _false_strong(judged, sources, floor),
        tuple(len(set(rule) - sources) for rule in rules),
    )


def _found(
    plant: Planted, judged: Sequence[Judged], floor: float, rules: Sequence[dict[str, float]]
) -> Found:
    source = plant.source
    alert = told = strong = inf
    for one in judged:
        at = one.candidate.decided_at
        is_own = one.candidate.entity == source
        if is_own and is_strong(one, floor):
            strong = min(strong, at)
        if one.outcome == "alert":
            if is_own:
                alert = min(alert, at)
            if is_own or one.incident.entity == source or is_evidence_of(one, {source}):
                told = min(told, at)
        elif one.outcome == "repeat" and is_own:
            told = min(told, at)
    return Found(alert, told, strong, tuple(rule.get(source, inf) for rule in rules))


def is_strong(one: Judged, floor: float) -> bool:
    """Whether a candidate may alert but for budget and incidents."""
    return one.expected <= floor and not one.candidate.warming_up and one.outcome != "suppressed"


def is_evidence_of(one: Judged, sources: set[str]) -> bool:
    """Whether most of the evidence of a destination's alert comes from some sources."""
    candidate = one.candidate
    if not candidate.population.endswith("destination"):
        return False
    return 2 * sum(witness.peer in sources for witness in candidate.evidence) > len(
        candidate.evidence
    )


def _false(day: InjectedDay, judged: Sequence[Judged], sources: set[str]) -> Counter[str]:
    kinds: dict[str, str] = {}
    for one in judged:
        is_planted = one.candidate.entity in sources or is_evidence_of(one, sources)
        if one.outcome == "alert" and not is_planted:
            kinds.setdefault(one.incident.id, _kind(one, day, sources))
    return Counter(kinds.values())


def _false_strong(judged: Sequence[Judged], sources: set[str], floor: float) -> int:
    return len(
        {
            (one.candidate.population, one.candidate.entity)
            for one in judged
            if is_strong(one, floor)
            and one.candidate.entity not in sources
            and not is_evidence_of(one, sources)
        }
    )


def _kind(one: Judged, day: InjectedDay, sources: set[str]) -> str:
    if one.candidate.entity in day.light:
        origin = "light scanner"
    elif is_evidence_of(one, sources | day.light):
        origin = "host that light scanners knock at"
    else:
        origin = f"{one.candidate.population} of the benign day"
    return f"{origin}, {one.class_name}"
