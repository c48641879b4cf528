"""A plugin that raises abstains from that row on, wherever the records are cut."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline_runs import feed, quick, simulated_lines, written
from stream.candidates import Candidate, LaneRecord
from stream.judges import JudgeSettings
from stream.pipeline import Pipeline

LINES = 1_500
JUDGES = (JudgeSettings("tails", votes=True), JudgeSettings("raising"))


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[bytes]]:
    """Install the plugin, and return part of a day."""
    site = tmp_path_factory.mktemp("site")
    metadata = site / "raising-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: raising\n")
    (metadata / "entry_points.txt").write_text(
        "[almenara.detectors]\nraising = raising_detector:Raising\n"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(site)
        yield simulated_lines(site)[:LINES]


def scores(records: list[LaneRecord]) -> list[float]:
    """Return what the plugin said of each candidate."""
    return [record.verdicts[1].score for record in records if isinstance(record, Candidate)]


@given(cuts=st.lists(st.integers(0, LINES), max_size=8))
@settings(max_examples=8)
def test_it_abstains_from_the_same_row_on_for_any_split(
    lines: list[bytes], cuts: list[int]
) -> None:
    whole, parts = Pipeline(quick(judges=JUDGES)), Pipeline(quick(judges=JUDGES))
    wanted = feed(whole, lines)
    assert written(feed(parts, lines, cuts)) == written(wanted)
    assert parts.abstained == whole.abstained != []
    assert np.isfinite(scores(wanted)).any()
    assert np.isnan(scores(wanted)[-1])


def test_it_still_abstains_after_a_restore(lines: list[bytes]) -> None:
    before, after = Pipeline(quick(judges=JUDGES)), Pipeline(quick(judges=JUDGES))
    feed(before, lines)
    after.restore(before.snapshot())
    assert after.abstained == before.abstained != []


def test_the_others_score_as_they_would_alone(lines: list[bytes]) -> None:
    alone, beside = Pipeline(quick(judges=JUDGES[:1])), Pipeline(quick(judges=JUDGES))
    wanted, found = first_scores(feed(alone, lines)), first_scores(feed(beside, lines))
    common = wanted.keys() & found.keys()
    assert len(common) > 10
    assert {key: found[key] for key in common} == {key: wanted[key] for key in common}


def first_scores(records: list[LaneRecord]) -> dict[tuple[str, float, float], float]:
    """Return the first detector's score of each candidate, by its row."""
    return {
        (record.entity, record.window.start, record.decided_at): record.verdicts[0].score
        for record in records
        if isinstance(record, Candidate)
    }
