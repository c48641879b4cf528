"""``almenara replay``: its options, its summary, and what it leaves behind."""

import json
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from command_line import CommandLine, small_log

SUMMARY = [
    *("lines", "events", "unused", "rejected", "headers", "late", "ahead", "rows", "entities"),
    *("evicted", "candidates", "alerts", "budget_missed", "first_time", "last_time"),
    *("seconds", "events_per_s"),
]
REJECTED = b"not a record\n"


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    small_log(folder)
    return folder / "conn.log"


@pytest.fixture
def almenara(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> CommandLine:
    """Run in a folder of its own, so that the usual store and rejects go there."""
    monkeypatch.chdir(tmp_path)
    return CommandLine(monkeypatch, capsys)


def head_of(log: Path, lines: int, *, more: bytes = b"") -> Path:
    """Write the first lines of a log, with some more, to the current folder."""
    path = Path("head.log")
    path.write_bytes(b"".join(log.read_bytes().splitlines(keepends=True)[:lines]) + more)
    return path


def documents(path: str | Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(path).read_bytes().splitlines()]


def test_alerts_are_raised_shown_kept_and_what_to_type_next_is_said(
    almenara: CommandLine, log: Path
) -> None:
    done = almenara("replay", log, "--out", "alerts.ndjson", "--summary", "s.json")
    assert done.code == 0
    summary = json.loads(Path("s.json").read_text())
    alerts = [d for d in documents("alerts.ndjson") if d["event"]["kind"] == "alert"]
    digests = [d for d in documents("alerts.ndjson") if d["event"]["action"] == "digest"]
    assert len(alerts) == summary["alerts"] > 0
    assert len(digests) >= 1
    kept = sqlite3.connect("almenara.sqlite")
    assert kept.execute("SELECT count(*) FROM alerts").fetchone() == (len(alerts),)
    assert kept.execute("SELECT count(*) FROM candidates").fetchone() == (summary["candidates"],)
    kept.close()
    assert alerts[0]["event"]["reason"] in done.out
    assert f"next: almenara alerts explain {alerts[0]['event']['id'][:12]}\n" in done.out


def test_summary_begins_with_the_agreed_fields_and_its_lines_add_up(
    almenara: CommandLine, log: Path
) -> None:
    head = head_of(log, 3_000, more=REJECTED * 2)
    done = almenara("replay", head, "--json")
    summary = json.loads(done.out)
    assert [name for name in summary if name in SUMMARY] == SUMMARY
    assert summary["rejected"] == 2
    assert summary["headers"] == 8
    parts = ("records", "unused", "rejected", "headers")
    assert summary["lines"] == 3_002 == sum(summary[part] for part in parts)
    assert summary["first_time"].startswith("2026-03-02T00:0")


def test_evidence_points_at_the_lines_of_the_file(almenara: CommandLine, log: Path) -> None:
    almenara("replay", log, "--out", "alerts.ndjson")
    (alert, *_) = documents("alerts.ndjson")
    source = alert["almenara"]["source"]
    content = log.read_bytes()
    last = content[source["byte_last"] :].split(b"\n", 1)[0].decode()
    assert alert["source"]["ip"] in last
    assert alert["destination"]["ip"] in last
    assert content[: source["byte_last"]].count(b"\n") == source["offset_last"]
    assert source["file_last"] == str(log)


def test_rejects_say_where_why_and_what_and_do_not_fail_the_run(
    almenara: CommandLine, log: Path
) -> None:
    head = head_of(log, 300, more=REJECTED + b"caf\xe9\tx\n")
    done = almenara("replay", head, "--rejects", "bad.ndjson")
    assert done.code == 0
    assert "rejected lines: bad.ndjson" in done.out
    first, second = documents("bad.ndjson")
    size = head.stat().st_size
    assert first["file"] == "head.log"
    assert (first["line"], first["byte"]) == (301, size - len(REJECTED) - 7)
    assert first["reason"] in done.out
    assert first["record"] == "not a record"
    assert second["record"] == "caf\\xe9\tx"


def test_rejects_go_beside_the_store_unless_named(almenara: CommandLine, log: Path) -> None:
    almenara("replay", head_of(log, 100, more=REJECTED), "--store", "own.sqlite")
    assert len(documents("own.rejects.ndjson")) == 1


def test_without_rejects_there_is_no_file_of_them(almenara: CommandLine, log: Path) -> None:
    almenara("replay", head_of(log, 100))
    assert sorted(path.name for path in Path().iterdir()) == ["almenara.sqlite", "head.log"]


def test_documents_on_standard_output_leave_the_report_to_standard_error(
    almenara: CommandLine, log: Path
) -> None:
    done = almenara("replay", head_of(log, 3_000), "--out", "-")
    assert all(json.loads(line)["ecs"] for line in done.out.splitlines())
    assert "3,000 lines" in done.err


def test_budget_of_none_raises_none_and_counts_what_it_stopped(
    almenara: CommandLine, log: Path
) -> None:
    summary = json.loads(almenara("replay", log, "--budget", "0", "--json").out)
    assert summary["alerts"] == 0
    assert summary["budget_missed"] > 0


def test_floor_sets_how_strange_an_alert_is(almenara: CommandLine, log: Path) -> None:
    almenara("replay", log, "--floor", "0.1", "--out", "low.ndjson", "--budget", "100")
    almenara("replay", log, "--floor", "3", "--out", "high.ndjson", "--budget", "100")
    low, high = (
        [d["almenara"]["expected_per_day"] for d in documents(name) if "risk_score" in d["event"]]
        for name in ("low.ndjson", "high.ndjson")
    )
    assert max(low) <= 0.1
    assert len(high) > len(low)


def test_stream_names_the_lane_and_enters_the_ids(almenara: CommandLine, log: Path) -> None:
    almenara("replay", log, "--out", "a.ndjson")
    almenara("replay", log, "--out", "b.ndjson", "--stream", "edge")
    (first, *_), (other, *_) = documents("a.ndjson"), documents("b.ndjson")
    assert first["event"]["id"] != other["event"]["id"]
    assert other["almenara"]["source"]["stream"] == "edge"
    assert other["almenara"]["source"]["topic"] == "edge"


def test_lanes_are_one_pipeline_each_and_weigh_in_every_e(almenara: CommandLine, log: Path) -> None:
    done = almenara("replay", "--lanes", f"b:1={log}", "--lanes", f"a:0={log}", "--json")
    summary = json.loads(done.out)
    assert summary["lanes"] == ["a:0", "b:1"]
    assert summary["lines"] == 2 * len(log.read_bytes().splitlines())
    kept = sqlite3.connect("almenara.sqlite")
    found = [json.loads(row[0]) for row in kept.execute("SELECT document FROM candidates")]
    kept.close()
    assert {d["almenara"]["source"]["topic"] for d in found} == {"a", "b"}
    assert max(d["almenara"]["lanes"] for d in found) == 2


def test_own_networks_decide_where_a_log_does_not(almenara: CommandLine) -> None:
    flow = {
        "event_type": "flow",
        "timestamp": "2026-03-02T00:00:00.000000+0000",
        "src_ip": "198.18.0.1",
        "dest_ip": "203.0.113.5",
        "src_port": 1,
        "dest_port": 2,
        "proto": "TCP",
        "flow": {"start": "2026-03-02T00:00:00.000000+0000", "state": "new"},
    }
    Path("eve.json").write_text(f"{json.dumps(flow)}\n" * 20)
    outside, inside = (
        json.loads(almenara("replay", "eve.json", "--json", *more).out)["entities"]
        for more in ((), ("--internal", "203.0.113.0/24"))
    )
    assert (outside, inside) == (1, 2)


def test_reference_time_gives_years_to_times_without_one(almenara: CommandLine) -> None:
    line = (
        "Mar  2 10:00:{:02d} gw kernel: DROP IN=eth0 OUT= SRC=198.51.100.7 DST=10.0.0.1 LEN=60"
        " TTL=50 PROTO=TCP SPT=4000 DPT=22 SYN\n"
    )
    Path("fw.log").write_text("".join(line.format(second) for second in range(20)))
    for text in ("2021-03-03T00:00:00Z", "1614729600"):
        done = almenara("replay", "fw.log", "--reference-time", text, "--json")
        assert json.loads(done.out)["first_time"].startswith("2021-03-02T10:00:0")


def test_columns_read_a_log_without_header(almenara: CommandLine, log: Path) -> None:
    lines = log.read_text().splitlines()
    names = next(line for line in lines if line.startswith("#fields")).split("\t")[1:]
    body = [line for line in lines[:500] if not line.startswith("#")]
    Path("bare.log").write_text("\n".join(body) + "\n")
    refused = almenara("replay", "bare.log")
    assert refused.code == 6
    done = almenara(
        "replay", "bare.log", "--format", "zeek.conn", "--columns", ",".join(names), "--json"
    )
    assert json.loads(done.out)["events"] == len(body)


def test_without_prior_fewer_rows_are_strange_at_first(almenara: CommandLine, log: Path) -> None:
    head = head_of(log, 2_000)
    with_prior, without = (
        json.loads(almenara("replay", head, "--json", *more).out)["candidates"]
        for more in ((), ("--no-prior",))
    )
    assert without != with_prior


def test_fewer_entities_are_kept_where_the_memory_is_set_low(
    almenara: CommandLine, log: Path
) -> None:
    done = almenara("replay", log, "--max-entities", "64")
    assert "evicted, see --max-entities" in done.out


def test_replay_again_changes_nothing_in_the_store(almenara: CommandLine, log: Path) -> None:
    head = head_of(log, 4_000)
    counts = []
    for _ in range(2):
        almenara("replay", head)
        kept = sqlite3.connect("almenara.sqlite")
        counts.append(kept.execute("SELECT id, document FROM candidates ORDER BY id").fetchall())
        kept.close()
    assert counts[0] == counts[1]
    assert counts[0]


def test_report_goes_without_colours_where_there_is_no_terminal(log: Path, tmp_path: Path) -> None:
    head = tmp_path / "few.log"
    head.write_bytes(b"".join(log.read_bytes().splitlines(keepends=True)[:200]))
    done = subprocess.run(
        [sys.executable, "-c", "from stream.cli import main; main()", "replay", head],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    assert "\x1b" not in done.stdout + done.stderr
    assert "200 lines: 192 events (zeek.conn 192), 8 headers, 0 rejected" in done.stdout
