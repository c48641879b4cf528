"""Signals of drift on their way out: what they say, and that they change nothing else."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from candidates_made import START, candidate, closing
from command_line import CommandLine
from documents_made import judged
from stream.candidates import LaneRecord
from stream.decisions import AlertSettings, Drifted
from stream.documents import Encoder
from stream.drift_signals import DriftSignal, Stage
from stream.lane_log import decode, encode
from stream.metrics import Meters
from stream.metrics_plane import count_decision
from stream.plane import fold
from weekly_log import PAST, log

HOUR = 3_600.0


def signal(at: float = 0.0, stage: Stage = "began") -> DriftSignal:
    return DriftSignal(
        "test",
        0,
        at=START + at,
        kind="volume",
        subject="zeek.conn events",
        population="",
        method="cumulative sums",
        value=3_210.0,
        reference=1_050.5,
        distance=9.0,
        unit="events an hour",
        since=START + at - 5 * HOUR,
        events=16_050,
        stage=stage,
    )


def test_no_signal_holds_back_or_changes_an_alert() -> None:
    """Alerts are the same to the last digit but for the numbers of decisions."""
    made: list[LaneRecord] = [candidate(60.0 * k, f"203.0.113.{k}", 0.01) for k in range(40)]
    told: list[LaneRecord] = [signal(60.0 * k) for k in range(40)]
    mixed = [one for pair in zip(told, made, strict=True) for one in pair]
    end = closing("test")
    alone = judged(fold([*made, end], AlertSettings()))
    beside = list(fold([*mixed, end], AlertSettings()))
    assert sum(isinstance(one, Drifted) for one in beside) == 40
    assert [replace(one, number=0) for one in judged(beside)] == [
        replace(one, number=0) for one in alone
    ]


def test_documents_say_what_changed_how_far_and_what_became_of_it() -> None:
    encoder = Encoder("live")
    began, ended, adopted = (
        encoder.drift(Drifted(7, "default", signal(stage=stage)))
        for stage in ("began", "ended", "adopted")
    )
    assert began["event"]["reason"] == (
        "test 0: zeek.conn events: 3,210 events an hour, usual 1,050, over 5 h"
    )
    assert began["event"]["kind"] == "event"
    assert [one["event"]["type"] for one in (began, ended, adopted)] == [
        ["start"],
        ["end"],
        ["end"],
    ]
    assert ended["message"] == "Volume of events changed, and is as before again"
    assert adopted["event"]["reason"].endswith("over 5 h, and is usual now")
    assert began["almenara"]["drift"]["action"] == "none"
    assert [one["almenara"]["drift"]["stage"] for one in (began, ended)] == ["began", "ended"]


def test_signals_come_back_from_the_log_as_they_were() -> None:
    for stage in ("began", "ended", "adopted"):
        assert decode(encode(signal(stage=stage), 4)) == (signal(stage=stage), 4)


def test_signals_are_counted_by_kind_and_stage() -> None:
    meters = Meters("alert")
    count_decision(meters, Drifted(7, "default", signal(stage="ended")))
    assert (
        'almenara_drift_signals_total{kind="volume",stage="ended"} 1' in meters.text()[0].decode()
    )


def test_replay_tells_of_a_field_that_goes_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    spoilt = log(PAST, 30, spoil=lambda made: made.pop("duration"))
    Path("conn.log").write_bytes(b"".join([*log(0, PAST), *spoilt]))
    done = CommandLine(monkeypatch, capsys)(
        "replay", "conn.log", "--out", "out.ndjson", "--summary", "s.json"
    )
    assert done.code == 0
    assert "1 signal of drift: schema 1" in done.out
    assert "replay 0: zeek.conn duration: " in done.out
    assert json.loads(Path("s.json").read_text())["drift"] == {"schema": 1}
    documents = [json.loads(line) for line in Path("out.ndjson").read_bytes().splitlines()]
    (told,) = (one for one in documents if one["data_stream"]["dataset"] == "almenara.drift")
    assert told["almenara"]["drift"]["kind"] == "schema"
    assert told["event"]["reason"] in done.out
