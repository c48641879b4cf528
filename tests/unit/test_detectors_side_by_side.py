"""What runs beside a detector changes neither its E nor the candidates that it makes."""

from collections.abc import Iterator

import numpy as np
import pytest

from pipeline_runs import feed, quick, simulated_lines
from stream.candidates import Candidate
from stream.judges import JudgeSettings
from stream.pipeline import Pipeline

LINES = 4_000
TAILS = JudgeSettings("tails", votes=True)
NEVER = 1e9


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[bytes]]:
    """Install a plugin that takes its time, and return part of a day."""
    site = tmp_path_factory.mktemp("site")
    metadata = site / "late-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: late\n")
    (metadata / "entry_points.txt").write_text("[almenara.detectors]\nlate = late_detector:Late\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(site)
        yield simulated_lines(site)[:LINES]


def candidates(lines: list[bytes], *judges: JudgeSettings, prior: bool) -> list[Candidate]:
    records = feed(Pipeline(quick(judges=judges, prior=prior)), lines)
    return [record for record in records if isinstance(record, Candidate)]


def told_by_tails(found: list[Candidate]) -> list[tuple[object, ...]]:
    """Return of each candidate where it was made, its E, and what ``tails`` said."""
    return [(one.position, one.entity, one.step, one.expected, one.verdicts[0]) for one in found]


@pytest.mark.parametrize(("prior", "after"), [(False, 300.0), (False, NEVER), (True, NEVER)])
def test_detector_that_is_not_ready_changes_no_candidate_and_no_digit_of_e(
    lines: list[bytes], prior: object, after: float
) -> None:
    alone = candidates(lines, TAILS, prior=bool(prior))
    late = JudgeSettings("late", arguments={"after": after})
    beside = candidates(lines, TAILS, late, prior=bool(prior))
    assert len(alone) > 10
    assert told_by_tails(beside) == told_by_tails(alone)
    said = [one.verdicts[1].expected for one in beside]
    assert np.isnan(said).any()
    assert np.isfinite(said).any() == (after < NEVER)
