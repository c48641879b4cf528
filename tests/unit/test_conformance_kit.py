"""The conformance kit passes what is right and notices what is wrong."""

import pytest

from broken_detectors import BROKEN, UpsideDown
from detectors import ConfigError, Detector, check_detector
from detectors.checks import CHECKS, CheckError
from detectors.testing import two_modes, with_anomalies
from plain_detector import Plain

BY_NAME = {check.__name__: check for check in CHECKS}
PAIRS = [(name, broken) for name, all_broken in BROKEN.items() for broken in all_broken]


def all_but(*kept: str) -> dict[str, str]:
    return {name: "not the point of this test" for name in BY_NAME if name not in kept}


def test_right_detector_passes() -> None:
    check_detector(Plain)


class Bare(Plain):
    """Leaves scoring and learning in one to the base class, and explains nothing."""

    score_learn = Detector.score_learn


def test_base_class_scores_and_learns_row_by_row() -> None:
    check_detector(Bare, all_but("does_not_see_batches", "scores_before_it_learns"))


def test_every_check_has_a_broken_detector() -> None:
    assert list(BROKEN) == list(BY_NAME)


@pytest.mark.parametrize(
    ("name", "broken"), PAIRS, ids=lambda value: getattr(value, "__name__", "")
)
def test_broken_detector_is_caught(name: str, broken: type[Plain]) -> None:
    with pytest.raises(CheckError) as caught:
        BY_NAME[name](broken)
    said = str(caught.value)
    assert said.startswith(f"{name}: ")
    assert ", expected " in said
    assert "; what must hold: " in said


def test_kit_stops_at_a_broken_detector() -> None:
    with pytest.raises(CheckError, match="finds_what_is_strange"):
        check_detector(UpsideDown, all_but("has_shape_and_dtype", "finds_what_is_strange"))


def test_check_with_a_reason_is_skipped() -> None:
    check_detector(UpsideDown, all_but("has_shape_and_dtype"))


def test_skip_without_a_reason_is_refused() -> None:
    with pytest.raises(ConfigError, match="'keeps_its_size': skipped without a reason, expected"):
        check_detector(Plain, {"keeps_its_size": " "})


def test_unknown_skip_is_refused_with_the_names() -> None:
    with pytest.raises(ConfigError, match=r"'size': skipped but unknown, .*keeps_its_size"):
        check_detector(Plain, {"size": "too large"})


def test_streams_are_the_same_for_a_seed_and_others_for_another() -> None:
    first, second, other = (two_modes(50, seed)[0].tobytes() for seed in (1, 1, 2))
    assert first == second != other


def test_anomalies_lie_in_the_second_half_and_are_there_at_least_once() -> None:
    X, t, strange = with_anomalies(20, 1, share=0.0)
    assert strange.sum() == 1
    assert not strange[:10].any()
    assert len(X) == len(t) == 20
