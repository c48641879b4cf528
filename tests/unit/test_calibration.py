"""E counts other entities of the last half to whole day, and tells rare from usual."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.base import Rows
from detectors.calibration import Calibration
from detectors.errors import ModelError
from detectors.fusion import fuse
from naive_calibration import NaiveCalibration

START = 1_700_006_400.0  # a midnight, UTC
HOUR = 3_600.0
DAY = 86_400.0
CAPACITY = 400


def take(
    calibration: Calibration,
    entity: int,
    t: float,
    score: float,
    *,
    fresh: bool = False,
) -> float:
    one = np.array([entity])
    fresh_row = np.array([int(fresh)])
    expected, _ = calibration.take(
        np.zeros(1, np.int64), one, fresh_row, np.array([t]), np.array([[score]])
    )
    return float(expected[0, 0])


def crowd(calibration: Calibration, scores: Rows, t: float, first: int = 0) -> None:
    """Let entities first, first + 1 ... show these scores at t, in an order of chance."""
    n = len(scores)
    whole = np.zeros(n, np.int64)
    entities = np.arange(first, first + n)
    mixed = np.random.default_rng(9).permutation(scores)
    calibration.take(whole, entities, whole, np.full(n, t), mixed.reshape(-1, 1))


def test_expected_is_the_number_of_others_as_strange_a_day() -> None:
    """100 others on a first day of a quarter day's worth: 50 at or above the median, times 4."""
    calibration = Calibration(CAPACITY, 1, 1)
    crowd(calibration, np.arange(1.0, 101.0), START)
    # 50 of 100 others, and 100 + 1 entities in a quarter of a day
    assert take(calibration, 300, START, 50.5) == pytest.approx(50 / 100 * 101 / 0.25, rel=0.1)


def test_stronger_scores_are_expected_less_often_beyond_the_data_too() -> None:
    calibration = Calibration(CAPACITY, 1, 1)
    rng = np.random.default_rng(1)
    crowd(calibration, rng.exponential(5.0, 300) + 1.0, START)
    found = [take(calibration, 350, START + 61.0, score) for score in (3.0, 8.0, 20.0, 40.0)]
    assert found == sorted(found, reverse=True)
    assert found[-1] > 0.0
    assert found[-1] < found[0] / 250  # an exponential tail says 1,600


def test_own_maximum_is_no_evidence_that_others_do_the_same() -> None:
    calibration = Calibration(CAPACITY, 1, 1)
    crowd(calibration, np.linspace(1.0, 10.0, 300), START)
    first = take(calibration, 350, START + 61.0, 30.0)
    again = take(calibration, 350, START + 62.0, 30.0)
    assert again == pytest.approx(first, rel=0.25)


def test_maxima_are_forgotten_after_two_half_days() -> None:
    calibration = Calibration(CAPACITY, 1, 1)
    crowd(calibration, np.full(200, 50.0), START)
    crowd(calibration, np.full(100, 1.0), START + 10 * HOUR, first=200)
    many = take(calibration, 350, START + 11 * HOUR, 20.0)
    crowd(calibration, np.full(100, 1.0), START + 20 * HOUR, first=200)
    crowd(calibration, np.full(100, 1.0), START + 25 * HOUR, first=200)
    few = take(calibration, 351, START + 25 * HOUR + 61.0, 20.0)
    assert few < many / 20


def test_forgotten_entity_still_counts_until_its_half_days_are_over() -> None:
    calibration = Calibration(CAPACITY, 1, 1)
    crowd(calibration, np.full(100, 50.0), START)
    before = take(calibration, 350, START + 1.0, 20.0)
    for slot in range(100):
        take(calibration, slot, START + 2.0, 1.0, fresh=True)
    after = take(calibration, 351, START + 3.0, 20.0)
    # 100 of 101, then 100 of 201 others that are a day's entities: the count stays
    assert after == pytest.approx(before, rel=0.05)


def test_prior_speaks_first_and_gives_way_to_own_entities() -> None:
    calibration = Calibration(CAPACITY, 1, 1)
    calibration.set_prior(0, 0, np.full(300, 50.0))
    # every pseudo-entity reaches 20, and one entity in a quarter of a day makes 4 a day
    assert take(calibration, 0, START, 20.0) == pytest.approx(4.0, rel=0.01)
    crowd(calibration, np.full(350, 1.0), START + 1.0, first=1)
    assert take(calibration, 390, START + 61.0, 20.0) < 1.0


def test_score_that_is_not_ready_has_no_expectation_and_is_not_taken() -> None:
    calibration = Calibration(CAPACITY, 1, 1)
    assert np.isnan(take(calibration, 0, START, float("nan")))
    assert calibration.state()["entities"].sum() == 0.0


def test_lone_entity_is_held_against_its_own_past() -> None:
    """Without peers, what it does each day is no news; far beyond it is."""
    calibration = Calibration(CAPACITY, 1, 1)
    calibration.set_prior(0, 0, np.random.default_rng(2).exponential(3.0, 300) + 1.0)
    for day in range(4):
        for hour in range(24):
            take(calibration, 0, START + day * DAY + hour * HOUR, 40.0)
    usual = take(calibration, 0, START + 4 * DAY, 40.0)
    beyond = take(calibration, 0, START + 4 * DAY + 61.0, 90.0)
    assert usual > 0.15
    assert beyond < usual / 20


def test_among_enough_others_an_attack_that_goes_on_does_not_fade() -> None:
    """What one entity of many does each day stays as strange as the others make it."""
    calibration = Calibration(CAPACITY, 1, 1)
    rng = np.random.default_rng(3)
    found = []
    for half in range(8):
        t = START + half * DAY / 2
        crowd(calibration, rng.exponential(3.0, 60) + 1.0, t, first=1)
        found.append(take(calibration, 0, t + 61.0, 60.0))
    assert max(found) < 0.01


@pytest.mark.parametrize("others", [1, 3, 8, 14])
def test_few_entities_without_a_prior_support_no_small_expectation(others: int) -> None:
    """The next of n alike exceeds them all with chance 1 / (n + 1), however far."""
    calibration = Calibration(CAPACITY, 1, 1)
    crowd(calibration, np.linspace(1.0, 1.2, others), START)
    assert take(calibration, 300, START + 61.0, 1_000.0) == pytest.approx(1 / 0.25)


def test_more_days_of_few_entities_support_smaller_expectations() -> None:
    calibration = Calibration(CAPACITY, 1, 1)
    for day in range(40):
        crowd(calibration, np.linspace(1.0, 1.2, 5), START + day * DAY)
    e = take(calibration, 300, START + 39 * DAY + 12 * HOUR, 1_000.0)
    # the next of 5 in each of 40 half-days, among 6 entities in half a day to a day
    assert e == pytest.approx(6 / 101 / math.sqrt(0.5))


def test_lone_entity_is_still_judged_when_the_prior_is_gone() -> None:
    calibration = Calibration(CAPACITY, 1, 1)
    for day in range(30):
        take(calibration, 0, START + day * DAY, 2.0)
    usual = take(calibration, 0, START + 30 * DAY, 2.0)
    assert usual > 0.05
    assert usual >= take(calibration, 0, START + 30 * DAY + 61.0, 500.0) > 0.03


def test_attack_does_not_hide_the_next_one() -> None:
    """Five entities whose scores were nearly impossible count as two, not as five."""
    calibration = Calibration(CAPACITY, 1, 1)
    rng = np.random.default_rng(3)
    crowd(calibration, rng.exponential(2.0, 300) + 1.0, START)
    for attacker in range(5):
        take(calibration, 300 + attacker, START + 61.0 + attacker, 60.0)
    state = calibration.state()
    assert state["share"][300:305, 0].sum() == pytest.approx(2.0)


def test_rates_come_true_where_days_are_alike() -> None:
    """Each of 80 entities draws its day's strength anew, and shows it at an hour of chance."""
    rng = np.random.default_rng(4)
    calibration = Calibration(CAPACITY, 1, 1)
    under = {10.0: 0, 1.0: 0}
    days = 14
    for day in range(days):
        strength = rng.gamma(4.0, 3.0, 80)
        peak = rng.integers(8, 18, 80)
        lowest = np.full(80, np.inf)
        for hour in range(8, 18):
            t = START + day * DAY + hour * HOUR
            for entity in rng.permutation(80):
                score = strength[entity] * (1.0 if hour == peak[entity] else rng.random())
                e = take(calibration, int(entity), t, float(score))
                lowest[entity] = min(lowest[entity], e)
        if day >= 2:
            for level in under:
                under[level] += int((lowest <= level).sum())
    for level, found in under.items():
        assert level / 2 <= found / (days - 2) <= level * 2


@given(
    st.lists(
        st.tuples(st.integers(0, 40), st.floats(0.0, 7_200.0), st.floats(0.01, 100.0)),
        min_size=60,
        max_size=200,
    )
)
def test_counts_equal_the_oracle(rows: list[tuple[int, float, float]]) -> None:
    """Where sixteen others or more are as strange, E is a count and nothing else."""
    calibration, naive = Calibration(64, 1, 1), NaiveCalibration()
    t = START
    for entity, gap, score in rows:
        t += gap
        wanted = naive.take(entity, t, score)
        found = take(calibration, entity, t, score)
        is_count = wanted > 0 and t - START < DAY and calibration.state()["share"].min() == 1.0
        if is_count and wanted * 0.25 > 20:
            assert found == pytest.approx(wanted, rel=1e-9)


@given(st.integers(0, 2**32 - 1), st.integers(20, 60), st.sampled_from(["late", "never", "rare"]))
def test_expectations_of_a_detector_are_the_same_beside_any_other(
    seed: int, n: int, other: str
) -> None:
    """Another that is not ready for a while, ever, or for most rows, with or without a prior."""
    rng = np.random.default_rng(seed)
    tag = rng.integers(0, 2, n)
    slot = rng.integers(0, 20, n) + 20 * tag
    fresh = np.zeros(n, np.int64)
    seen: set[int] = set()
    for i in range(n):
        fresh[i] = int(slot[i] in seen and rng.random() < 0.05)
        seen.add(int(slot[i]))
    t = START + np.sort(rng.random(n) * 3 * DAY)
    scores = rng.exponential(3.0, (n, 2))
    unready = {
        "late": np.arange(n) < n // 2,
        "never": np.arange(n) >= 0,
        "rare": rng.random(n) < 0.9,
    }
    scores[unready[other], 1] = np.nan
    both, alone, second = Calibration(64, 2, 2), Calibration(64, 2, 1), Calibration(64, 2, 1)
    if rng.random() < 0.5:
        for d, (one, size) in enumerate(((alone, 40), (second, 300))):
            maxima = rng.exponential(3.0, size)
            both.set_prior(0, d, maxima)
            one.set_prior(0, 0, maxima)
    found = both.take(tag, slot, fresh, t, scores)
    for d, one in enumerate((alone, second)):
        wanted = one.take(tag, slot, fresh, t, np.ascontiguousarray(scores[:, d : d + 1]))
        for all_of_both, all_of_one in zip(found, wanted, strict=True):
            assert np.array_equal(all_of_both[:, d], all_of_one[:, 0], equal_nan=True)


@given(st.integers(0, 2**32 - 1), st.lists(st.integers(1, 20), min_size=1, max_size=6))
def test_any_split_gives_the_same_expectations(seed: int, sizes: list[int]) -> None:
    rng = np.random.default_rng(seed)
    n = sum(sizes)
    tag = rng.integers(0, 2, n)
    slot = rng.integers(0, 20, n) + 20 * tag  # a slot belongs to one population
    fresh = np.zeros(n, np.int64)
    t = START + np.sort(rng.random(n) * 3 * DAY)
    scores = rng.exponential(3.0, (n, 2))
    whole, _ = Calibration(64, 2, 2).take(tag, slot, fresh, t, scores)
    split = Calibration(64, 2, 2)
    at = 0
    parts = []
    for size in sizes:
        part = slice(at, at + size)
        parts.append(split.take(tag[part], slot[part], fresh[part], t[part], scores[part])[0])
        at += size
    assert np.array_equal(whole, np.concatenate(parts), equal_nan=True)


def test_state_goes_on_elsewhere_and_another_form_is_refused() -> None:
    one, other = Calibration(64, 1, 1), Calibration(64, 1, 1)
    crowd(one, np.arange(1.0, 31.0), START)
    other.restore({name: array.copy() for name, array in one.state().items()})
    assert take(one, 40, START + 9.0, 12.0) == take(other, 40, START + 9.0, 12.0)
    with pytest.raises(ModelError, match="max_entities"):
        Calibration(32, 1, 1).restore(one.state())


def test_fused_is_the_smallest_vote_times_the_number_of_votes() -> None:
    expected = np.array([[4.0, 0.5, 0.01], [np.nan, 0.5, 0.01], [np.nan, np.nan, 0.01]])
    votes = np.array([True, True, False])
    fused = fuse(expected, votes)
    assert fused[:2].tolist() == [1.0, 1.0]
    assert np.isnan(fused[2])
