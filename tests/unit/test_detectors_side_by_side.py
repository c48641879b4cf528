"""What runs beside a detector changes neither its E nor the candidates that it makes."""

from pathlib import Path

import pytest

from pipeline_runs import feed, quick, simulated_lines
from stream.candidates import Candidate
from stream.judges import DEFAULT_JUDGES, JudgeSettings
from stream.pipeline import Pipeline

ALONE = (JudgeSettings("tails", votes=True),)


def told_by(
    lines: list[bytes], judges: tuple[JudgeSettings, ...], *, prior: bool
) -> list[tuple[object, ...]]:
    """Return of each candidate where and when it was made, its E, and what ``tails`` said."""
    records = feed(Pipeline(quick(judges=judges, prior=prior)), lines)
    return [
        (one.position, one.decided_at, one.entity, one.step, one.expected, one.verdicts[0])
        for one in records
        if isinstance(one, Candidate)
    ]


@pytest.mark.parametrize("prior", [False, True], ids=["unready for a while", "ready at once"])
def test_detectors_without_a_vote_change_no_candidate_and_no_digit_of_e(
    tmp_path: Path, *, prior: bool
) -> None:
    lines = simulated_lines(tmp_path)
    alone = told_by(lines, ALONE, prior=prior)
    assert len(alone) > 10
    assert told_by(lines, DEFAULT_JUDGES, prior=prior) == alone
